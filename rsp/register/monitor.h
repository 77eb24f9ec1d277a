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

struct watched; /* a port */

struct watch {
	struct health_config health;
	struct load_spec load_spec;
	struct load_meter meter;
	struct watched *ports;
	bool changed; /* a verdict or a load; the owner clears it */
};

/* `mask` is the signal mask for commands.  What health and load are, the
 * owner's options have filled in. */
void watch_init(struct watch *w, const sigset_t *mask, rsp_time now);
void watch_free(struct watch *w);

/* From here on this port is watched; `pool` names it in lines for the owner of
 * the server. */
void watch_port(struct watch *w, const struct port *port, const char *pool);

/* After each look at the ports.  Those that are gone are forgotten. */
void watch_look(struct watch *w, rsp_time now, struct ports *ports);

/* Places in a poll set. */
size_t watch_count(const struct watch *w);
void watch_poll(const struct watch *w, struct pollfd *fds);
void watch_serve(struct watch *w, rsp_time now, struct ports *ports,
    const struct pollfd *fds, size_t n);
rsp_time watch_deadline(const struct watch *w);

/* A child has ended; true if it was a command of ours. */
bool watch_reaped(struct watch *w, pid_t pid, int status);

/* Is that port well?  A port that is not watched is. */
bool watch_is_up(const struct watch *w, const struct port *port);

/* Its load in percent; below 0: not known, or not found out by us. */
double watch_load(const struct watch *w, const struct port *port);

#endif
