/* SPDX-License-Identifier: Apache-2.0 */
/* client_io.h - what is written to a client, and marks on one that has to go */
#ifndef RSP_REGISTRAR_CLIENT_IO_H
#define RSP_REGISTRAR_CLIENT_IO_H

#include "registrar/clients.h"
#include "rsp/core/base/span.h"
#include "rsp/net/endpoint.h"

/* Queues a message.  A client that reads too slowly is cut. */
void client_io_send(struct client *g, struct rsp_span message);

/* It goes when all is written; `why` is a constant. */
void client_io_finish(struct client *g, const char *why);

/* It goes at the end of the turn, whatever is left to be written. */
void client_io_cut(struct client *g, const char *why);

/* The end of the turn looks at it. */
void client_io_touch(struct client *g);

/* It has so much output that nothing more is read from it. */
bool client_io_is_full(const struct client *g);

/* The registry wants to know (see is_clogged and is_ending there). */
bool client_io_is_clogged(void *ctx, void *user);
bool client_io_is_ending(void *ctx, void *user);

enum role client_io_role(const struct client *g);

/* "127.0.0.1:4711" or "unix"; returns `text`. */
const char *client_io_origin(const struct client *g,
    char text[RSP_SOCKADDR_TEXT]);

#endif
