/* SPDX-License-Identifier: Apache-2.0 */
/* multicast.c - multicast sockets: joining, hearing and sending, interface by
 * interface
 *
 * The kernel is asked for its interfaces by netlink: libc's functions for that
 * allocate, and are others' to replace.
 */
#include "rsp/net/multicast.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "rsp/net/sys.h"

#define ANSWER_MS 100 /* netlink answers at once */

struct dump {
	const char *name;
	struct rsp_interface *list;
	unsigned n, max;
	bool done;
};

static bool
has_name(const struct nlmsghdr *h, const char *name)
{
	const uint8_t *at =
	    (const uint8_t *)h + NLMSG_SPACE(sizeof(struct ifinfomsg));
	const uint8_t *end = (const uint8_t *)h + h->nlmsg_len;
	struct rtattr a;

	for (; end - at >= (ptrdiff_t)sizeof(a); at += RTA_ALIGN(a.rta_len)) {
		memcpy(&a, at, sizeof(a));
		if (a.rta_len < sizeof(a) || end - at < a.rta_len)
			break;
		if (a.rta_type == IFLA_IFNAME)
			return strncmp((const char *)at + sizeof(a), name,
				   a.rta_len - sizeof(a)) == 0;
	}
	return false;
}

static void
take_interface(struct dump *d, const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);

	if (d->n == d->max || (info->ifi_flags & IFF_UP) == 0)
		return;
	if (d->name[0] != '\0' && !has_name(h, d->name))
		return;
	if ((info->ifi_flags & (IFF_MULTICAST | IFF_LOOPBACK)) == 0)
		return;
	d->list[d->n++] = (struct rsp_interface){ info->ifi_index,
		(info->ifi_flags & IFF_LOOPBACK) != 0 };
}

static void
take_answer(struct dump *d, void *room, size_t len)
{
	struct nlmsghdr *h = room;
	unsigned left = (unsigned)len;

	for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == RTM_NEWLINK)
			take_interface(d, h);
		else
			d->done = true; /* the end, or an error */
	}
}

static int
ask_interfaces(int fd)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
	} request = { { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		{ .ifi_family = AF_UNSPEC } };

	return (int)sys_sendto(fd, &request, sizeof(request), 0, NULL, 0);
}

unsigned
rsp_interfaces(const char *name, struct rsp_interface *list, unsigned max,
    void *room, size_t size)
{
	struct dump d = { name, list, 0, max, false };
	int fd = sys_socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (fd < 0 || ask_interfaces(fd) < 0)
		d.done = true;
	while (!d.done && sys_poll(&p, 1, ANSWER_MS) > 0) {
		n = sys_recvfrom(fd, room, size, 0, NULL, NULL);
		if (n <= 0)
			break;
		take_answer(&d, room, (size_t)n);
	}
	if (fd >= 0)
		sys_close(fd);
	if (d.n == 0 && max > 0 && name[0] == '\0')
		d.list[d.n++] = (struct rsp_interface){ 0, false };
	return d.n;
}

static int
set(int fd, int level, int option, int value)
{
	return sys_setsockopt(fd, level, option, &value, sizeof(value));
}

static int
new_socket(int family4or6)
{
	int fd = sys_socket(family4or6 == 4 ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int high;

	if (fd < 0)
		return fd;
	if (fd <= 2) { /* programs close these and still write to them */
		high =
		    (int)sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0, 0, 0);
		sys_close(fd);
		fd = high;
	}
	if (fd >= 0 && family4or6 == 6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return fd;
}

/* Memberships of other sockets on this host do not count. */
static void
hear_own_only(int fd, int family4or6)
{
	if (family4or6 == 4)
		set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
#ifdef IPV6_MULTICAST_ALL
	else
		set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
#endif
}

static int
bind_to(int fd, const struct rsp_address *a, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_sockaddr_put(&ss, a, port);

	return sys_bind(fd, &ss, len);
}

int
rsp_multicast_listen(const struct rsp_endpoint *g, unsigned host)
{
	const struct rsp_address *a = &g->hosts[host];
	const struct rsp_address any = { .family = 6 };
	int fd = new_socket(a->family), err;

	if (fd < 0)
		return fd;
	hear_own_only(fd, a->family);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* It is bound to the group's address, so that datagrams to other groups
	 * do not arrive here.  With IPv6 such an address would belong to one
	 * interface. */
	if (a->family == 6)
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	err = bind_to(fd, a->family == 4 ? a : &any, g->port);
	if (err == 0)
		return fd;
	sys_close(fd);
	return err;
}

static int
join(int fd, const struct rsp_address *group, int index)
{
	struct ip_mreqn m4 = { .imr_ifindex = index };
	struct ipv6_mreq m6 = { .ipv6mr_interface = (unsigned)index };

	if (group->family == 4) {
		memcpy(&m4.imr_multiaddr, group->bytes, 4);
		return sys_setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4,
		    sizeof(m4));
	}
	memcpy(&m6.ipv6mr_multiaddr, group->bytes, 16);
	return sys_setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m6,
	    sizeof(m6));
}

unsigned
rsp_multicast_join(int fd, const struct rsp_address *group,
    const struct rsp_interface *list, unsigned n)
{
	unsigned joined = 0;
	int err;

	for (unsigned i = 0; i < n; i++) {
		err = join(fd, group, list[i].index);
		joined += err == 0 || err == -EADDRINUSE; /* has joined */
	}
	return joined;
}

/* Room for one ancillary datum: the interface and the address. */
union control {
	struct cmsghdr align;
	uint8_t in4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t in6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool
was_sent_to(struct msghdr *m, const struct rsp_address *group)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in6_pktinfo to;

	if (group->family == 4)
		return true;
	if (c == NULL || c->cmsg_level != IPPROTO_IPV6 ||
	    c->cmsg_type != IPV6_PKTINFO || c->cmsg_len < CMSG_LEN(sizeof(to)))
		return false;
	memcpy(&to, CMSG_DATA(c), sizeof(to));
	return memcmp(&to.ipi6_addr, group->bytes, 16) == 0;
}

ssize_t
rsp_multicast_receive(int fd, const struct rsp_address *group, void *room,
    size_t size, struct rsp_address *from, uint16_t *port)
{
	struct sockaddr_storage ss;
	union control control;
	struct iovec iov = { room, size };
	struct msghdr m = { .msg_name = &ss,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control };
	ssize_t n;

	do {
		m.msg_namelen = sizeof(ss);
		m.msg_controllen = sizeof(control);
		n = sys_recvmsg(fd, &m, MSG_DONTWAIT);
	} while (n >= 0 && !was_sent_to(&m, group));
	if (n >= 0 && !rsp_sockaddr_get((struct sockaddr *)&ss, m.msg_namelen,
			  from, port))
		return 0;
	return n;
}

int
rsp_multicast_sender(int family4or6, uint16_t port, int hops)
{
	struct rsp_address any = { .family = (uint8_t)family4or6 };
	int fd = new_socket(family4or6);

	if (fd < 0)
		return fd;
	hear_own_only(fd, family4or6);
	if (family4or6 == 4)
		set(fd, IPPROTO_IP, IP_MULTICAST_TTL, hops);
	else
		set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops);
	if (port == 0)
		return fd;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* else any port will do: the announcement itself says where the
	 * registrar is */
	bind_to(fd, &any, port);
	return fd;
}

static void
put_interface(struct msghdr *m, int family4or6, const struct rsp_interface *out)
{
	struct in_pktinfo p4 = { .ipi_ifindex = out->index };
	struct in6_pktinfo p6 = { .ipi6_ifindex = (unsigned)out->index };
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	bool is4 = family4or6 == 4;
	size_t len = is4 ? sizeof(p4) : sizeof(p6);

	/* the system says that loopback's address is of no use */
	if (out->loopback)
		p4.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK);
	c->cmsg_level = is4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), is4 ? (const void *)&p4 : (const void *)&p6, len);
	m->msg_controllen = CMSG_SPACE(len);
}

int
rsp_multicast_send(int fd, const struct rsp_endpoint *g, unsigned host,
    const struct rsp_interface *out, struct rsp_span bytes)
{
	struct sockaddr_storage ss;
	union control control;
	struct iovec iov = { (void *)(uintptr_t)bytes.at, bytes.len };
	struct msghdr m = { .msg_name = &ss,
		.msg_namelen = rsp_sockaddr_put(&ss, &g->hosts[host], g->port),
		.msg_iov = &iov,
		.msg_iovlen = 1 };
	ssize_t n;

	if (out->index != 0) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		put_interface(&m, g->hosts[host].family, out);
	}
	n = sys_sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? (int)n : 0;
}
