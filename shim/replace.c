/* SPDX-License-Identifier: Apache-2.0 */
/* replace.c - another socket in place of the program's: options, epoll
 * registrations, dup3 */
#include "shim/real.h"

#include "shim/replace.h"

#include <netinet/tcp.h>
#include <string.h>

#include "rsp/net/sys.h"
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
	{ SOL_SOCKET, SO_BROADCAST, SOL_SOCKET, SO_BROADCAST },
	{ IPPROTO_IP, IP_MTU_DISCOVER, IPPROTO_IPV6, IPV6_MTU_DISCOVER },
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

/* The first two columns of a row are IPv4's, the others IPv6's. */
static void
copy_option(int from, int from_family, int to, int to_family, size_t i)
{
	bool six = from_family == AF_INET6, to_six = to_family == AF_INET6;
	int level = six ? options[i].to_level : options[i].level;
	int name = six ? options[i].to_name : options[i].name;
	int to_level = to_six ? options[i].to_level : options[i].level;
	int to_name = to_six ? options[i].to_name : options[i].name;
	socklen_t len = 64, len_now = 64;
	char value[64], now[64];

	if (sys_getsockopt(from, level, name, value, &len) < 0)
		return;
	if (sys_getsockopt(to, to_level, to_name, now, &len_now) == 0 &&
	    len == len_now && memcmp(value, now, len) == 0)
		return;
	sys_setsockopt(to, to_level, to_name, value, len);
}

/* Only what the program has set: not the size that a new socket like the old
 * one has, which may be another protocol's idea. */
static void
copy_buffer_sizes(int from, int family, int to)
{
	static const int names[] = { SO_SNDBUF, SO_RCVBUF };
	int plain = sys_socket(family,
	    option_int(from, SOL_SOCKET, SO_TYPE) | SOCK_CLOEXEC,
	    option_int(from, SOL_SOCKET, SO_PROTOCOL));

	for (size_t i = 0; i < 2; i++) {
		int size = option_int(from, SOL_SOCKET, names[i]);
		int half = size / 2;

		if (plain < 0 ||
		    size != option_int(plain, SOL_SOCKET, names[i]))
			sys_setsockopt(to, SOL_SOCKET, names[i], &half,
			    sizeof(half));
	}
	if (plain >= 0)
		sys_close(plain);
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
new_socket(int old, int old_family, int family, int protocol)
{
	int off = 0;
	int type = option_int(old, SOL_SOCKET, SO_TYPE);
	int fd = sys_socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return fd;
	if (family == AF_INET6)
		sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof(off));
	copy_buffer_sizes(old, old_family, fd);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		copy_option(old, old_family, fd, family, i);
	sys_call(SYS_fcntl, fd, F_SETFL,
	    sys_call(SYS_fcntl, old, F_GETFL, 0, 0, 0, 0), 0, 0, 0);
	return fd;
}

/* The old one may still have the port, in the new one's protocol too.  A port
 * alone is the same in both families. */
static bool
bind_alike(int old, int fd, bool port_only)
{
	union conn_address a;
	socklen_t len = sizeof(a);
	int on = 1;

	if (sys_getsockname(old, &a, &len) < 0)
		return false;
	if (port_only && a.sa.sa_family == AF_INET) {
		in_port_t port = a.v4.sin_port;

		memset(&a, 0, sizeof(a));
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = port;
		len = sizeof(a.v6);
	}
	sys_setsockopt(old, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return sys_bind(fd, &a, len) == 0;
}

/* Without /proc we know of the descriptors and registrations that we have
 * seen. */
static void
recall(struct walk *w, const struct conn *c)
{
	w->same = 1;
	for (int i = 0; i < CONN_WATCHES; i++) {
		const struct conn_watch *n = &c->watches[i];

		if (n->events == 0 || n->fd != c->fd)
			continue;
		w->found[w->n].epoll = n->epoll;
		w->found[w->n++].entry =
		    (struct epoll_entry){ n->fd, n->events, n->data };
	}
}

/* The registrations; false: other descriptors share the socket. */
static bool
look_around(struct walk *w, const struct conn *c)
{
	if (!epolls_every_fd(collect, w))
		recall(w, c);
	return w->same == 1 && !w->too_many;
}

bool
replace_socket(struct conn *c, int family, int protocol)
{
	struct walk w = { .fd = c->fd };
	long cloexec = sys_call(SYS_fcntl, c->fd, F_GETFD, 0, 0, 0, 0);
	int fd;

	if (c->refs != 1 || conn_borrowed() ||
	    (c->bound && family != c->family && !c->port_only) ||
	    !own_link(c->fd, w.link, sizeof(w.link)) || !look_around(&w, c))
		return false;
	fd = new_socket(c->fd, c->family, family, protocol);
	if (fd < 0)
		return false;
	if (c->bound &&
	    !bind_alike(c->fd, fd, family == AF_INET6 && c->port_only)) {
		sys_close(fd);
		return false;
	}
	if (sys_call(SYS_dup3, fd, c->fd,
		(cloexec & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0, 0, 0, 0) < 0) {
		sys_close(fd);
		return false;
	}
	sys_close(fd);
	register_again(&w);
	c->cookie = conn_cookie(c->fd);
	__atomic_store_n(&c->was_v4,
	    family == AF_INET6 && (c->was_v4 || c->family == AF_INET),
	    __ATOMIC_RELAXED);
	c->family = family;
	c->mapped = false;
	return true;
}

bool
replace_by_v6(struct conn *c)
{
	return replace_socket(c, AF_INET6,
	    option_int(c->fd, SOL_SOCKET, SO_PROTOCOL));
}
