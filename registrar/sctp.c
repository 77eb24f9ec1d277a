/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.c - one-to-many sockets, associations branched off (RFC 6458) */
#include "registrar/sctp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rsp/net/sctp.h"

/* Associations come and go by themselves here, so these are told. */
static int
subscribe(int fd)
{
	struct sctp_event_subscribe events = {
		.sctp_association_event = 1,
		.sctp_shutdown_event = 1,
	};

	return setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events,
	    sizeof(events));
}

static int
bind_all(int fd, const struct rsp_endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(e, 0, &ss);
	uint16_t port;
	struct rsp_address a;

	if (bind(fd, (struct sockaddr *)&ss, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) != 0 ||
	    !rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port))
		return -1;
	/* port 0 has become a real one, which the others are to have, too */
	for (unsigned i = 1; i < e->n_hosts; i++) {
		rsp_sockaddr_put(&ss, &e->hosts[i], port);
		if (sctp_bindx(fd, (struct sockaddr *)&ss, 1,
			SCTP_BINDX_ADD_ADDR) != 0)
			return -1;
	}
	return 0;
}

static int
family_of(const struct rsp_endpoint *e)
{
	for (unsigned i = 0; i < e->n_hosts; i++)
		if (e->hosts[i].family == 6)
			return AF_INET6;
	return AF_INET;
}

/* Only IPv6: then that is all it serves, as with TCP. */
static bool
has_ipv4(const struct rsp_endpoint *e)
{
	for (unsigned i = 0; i < e->n_hosts; i++)
		if (e->hosts[i].family == 4)
			return true;
	return false;
}

int
sctp_open(const struct rsp_endpoint *e)
{
	int family = family_of(e), only = !has_ipv4(e), saved;
	int fd = socket(family, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    IPPROTO_SCTP);

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (rsp_sctp_prepare(fd) == 0 && subscribe(fd) == 0 &&
	    bind_all(fd, e) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Looks at what comes first in the queue: an association that is up, one that
 * could not be set up, or 0 for anything else. */
static int
peek(int fd, sctp_assoc_t *id, bool *up)
{
	struct sctp_assoc_change change;
	struct iovec v = { &change, sizeof(change) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &m, MSG_PEEK);

	*id = 0;
	if (n < 0)
		return -1;
	if ((m.msg_flags & MSG_NOTIFICATION) == 0 ||
	    (size_t)n < sizeof(change) || change.sac_type != SCTP_ASSOC_CHANGE)
		return 0;
	*up = change.sac_state == SCTP_COMM_UP;
	if (*up || change.sac_state == SCTP_CANT_STR_ASSOC)
		*id = change.sac_assoc_id;
	return 0;
}

/* sctp_peeloff_flags(), which some versions of libsctp declare but do not
 * have. */
static int
branch_off(int fd, sctp_assoc_t id)
{
	sctp_peeloff_flags_arg_t arg = { .p_arg.associd = id,
		.flags = SOCK_NONBLOCK | SOCK_CLOEXEC };
	socklen_t len = sizeof(arg);

	if (getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, &arg,
		&len) < 0)
		return -1;
	return arg.p_arg.sd;
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* What is queued for an association goes with it, the notice that it is up
 * first of all; so whoever fails here for want of something is still first. */
int
sctp_accept(int fd, uint32_t *number)
{
	uint8_t waste[1024];
	sctp_assoc_t id;
	bool up = false;
	int own;

	while (peek(fd, &id, &up) == 0) {
		*number = (uint32_t)id;
		own = id == 0 || !up ? -1 : branch_off(fd, id);
		if (own >= 0)
			return own;
		if (id != 0 && up && is_shortage(errno))
			return -1;
		/* over already, or nothing of interest */
		if (recv(fd, waste, sizeof(waste), 0) < 0)
			return -1;
		if (id != 0) {
			errno = up ? ECONNABORTED : ECONNREFUSED;
			return -1;
		}
	}
	return -1;
}

static size_t
pack(const struct rsp_endpoint *e, uint8_t *room)
{
	struct sockaddr_storage ss;
	size_t len = 0, n;

	for (unsigned i = 0; i < e->n_hosts; i++) {
		n = rsp_sockaddr_put(&ss, &e->hosts[i], e->port);
		memcpy(room + len, &ss, n);
		len += n;
	}
	return len;
}

int
sctp_call(int fd, const struct rsp_endpoint *e, uint32_t *number)
{
	_Alignas(struct sockaddr_storage)
	    uint8_t room[RSP_ENDPOINT_HOSTS * sizeof(struct sockaddr_storage)];
	sctp_assoc_t id = 0;

	pack(e, room);
	if (sctp_connectx(fd, (struct sockaddr *)(void *)room, (int)e->n_hosts,
		&id) != 0 &&
	    errno != EINPROGRESS)
		return errno;
	*number = (uint32_t)id;
	return id != 0 ? 0 : EADDRNOTAVAIL;
}

void
sctp_hang_up(int fd, uint32_t number)
{
	struct sctp_sndrcvinfo info = { .sinfo_flags = SCTP_ABORT,
		.sinfo_assoc_id = (sctp_assoc_t)number };

	sctp_send(fd, NULL, 0, &info, MSG_NOSIGNAL);
}

void
sctp_tune(int fd, int64_t keep_alive_ms)
{
	rsp_sctp_set_heartbeat(fd, keep_alive_ms / 2);
}

/* `first` to the front. */
static void
put_first(struct rsp_transport *t, const struct rsp_address *first)
{
	struct rsp_address old = t->addresses[0];

	for (unsigned i = 1; i < t->n_addresses; i++)
		if (rsp_address_equal(&t->addresses[i], first)) {
			t->addresses[0] = *first;
			t->addresses[i] = old;
		}
}

static bool
get_status(int fd, struct sctp_status *status)
{
	socklen_t len = sizeof(*status);

	memset(status, 0, sizeof(*status));
	return getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, status, &len) == 0;
}

bool
sctp_is_ending(int fd)
{
	struct sctp_status status;

	return !get_status(fd, &status) ||
	       status.sstat_state != SCTP_ESTABLISHED;
}

/* Linux counts it in ticks of its own, whatever RFC 6458 says of milliseconds;
 * the coarse clock has the same ticks. */
int64_t
sctp_round_trip(int fd)
{
	struct sctp_status status;
	struct timespec tick;

	if (!get_status(fd, &status) ||
	    clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0)
		return -1;
	return (int64_t)status.sstat_primary.spinfo_srtt *
	       (tick.tv_nsec / 1000);
}

static bool
get_primary(int fd, struct rsp_address *a)
{
	struct sctp_status status;
	struct sockaddr_storage ss;
	uint16_t port;

	if (!get_status(fd, &status))
		return false;
	memcpy(&ss, &status.sstat_primary.spinfo_address, sizeof(ss));
	return rsp_sockaddr_get((struct sockaddr *)&ss, sizeof(ss), a, &port);
}

bool
sctp_remote(int fd, struct rsp_transport *remote)
{
	struct sockaddr *list;
	struct rsp_address primary;
	const uint8_t *at;
	int n = sctp_getpaddrs(fd, 0, &list);

	rsp_clear_transport(remote);
	if (n <= 0)
		return false;
	remote->type = RSP_PARAM_SCTP;
	at = (const uint8_t *)list;
	for (int i = 0; i < n && remote->n_addresses < RSP_ADDRESSES_MAX; i++) {
		const struct sockaddr *sa = (const struct sockaddr *)at;
		socklen_t len = sa->sa_family == AF_INET6
				    ? sizeof(struct sockaddr_in6)
				    : sizeof(struct sockaddr_in);

		if (rsp_sockaddr_get(sa, len,
			&remote->addresses[remote->n_addresses], &remote->port))
			remote->n_addresses++;
		at += len;
	}
	sctp_freepaddrs(list);
	if (get_primary(fd, &primary))
		put_first(remote, &primary);
	return remote->n_addresses > 0;
}

bool
sctp_has(int fd, const struct rsp_address *a)
{
	struct rsp_transport remote;

	sctp_remote(fd, &remote);
	for (unsigned i = 0; i < remote.n_addresses; i++)
		if (rsp_address_equal(&remote.addresses[i], a))
			return true;
	return false;
}
