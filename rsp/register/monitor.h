/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.h - how the server's ports are: their health and their load
 *
 * One place for all that is asked, measured and waited for beside the
 * registrations themselves.  Whoever owns it says which ports matter, and hears
 * when something has changed.
 */
#ifndef RSP_MONITOR_H
#define RSP_MONITOR_H

#include "rsp/register/health.h"
#include "rsp/register/load.h"
#include "rsp/register/word.h"

struct monitored; /* a port */

struct monitor {
	struct health_config health;
	struct load_spec load_spec;
	struct load_meter meter;
	struct monitored *ports;
	struct monitored *gone; /* whose check's command has not ended yet */
	bool takes_load;	/* the policy has one */
	bool sheds;		/* see watch_is_shed() */

	/* What the server says itself. */
	bool unready;
	double said;	    /* its load; below 0: nothing */
	bool said_news;	    /* and it is not told yet */
	rsp_time said_next; /* when it may be told */
	const char *said_trouble;

	bool changed; /* a verdict or a load; the owner clears it */
};

/* `mask` is the signal mask for commands.  What health and load are, the
 * owner's options have filled in. */
void monitor_init(struct monitor *w, const sigset_t *mask, rsp_time now);
void monitor_free(struct monitor *w);

/* From here on this port is watched; `pool` names it in lines for the owner of
 * the server. */
void monitor_port(struct monitor *w, const struct port *port, const char *pool);

/* After each look at the ports.  Those that are gone are forgotten. */
void monitor_look(struct monitor *w, rsp_time now, struct ports *ports);

/* Places in a poll set. */
size_t monitor_count(const struct monitor *w);
void monitor_poll(const struct monitor *w, struct pollfd *fds);
void monitor_serve(struct monitor *w, rsp_time now, struct ports *ports,
    const struct pollfd *fds, size_t n);
rsp_time monitor_deadline(const struct monitor *w);

/* What the server has said; taken out of `word`. */
void watch_hear(struct monitor *w, struct word *word);

/* A child has ended; true if it was a command of ours. */
bool monitor_reaped(struct monitor *w, pid_t pid, int status);

/* Is a child a command of ours? */
bool watch_owns(const struct monitor *w, pid_t pid);

/* Is that port well, and the server ready?  A port that is not watched is well.
 */
bool monitor_is_up(const struct monitor *w, const struct port *port);

/* Has its check taken that port out, after it was well, and has nobody said
 * since that what is to follow is done? */
bool watch_is_shed(const struct monitor *w, const struct port *port);
void watch_was_shed(struct monitor *w, const struct port *port);

/* Its load in percent, as the server says, else as it is found out; below 0:
 * not known. */
double monitor_load(const struct monitor *w, const struct port *port);

#endif
