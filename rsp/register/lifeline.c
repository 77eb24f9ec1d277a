/* SPDX-License-Identifier: Apache-2.0 */
/* lifeline.c - bind and listen, then bind and connect
 *
 * TCP and SCTP differ in where they are bound and in how a message goes. */
#include "rsp/register/lifeline.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/net/sctp.h"
#include "rsp/register/address.h"

#define IN_SIZE (RSP_MESSAGE_MAX + 4)
#define SILENT_MS 5000
#define BACKLOG 8
#define PORT_TRIES 16
#define HEARTBEAT_MS 750
#define RESERVE 24   /* descriptors that are left for looks and checks */
#define DEAF_MS 1000 /* after a call that could not be taken */

static const int on = 1;

void
lifeline_init(struct lifeline *l)
{
	unsigned i;

	*l = (struct lifeline){ .listener = -1 };
	for (i = 0; i < RSP_LINKS; i++)
		l->links[i].fd = -1;
}

void
lifeline_hangup(struct lifeline *l, unsigned link)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct link *k = &l->links[link];

	if (k->fd >= 0) {
		setsockopt(k->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(k->fd);
	}
	free(k->in);
	*k = (struct link){ .fd = -1 };
}

static void
stop_listening(struct lifeline *l)
{
	if (l->listener >= 0)
		close(l->listener);
	l->listener = -1;
	l->port = 0;
}

void
lifeline_free(struct lifeline *l)
{
	unsigned i;

	for (i = 0; i < RSP_LINKS; i++)
		lifeline_hangup(l, i);
	stop_listening(l);
}

/* Life lines come and go with ports, of which a server may open any number;
 * they must not take the last descriptors, without which its ports are not seen
 * any more.  Whatever is opened gets the lowest number that is free. */
static int
leave_some(int fd)
{
	struct rlimit limit;

	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur == RLIM_INFINITY ||
	    (rlim_t)fd + RESERVE < limit.rlim_cur)
		return fd;
	close(fd);
	errno = EMFILE;
	return -1;
}

/* The port that both sockets share. */

static bool
is_sctp(const struct lifeline *l)
{
	return l->endpoint->scheme == RSP_SCTP;
}

/* What to bind to.  An association has all addresses of its socket, so it is
 * to be one of them all; but what speaks within the host is not for others. */
static socklen_t
own_sockaddr(const struct lifeline *l, struct sockaddr_storage *ss)
{
	struct rsp_address any = { .family = l->local.family };

	if (!is_sctp(l) || rsp_address_is_loopback(&l->local))
		any = l->local;
	return rsp_sockaddr_put(ss, &any, l->port);
}

/* A socket bound to our address and port, for the listener or the link. */
static int
bound_socket(const struct lifeline *l)
{
	struct sockaddr_storage ss;
	socklen_t len = own_sockaddr(l, &ss);
	int fd = leave_some(
	    socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		is_sctp(l) ? IPPROTO_SCTP : 0));
	int err;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static bool
listen_on(struct lifeline *l)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a;
	struct stat st;

	l->listener = bound_socket(l);
	if (l->listener < 0)
		return false;
	l->inode = fstat(l->listener, &st) == 0 ? (uint32_t)st.st_ino : 0;
	if (listen(l->listener, BACKLOG) == 0 &&
	    getsockname(l->listener, (struct sockaddr *)&ss, &len) == 0 &&
	    rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &l->port))
		return true;
	stop_listening(l);
	return false;
}

/* Listens on `local`, on the port of before if that can be had.  Never on the
 * registrar's own: while it is away nothing would keep us from that. */
static bool
share_port(struct lifeline *l, const struct rsp_address *local)
{
	unsigned tries;

	if (l->listener >= 0 && rsp_address_equal(local, &l->local) &&
	    l->listens_sctp == is_sctp(l))
		return true;
	if (l->listener >= 0)
		close(l->listener);
	l->listener = -1;
	l->local = *local;
	l->listens_sctp = is_sctp(l);
	if (l->port != 0 && listen_on(l))
		return true;
	for (tries = 0; tries < PORT_TRIES; tries++) {
		stop_listening(l);
		if (!listen_on(l))
			return false;
		if (l->port != l->endpoint->port)
			return true;
	}
	return false;
}

/* Noticed within 3 s when a registrar's host vanishes.  On this host it cannot
 * vanish alone, so idle elements cost no packets there. */
static void
set_keep_alive(int fd)
{
	static const int idle = 1, interval = 1, count = 2;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void
set_options(const struct lifeline *l, int fd, bool sctp)
{
	bool far = !rsp_address_is_loopback(&l->local);

	if (sctp) {
		rsp_sctp_prepare(fd);
		rsp_sctp_set_heartbeat(fd, far ? HEARTBEAT_MS : 0);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (far)
		set_keep_alive(fd);
}

static int
new_socket(struct lifeline *l, const struct rsp_address *host)
{
	struct rsp_address local;
	int fd, err = address_towards(host, &local);

	if (err != 0) {
		errno = err;
		return -1;
	}
	if (!share_port(l, &local))
		return -1;
	fd = bound_socket(l);
	if (fd >= 0)
		set_options(l, fd, is_sctp(l));
	return fd;
}

/* 0 or an errno.  With SCTP all hosts are meant. */
static int
start_connect(int fd, const struct rsp_endpoint *e, unsigned host)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(e, host, &ss);

	if (e->scheme == RSP_SCTP)
		return -rsp_sctp_connect(fd, e);
	return connect(fd, (struct sockaddr *)&ss, len) == 0 ? 0 : errno;
}

/* One host of the endpoint.  EADDRNOTAVAIL: something of the old connection
 * still occupies the pair of ports, so a new port it is, and with it, to the
 * registrar, a new registration. */
static enum lifeline_state
connect_host(struct lifeline *l, bool again)
{
	const struct rsp_endpoint *e = l->endpoint;
	struct link *k = &l->links[RSP_LINK_OUT];

	if (k->fd >= 0)
		lifeline_hangup(l, RSP_LINK_OUT);
	l->remote = e->hosts[l->host];
	k->sctp = is_sctp(l);
	if (e->scheme == RSP_UNIX)
		k->fd = leave_some(socket(AF_UNIX,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	else
		k->fd = new_socket(l, &e->hosts[l->host]);
	l->error = k->fd < 0 ? errno : start_connect(k->fd, e, l->host);
	if (l->error == 0) {
		k->up = true;
		return LIFELINE_UP;
	}
	if (l->error == EINPROGRESS)
		return LIFELINE_UNDER_WAY;
	lifeline_hangup(l, RSP_LINK_OUT);
	if (again && (l->error == EADDRNOTAVAIL || l->error == EADDRINUSE) &&
	    l->listener >= 0) {
		stop_listening(l);
		return connect_host(l, false);
	}
	return LIFELINE_FAILED;
}

/* A name may mean other hosts next time. */
static void
forget_hosts(struct rsp_endpoint *e)
{
	if (e->name[0] == '\0')
		return;
	memset(e->hosts, 0, sizeof(e->hosts));
	e->n_hosts = 1;
}

/* The hosts from l->host on, until one does not fail at once. */
static enum lifeline_state
connect_hosts(struct lifeline *l)
{
	enum lifeline_state state;

	unsigned n = is_sctp(l) ? 1 : l->endpoint->n_hosts;

	for (; l->host < n; l->host++) {
		state = connect_host(l, true);
		if (state != LIFELINE_FAILED)
			return state;
	}
	forget_hosts(l->endpoint);
	return LIFELINE_FAILED;
}

enum lifeline_state
lifeline_connect(struct lifeline *l, struct rsp_endpoint *endpoint,
    rsp_time now)
{
	l->endpoint = endpoint;
	l->host = 0;
	l->links[RSP_LINK_OUT].since = now;
	if (endpoint->scheme == RSP_UNIX) {
		stop_listening(l);
		l->local = (struct rsp_address){ 0 };
		return connect_host(l, false);
	}
	return connect_hosts(l);
}

enum lifeline_state
lifeline_connected(struct lifeline *l)
{
	struct link *k = &l->links[RSP_LINK_OUT];
	socklen_t len = sizeof(l->error);

	if (getsockopt(k->fd, SOL_SOCKET, SO_ERROR, &l->error, &len) < 0)
		l->error = errno;
	if (l->error == 0) {
		k->up = true;
		return LIFELINE_UP;
	}
	if (l->error == EADDRNOTAVAIL)
		stop_listening(l);
	lifeline_hangup(l, RSP_LINK_OUT);
	l->host++;
	return connect_hosts(l);
}

/* Calls. */

/* A free link for a caller, or one that never said anything. */
static int
make_room(struct lifeline *l, rsp_time now, int *dropped)
{
	struct link *k;
	int i;

	for (i = RSP_LINK_OUT + 1; i < RSP_LINKS; i++)
		if (l->links[i].fd < 0)
			return i;
	for (i = RSP_LINK_OUT + 1; i < RSP_LINKS; i++) {
		k = &l->links[i];
		if (!k->heard && rsp_time_add(k->since, SILENT_MS) <= now) {
			lifeline_hangup(l, (unsigned)i);
			*dropped = i;
			return i;
		}
	}
	return RSP_LINK_NONE;
}

int
lifeline_accept(struct lifeline *l, rsp_time now, int *dropped)
{
	int link, fd;

	*dropped = RSP_LINK_NONE;
	fd = leave_some(
	    accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (fd < 0) {
		/* it may wait there still, and would be heard at once again */
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			l->deaf_until = rsp_time_add(now, DEAF_MS);
		return RSP_LINK_NONE;
	}
	link = make_room(l, now, dropped);
	if (link == RSP_LINK_NONE) {
		close(fd);
		return RSP_LINK_NONE;
	}
	set_options(l, fd, l->listens_sctp);
	l->links[link] = (struct link){ .fd = fd,
		.up = true,
		.sctp = l->listens_sctp,
		.since = now };
	return link;
}

/* Bytes. */

static ssize_t
read_some(const struct link *k)
{
	uint8_t *room = k->in + k->n_in;
	ssize_t n;

	if (!k->sctp)
		return recv(k->fd, room, IN_SIZE - k->n_in, 0);
	n = rsp_sctp_receive_stream(k->fd, room, IN_SIZE - k->n_in,
	    RSP_PPID_ASAP);
	if (n < 0)
		errno = (int)-n;
	return n < 0 ? -1 : n;
}

bool
lifeline_receive(struct lifeline *l, unsigned link)
{
	struct link *k = &l->links[link];
	ssize_t n;

	if (k->in == NULL)
		k->in = malloc(IN_SIZE);
	if (k->in == NULL)
		return true; /* there is another try */
	if (k->used > 0) {
		k->n_in -= k->used;
		memmove(k->in, k->in + k->used, k->n_in);
		k->used = 0;
	}
	n = read_some(k);
	if (n > 0)
		k->n_in += (size_t)n;
	else if (n < 0)
		l->error = errno;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

int
lifeline_message(struct lifeline *l, unsigned link, struct rsp_span *message)
{
	struct link *k = &l->links[link];
	struct rsp_span rest = { k->in + k->used, k->n_in - k->used };
	int len;

	if (k->in == NULL)
		return 0;
	len = rsp_message_frame(rest);
	if (len <= 0 || (size_t)len > rest.len)
		return len < 0 ? len : 0;
	*message = (struct rsp_span){ rest.at, (size_t)len };
	k->used += (size_t)len;
	k->heard = true;
	return 1;
}

bool
lifeline_send(struct lifeline *l, unsigned link, struct rsp_span bytes)
{
	const struct link *k = &l->links[link];
	ssize_t n;

	if (k->sctp) {
		l->error = -rsp_sctp_send(k->fd, bytes, RSP_PPID_ASAP);
		return l->error == 0;
	}
	n = send(k->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == (ssize_t)bytes.len)
		return true;
	l->error = n < 0 ? errno : ENOBUFS;
	return false;
}

const char *
lifeline_peer(const struct lifeline *l, unsigned link, char text[LIFELINE_TEXT])
{
	char host[RSP_SOCKADDR_TEXT];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a;
	uint16_t port;

	if (link == RSP_LINK_OUT && l->endpoint->scheme == RSP_UNIX) {
		snprintf(text, LIFELINE_TEXT, "unix://%s", l->endpoint->name);
		return text;
	}
	if (link == RSP_LINK_OUT) {
		a = l->remote;
		port = l->endpoint->port;
	} else if (getpeername(l->links[link].fd, (struct sockaddr *)&ss,
		       &len) < 0 ||
		   !rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port)) {
		a = (struct rsp_address){ 0 };
		port = 0;
	}
	snprintf(text, LIFELINE_TEXT, "%s://%s",
	    l->links[link].sctp ? "sctp" : "tcp",
	    rsp_hostport_text(&a, port, host));
	return text;
}

void
lifeline_poll(const struct lifeline *l, struct pollfd fds[LIFELINE_FDS])
{
	const struct link *k;
	unsigned i;

	for (i = 0; i < RSP_LINKS; i++) {
		k = &l->links[i];
		fds[i] = (struct pollfd){ .fd = k->fd,
			.events = k->up ? POLLIN : POLLOUT };
	}
	fds[RSP_LINKS] = (struct pollfd){ .fd = l->listener, .events = POLLIN };
	if (l->deaf_until != 0)
		fds[RSP_LINKS].fd = -1;
}

rsp_time
lifeline_deadline(const struct lifeline *l)
{
	return l->deaf_until != 0 ? l->deaf_until : RSP_NEVER;
}

void
lifeline_tick(struct lifeline *l, rsp_time now)
{
	if (l->deaf_until != 0 && rsp_time_reached(l->deaf_until, now))
		l->deaf_until = 0;
}
