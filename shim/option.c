/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - socket options that a move changes, loses or needs
 *
 * They are read, changed and put back by bare system calls.
 */
#include "shim/real.h"

#include "shim/option.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "rsp/net/sys.h"
#include "shim/settings.h"

/* What TCP_MAXSEG says on a socket whose program set none. */
#define DEFAULT_SEGMENT 536

int
option_int(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return sys_getsockopt(fd, level, name, &value, &len) < 0 ? 0 : value;
}

unsigned option_set;

void
option_note(int level, int name)
{
	unsigned which = 0;

	if (level == SOL_SOCKET && name == SO_SNDTIMEO)
		which = OPTION_TIMEOUT;
	else if (level == IPPROTO_TCP && name == TCP_USER_TIMEOUT)
		which = OPTION_PATIENCE;
	else if (level == IPPROTO_TCP && name == TCP_FASTOPEN_CONNECT)
		which = OPTION_FASTOPEN;
	else if (level == IPPROTO_TCP &&
		 (name == TCP_MAXSEG || name == TCP_WINDOW_CLAMP))
		which = OPTION_SEGMENT;
	if (which != 0)
		__atomic_or_fetch(&option_set, which, __ATOMIC_RELAXED);
}

static void
set_int(int fd, int level, int name, int value)
{
	sys_setsockopt(fd, level, name, &value, sizeof(value));
}

void
option_save_lost(struct conn *c)
{
	int segment;

	if (!option_was_set(OPTION_SEGMENT))
		return;
	segment = option_int(c->fd, IPPROTO_TCP, TCP_MAXSEG);
	if (segment != DEFAULT_SEGMENT)
		c->max_segment = segment;
	c->window_clamp = option_int(c->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP);
}

/* Later the kernel still shows a port, which is not bound any more. */
bool
option_is_bound(int fd, int *family)
{
	union conn_address a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (sys_getsockname(fd, &a, &len) < 0) {
		*family = option_int(fd, SOL_SOCKET, SO_DOMAIN);
		return true;
	}
	*family = a.sa.sa_family;
	return a.v4.sin_port != 0 ||
	       (a.sa.sa_family == AF_INET && a.v4.sin_addr.s_addr != 0);
}

bool
option_is_bound_to_port(int fd)
{
	union conn_address a;
	socklen_t len = sizeof(a);

	return sys_getsockname(fd, &a, &len) >= 0 &&
	       a.sa.sa_family == AF_INET && a.v4.sin_addr.s_addr == 0;
}

void
option_restore_lost(struct conn *c)
{
	if (c->max_segment != 0)
		set_int(c->fd, IPPROTO_TCP, TCP_MAXSEG, c->max_segment);
	if (c->window_clamp != 0)
		set_int(c->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, c->window_clamp);
}

/* The SYN repetitions after which the kernel gives up at `ms` or just after.
 * Linux since 6.5 repeats every second, and doubles only after four; older ones
 * double at once, so they give up later, and our own clock comes first. */
static int
syn_count(int64_t ms)
{
	int64_t end = 1000, pause = 1000;
	int n = 0;

	while (end < ms || n == 0) { /* 0 would mean the system's default */
		if (++n > 4)
			pause *= 2;
		end += pause;
	}
	return n;
}

void
option_limit_syn_count(struct conn *c)
{
	int now, wanted = syn_count(settings()->connect_timeout_ms);

	if (c->syn_count != 0)
		return;
	now = option_int(c->fd, IPPROTO_TCP, TCP_SYNCNT);
	if (now <= wanted)
		return;
	c->syn_count = now;
	set_int(c->fd, IPPROTO_TCP, TCP_SYNCNT, wanted);
}

void
option_restore_syn_count(struct conn *c)
{
	if (c->syn_count != 0)
		set_int(c->fd, IPPROTO_TCP, TCP_SYNCNT, c->syn_count);
	c->syn_count = 0;
}

bool
option_allow_mapped(struct conn *c)
{
	int off = 0;

	if (option_int(c->fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0)
		return true;
	if (sys_setsockopt(c->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		sizeof(off)) < 0)
		return false;
	c->v6only = true;
	return true;
}

bool
option_may_wait(int fd, int flags)
{
	long mode;

	if ((flags & MSG_DONTWAIT) != 0)
		return false;
	mode = sys_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0);
	return mode >= 0 && (mode & O_NONBLOCK) == 0;
}

/* Signals that the thread itself causes, and that language runtimes catch. */
static bool
is_synchronous(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE ||
	       sig == SIGILL || sig == SIGTRAP || sig == SIGSYS ||
	       sig == SIGABRT;
}

/* A signal interrupts connect() unless its handler was installed with
 * SA_RESTART; but with SO_SNDTIMEO set the kernel does so for every handler, so
 * the difference is made here, where that was needed.  Which signal it was
 * cannot be known: so the call is restarted only where all handlers of the
 * process ask for that. */
bool
option_must_interrupt(void)
{
	for (int i = 1; i < NSIG; i++) {
		struct sigaction a;

		if (!is_synchronous(i) && sigaction(i, NULL, &a) == 0 &&
		    a.sa_handler != SIG_DFL && a.sa_handler != SIG_IGN &&
		    (a.sa_flags & SA_RESTART) == 0)
			return true;
	}
	return false;
}
