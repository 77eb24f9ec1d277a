/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h - reads and writes on a connection that may move
 *
 * They seem to be the program's own: a blocking one waits, obeys the socket's
 * timeouts and restarts after signals as the kernel's would; a non-blocking one
 * does not wait.  Inside, none of them blocks, so that a connection never moves
 * away under a thread that sleeps in the kernel.
 */
#ifndef RSP_SHIM_STREAM_H
#define RSP_SHIM_STREAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "shim/fdtable.h"

/* For a descriptor with FD_IO: is it a connection's? */
bool stream_is(int fd);

/* Like recvmsg() and sendmsg().  Where the connection is not followed, or not
 * any more, they call the `real` functions. */
ssize_t stream_receive(int fd, struct msghdr *m, int flags);
ssize_t stream_send(int fd, const struct msghdr *m, int flags);

/* The same for one buffer. */
ssize_t stream_read(int fd, void *b, size_t n, int flags);
ssize_t stream_write(int fd, const void *b, size_t n, int flags);

/* The same for several. */
ssize_t stream_readv(int fd, const struct iovec *v, int n);
ssize_t stream_writev(int fd, const struct iovec *v, int n);

/* Several messages. */
int stream_receive_many(int fd, struct mmsghdr *m, unsigned n, int flags,
    struct timespec *t);
int stream_send_many(int fd, struct mmsghdr *m, unsigned n, int flags);

/* From a connection to a pipe, from a file to a connection. */
ssize_t stream_splice(int fd, int out, off64_t *to, size_t n, unsigned flags);
ssize_t stream_sendfile(int fd, int in, off64_t *at, size_t n);

/* Before bytes are sent that are not seen (from a pipe): waits for what is
 * under way, moves if the server has gone, and ends the following.  False: the
 * call fails with errno. */
bool stream_let_go(int fd, int flags);

#endif
