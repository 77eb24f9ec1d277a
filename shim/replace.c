/* SPDX-License-Identifier: Apache-2.0 */
/* replace.c - one socket in the place of another */
#include "shim/real.h"

#include "shim/replace.h"

#include <netinet/tcp.h>
#include <string.h>

#include "rsp/client/sys.h"
#include "shim/epolls.h"
#include "shim/fdtable.h"
#include "shim/option.h"

/* Options that a program may have set before it connects, and their sizes are
 * whatever the kernel says.  SNDBUF and RCVBUF read twice what was set. */
static const struct {
	int level, name, to_level, to_name;
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_LINGER, SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR },
	{ SOL_SOCKET, SO_RCVTIMEO, SOL_SOCKET, SO_RCVTIMEO },
	{ SOL_SOCKET, SO_SNDTIMEO, SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT },
	{ SOL_SOCKET, SO_PRIORITY, SOL_SOCKET, SO_PRIORITY },
	{ SOL_SOCKET, SO_MARK, SOL_SOCKET, SO_MARK },
	{ SOL_SOCKET, SO_BINDTODEVICE, SOL_SOCKET, SO_BINDTODEVICE },
	{ SOL_SOCKET, SO_TIMESTAMP, SOL_SOCKET, SO_TIMESTAMP },
	{ SOL_SOCKET, SO_ZEROCOPY, SOL_SOCKET, SO_ZEROCOPY },
	{ IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS },
	{ IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_TCP, TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY },
	{ IPPROTO_TCP, TCP_CORK, IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_SYNCNT, IPPROTO_TCP, TCP_SYNCNT },
	{ IPPROTO_TCP, TCP_LINGER2, IPPROTO_TCP, TCP_LINGER2 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, IPPROTO_TCP, TCP_NOTSENT_LOWAT },
	{ IPPROTO_TCP, TCP_CONGESTION, IPPROTO_TCP, TCP_CONGESTION },
};

static void
copy_option(int from, int to, size_t i)
{
	char value[64];
	socklen_t len = sizeof(value), len_now = sizeof(value);
	char now[64];

	if (sys_getsockopt(from, options[i].level, options[i].name, value,
		&len) < 0)
		return;
	if (sys_getsockopt(to, options[i].to_level, options[i].to_name, now,
		&len_now) == 0 &&
	    len == len_now && memcmp(value, now, len) == 0)
		return;
	sys_setsockopt(to, options[i].to_level, options[i].to_name, value, len);
}

static void
copy_buffer_size(int from, int to, int name)
{
	int size = option_int(from, SOL_SOCKET, name), half = size / 2;

	if (size != option_int(to, SOL_SOCKET, name))
		sys_setsockopt(to, SOL_SOCKET, name, &half, sizeof(half));
}

/* Walks over all descriptors: counts those that share the socket, and repeats
 * the registrations of those that are epoll descriptors. */
struct walk {
	int fd;		/* the descriptor that is replaced */
	char link[128]; /* "socket:[inode]" of the old socket */
	unsigned same;
	bool too_many;
	unsigned n;
	struct {
		int epoll;
		struct epoll_entry entry;
	} found[16];
};

static bool
collect(int fd, const char *link, void *arg)
{
	struct walk *w = arg;

	if (strcmp(link, w->link) == 0)
		w->same++;
	if (strcmp(link, "anon_inode:[eventpoll]") != 0)
		return true;
	if (w->n == sizeof(w->found) / sizeof(w->found[0])) {
		w->too_many = true;
		return false;
	}
	w->found[w->n].epoll = fd;
	if (epolls_by_fd(fd, w->fd, &w->found[w->n].entry))
		w->n++;
	return true;
}

static bool
own_link(int fd, char *link, size_t size)
{
	uint64_t ino;
	struct stat st;

	if (sys_fstat(fd, &st) < 0)
		return false;
	ino = st.st_ino;
	snprintf(link, size, "socket:[%llu]", (unsigned long long)ino);
	return true;
}

static void
register_again(const struct walk *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct epoll_event e = { .events = w->found[i].entry.events };

		e.data.u64 = w->found[i].entry.data;
		sys_call(SYS_epoll_ctl, w->found[i].epoll, EPOLL_CTL_ADD, w->fd,
		    (long)&e, 0, 0);
	}
}

static int
new_socket(int old)
{
	int off = 0, fd = sys_socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC,
			 option_int(old, SOL_SOCKET, SO_PROTOCOL));

	if (fd < 0)
		return fd;
	sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	copy_buffer_size(old, fd, SO_SNDBUF);
	copy_buffer_size(old, fd, SO_RCVBUF);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		copy_option(old, fd, i);
	sys_call(SYS_fcntl, fd, F_SETFL,
	    sys_call(SYS_fcntl, old, F_GETFL, 0, 0, 0, 0), 0, 0, 0);
	return fd;
}

bool
replace_by_v6(struct conn *c)
{
	struct walk w = { .fd = c->fd };
	long cloexec = sys_call(SYS_fcntl, c->fd, F_GETFD, 0, 0, 0, 0);
	int fd;

	if (c->refs != 1 || conn_borrowed() || c->bound ||
	    !own_link(c->fd, w.link, sizeof(w.link)) ||
	    !epolls_every_fd(collect, &w) || w.same != 1 || w.too_many)
		return false;
	fd = new_socket(c->fd);
	if (fd < 0)
		return false;
	if (sys_call(SYS_dup3, fd, c->fd,
		(cloexec & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0, 0, 0, 0) < 0) {
		sys_close(fd);
		return false;
	}
	sys_close(fd);
	register_again(&w);
	c->cookie = conn_cookie(c->fd);
	c->family = AF_INET6;
	c->was_v4 = true;
	c->mapped = false;
	return true;
}
