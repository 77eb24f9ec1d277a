/* SPDX-License-Identifier: Apache-2.0 */
/* sctp.c - an SCTP socket for a TCP client: made, aimed, connected, given back
 */
#include "shim/real.h"

#include "shim/sctp.h"

#include <errno.h>
#include <linux/sctp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/net/sctp.h"
#include "rsp/net/sys.h"
#include "shim/settings.h"
#include "shim/explain.h"
#include "shim/fdtable.h"
#include "shim/option.h"
#include "shim/replace.h"

/* The longest pause between two attempts of a handshake, which goes through the
 * element's addresses in turn. */
#define INIT_PAUSE_MS 500

#define MTU_MAX 16384

#define BEAT_MS 1000

/* A silent element is noticed after about four heartbeats. */
#define HEARTBEATS 4

static unsigned
addresses_of(const struct conn *c, struct rsp_address *list)
{
	return rsp_user_addresses(pool_user(), &c->pool, &c->list[c->at], list,
	    RSP_ADDRESSES_MAX);
}

/* The kernel gives up about when we would, and looks at an association as often
 * as the user wants; the program's own option is kept. */
static void
set_up(struct conn *c)
{
	int64_t ms = settings()->connect_timeout_ms;
	struct sctp_initmsg init = { .sinit_max_init_timeo = INIT_PAUSE_MS };
	int nodelay = c->tcp[TCP_NODELAY], on = 1;

	init.sinit_max_attempts =
	    (uint16_t)((ms + INIT_PAUSE_MS - 1) / INIT_PAUSE_MS);
	if (init.sinit_max_attempts == 0)
		init.sinit_max_attempts = 1;
	sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init));
	sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
	if ((c->tcp_set & UINT64_C(1) << TCP_NODELAY) != 0)
		sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_NODELAY, &nodelay,
		    sizeof(nodelay));
	rsp_sctp_set_heartbeat(c->fd, settings()->dead_after_ms / HEARTBEATS);
}

static bool
become(struct conn *c, int family)
{
	if (!replace_socket(c, family, IPPROTO_SCTP))
		return false;
	c->sctp = true;
	c->used_up = false;
	set_up(c);
	return true;
}

/* The family whose sockets reach most of these addresses: IPv6's reach all,
 * where there is IPv6. */
static int
family_for(const struct conn *c, const struct rsp_address *list, unsigned n)
{
	if (c->family == AF_INET6)
		return AF_INET6;
	for (unsigned i = 0; i < n; i++)
		if (list[i].family == 6)
			return AF_INET6;
	return AF_INET;
}

bool
sctp_aim(struct conn *c)
{
	struct rsp_address list[RSP_ADDRESSES_MAX];
	unsigned n = addresses_of(c, list);
	int family = family_for(c, list, n);

	if (c->sctp && !c->used_up && c->family == family)
		return true;
	if (become(c, family))
		return true;
	/* without IPv6 here, the element's other addresses must do */
	if (c->sctp && !c->used_up)
		return true;
	return family != c->family && become(c, c->family);
}

static bool
was_made_for_sctp(const struct conn *c)
{
	return c->sctp && !c->was_tcp;
}

int
sctp_begin(struct conn *c)
{
	if (c->transport != RSP_PARAM_SCTP) {
		sctp_give_back(c);
		return c->sctp ? ECONNREFUSED : 0;
	}
	if (!c->sctp && !rsp_sctp_in_kernel()) {
		explain_transport(&c->pool, "which this kernel does not have");
		return EPROTONOSUPPORT;
	}
	if (was_made_for_sctp(c)) {
		if (!c->used_up)
			set_up(c);
	} else if (!c->sctp) {
		sctp_save_options(c);
		c->was_tcp = true;
	}
	if (sctp_aim(c))
		return 0;
	c->was_tcp = c->was_tcp && c->sctp;
	explain_transport(&c->pool,
	    "but this socket cannot become an SCTP socket (it is bound to an "
	    "address of another family, or another descriptor or process "
	    "shares it)");
	return ECONNREFUSED;
}

int
sctp_renew(struct conn *c)
{
	if (!c->used_up || become(c, c->family))
		return 0;
	return -EOPNOTSUPP;
}

void
sctp_give_back(struct conn *c)
{
	if (!c->sctp || !c->was_tcp ||
	    !replace_socket(c, c->was_v4 ? AF_INET : AF_INET6, IPPROTO_TCP))
		return;
	sctp_restore_options(c);
	c->sctp = c->was_tcp = c->used_up = c->shut_held = c->multihomed =
	    false;
}

/* The addresses one after the other, each as long as its family's are. */
static size_t
pack(const struct conn *c, const struct rsp_address *list, unsigned n,
    uint8_t *room)
{
	struct sockaddr_storage ss;
	socklen_t len;
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		if (list[i].family == 6 && c->family == AF_INET)
			continue;
		len = rsp_sockaddr_put(&ss, &list[i], c->list[c->at].port);
		memcpy(room + at, &ss, len);
		at += len;
	}
	return at;
}

int
sctp_connect(struct conn *c)
{
	struct rsp_address list[RSP_ADDRESSES_MAX];
	uint8_t room[RSP_ADDRESSES_MAX * sizeof(struct sockaddr_in6)];
	unsigned n = addresses_of(c, list);
	size_t len = pack(c, list, n, room);
	int err;

	if (len == 0)
		return -EAFNOSUPPORT;
	c->used_up = true;
	err = sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, room,
	    (socklen_t)len);
	return err > 0 ? 0 : err; /* an association's ID is a success */
}

/* An association that has come and gone leaves its data or its end to be read;
 * an association that never was leaves an error. */
enum handshake
sctp_look(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	if (sys_poll(&p, 1, 0) <= 0)
		return HANDSHAKE_RUNS;
	if ((p.revents & (POLLERR | POLLIN)) == POLLERR)
		return HANDSHAKE_LOST;
	return HANDSHAKE_DONE;
}

/* The loopback interface's packets of 64 KiB stall an association, as few of
 * them fill the receiver's window; all others have smaller ones. */
static void
limit_packets(const struct conn *c)
{
	struct sctp_status s;
	struct sctp_paddrparams p = { .spp_flags = SPP_PMTUD_DISABLE,
		.spp_pathmtu = MTU_MAX };
	socklen_t len = sizeof(s);

	memset(&s, 0, sizeof(s));
	if (sys_getsockopt(c->fd, IPPROTO_SCTP, SCTP_STATUS, &s, &len) < 0 ||
	    s.sstat_primary.spinfo_mtu <= MTU_MAX)
		return;
	sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &p,
	    sizeof(p));
}

/* The heartbeats of all paths may fail before the association does. */
static void
add_patience(const struct conn *c, unsigned paths)
{
	struct sctp_paddrparams p;
	struct sctp_assocparams a;
	socklen_t len = sizeof(p);

	memset(&p, 0, sizeof(p));
	memset(&a, 0, sizeof(a));
	if (settings()->dead_after_ms == 0 ||
	    sys_getsockopt(c->fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &p,
		&len) < 0)
		return;
	a.sasoc_asocmaxrxt = (uint16_t)(p.spp_pathmaxrxt * paths);
	sys_setsockopt(c->fd, IPPROTO_SCTP, SCTP_ASSOCINFO, &a, sizeof(a));
}

void
sctp_opened(struct conn *c)
{
	struct rsp_address list[RSP_ADDRESSES_MAX];
	unsigned paths = rsp_sctp_peers(c->fd, list, RSP_ADDRESSES_MAX);

	limit_packets(c);
	c->multihomed = paths > 1;
	if (c->multihomed)
		add_patience(c, paths);
}

/* An end that only receives sends acknowledgements, and no heartbeat over a
 * path that has these.  What it hears of is then the heartbeats that a dead
 * path does not answer, and Linux counts them until the whole association is
 * lost, however well the other path works; one heartbeat that is answered sets
 * the count back.  So a reader asks for some. */
void
sctp_beat(void)
{
	static rsp_time beaten;
	rsp_time last = __atomic_load_n(&beaten, __ATOMIC_RELAXED);
	rsp_time now = rsp_user_now();
	struct sctp_paddrparams all = { .spp_flags = SPP_HB_DEMAND };

	if (now - last < BEAT_MS ||
	    !__atomic_compare_exchange_n(&beaten, &last, now, false,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	for (int fd = 0; (fd = fd_next(fd, FD_COUNT - 1)) >= 0; fd++)
		if ((fd_flags(fd) & FD_MULTIHOMED) != 0)
			sys_setsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS,
			    &all, sizeof(all));
}

bool
sctp_is_answer(const struct rsp_user_pool *pool)
{
	return pool->transport == RSP_PARAM_SCTP && rsp_sctp_in_kernel();
}
