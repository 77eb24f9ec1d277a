/* SPDX-License-Identifier: Apache-2.0 */
/* no_port.h - what to tell the owner of a server that has no port to register
 */
#ifndef RSP_NO_PORT_H
#define RSP_NO_PORT_H

#include "rsp/register/ports.h"
#include "rsp/register/pool_option.h"

/* One line: why, and what can be done.  `command` is the server's name, NULL
 * without one. */
void no_port_say(const struct pool_option *w, const char *command,
    const struct ports *ports);

/* Servers ask others by UDP, too, from ports that the kernel picks: such a port
 * is not one that is served. */
bool no_port_is_passing(const struct port *port);

#endif
