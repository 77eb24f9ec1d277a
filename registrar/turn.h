/* SPDX-License-Identifier: Apache-2.0 */
/* turn.h - one turn of the loop, and what the registry wants done in it */
#ifndef RSP_REGISTRAR_TURN_H
#define RSP_REGISTRAR_TURN_H

#include <ev.h>

#include "registrar/clients.h"
#include "rsp/core/base/time.h"
#include "rsp/core/wire/message.h"

struct server;

/* Carries out what the registry has to say; after every call of it. */
void turn_drain(struct server *s);

/* The handlespace is here, or there is nobody to have it from: ASAP is served
 * from now on. */
void turn_serve(struct server *s);

/* Tells the service manager how many peers are connected. */
void turn_tell_status(struct server *s);
unsigned turn_count_peers(const struct server *s, unsigned *connected);

/* Tells the registry where it is reached by one protocol. */
void turn_set_transports(struct server *s, enum rsp_protocol protocol);

/* A client can be read from, or written to; and those who can be read from are,
 * in the order in which they could. */
void turn_on_readable(struct ev_loop *loop, ev_io *w, int events);
void turn_on_writable(struct ev_loop *loop, ev_io *w, int events);
void turn_read(struct server *s);

/* At the beginning of a turn: those go on whose output was in the way. */
void turn_wake(struct server *s);

/* Clients whose time for a message or for their answers is over. */
void turn_end_late(struct server *s);

/* The end of a turn: each client with output is written to once. */
void turn_settle(struct server *s);

/* At once, and not from within its own turn: g is freed. */
void turn_close(struct client *g);
void turn_close_all(struct server *s);

/* New connections wait in the kernel's queue until `then`; or not any more. */
void turn_accept_again_at(struct server *s, rsp_time then);
void turn_listen_again(struct server *s);

#endif
