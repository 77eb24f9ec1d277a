/* SPDX-License-Identifier: Apache-2.0 */
/* null_preload.c - preload library that does nothing: the least that ours can
 * cost
 *
 * Thirty calls go to libc's function through a pointer that is looked up when
 * the library is loaded.  Under LD_PRELOAD the benchmarks compare starts with
 * it; its functions are also called by name, from a process that has our
 * library in front: so one process measures both, in turn.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* X(result, name, parameters, arguments) */
/* clang-format off */
#define FORWARDED(X)							\
X(int, getaddrinfo, (const char *n, const char *s,			\
    const struct addrinfo *h, struct addrinfo **r), (n, s, h, r))	\
X(int, getnameinfo, (const struct sockaddr *sa, socklen_t len, char *h,	\
    socklen_t hl, char *s, socklen_t sl, int flags),			\
    (sa, len, h, hl, s, sl, flags))					\
X(struct hostent *, gethostbyname, (const char *n), (n))		\
X(int, socket, (int f, int t, int p), (f, t, p))			\
X(int, connect, (int fd, const struct sockaddr *sa, socklen_t l),	\
    (fd, sa, l))							\
X(int, bind, (int fd, const struct sockaddr *sa, socklen_t l), (fd, sa, l)) \
X(int, listen, (int fd, int n), (fd, n))				\
X(int, accept, (int fd, struct sockaddr *sa, socklen_t *l), (fd, sa, l)) \
X(int, accept4, (int fd, struct sockaddr *sa, socklen_t *l, int flags),	\
    (fd, sa, l, flags))							\
X(int, shutdown, (int fd, int how), (fd, how))				\
X(int, getpeername, (int fd, struct sockaddr *sa, socklen_t *l),	\
    (fd, sa, l))							\
X(int, getsockname, (int fd, struct sockaddr *sa, socklen_t *l),	\
    (fd, sa, l))							\
X(int, getsockopt, (int fd, int level, int name, void *v, socklen_t *l), \
    (fd, level, name, v, l))						\
X(int, setsockopt, (int fd, int level, int name, const void *v,		\
    socklen_t l), (fd, level, name, v, l))				\
X(int, close, (int fd), (fd))						\
X(int, dup, (int fd), (fd))						\
X(int, dup2, (int a, int b), (a, b))					\
X(int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms))		\
X(int, select, (int n, fd_set *r, fd_set *w, fd_set *e,			\
    struct timeval *t), (n, r, w, e, t))				\
X(int, epoll_wait, (int fd, struct epoll_event *e, int n, int ms),	\
    (fd, e, n, ms))							\
X(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n))		\
X(ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))	\
X(ssize_t, recv, (int fd, void *b, size_t n, int flags),		\
    (fd, b, n, flags))							\
X(ssize_t, recvfrom, (int fd, void *b, size_t n, int flags,		\
    struct sockaddr *sa, socklen_t *l), (fd, b, n, flags, sa, l))	\
X(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags)) \
X(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n))	\
X(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))	\
X(ssize_t, send, (int fd, const void *b, size_t n, int flags),		\
    (fd, b, n, flags))							\
X(ssize_t, sendto, (int fd, const void *b, size_t n, int flags,		\
    const struct sockaddr *sa, socklen_t l), (fd, b, n, flags, sa, l))	\
X(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),	\
    (fd, m, flags))
/* clang-format on */

/* The declarations above are libc's but for the qualifiers, so the functions
 * have names of their own here and those names in the object. */
#define DEFINE(result, name, params, args)                                     \
	static result(*real_##name) params;                                    \
	result forward_##name params __asm__(#name);                           \
	__attribute__((visibility("default"))) result forward_##name params    \
	{                                                                      \
		return real_##name args;                                       \
	}
FORWARDED(DEFINE)

/* As RTLD_NEXT, but right for who loads this later, too. */
__attribute__((constructor)) static void
begin(void)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

#define LOOK_UP(result, name, params, args)                                    \
	*(void **)&real_##name = dlsym(libc, #name);
	FORWARDED(LOOK_UP)
}
