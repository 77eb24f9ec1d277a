/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.h - the registrar's SCTP sockets
 *
 * One one-to-many socket per endpoint has all its addresses.  Each association
 * that comes up is branched off to a socket of its own, so that one that does
 * not read fills no buffer but its own, and every limit on connections holds
 * for associations, too.
 *
 * Without libsctp (sctp_none.c) no socket can be opened.
 */
#ifndef RSP_REGISTRAR_SCTP_H
#define RSP_REGISTRAR_SCTP_H

#include <stdint.h>

#include "rsp/net/endpoint.h"

/* Bound to all hosts of a resolved endpoint; to listen is the caller's.  -1
 * with errno; see rsp_sctp_is_missing(). */
int sctp_open(const struct rsp_endpoint *e);

/* The next association, non-blocking and close-on-exec; -1 with errno.  What
 * fails for want of descriptors is tried again by the next call.  `id` is the
 * association's; with ECONNREFUSED, of one that was called and is not to be. */
int sctp_accept(int fd, uint32_t *id);

/* Calls from the listening socket, and so from its port, which is how RSPLIB
 * knows its peers.  The association comes by sctp_accept() if it comes.  0, or
 * an errno; EADDRNOTAVAIL when there is one to the same place already. */
int sctp_call(int fd, const struct rsp_endpoint *e, uint32_t *id);

/* Gives up a call. */
void sctp_hang_up(int fd, uint32_t id);

/* Idle associations end twice that long after their far end has vanished; 0: as
 * the system has it.  Those that come from now on inherit it. */
void sctp_tune(int fd, int64_t keep_alive_ms);

/* The primary path's smoothed round trip, microseconds; -1: not known. */
int64_t sctp_round_trip(int fd);

/* Has the far end ended it? */
bool sctp_is_ending(int fd);

/* The far end: all its addresses, that which it called from first. */
bool sctp_remote(int fd, struct rsp_transport *remote);

/* Is this one of them, by now? */
bool sctp_has(int fd, const struct rsp_address *a);

#endif
