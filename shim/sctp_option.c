/* SPDX-License-Identifier: Apache-2.0 */
/* sctp_option.c - TCP's options on an SCTP socket
 *
 * TCP_NODELAY has its like.  What is a wish only is granted and remembered.
 * What a program would rely on afterwards (kernel TLS, signatures, repair mode)
 * is refused, as by a kernel that does not have it.  A value that was never set
 * is what a new TCP socket says.
 */
#include "shim/real.h"

#include <errno.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "rsp/net/sctp.h"
#include "rsp/net/sys.h"
#include "shim/option.h"
#include "shim/sctp.h"

/* tcpi_state, as the kernel counts. */
enum { STATE_ESTABLISHED = 1, STATE_CLOSE = 7 };

static bool given; /* getaddrinfo() has named SCTP in this process */

/* The options whose values, on a socket that is not connected, say something
 * about the program. */
static const uint8_t saved[] = { TCP_NODELAY, TCP_CORK, TCP_KEEPIDLE,
	TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_LINGER2, TCP_DEFER_ACCEPT,
	TCP_WINDOW_CLAMP, TCP_QUICKACK, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT };

static void
remember(struct conn *c, int name, int value)
{
	if (name <= 0 || name >= CONN_TCP_OPTIONS)
		return;
	c->tcp[name] = value;
	c->tcp_set |= UINT64_C(1) << name;
}

void
sctp_save_options(struct conn *c)
{
	for (size_t i = 0; i < sizeof(saved); i++) {
		int value;
		socklen_t len = sizeof(value);

		if (sys_getsockopt(c->fd, IPPROTO_TCP, saved[i], &value,
			&len) == 0 &&
		    len == sizeof(value))
			remember(c, saved[i], value);
	}
}

void
sctp_restore_options(const struct conn *c)
{
	for (size_t i = 0; i < sizeof(saved); i++)
		if ((c->tcp_set >> saved[i] & 1) != 0)
			sys_setsockopt(c->fd, IPPROTO_TCP, saved[i],
			    &c->tcp[saved[i]], sizeof(int));
}

static bool
is_relied_on(int name)
{
	switch (name) {
	case TCP_MD5SIG:
	case TCP_MD5SIG_EXT:
	case TCP_ULP:
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_ZEROCOPY_RECEIVE:
		return true;
	}
	return false;
}

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* Hands out a value as the kernel does: as much of it as there is room for. */
static int
put(void *to, socklen_t *to_len, const void *from, socklen_t len)
{
	if (to == NULL || to_len == NULL)
		return fail(EFAULT);
	if (*to_len > len)
		*to_len = len;
	memcpy(to, from, *to_len);
	return 0;
}

static bool
read_status(int fd, struct sctp_status *s)
{
	socklen_t len = sizeof(*s);

	memset(s, 0, sizeof(*s));
	return sys_getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, s, &len) == 0;
}

static int
get_info(int fd, void *value, socklen_t *len)
{
	struct tcp_info info;
	struct sctp_status s;

	memset(&info, 0, sizeof(info));
	info.tcpi_state = STATE_CLOSE;
	if (read_status(fd, &s)) {
		const struct sctp_paddrinfo *p = &s.sstat_primary;
		uint32_t segment = s.sstat_fragmentation_point;

		info.tcpi_state = STATE_ESTABLISHED;
		info.tcpi_snd_mss = info.tcpi_rcv_mss = info.tcpi_advmss =
		    segment;
		info.tcpi_pmtu = p->spinfo_mtu;
		info.tcpi_rtt = p->spinfo_srtt * 1000;
		info.tcpi_rto = p->spinfo_rto * 1000;
		info.tcpi_unacked = s.sstat_unackdata;
		info.tcpi_snd_cwnd = segment > 0 ? p->spinfo_cwnd / segment : 0;
		info.tcpi_snd_wnd = s.sstat_rwnd;
	}
	return put(value, len, &info, sizeof(info));
}

static int
get_segment(int fd, void *value, socklen_t *len)
{
	struct sctp_status s;
	int segment = 536; /* what TCP says before it knows */

	if (read_status(fd, &s) && s.sstat_fragmentation_point > 0)
		segment = (int)s.sstat_fragmentation_point;
	return put(value, len, &segment, sizeof(segment));
}

static int
get_default(int name, void *value, socklen_t *len)
{
	int fd = sys_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return fail(ENOPROTOOPT);
	err = sys_getsockopt(fd, IPPROTO_TCP, name, value, len);
	sys_close(fd);
	return err < 0 ? fail(-err) : 0;
}

/* The value that the program has set, if it has. */
static bool
recall(int fd, int name, int *value)
{
	struct conn *c = conn_lock(fd);
	bool set;

	if (c == NULL)
		return false;
	set = name > 0 && name < CONN_TCP_OPTIONS &&
	      (c->tcp_set & UINT64_C(1) << name) != 0;
	if (set)
		*value = c->tcp[name];
	conn_unlock(c);
	return set;
}

static int
get_tcp(int fd, int name, void *value, socklen_t *len)
{
	int v;

	switch (name) {
	case TCP_NODELAY:
		v = option_int(fd, IPPROTO_SCTP, SCTP_NODELAY);
		return put(value, len, &v, sizeof(v));
	case TCP_INFO:
		return get_info(fd, value, len);
	case TCP_MAXSEG:
		return get_segment(fd, value, len);
	}
	if (recall(fd, name, &v))
		return put(value, len, &v, sizeof(v));
	return get_default(name, value, len);
}

static int
set_tcp(int fd, int name, const void *value, socklen_t len)
{
	struct conn *c;
	int v, err;

	if (is_relied_on(name))
		return fail(ENOPROTOOPT);
	if (name == TCP_CONGESTION || name == TCP_FASTOPEN_KEY)
		return 0;
	if (value == NULL || len < sizeof(v))
		return fail(value == NULL ? EFAULT : EINVAL);
	memcpy(&v, value, sizeof(v));
	if (name == TCP_NODELAY) {
		v = v != 0;
		err = sys_setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &v,
		    sizeof(v));
		if (err < 0)
			return fail(-err);
	}
	c = conn_lock(fd);
	if (c == NULL)
		return 0;
	remember(c, name, v);
	conn_unlock(c);
	return 0;
}

static bool
was_tcp(int fd)
{
	struct conn *c = conn_lock(fd);
	bool was = c != NULL && c->was_tcp;

	if (c != NULL)
		conn_unlock(c);
	return was;
}

bool
sctp_getsockopt(int fd, int level, int name, void *value, socklen_t *len,
    int *result)
{
	int tcp = IPPROTO_TCP;

	if (level == SOL_SOCKET && name == SO_PROTOCOL && was_tcp(fd))
		*result = put(value, len, &tcp, sizeof(tcp));
	else if (level == IPPROTO_TCP)
		*result = get_tcp(fd, name, value, len);
	else
		return false;
	return true;
}

bool
sctp_setsockopt(int fd, int level, int name, const void *value, socklen_t len,
    int *result)
{
	if (level != IPPROTO_TCP)
		return false;
	*result = set_tcp(fd, name, value, len);
	return true;
}

void
sctp_note_answer(void)
{
	__atomic_store_n(&given, true, __ATOMIC_RELAXED);
}

/* A socket that a program made as getaddrinfo() said, but has not connected. */
static bool
is_early(int fd, int level)
{
	return level == IPPROTO_TCP &&
	       __atomic_load_n(&given, __ATOMIC_RELAXED) &&
	       (errno == ENOPROTOOPT || errno == EOPNOTSUPP) &&
	       option_int(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_SCTP;
}

bool
sctp_getsockopt_early(int fd, int level, int name, void *value, socklen_t *len,
    int *result)
{
	if (!is_early(fd, level))
		return false;
	*result = get_tcp(fd, name, value, len);
	return true;
}

bool
sctp_setsockopt_early(int fd, int level, int name, const void *value,
    socklen_t len, int *result)
{
	if (!is_early(fd, level))
		return false;
	*result = set_tcp(fd, name, value, len);
	return true;
}
