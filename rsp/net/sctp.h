/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.h - SCTP sockets as ASAP and ENRP use them (RFC 5352 section 6, RFC
 * 6458)
 *
 * One message is one user message with a payload protocol identifier, which
 * libc's send() cannot give; hence these functions.  By bare system calls, as
 * all of sys.h, and without libsctp, for they live in strangers' processes,
 * too.  A failure is returned as -errno.
 */
#ifndef RSP_CLIENT_SCTP_H
#define RSP_CLIENT_SCTP_H

#include <stdbool.h>
#include <sys/types.h>

#include "rsp/net/endpoint.h"

enum rsp_ppid { RSP_PPID_ASAP = 11, RSP_PPID_ENRP = 12 };

bool rsp_sctp_in_kernel(void);

/* Does this errno say that it is not? */
bool rsp_sctp_is_missing(int error);

/* A non-blocking, close-on-exec one-to-one socket of a family that can reach
 * all hosts of the endpoint. */
int rsp_sctp_socket(const struct rsp_endpoint *e);

/* Sets what a socket needs to speak ASAP or ENRP: no delay, and the payload
 * protocol with each message. */
int rsp_sctp_prepare(int fd);

/* An idle association ends about four times `ms` after its far end has vanished
 * (0: as the system has it): heartbeats at that distance, three may fail. */
void rsp_sctp_set_heartbeat(int fd, int64_t ms);

/* Connects to all hosts of the endpoint at once: one association with several
 * addresses.  0 or -EINPROGRESS. */
int rsp_sctp_connect(int fd, const struct rsp_endpoint *e);

/* The addresses of this end, or of the far one, of a socket's association as it
 * is now (they may change while it lasts); their number, 0 if it has none. */
unsigned rsp_sctp_locals(int fd, struct rsp_address *list, unsigned max);
unsigned rsp_sctp_peers(int fd, struct rsp_address *list, unsigned max);

/* Sends all of the message or, with -EAGAIN, nothing. */
int rsp_sctp_send(int fd, struct rsp_span message, enum rsp_ppid ppid);

struct rsp_sctp_received {
	bool notification; /* the association's, and no message */
	bool ended;	   /* and it is gone, or soon will be */
	bool whole;	   /* ends a message */
	uint32_t ppid;
};

/* Reads a message or, when there is no more room, its next part; 0 at the end.
 */
ssize_t rsp_sctp_receive(int fd, void *room, size_t size,
    struct rsp_sctp_received *what);

/* The same for a caller that reads a stream: it gets ASAP messages only, padded
 * to a multiple of four bytes as they are framed there.  -EAGAIN also for a
 * message that is not one of ASAP's. */
ssize_t rsp_sctp_receive_stream(int fd, void *room, size_t size,
    enum rsp_ppid ppid);

#endif
