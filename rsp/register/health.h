/* SPDX-License-Identifier: Apache-2.0 */
/* health.h - is the server behind a port well enough to be in a pool?
 *
 * Two judges, and both must be content.  The passive one asks nobody: not all
 * processes that have the listener open are stopped, and its queue of new
 * connections moves (accept_queue.h).  The active one, if there is one, asks as
 * a client would (check.h): `fall` bad answers in a row take the port out,
 * `rise` good ones bring it back; before the first good one it is not in.
 */
#ifndef RSP_HEALTH_H
#define RSP_HEALTH_H

#include "rsp/register/accept_queue.h"
#include "rsp/register/check.h"
#include "rsp/register/ports.h"

struct health_config {
	struct check_spec check;
	int64_t interval_ms; /* from the end of one question to the next */
	int64_t timeout_ms;
	unsigned rise, fall;
	sigset_t mask; /* for commands */
};

struct health {
	struct health *next;
	const struct health_config *config;
	uint16_t protocol, port;
	const char *pool; /* the first that it is in; the owner's */
	bool up;
	char reason[CHECK_REASON]; /* why it is not, or "" before the first
				    * answer */

	/* Private. */
	struct rsp_address address;
	uint64_t inodes;
	bool stopped;
	struct accept_queue backlog;
	struct check check;
	rsp_time next_check;
	bool passed; /* the active judge is content */
	bool judged; /* there has been a verdict */
	unsigned good, bad;
	char said[CHECK_REASON]; /* by the active judge */
};

/* NULL when out of memory. */
struct health *health_new(const struct health_config *config,
    const struct port *port, const char *pool);
void health_free(struct health *h);

/* After each look at the ports: the port as it is now.  True when the verdict
 * has changed. */
bool health_look(struct health *h, rsp_time now, struct ports *ports,
    const struct port *port);

/* One place in a poll set.  True when the verdict has changed. */
void health_poll(const struct health *h, struct pollfd *p);
bool health_serve(struct health *h, rsp_time now, const struct pollfd *p);
rsp_time health_deadline(const struct health *h);
bool health_reaped(struct health *h, pid_t pid, int status);

#endif
