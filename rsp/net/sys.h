/* SPDX-License-Identifier: Apache-2.0 */
/* sys.h - system calls that no preload library sees
 *
 * The pool user lives in programs that we intercept ourselves, so its own I/O
 * must not come back to us, must not be a cancellation point and must leave
 * errno alone.  Each function is the bare system call of its name; a failure
 * is returned as -errno.  All are async-signal-safe.
 */
#ifndef RSP_SYS_H
#define RSP_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's signal set, not libc's. */
#define RSP_SIGSET_BYTES 8

static inline long
sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long r = syscall(number, a, b, c, d, e, f);

	if (r == -1) {
		r = -errno;
		errno = saved;
	}
	return r;
}

/* These two give a descriptor that is closed on exec and is not 0, 1 or 2
 * (descriptor.c). */
int sys_socket(int family, int type, int protocol);
int sys_openat(int dir, const char *path, int flags, mode_t mode);

static inline int
sys_connect(int fd, const void *sa, socklen_t len)
{
	return (int)sys_call(SYS_connect, fd, (long)sa, (long)len, 0, 0, 0);
}

static inline int
sys_bind(int fd, const void *sa, socklen_t len)
{
	return (int)sys_call(SYS_bind, fd, (long)sa, (long)len, 0, 0, 0);
}

static inline int
sys_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	return (int)sys_call(SYS_getsockopt, fd, level, name, (long)value,
	    (long)len, 0);
}

static inline int
sys_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return (int)sys_call(SYS_setsockopt, fd, level, name, (long)value,
	    (long)len, 0);
}

static inline int
sys_getsockname(int fd, void *sa, socklen_t *len)
{
	return (int)sys_call(SYS_getsockname, fd, (long)sa, (long)len, 0, 0, 0);
}

static inline int
sys_getpeername(int fd, void *sa, socklen_t *len)
{
	return (int)sys_call(SYS_getpeername, fd, (long)sa, (long)len, 0, 0, 0);
}

static inline ssize_t
sys_sendto(int fd, const void *bytes, size_t len, int flags, const void *sa,
    socklen_t sa_len)
{
	return (ssize_t)sys_call(SYS_sendto, fd, (long)bytes, (long)len, flags,
	    (long)sa, (long)sa_len);
}

static inline ssize_t
sys_recvfrom(int fd, void *bytes, size_t size, int flags, void *sa,
    socklen_t *sa_len)
{
	return (ssize_t)sys_call(SYS_recvfrom, fd, (long)bytes, (long)size,
	    flags, (long)sa, (long)sa_len);
}

static inline ssize_t
sys_sendmsg(int fd, const struct msghdr *m, int flags)
{
	return (ssize_t)sys_call(SYS_sendmsg, fd, (long)m, flags, 0, 0, 0);
}

static inline ssize_t
sys_recvmsg(int fd, struct msghdr *m, int flags)
{
	return (ssize_t)sys_call(SYS_recvmsg, fd, (long)m, flags, 0, 0, 0);
}

static inline ssize_t
sys_read(int fd, void *bytes, size_t size)
{
	return (
	    ssize_t)sys_call(SYS_read, fd, (long)bytes, (long)size, 0, 0, 0);
}

static inline ssize_t
sys_write(int fd, const void *bytes, size_t len)
{
	return (
	    ssize_t)sys_call(SYS_write, fd, (long)bytes, (long)len, 0, 0, 0);
}

static inline int
sys_close(int fd)
{
	return (int)sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* timeout_ms below 0: for ever.  Interrupted: -EINTR. */
static inline int
sys_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
#ifdef SYS_poll
	return (int)sys_call(SYS_poll, (long)fds, (long)n, timeout_ms, 0, 0, 0);
#else
	/* long is the kernel's own layout wherever there is no SYS_poll */
	long ts[2] = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return (int)sys_call(SYS_ppoll, (long)fds, (long)n,
	    timeout_ms < 0 ? 0L : (long)ts, 0, 0, 0);
#endif
}

static inline int
sys_mkdirat(int dir, const char *path, mode_t mode)
{
	return (int)sys_call(SYS_mkdirat, dir, (long)path, (long)mode, 0, 0, 0);
}

static inline int
sys_renameat(int dir, const char *from, const char *to)
{
#ifdef SYS_renameat
	return (
	    int)sys_call(SYS_renameat, dir, (long)from, dir, (long)to, 0, 0);
#else
	return (
	    int)sys_call(SYS_renameat2, dir, (long)from, dir, (long)to, 0, 0);
#endif
}

static inline int
sys_unlinkat(int dir, const char *path)
{
	return (int)sys_call(SYS_unlinkat, dir, (long)path, 0, 0, 0, 0);
}

static inline int
sys_fallocate(int fd, size_t len)
{
#if defined(__LP64__) || defined(__x86_64__)
	return (int)sys_call(SYS_fallocate, fd, 0, 0, (long)len, 0, 0);
#else
	/* 64-bit offsets take two registers, in an order of each machine's */
	int saved = errno,
	    r = fallocate(fd, 0, 0, (off_t)len) == 0 ? 0 : -errno;

	errno = saved;
	return r;
#endif
}

/* fstat of libc is a plain function since glibc 2.33, and no preload library
 * replaces it; only errno needs care. */
static inline int
sys_fstat(int fd, struct stat *st)
{
	int saved = errno, r = fstat(fd, st) == 0 ? 0 : -errno;

	errno = saved;
	return r;
}

/* Sets *p to NULL on failure. */
static inline int
sys_mmap(void **p, void *at, size_t len, int prot, int flags, int fd)
{
	int saved = errno, r = 0;

	*p = mmap(at, len, prot, flags, fd, 0);
	if (*p == MAP_FAILED) {
		*p = NULL;
		r = -errno;
	}
	errno = saved;
	return r;
}

static inline int
sys_munmap(void *p, size_t len)
{
	return (int)sys_call(SYS_munmap, (long)p, (long)len, 0, 0, 0, 0);
}

static inline int
sys_sigmask(int how, const uint64_t *set, uint64_t *old)
{
	return (int)sys_call(SYS_rt_sigprocmask, how, (long)set, (long)old,
	    RSP_SIGSET_BYTES, 0, 0);
}

/* Can these 8 bytes be read?  A mapped file that was truncated raises SIGBUS
 * when touched; the kernel, asked to touch it, says EFAULT.  (No such `how`, so
 * the mask stays as it is.) */
static inline bool
sys_readable(const void *p)
{
	return sys_sigmask(-1, (const uint64_t *)p, NULL) != -EFAULT;
}

/* Nanoseconds of a clock of the kernel's, whatever stands in front of libc's,
 * and milliseconds of CLOCK_BOOTTIME (clock.c). */
int64_t sys_clock(clockid_t clock);
int64_t sys_now(void);

/* Between begin and end a write to a closed pipe or beyond RLIMIT_FSIZE fails
 * with its error but sends no signal to the program.  Not to be nested. */
struct sys_quiet {
	uint64_t before;  /* the caller's mask */
	uint64_t pending; /* what waited already, and is the program's */
};

static inline uint64_t
sys_quiet_set(void)
{
	return UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);
}

static inline uint64_t
sys_sigpending(void)
{
	uint64_t set = 0;

	sys_call(SYS_rt_sigpending, (long)&set, RSP_SIGSET_BYTES, 0, 0, 0, 0);
	return set & sys_quiet_set();
}

static inline void
sys_quiet_begin(struct sys_quiet *q)
{
	uint64_t set = sys_quiet_set();

	q->pending = sys_sigpending();
	q->before = 0;
	sys_sigmask(SIG_BLOCK, &set, &q->before);
}

static inline void
sys_quiet_end(const struct sys_quiet *q)
{
	uint64_t raised = sys_sigpending() & ~q->pending;
	long now[4] = { 0, 0, 0, 0 };

	while (raised != 0 && sys_call(SYS_rt_sigtimedwait, (long)&raised, 0,
				  (long)now, RSP_SIGSET_BYTES, 0, 0) > 0)
		raised = sys_sigpending() & ~q->pending;
	sys_sigmask(SIG_SETMASK, &q->before, NULL);
}

#endif
