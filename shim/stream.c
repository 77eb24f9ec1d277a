/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - reads and writes on a connection that may move: the loops around
 * recvmsg() and sendmsg()
 *
 * One turn of a loop does one thing while it is inside (exchange.h): bytes to
 * or from the program, or something that a move has left to do.  Then it is
 * over, waits, moves, or takes another turn.
 */
#include "shim/real.h"

#include "shim/stream_inner.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/net/sys.h"
#include "shim/attempt.h"
#include "shim/settings.h"
#include "shim/exchange.h"
#include "shim/gate.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/ready.h"
#include "shim/silence.h"
#include "shim/wait.h"
#include "shim/option.h"
#include "shim/unsettled.h"

#define SCRATCH 8192

bool
stream_is(int fd)
{
	const struct conn *c = fd_conn(fd);

	return c != NULL && c->kind == CONN_STREAM;
}

static enum conn_state
state_of(const struct conn *c)
{
	return __atomic_load_n(&c->state, __ATOMIC_ACQUIRE);
}

/* Ends the following where nothing can come of it any more. */
void
turns_look_if_over(const struct turns *t)
{
	struct conn *locked, *c = t->c;

	if (!t->over)
		return;
	locked = conn_lock_again(t->fd);
	if (locked == NULL)
		return;
	if (locked == c && c->state == CONN_OPEN && exchange_enter(c)) {
		bool over = !exchange_matters(c);

		exchange_leave(c);
		if (over) {
			exchange_end(c);
			conn_mark(c);
		}
	}
	conn_unlock(locked);
}

/* A descriptor that is something else by now is found out by its lock. */
void
turns_forget_stale(int fd, const struct conn *c)
{
	struct conn *locked = c == NULL ? NULL : conn_lock(fd);

	if (locked != NULL)
		conn_unlock(locked);
}

/* Waiting. */

static int64_t
own_end(int fd, int option)
{
	struct timeval t = { 0, 0 };
	socklen_t len = sizeof(t);

	sys_getsockopt(fd, SOL_SOCKET, option, &t, &len);
	if (t.tv_sec == 0 && t.tv_usec == 0)
		return WAIT_FOREVER;
	return wait_now() + (int64_t)t.tv_sec * 1000000000 +
	       (int64_t)t.tv_usec * 1000;
}

/* The milliseconds that a read which is not to wait waits all the same: the
 * socket is a blocking one, and a move has begun and given nothing yet. */
static int64_t
rest_of_move(const struct turns *t, int flags, int option)
{
	const struct conn *c = t->c;

	if (option != SO_RCVTIMEO || (flags & MSG_DONTWAIT) == 0 ||
	    c->moves_without_byte == 0 || !c->move.reading ||
	    !option_may_wait(t->fd, 0))
		return 0;
	return c->move.begun + settings()->failover_timeout_ms - rsp_user_now();
}

/* 0: look again; else the error. */
int
turns_wait_ready(struct turns *t, short events, int flags, int option)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	bool last;
	int n;

	if (t->end == 0 && option_may_wait(t->fd, flags))
		t->end = own_end(t->fd, option);
	else if (t->end == 0) {
		int64_t ms = rest_of_move(t, flags, option);

		if (ms <= 0)
			return EAGAIN;
		t->end = wait_now() + ms * 1000000;
	}
	n = real.poll(&p, 1, wait_slice_ms(t->end, &last));
	if (n < 0 && errno == EINTR)
		return t->end == WAIT_FOREVER && !option_must_interrupt()
			   ? 0
			   : EINTR;
	if (n == 0 && last)
		return EAGAIN;
	wait_drive();
	return 0;
}

/* No thread gets in there any more.  After a move, what comes is not the
 * program's as it is. */
static enum turn
shut_out(struct turns *t)
{
	if (t->c->generation == 0)
		return ALONE;
	t->result = -1;
	t->error = ECONNRESET;
	return OVER;
}

/* While we waited to enter, the descriptor may have been closed, and be another
 * socket by now. */
bool
turns_is_open(const struct turns *t)
{
	return fd_conn(t->fd) == t->c && state_of(t->c) == CONN_OPEN &&
	       conn_is_followed(t->c);
}

/* Bytes that can be read come first, as from the kernel. */
static bool
has_kept_error(struct turns *t, int option)
{
	char byte;

	if (!kept_any(t->c) ||
	    (option == SO_RCVTIMEO &&
		real.recv(t->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0))
		return false;
	t->error = kept_take(t->fd, t->c);
	t->result = -1;
	return t->error != 0;
}

/* Through the door.  OVER: the call fails; ALONE; AGAIN: inside. */
enum turn
turns_enter(struct turns *t, int flags, int option)
{
	for (;;) {
		t->c = fd_conn(t->fd);
		if (t->c == NULL)
			return ALONE;
		if (has_kept_error(t, option))
			return OVER;
		if (state_of(t->c) == CONN_OPEN) {
			if (!conn_is_followed(t->c))
				return ALONE;
			if (!exchange_enter(t->c))
				return shut_out(t);
			if (turns_is_open(t)) {
				t->generation = t->c->generation;
				return AGAIN;
			}
			exchange_leave(t->c);
		}
		if (!gate_begin(t->fd, flags, option)) {
			t->error = errno;
			/* what began a move that failed was the end */
			t->result = t->error == 0 ? 0 : -1;
			return OVER;
		}
		if (state_of(t->c) != CONN_OPEN)
			return ALONE;
	}
}

void
turns_leave(struct turns *t)
{
	t->over = !exchange_matters(t->c);
	unsettled_look_if_over(t->c);
	exchange_leave(t->c);
}

ssize_t
turns_finish(const struct turns *t, int saved)
{
	errno = t->result < 0 ? t->error : saved;
	return t->result;
}

/* Receiving. */

size_t
turns_size_of(const struct msghdr *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++)
		n += m->msg_iov[i].iov_len;
	return n;
}

void
turns_rest_of(const struct msghdr *m, size_t done, size_t most,
    struct iovec v[TURN_PIECES], struct msghdr *rest)
{
	size_t i = 0, n;

	*rest = *m;
	rest->msg_iov = v;
	rest->msg_iovlen = 0;
	for (; i < m->msg_iovlen && done >= m->msg_iov[i].iov_len; i++)
		done -= m->msg_iov[i].iov_len;
	for (; i < m->msg_iovlen && most > 0 && rest->msg_iovlen < TURN_PIECES;
	     i++) {
		n = m->msg_iov[i].iov_len - done;
		v[rest->msg_iovlen++] =
		    (struct iovec){ (char *)m->msg_iov[i].iov_base + done,
			    n < most ? n : most };
		most -= n < most ? n : most;
		done = 0;
	}
}

/* Only a part of the message, because the bytes behind are not the program's.
 */
static __attribute__((noinline)) ssize_t
receive_cut(int fd, struct msghdr *m, int flags, size_t limit)
{
	struct iovec v[TURN_PIECES];
	struct msghdr cut;
	ssize_t r;

	turns_rest_of(m, 0, limit, v, &cut);
	r = real.recvmsg(fd, &cut, flags);
	m->msg_controllen = cut.msg_controllen;
	m->msg_namelen = cut.msg_namelen;
	m->msg_flags = cut.msg_flags;
	return r;
}

/* What is received goes as far as `limit`. */
static ssize_t
receive_some(int fd, struct msghdr *m, int flags, size_t limit)
{
	struct iovec *v = m->msg_iov;

	flags |= MSG_DONTWAIT;
	if (m->msg_iovlen == 1 && m->msg_control == NULL && m->msg_name == NULL)
		return real.recv(fd, v->iov_base,
		    v->iov_len < limit ? v->iov_len : limit, flags);
	if (limit < turns_size_of(m))
		return receive_cut(fd, m, flags, limit);
	return real.recvmsg(fd, m, flags);
}

void
turns_discard(int fd, size_t n)
{
	while (n > 0) {
		ssize_t r = real.recv(fd, NULL, n, MSG_TRUNC | MSG_DONTWAIT);

		if (r <= 0)
			return;
		n -= (size_t)r;
	}
}

enum turn
turns_failed(struct turns *t, ssize_t r)
{
	t->error = r == 0 ? 0 : errno;
	t->result = r == 0 ? 0 : -1;
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return WAIT;
	if (r < 0 && errno == EINTR)
		return AGAIN;
	/* closed behind our back, and the number is something else's now */
	if (r < 0 && errno == ENOTSOCK)
		return ALONE;
	return r == 0 || kept_is_break(t->error) ? BROKEN : OVER;
}

static enum turn
take_for_follow(struct turns *t, bool peek, size_t limit)
{
	uint8_t scratch[SCRATCH];
	size_t most = limit < sizeof(scratch) ? limit : sizeof(scratch), taken;
	ssize_t r = real.recv(t->fd, scratch, most,
	    MSG_DONTWAIT | (peek ? MSG_PEEK : 0));

	if (r <= 0)
		return turns_failed(t, r);
	taken = exchange_peeked(t->c, scratch, (size_t)r);
	if (peek)
		turns_discard(t->fd, taken);
	return AGAIN;
}

static enum turn
inject(struct turns *t, struct msghdr *m, int flags, struct rsp_span bytes)
{
	size_t done = 0;

	for (size_t i = 0; i < m->msg_iovlen && done < bytes.len; i++) {
		size_t n = bytes.len - done;

		if (n > m->msg_iov[i].iov_len)
			n = m->msg_iov[i].iov_len;
		memcpy(m->msg_iov[i].iov_base, bytes.at + done, n);
		done += n;
	}
	if ((flags & MSG_PEEK) == 0)
		turns_discard(t->fd, exchange_injected(t->c, done));
	m->msg_controllen = 0;
	m->msg_flags = 0;
	t->result = (ssize_t)done;
	t->seam = true;
	return OVER;
}

void
turns_flowed(struct turns *t, const struct iovec *v, size_t n)
{
	struct turns aside = *t;
	struct rsp_span none;
	size_t limit;
	bool moved;

	exchange_received(t->c, v, n);
	t->c->moves_without_byte = 0;
	moved = exchange_is_moved(t->c);
	if (moved && exchange_next(t->c, &limit, &none) == RSP_SPLICE_PEEK) {
		take_for_follow(&aside, true, limit);
		moved = exchange_is_moved(t->c);
	}
	t->seam = moved || t->c->end_hidden;
}

/* The program wants to see nothing of it (MSG_TRUNC), but we do. */
static enum turn
flow_away(struct turns *t, const struct msghdr *m, int flags, size_t limit)
{
	uint8_t scratch[SCRATCH];
	struct iovec v = { scratch, turns_size_of(m) };

	if (v.iov_len > limit)
		v.iov_len = limit;
	if (v.iov_len > sizeof(scratch))
		v.iov_len = sizeof(scratch);
	t->result = real.recv(t->fd, scratch, v.iov_len,
	    (flags & ~MSG_TRUNC) | MSG_DONTWAIT);
	if (t->result <= 0)
		return turns_failed(t, t->result);
	if ((flags & MSG_PEEK) == 0)
		turns_flowed(t, &v, (size_t)t->result);
	t->seam = true;
	return OVER;
}

static enum turn
flow(struct turns *t, struct msghdr *m, int flags, size_t limit)
{
	ssize_t r;

	if ((flags & MSG_TRUNC) != 0)
		return flow_away(t, m, flags, limit);
	r = receive_some(t->fd, m, flags, limit);
	if (r <= 0)
		return turns_failed(t, r);
	t->result = r;
	if ((flags & (MSG_PEEK | MSG_OOB)) == 0)
		turns_flowed(t, m->msg_iov, (size_t)r);
	return OVER;
}

/* The new server has other content: the program gets what it would have got
 * without that server. */
static enum turn
refused(struct turns *t)
{
	t->error = t->c->move.error;
	t->result = t->error == 0 ? 0 : -1;
	t->c->move.error = 0; /* an error is told once */
	if (!conn_never_moves(t->c))
		move_refused(t->c);
	return OVER;
}

enum turn
turns_next(struct turns *t, size_t *limit, struct rsp_span *bytes)
{
	move_is_late(t->c);
	switch (exchange_next(t->c, limit, bytes)) {
	case RSP_SPLICE_FLOW:
		return FLOWS;
	case RSP_SPLICE_PEEK:
		return take_for_follow(t, true, *limit);
	case RSP_SPLICE_TAKE:
		return take_for_follow(t, false, *limit);
	case RSP_SPLICE_INJECT:
		return INJECT;
	case RSP_SPLICE_REFUSED:
		return refused(t);
	case RSP_SPLICE_END:
		break;
	}
	t->error = 0;
	t->result = 0;
	return BROKEN;
}

enum turn
turns_receive(struct turns *t, struct msghdr *m, int flags)
{
	struct rsp_span bytes = { 0 };
	enum turn turn;
	size_t limit;

	turn = turns_next(t, &limit, &bytes);
	if (turn == FLOWS)
		return flow(t, m, flags, limit);
	return turn == INJECT ? inject(t, m, flags, bytes) : turn;
}

/* Plain reads and writes may be on a descriptor that is no socket. */
bool
turns_is_plain(const struct msghdr *m, int flags)
{
	return flags == 0 && m->msg_control == NULL && m->msg_name == NULL;
}
