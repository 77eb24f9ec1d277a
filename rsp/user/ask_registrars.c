/* SPDX-License-Identifier: Apache-2.0 */
/* ask_registrars.c - the I/O around a resolver: one socket at a time */
#include "rsp/user/ask_registrars.h"

#include <netinet/in.h>

#include "rsp/net/sctp.h"
#include "rsp/net/sys.h"
#include "rsp/user/user.h"
#include "rsp/core/base/error.h"

struct talk {
	struct rsp_endpoint *endpoint; /* of the present turn */
	unsigned host;		       /* of it, to try next */
	int turn;		       /* position of that turn, -1 before */
	int fd;			       /* -1: none */
	bool connecting;
};

static void
hang_up(struct talk *t)
{
	if (t->fd >= 0)
		sys_close(t->fd);
	t->fd = -1;
}

/* Programs close 0, 1 or 2 and still write to them. */
static int
above_stdio(int fd)
{
	int high;

	if (fd < 0 || fd > 2)
		return fd;
	high = (int)sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0, 0, 0);
	sys_close(fd);
	return high;
}

static int
new_socket(const struct rsp_endpoint *e, int family)
{
	if (e->scheme == RSP_SCTP)
		return rsp_sctp_socket(e);
	return sys_socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
}

/* 0: connected; -EINPROGRESS: on the way. */
static int
dial(struct talk *t, unsigned host)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(t->endpoint, host, &ss);
	int err;

	t->fd = above_stdio(new_socket(t->endpoint, ss.ss_family));
	if (t->fd < 0) {
		err = t->fd;
		t->fd = -1;
		return err;
	}
	err = t->endpoint->scheme == RSP_SCTP
		  ? rsp_sctp_connect(t->fd, t->endpoint)
		  : sys_connect(t->fd, &ss, len);
	/* an interrupted connect goes on by itself */
	if (err == -EINTR)
		err = -EINPROGRESS;
	if (err != 0 && err != -EINPROGRESS)
		hang_up(t);
	return err;
}

/* Tries the hosts of the endpoint until one does not fail at once.  With SCTP
 * all are one try. */
static void
dial_next(struct talk *t, struct rsp_resolver *r, int err)
{
	unsigned hosts =
	    t->endpoint->scheme == RSP_TCP ? t->endpoint->n_hosts : 1;

	hang_up(t);
	while (t->host < hosts) {
		err = dial(t, t->host++);
		if (err == 0 || err == -EINPROGRESS)
			break;
	}
	t->connecting = err == -EINPROGRESS;
	if (err == 0)
		rsp_resolver_connected(r);
	else if (err != -EINPROGRESS)
		rsp_resolver_failed(r, -err);
}

static void
begin(struct talk *t, struct rsp_resolver *r, struct rsp_endpoint *e)
{
	hang_up(t);
	t->turn = (int)r->turn;
	t->host = 0;
	t->endpoint = e;
	if (rsp_endpoint_resolve(e) != RSP_OK)
		rsp_resolver_failed(r, EDESTADDRREQ);
	else
		dial_next(t, r, -EHOSTUNREACH);
}

/* Waits for the socket; false if the time is over or a signal came. */
static bool
wait_for(const struct talk *t, short events, rsp_time deadline)
{
	struct pollfd p = { .fd = t->fd, .events = events };

	return sys_poll(&p, 1, rsp_time_left(deadline, rsp_user_now())) > 0;
}

static void
finish_connect(struct talk *t, struct rsp_resolver *r)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (sys_getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = EBADF;
	if (err != 0) {
		dial_next(t, r, -err);
		return;
	}
	t->connecting = false;
	rsp_resolver_connected(r);
}

static bool
is_passing(ssize_t err)
{
	return err == -EAGAIN || err == -EINTR;
}

/* The first of the messages: with SCTP each is sent by itself. */
static ssize_t
send_message(const struct talk *t, struct rsp_span bytes)
{
	int len = rsp_message_frame(bytes), err;

	if (len <= 0 || (size_t)len > bytes.len)
		return -EINVAL;
	bytes.len = (size_t)len;
	err = rsp_sctp_send(t->fd, bytes, RSP_PPID_ASAP);
	return err != 0 ? err : len;
}

static void
send_some(struct talk *t, struct rsp_resolver *r, struct rsp_span bytes)
{
	ssize_t n =
	    t->endpoint->scheme == RSP_SCTP
		? send_message(t, bytes)
		: sys_sendto(t->fd, bytes.at, bytes.len, MSG_NOSIGNAL, NULL, 0);

	if (n >= 0)
		rsp_resolver_sent(r, (size_t)n);
	else if (!is_passing(n))
		rsp_resolver_failed(r, (int)-n);
}

static void
receive_some(struct talk *t, struct rsp_resolver *r,
    const struct rsp_resolver_step *step)
{
	ssize_t n = t->endpoint->scheme == RSP_SCTP
			? rsp_sctp_receive_stream(t->fd, step->room,
			      step->room_size, RSP_PPID_ASAP)
			: sys_recvfrom(t->fd, step->room, step->room_size, 0,
			      NULL, NULL);

	if (n > 0)
		rsp_resolver_received(r, rsp_user_now(), (size_t)n);
	else if (n == 0)
		rsp_resolver_failed(r, 0);
	else if (!is_passing(n))
		rsp_resolver_failed(r, (int)-n);
}

static void
perform(struct talk *t, struct rsp_resolver *r,
    const struct rsp_resolver_step *step, struct rsp_endpoint *registrars)
{
	bool sending = step->kind == RSP_STEP_SEND;

	if (step->kind == RSP_STEP_CONNECT && t->turn != (int)r->turn) {
		begin(t, r, &registrars[step->registrar]);
		return;
	}
	if (!wait_for(t, sending || t->connecting ? POLLOUT : POLLIN,
		step->deadline))
		return;
	if (t->connecting)
		finish_connect(t, r);
	else if (sending)
		send_some(t, r, step->bytes);
	else
		receive_some(t, r, step);
}

void
rsp_ask_registrars(struct rsp_resolver *r, struct rsp_endpoint *registrars)
{
	struct talk t = { .turn = -1, .fd = -1 };
	struct rsp_resolver_step step;

	while (rsp_resolver_step(r, rsp_user_now(), &step) != RSP_STEP_DONE)
		perform(&t, r, &step, registrars);
	hang_up(&t);
}

const char *
rsp_turn_text(enum rsp_resolver_turn turn, int why)
{
	/* not strerror: it may allocate and translate */
	static const struct {
		int why;
		const char *text;
	} texts[] = {
		{ 0, "connection closed" },
		{ ECONNREFUSED, "connection refused" },
		{ ECONNRESET, "connection reset" },
		{ EPIPE, "connection closed" },
		{ ENOENT, "no such socket" },
		{ EACCES, "permission denied" },
		{ EPERM, "not permitted" },
		{ EDESTADDRREQ, "no such host" },
		{ EHOSTUNREACH, "no route to the host" },
		{ ENETUNREACH, "network unreachable" },
		{ ETIMEDOUT, "timed out" },
		{ EPROTONOSUPPORT, "this kernel has no SCTP" },
		{ ESOCKTNOSUPPORT, "this kernel has no SCTP" },
		{ EAFNOSUPPORT, "address family not supported" },
		{ EMFILE, "too many open files" },
		{ ENFILE, "too many open files" },
	};

	if (turn == RSP_TURN_SILENT)
		return "no answer";
	if (turn == RSP_TURN_BAD)
		return "not understood";
	if (turn == RSP_TURN_REFUSED)
		return rsp_cause_text((uint16_t)why);
	if (turn == RSP_TURN_NONE)
		return "not asked";
	if (turn == RSP_TURN_ANSWERED)
		return "answered";
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].why == why)
			return texts[i].text;
	return "failed";
}
