/* SPDX-License-Identifier: Apache-2.0 */
/* connect.h - questions about addresses and sockets that connect() and the
 * functions which send datagrams share */
#ifndef RSP_SHIM_CONNECT_H
#define RSP_SHIM_CONNECT_H

#include "shim/conn.h"

/* Is it in a block of synthetic addresses?  Looks at the bytes only. */
bool connect_is_synthetic(const struct sockaddr *sa, socklen_t len,
    struct rsp_address *a);

/* Stream or datagram; false for a socket that no pool of ours is reached by. */
bool connect_kind(int fd, enum conn_kind *kind);

/* Does a signal end a call that waits?  Only where all handlers of the process
 * ask for a restart it does not. */
bool connect_must_interrupt(void);

#endif
