/* SPDX-License-Identifier: Apache-2.0 */
/* accept.h - new clients: those that come, and those that were called */
#ifndef RSP_REGISTRAR_ACCEPT_H
#define RSP_REGISTRAR_ACCEPT_H

#include <ev.h>

struct dialled;
struct server;

/* Callback of the listeners' watchers; and those who have come since then. */
void accept_ready(struct ev_loop *loop, ev_io *w, int events);
void accept_callers(struct server *s);

/* The end of a connection attempt: a client, or word to the registry that there
 * is none. */
void accept_called(struct server *s, const struct dialled *d);

#endif
