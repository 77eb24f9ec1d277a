/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.c - SCTP sockets by the kernel's own interface: socket options and
 * ancillary data */
#include "rsp/net/sctp.h"

#include <errno.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <string.h>

#include "rsp/net/sys.h"

/* As many may fail. */
#define SILENT_HEARTBEATS 3

bool
rsp_sctp_is_missing(int error)
{
	return error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT;
}

bool
rsp_sctp_in_kernel(void)
{
	int fd = sys_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);

	if (fd >= 0)
		sys_close(fd);
	return fd >= 0;
}

static int
set(int fd, int option, const void *value, size_t len)
{
	return sys_setsockopt(fd, IPPROTO_SCTP, option, value, (socklen_t)len);
}

int
rsp_sctp_prepare(int fd)
{
	static const int on = 1;
	int err = set(fd, SCTP_NODELAY, &on, sizeof(on));

	return err != 0 ? err : set(fd, SCTP_RECVRCVINFO, &on, sizeof(on));
}

int
rsp_sctp_socket(const struct rsp_endpoint *e)
{
	int family = AF_INET, fd, err;

	for (unsigned i = 0; i < e->n_hosts; i++)
		if (e->hosts[i].family == 6)
			family = AF_INET6;
	fd = sys_socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    IPPROTO_SCTP);
	if (fd < 0)
		return fd;
	err = rsp_sctp_prepare(fd);
	if (err == 0)
		return fd;
	sys_close(fd);
	return err;
}

void
rsp_sctp_set_heartbeat(int fd, int64_t ms)
{
	struct sctp_paddrparams p = { .spp_flags = SPP_HB_ENABLE };
	struct sctp_rtoinfo rto = { .srto_initial = 500, .srto_min = 200 };
	struct sctp_assocparams a = { .sasoc_asocmaxrxt = SILENT_HEARTBEATS };

	if (ms == 0)
		return;
	p.spp_hbinterval = (uint32_t)ms;
	p.spp_pathmaxrxt = SILENT_HEARTBEATS - 1;
	rto.srto_max = ms < 500 ? 500 : (uint32_t)ms;
	set(fd, SCTP_PEER_ADDR_PARAMS, &p, sizeof(p));
	set(fd, SCTP_RTOINFO, &rto, sizeof(rto));
	set(fd, SCTP_ASSOCINFO, &a, sizeof(a));
}

/* Packed, each address as long as its family has it. */
static size_t
pack_hosts(const struct rsp_endpoint *e, uint8_t *room)
{
	struct sockaddr_storage ss;
	socklen_t len;
	size_t at = 0;

	for (unsigned i = 0; i < e->n_hosts; i++) {
		len = rsp_endpoint_sockaddr(e, i, &ss);
		memcpy(room + at, &ss, len);
		at += len;
	}
	return at;
}

int
rsp_sctp_connect(int fd, const struct rsp_endpoint *e)
{
	uint8_t room[RSP_ENDPOINT_HOSTS * sizeof(struct sockaddr_in6)];
	int err = set(fd, SCTP_SOCKOPT_CONNECTX, room, pack_hosts(e, room));

	return err > 0 ? 0 : err; /* an association's ID is a success */
}

/* Addresses as the kernel packs them: each as long as its family has it. */
static unsigned
unpack(const uint8_t *at, unsigned count, struct rsp_address *list,
    unsigned max)
{
	struct sockaddr_storage ss;
	unsigned n = 0;
	uint16_t port;

	for (; count > 0 && n < max; count--) {
		sa_family_t family;
		size_t len;

		memcpy(&family, at, sizeof(family));
		len = family == AF_INET ? sizeof(struct sockaddr_in)
					: sizeof(struct sockaddr_in6);
		memset(&ss, 0, sizeof(ss));
		memcpy(&ss, at, len);
		at += len;
		if (rsp_sockaddr_get((struct sockaddr *)&ss, (socklen_t)len,
			&list[n], &port))
			n++;
	}
	return n;
}

static unsigned
association_addresses(int fd, int option, struct rsp_address *list,
    unsigned max)
{
	uint8_t room[sizeof(struct sctp_getaddrs) +
		     RSP_ADDRESSES_MAX * sizeof(struct sockaddr_in6)] = { 0 };
	struct sctp_getaddrs head;
	socklen_t len = sizeof(room);

	if (sys_getsockopt(fd, IPPROTO_SCTP, option, room, &len) < 0)
		return 0;
	memcpy(&head, room, sizeof(head));
	if (head.addr_num > RSP_ADDRESSES_MAX)
		head.addr_num = RSP_ADDRESSES_MAX;
	return unpack(room + offsetof(struct sctp_getaddrs, addrs),
	    head.addr_num, list, max);
}

unsigned
rsp_sctp_locals(int fd, struct rsp_address *list, unsigned max)
{
	return association_addresses(fd, SCTP_GET_LOCAL_ADDRS, list, max);
}

unsigned
rsp_sctp_peers(int fd, struct rsp_address *list, unsigned max)
{
	return association_addresses(fd, SCTP_GET_PEER_ADDRS, list, max);
}

int
rsp_sctp_send(int fd, struct rsp_span message, enum rsp_ppid ppid)
{
	struct sctp_sndinfo info = { .snd_ppid = htonl(ppid) };
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
	} control = { .bytes = { 0 } };
	struct iovec v = { (void *)message.at, message.len };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	c->cmsg_level = IPPROTO_SCTP;
	c->cmsg_type = SCTP_SNDINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	n = sys_sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? (int)n : 0;
}

static uint32_t
ppid_of(struct msghdr *m)
{
	struct sctp_rcvinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_SCTP &&
		    c->cmsg_type == SCTP_RCVINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return ntohl(info.rcv_ppid);
		}
	return 0;
}

static bool
is_end(const void *notification, size_t len)
{
	struct sctp_assoc_change change;
	uint16_t type;

	if (len < sizeof(type))
		return false;
	memcpy(&type, notification, sizeof(type));
	if (type == SCTP_SHUTDOWN_EVENT)
		return true;
	if (type != SCTP_ASSOC_CHANGE || len < sizeof(change))
		return false;
	memcpy(&change, notification, sizeof(change));
	return change.sac_state == SCTP_COMM_LOST ||
	       change.sac_state == SCTP_SHUTDOWN_COMP ||
	       change.sac_state == SCTP_CANT_STR_ASSOC;
}

ssize_t
rsp_sctp_receive(int fd, void *room, size_t size,
    struct rsp_sctp_received *what)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[256];
	} control;
	struct iovec v = { room, size };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n = sys_recvmsg(fd, &m, MSG_DONTWAIT);

	*what = (struct rsp_sctp_received){ .whole = false };
	if (n <= 0)
		return n;
	what->whole = (m.msg_flags & MSG_EOR) != 0;
	what->notification = (m.msg_flags & MSG_NOTIFICATION) != 0;
	if (what->notification)
		what->ended = is_end(room, (size_t)n);
	else
		what->ppid = ppid_of(&m);
	return n;
}

ssize_t
rsp_sctp_receive_stream(int fd, void *room, size_t size, enum rsp_ppid ppid)
{
	struct rsp_sctp_received what;
	ssize_t n = rsp_sctp_receive(fd, room, size, &what);
	size_t pad;

	if (n <= 0)
		return n;
	if (what.notification || what.ppid != ppid)
		return -EAGAIN;
	pad = (size_t)-n % 4;
	if (!what.whole || pad > size - (size_t)n)
		return n;
	memset((uint8_t *)room + n, 0, pad);
	return n + (ssize_t)pad;
}
