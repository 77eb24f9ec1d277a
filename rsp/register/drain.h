/* SPDX-License-Identifier: Apache-2.0 */
/* drain.h - who is still connected to a server that has left its pools */
#ifndef RSP_DRAIN_H
#define RSP_DRAIN_H

#include "rsp/register/tcp_connections.h"
#include "rsp/register/pool_element.h"

/* Open connections of the ports that have been in a pool; -1: not known (a
 * protocol without connections).  `c` is room for them. */
int drain_count(const struct pool_element *first, struct tcp_connections *c);

#endif
