/* SPDX-License-Identifier: Apache-2.0 */
/* real.h - the functions that we stand in front of
 *
 * real.connect() and its like are what the program would have called without
 * us: libc's, or those of the next preload library.  Include this first: it
 * keeps the fortified inline versions of what we define out of sight.
 *
 * One list gives the slots, their first value and the export list's names.
 */
#ifndef RSP_SHIM_REAL_H
#define RSP_SHIM_REAL_H

#undef _FORTIFY_SOURCE

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* For what the program sees of us; all else is hidden. */
#define EXPORT __attribute__((visibility("default")))

/* Fortified entry points of libc, which no header declares. */
EXPORT ssize_t __read_chk(int fd, void *b, size_t n, size_t size);
EXPORT ssize_t __recv_chk(int fd, void *b, size_t n, size_t size, int flags);
EXPORT ssize_t __recvfrom_chk(int fd, void *b, size_t n, size_t size, int flags,
    struct sockaddr *sa, socklen_t *len);
EXPORT int __poll_chk(struct pollfd *p, nfds_t n, int ms, size_t size);
EXPORT int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *t,
    const sigset_t *m, size_t size);

/* What programs import that were linked with a libc older than 2.34. */
EXPORT int __res_query(const char *n, int c, int t, unsigned char *a, int l);
EXPORT int __res_search(const char *n, int c, int t, unsigned char *a, int l);
EXPORT int __res_nquery(res_state s, const char *n, int c, int t,
    unsigned char *a, int l);
EXPORT int __res_querydomain(const char *n, const char *d, int c, int t,
    unsigned char *a, int l);
EXPORT int __res_nquerydomain(res_state s, const char *n, const char *d, int c,
    int t, unsigned char *a, int l);
EXPORT int __res_nsearch(res_state s, const char *n, int c, int t,
    unsigned char *a, int l);

/* X(result, name, parameters, arguments, instead): `instead` is what the slot
 * does while the function cannot be looked up, because that lookup itself is
 * what calls it (an allocator that reads a file when it is first used), or
 * because it does not exist. */
/* clang-format off */
#define SHIM_REALS(X)							\
X(int, getaddrinfo, (const char *n, const char *s,			\
    const struct addrinfo *h, struct addrinfo **r), (n, s, h, r),	\
    EAI_FAIL)								\
X(int, getaddrinfo_a, (int mode, struct gaicb *list[], int n,		\
    struct sigevent *e), (mode, list, n, e), EAI_SYSTEM)		\
X(int, getnameinfo, (const struct sockaddr *sa, socklen_t len, char *h,	\
    socklen_t hl, char *s, socklen_t sl, int flags),			\
    (sa, len, h, hl, s, sl, flags), EAI_FAIL)				\
X(struct hostent *, gethostbyname, (const char *n), (n), NULL)		\
X(struct hostent *, gethostbyname2, (const char *n, int f), (n, f), NULL) \
X(int, gethostbyname_r, (const char *n, struct hostent *h, char *b,	\
    size_t s, struct hostent **r, int *e), (n, h, b, s, r, e), ENOSYS)	\
X(int, gethostbyname2_r, (const char *n, int f, struct hostent *h,	\
    char *b, size_t s, struct hostent **r, int *e),			\
    (n, f, h, b, s, r, e), ENOSYS)					\
X(struct hostent *, gethostbyaddr, (const void *a, socklen_t l, int f),	\
    (a, l, f), NULL)							\
X(int, gethostbyaddr_r, (const void *a, socklen_t l, int f,		\
    struct hostent *h, char *b, size_t s, struct hostent **r, int *e),	\
    (a, l, f, h, b, s, r, e), ENOSYS)					\
X(int, res_query, (const char *n, int c, int t, unsigned char *a, int l), \
    (n, c, t, a, l), -1)						\
X(int, res_search, (const char *n, int c, int t, unsigned char *a,	\
    int l), (n, c, t, a, l), -1)					\
X(int, res_nquery, (res_state s, const char *n, int c, int t,		\
    unsigned char *a, int l), (s, n, c, t, a, l), -1)			\
X(int, res_nsearch, (res_state s, const char *n, int c, int t,		\
    unsigned char *a, int l), (s, n, c, t, a, l), -1)			\
X(int, res_querydomain, (const char *n, const char *d, int c, int t,	\
    unsigned char *a, int l), (n, d, c, t, a, l), -1)			\
X(int, res_nquerydomain, (res_state s, const char *n, const char *d,	\
    int c, int t, unsigned char *a, int l), (s, n, d, c, t, a, l), -1)	\
X(int, socket, (int f, int t, int p), (f, t, p),			\
    (int)syscall(SYS_socket, f, t, p))					\
X(int, accept, (int fd, struct sockaddr *sa, socklen_t *l), (fd, sa, l), \
    (int)syscall(SYS_accept4, fd, sa, l, 0))				\
X(int, accept4, (int fd, struct sockaddr *sa, socklen_t *l, int flags),	\
    (fd, sa, l, flags), (int)syscall(SYS_accept4, fd, sa, l, flags))	\
X(int, connect, (int fd, const struct sockaddr *sa, socklen_t l),	\
    (fd, sa, l), (int)syscall(SYS_connect, fd, sa, l))			\
X(int, shutdown, (int fd, int how), (fd, how),				\
    (int)syscall(SYS_shutdown, fd, how))				\
X(int, getpeername, (int fd, struct sockaddr *sa, socklen_t *l),	\
    (fd, sa, l), (int)syscall(SYS_getpeername, fd, sa, l))		\
X(int, getsockname, (int fd, struct sockaddr *sa, socklen_t *l),	\
    (fd, sa, l), (int)syscall(SYS_getsockname, fd, sa, l))		\
X(int, getsockopt, (int fd, int level, int name, void *v, socklen_t *l), \
    (fd, level, name, v, l),						\
    (int)syscall(SYS_getsockopt, fd, level, name, v, l))		\
X(int, setsockopt, (int fd, int level, int name, const void *v,		\
    socklen_t l), (fd, level, name, v, l),				\
    (int)syscall(SYS_setsockopt, fd, level, name, v, l))		\
X(int, close, (int fd), (fd), (int)syscall(SYS_close, fd))		\
X(int, close_range, (unsigned a, unsigned b, int flags), (a, b, flags),	\
    (int)syscall(SYS_close_range, a, b, flags))				\
X(void, closefrom, (int fd), (fd),					\
    (void)syscall(SYS_close_range, fd, ~0U, 0))				\
X(int, fclose, (FILE *f), (f), EOF)					\
X(int, dup, (int fd), (fd), (int)syscall(SYS_dup, fd))			\
X(int, dup2, (int a, int b), (a, b),					\
    a == b ? (int)syscall(SYS_fcntl, a, F_GETFD) < 0 ? -1 : b :		\
    (int)syscall(SYS_dup3, a, b, 0))					\
X(int, dup3, (int a, int b, int flags), (a, b, flags),			\
    (int)syscall(SYS_dup3, a, b, flags))				\
X(int, fcntl, (int fd, int cmd, void *arg), (fd, cmd, arg),		\
    (int)syscall(SYS_fcntl, fd, cmd, arg))				\
X(int, fcntl64, (int fd, int cmd, void *arg), (fd, cmd, arg),		\
    (int)syscall(SYS_fcntl, fd, cmd, arg))				\
X(int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms),		\
    (int)syscall(SYS_poll, p, n, ms))					\
X(int, ppoll, (struct pollfd *p, nfds_t n, const struct timespec *t,	\
    const sigset_t *m), (p, n, t, m), real_unready())			\
X(int, __poll_chk, (struct pollfd *p, nfds_t n, int ms, size_t size),	\
    (p, n, ms, size), (int)syscall(SYS_poll, p, n, ms))			\
X(int, __ppoll_chk, (struct pollfd *p, nfds_t n,			\
    const struct timespec *t, const sigset_t *m, size_t size),		\
    (p, n, t, m, size), real_unready())					\
X(int, select, (int n, fd_set *r, fd_set *w, fd_set *e,			\
    struct timeval *t), (n, r, w, e, t), real_unready())		\
X(int, pselect, (int n, fd_set *r, fd_set *w, fd_set *e,		\
    const struct timespec *t, const sigset_t *m), (n, r, w, e, t, m),	\
    real_unready())							\
X(int, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *e),	\
    (epoll, op, fd, e), (int)syscall(SYS_epoll_ctl, epoll, op, fd, e))	\
X(int, ioctl, (int fd, unsigned long request, void *arg),		\
    (fd, request, arg), (int)syscall(SYS_ioctl, fd, request, arg))	\
X(int, epoll_wait, (int fd, struct epoll_event *e, int n, int ms),	\
    (fd, e, n, ms), real_unready())					\
X(int, epoll_pwait, (int fd, struct epoll_event *e, int n, int ms,	\
    const sigset_t *m), (fd, e, n, ms, m), real_unready())		\
X(int, epoll_pwait2, (int fd, struct epoll_event *e, int n,		\
    const struct timespec *t, const sigset_t *m), (fd, e, n, t, m),	\
    real_unready())							\
X(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n),		\
    syscall(SYS_read, fd, b, n))					\
X(ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n),	\
    syscall(SYS_readv, fd, v, n))					\
X(ssize_t, recv, (int fd, void *b, size_t n, int flags),		\
    (fd, b, n, flags), syscall(SYS_recvfrom, fd, b, n, flags, 0, 0))	\
X(ssize_t, recvfrom, (int fd, void *b, size_t n, int flags,		\
    struct sockaddr *sa, socklen_t *l), (fd, b, n, flags, sa, l),	\
    syscall(SYS_recvfrom, fd, b, n, flags, sa, l))			\
X(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags),		\
    (fd, m, flags), syscall(SYS_recvmsg, fd, m, flags))			\
X(int, recvmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags,	\
    struct timespec *t), (fd, m, n, flags, t), real_unready())		\
X(ssize_t, __read_chk, (int fd, void *b, size_t n, size_t size),	\
    (fd, b, n, size), syscall(SYS_read, fd, b, n))			\
X(ssize_t, __recv_chk, (int fd, void *b, size_t n, size_t size,		\
    int flags), (fd, b, n, size, flags),				\
    syscall(SYS_recvfrom, fd, b, n, flags, 0, 0))			\
X(ssize_t, __recvfrom_chk, (int fd, void *b, size_t n, size_t size,	\
    int flags, struct sockaddr *sa, socklen_t *l),			\
    (fd, b, n, size, flags, sa, l),					\
    syscall(SYS_recvfrom, fd, b, n, flags, sa, l))			\
X(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n),	\
    syscall(SYS_write, fd, b, n))					\
X(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n),	\
    syscall(SYS_writev, fd, v, n))					\
X(ssize_t, send, (int fd, const void *b, size_t n, int flags),		\
    (fd, b, n, flags), syscall(SYS_sendto, fd, b, n, flags, 0, 0))	\
X(ssize_t, sendto, (int fd, const void *b, size_t n, int flags,		\
    const struct sockaddr *sa, socklen_t l), (fd, b, n, flags, sa, l),	\
    syscall(SYS_sendto, fd, b, n, flags, sa, l))			\
X(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),	\
    (fd, m, flags), syscall(SYS_sendmsg, fd, m, flags))			\
X(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags),	\
    (fd, m, n, flags), (int)syscall(SYS_sendmmsg, fd, m, n, flags))	\
X(ssize_t, sendfile, (int out, int in, off_t *at, size_t n),		\
    (out, in, at, n), syscall(SYS_sendfile, out, in, at, n))		\
X(ssize_t, sendfile64, (int out, int in, off64_t *at, size_t n),	\
    (out, in, at, n), syscall(SYS_sendfile, out, in, at, n))		\
X(ssize_t, splice, (int in, off64_t *at, int out, off64_t *to, size_t n, \
    unsigned flags), (in, at, out, to, n, flags),			\
    syscall(SYS_splice, in, at, out, to, n, flags))
/* clang-format on */

struct real {
#define REAL_SLOT(result, name, params, args, instead) result(*name) params;
	SHIM_REALS(REAL_SLOT)
#undef REAL_SLOT
};

/* Never holds NULL: a slot that was not looked up yet looks itself up. */
extern struct real real;

/* Looks every slot up; for the constructor. */
void real_init(void);

/* -1 with ENOSYS: for functions that nothing calls before the constructor. */
int real_unready(void);

#endif
