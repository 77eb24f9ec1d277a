/* SPDX-License-Identifier: Apache-2.0 */
/* drain.h - who is still connected to a server that has left its pools
 *
 * A connection counts once, however many pools its port has been in, and does
 * so when the server has closed the port that it came in at, too.
 */
#ifndef RSP_DRAIN_H
#define RSP_DRAIN_H

#include "rsp/register/tcp_connections.h"
#include "rsp/register/pool_element.h"

/* All zero at first. */
struct drain {
	struct tcp_connections connections; /* room for them */
	struct drain_port *gone;	    /* closed, but were in a pool */
	size_t n, room;
};

/* Open connections of the ports that have been in a pool; -1: not known (a
 * protocol without connections). */
int drain_count(struct drain *d, const struct pool_element *first);

/* The member is about to be freed, for its port is gone. */
void drain_remember(struct drain *d, const struct pool_element *m);
void drain_free(struct drain *d);

#endif
