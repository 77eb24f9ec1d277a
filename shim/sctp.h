/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.h - an SCTP socket for a TCP client
 *
 * A pool of SCTP elements that is opened by a program that knows TCP only: its
 * socket is exchanged for a one-to-one style SCTP socket before it connects
 * (or is one from the beginning, because getaddrinfo() said so), and is
 * connected to all addresses of the element at once.  Such a socket cannot be
 * connected again in place, so each further element gets a fresh one, too.
 *
 * What differs from TCP is made up for: a write may be of any size, the end of
 * writing (SHUT_WR), which SCTP does not have without the end of reading, is
 * held back until close(), and TCP's options are SCTP's, or remembered.
 */
#ifndef RSP_SHIM_SCTP_H
#define RSP_SHIM_SCTP_H

#include <sys/types.h>

#include "shim/conn.h"
#include "shim/fdtable.h"
#include "shim/handshake.h"

static inline bool
sctp_is(int fd)
{
	return __builtin_expect((fd_flags(fd) & FD_SCTP) != 0, 0);
}

/* All of the next want the connection locked. */

/* Before the first candidate is tried: makes the socket one that suits the
 * pool's transport, or says in the log why it cannot be.  0, or the error for
 * the program. */
int sctp_begin(struct conn *c);

/* The socket for the current candidate: of its families, not connected. */
bool sctp_aim(struct conn *c);

/* Connects to all addresses of the current candidate that the socket can reach.
 * 0 or -errno, as from connect(). */
int sctp_connect(struct conn *c);

/* Puts a fresh socket in the place of this one; 0 or -errno. */
int sctp_renew(struct conn *c);

enum handshake sctp_look(int fd);

/* The association is established. */
void sctp_opened(struct conn *c);

/* While the program reads: see sctp.c. */
void sctp_beat(void);

/* No element answered: makes the socket TCP's again, if the program made it so.
 */
void sctp_give_back(struct conn *c);

/* The calls of a program on such a socket, which is not locked. */

ssize_t sctp_write(int fd, const void *b, size_t n, int flags);
ssize_t sctp_writev(int fd, const struct iovec *v, int n);
ssize_t sctp_send(int fd, const struct msghdr *m, int flags);
int sctp_send_many(int fd, struct mmsghdr *m, unsigned n, int flags);
ssize_t sctp_sendfile(int out, int in, off64_t *at, size_t n);
ssize_t sctp_splice(int in, off64_t *at, int out, off64_t *to, size_t n,
    unsigned flags);
ssize_t sctp_read(int fd, void *b, size_t n, int flags);
ssize_t sctp_readv(int fd, const struct iovec *v, int n);
ssize_t sctp_receive(int fd, struct msghdr *m, int flags);
int sctp_shutdown(int fd, int how);

/* For the calls above: waits for a handshake that runs.  False: errno says why
 * the call is over.  The next also fails when the program has ended its
 * writing. */
bool sctp_ready(int fd, int flags, int timeout);
bool sctp_may_write(int fd, int flags);

/* The longest part of `total` bytes that should be one message. */
size_t sctp_piece(int fd, size_t total);

/* True if the option is SCTP's business; then *result is the call's. */
bool sctp_getsockopt(int fd, int level, int name, void *value, socklen_t *len,
    int *result);
bool sctp_setsockopt(int fd, int level, int name, const void *value,
    socklen_t len, int *result);

/* The same for a socket of which we know nothing yet, after the kernel has
 * refused: one that is SCTP's because getaddrinfo() said so. */
bool sctp_getsockopt_early(int fd, int level, int name, void *value,
    socklen_t *len, int *result);
bool sctp_setsockopt_early(int fd, int level, int name, const void *value,
    socklen_t len, int *result);

/* Should getaddrinfo() answer SCTP for this pool?  The second notes that it
 * has. */
bool sctp_is_answer(const struct rsp_user_pool *pool);
void sctp_note_answer(void);

/* Remembers the program's TCP options before the socket is exchanged; and sets
 * them on one that is TCP's again. */
void sctp_save_options(struct conn *c);
void sctp_restore_options(const struct conn *c);

#endif
