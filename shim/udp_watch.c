/* SPDX-License-Identifier: Apache-2.0 */
/* udp_watch.c - ICMP errors for sockets that are not connected: IP_RECVERR
 * around a send, and the error queue */
#include "shim/real.h"

#include "shim/udp_watch.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "shim/abandoned.h"
#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/option.h"

/* A program that sends much without an answer pays for a watch this often. */
#define PAUSE_MS 5
/* No more than this many errors are read at once. */
#define MOST 16

/* Errors about a v4-mapped address are IPv4's. */
static void
set(const struct conn *c, bool on)
{
	int value = on;

	sys_setsockopt(c->fd, IPPROTO_IP, IP_RECVERR, &value, sizeof(value));
	if (c->family == AF_INET6)
		sys_setsockopt(c->fd, IPPROTO_IPV6, IPV6_RECVERR, &value,
		    sizeof(value));
}

/* The program has errors of its own to read. */
static bool
is_set(const struct conn *c)
{
	return option_int(c->fd, IPPROTO_IP, IP_RECVERR) != 0 ||
	       (c->family == AF_INET6 &&
		   option_int(c->fd, IPPROTO_IPV6, IPV6_RECVERR) != 0);
}

void
udp_watch_begin(struct conn *c, struct conn_peer *p)
{
	rsp_time now = p->used;

	if (c->watching || (p->watched != 0 && now - p->watched < PAUSE_MS))
		return;
	p->watched = now;
	if (is_set(c))
		return;
	set(c, true);
	__atomic_store_n(&c->watching, true, __ATOMIC_RELAXED);
}

/* What the error says about the destination of the datagram. */
static void
blame(struct conn *c, const struct sockaddr *to, socklen_t len, int error)
{
	enum rsp_outcome outcome =
	    error == EHOSTUNREACH ? RSP_OUTCOME_TIMEOUT : RSP_OUTCOME_REFUSED;
	struct rsp_address a;
	uint16_t port;

	if ((error != ECONNREFUSED && error != EHOSTUNREACH &&
		error != ENOPROTOOPT) ||
	    !rsp_sockaddr_get(to, len, &a, &port))
		return;
	for (unsigned i = 0; i < CONN_PEERS; i++) {
		struct conn_peer *p = &c->peers[i];

		if (p->used == 0 || p->element.port != port ||
		    !rsp_address_equal(&p->element.address, &a))
			continue;
		p->used = 0;
		abandoned_mark(&p->pool, &p->element);
		rsp_user_outcome(pool_user(), &p->pool, &p->element, outcome);
		reports_due();
	}
}

/* The error in a message, if a host or router has sent it. */
static int
error_of(struct msghdr *m)
{
	struct sock_extended_err e;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h != NULL;
	     h = CMSG_NXTHDR(m, h)) {
		if (!(h->cmsg_level == IPPROTO_IP &&
			h->cmsg_type == IP_RECVERR) &&
		    !(h->cmsg_level == IPPROTO_IPV6 &&
			h->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&e, CMSG_DATA(h), sizeof(e));
		if (e.ee_origin == SO_EE_ORIGIN_ICMP ||
		    e.ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)e.ee_errno;
	}
	return 0;
}

/* Reads the error queue, which takes the error from the socket, too. */
static void
drain(struct conn *c)
{
	union conn_address to;
	uint64_t control[64];
	char byte;
	struct iovec v = { &byte, 1 };

	for (int i = 0; i < MOST; i++) {
		struct msghdr m = { .msg_name = &to,
			.msg_namelen = sizeof(to),
			.msg_iov = &v,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };

		if (sys_call(SYS_recvmsg, c->fd, (long)&m,
			MSG_ERRQUEUE | MSG_DONTWAIT, 0, 0, 0) < 0)
			return;
		blame(c, &to.sa, m.msg_namelen, error_of(&m));
	}
}

void
udp_watch_end(int fd)
{
	struct conn *c = fd_conn(fd);
	int saved = errno;

	if (c == NULL || !__atomic_load_n(&c->watching, __ATOMIC_RELAXED))
		return;
	c = conn_lock(fd);
	if (c == NULL)
		return;
	if (c->kind == CONN_SENDER && c->watching) {
		drain(c);
		set(c, false);
		__atomic_store_n(&c->watching, false, __ATOMIC_RELAXED);
	}
	conn_unlock(c);
	reports_send();
	errno = saved;
}

bool
udp_is_ours(int fd, int error)
{
	struct conn *c;
	bool ours;

	if (error != ECONNREFUSED && error != EHOSTUNREACH &&
	    error != ENOPROTOOPT && error != ENETUNREACH)
		return false;
	c = conn_lock(fd);
	if (c == NULL)
		return false;
	ours = c->kind == CONN_SENDER && (c->watching || !is_set(c));
	conn_unlock(c);
	return ours;
}
