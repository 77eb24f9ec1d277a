/* SPDX-License-Identifier: Apache-2.0 */
/* ask_registrars.h - the I/O around a resolver: sockets and poll
 *
 * Blocks until the resolver is done, which is at most until its deadline.  The
 * one descriptor that it uses at a time is non-blocking, close-on-exec, never
 * one of 0 to 2, and closed before it returns.  Async-signal-safe, but for
 * registrars given by a name: looking that up is libc's, in the time that it
 * takes.
 */
#ifndef RSP_ASK_REGISTRARS_H
#define RSP_ASK_REGISTRARS_H

#include "rsp/net/endpoint.h"
#include "rsp/core/user/resolver.h"

/* Runs an initialised resolver whose `turns` are indices into `registrars`;
 * those that have to be looked up are, and keep what was found.
 * Afterwards r->result says how it went; the `why` of a failed turn is an errno
 * value, 0 for a connection that the registrar closed. */
void rsp_ask_registrars(struct rsp_resolver *r,
    struct rsp_endpoint *registrars);

/* "connection refused" and the like, for a turn; static. */
const char *rsp_turn_text(enum rsp_resolver_turn turn, int why);

#endif
