/* SPDX-License-Identifier: Apache-2.0 */
/* shed.h - the established connections of a server that its check has taken out
 *
 * --on-unhealthy reset: whoever is connected to a server that is no primary any
 * more, say, is to connect anew, and comes to another one.  When its elements
 * have left their pools, and not before, the kernel is told to destroy its
 * connections (SOCK_DESTROY), which their clients see as a reset.
 */
#ifndef RSP_SHED_H
#define RSP_SHED_H

#include "rsp/register/pool_element.h"
#include "rsp/register/monitor.h"

/* 0, or the errno of why connections cannot be destroyed here. */
int shed_check(void);

/* Destroys the connections of a port; how many there were, or a negative
 * errno.  Those that came in at an address on which the port does not listen
 * are somebody else's. */
int shed_port(const struct port *port);

/* Does so for each port that has been taken out and whose members have left. */
void shed_serve(struct monitor *w, const struct pool_element *members,
    const struct ports *ports);

#endif
