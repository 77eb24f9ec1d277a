/* SPDX-License-Identifier: Apache-2.0 */
/* due.h - what is due in a turn of the loop, and when it has to wait
 *
 * After a pause much is due at once, and what would have kept it from that may
 * stand in queues that take several turns.  Deadlines wait for these: for as
 * many turns as the kernel keeps newcomers, at most, so that nobody puts them
 * off for ever by sending.
 */
#ifndef RSP_REGISTRAR_DUE_H
#define RSP_REGISTRAR_DUE_H

#include "rsp/core/base/time.h"

struct server;

/* The end of a turn: what is due by now, and everybody's output. */
void due_serve(struct server *s);

/* When the registry or a client is waited for no longer. */
rsp_time due_next(const struct server *s);

#endif
