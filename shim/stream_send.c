/* SPDX-License-Identifier: Apache-2.0 */
/* stream_send.c - writes on a connection that may move: the loop around
 * sendmsg(), see stream.c */
#include "shim/real.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "shim/settings.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/stream_inner.h"
#include "shim/wait.h"
#include "shim/option.h"

bool
turns_stands(struct turns *t)
{
	char byte;
	ssize_t r = real.recv(t->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	t->unread = r > 0;
	if (r > 0 || (r < 0 && !kept_is_break(errno)))
		return true;
	t->error = r == 0 ? 0 : errno;
	return false;
}

/* What the server said before it went is the program's to read. */
static bool
has_unread(int fd)
{
	char byte;

	return real.recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static enum turn
send_turn(struct turns *t, const struct msghdr *m, int flags)
{
	ssize_t r;

	if (!t->looked &&
	    exchange_wants_look(t->c, m->msg_iov, (int)m->msg_iovlen)) {
		t->looked = true;
		if (!turns_stands(t))
			return BROKEN;
	}
	if (!exchange_classify(t->c, m->msg_iov, (int)m->msg_iovlen))
		return ALONE;
	if (t->unread)
		exchange_unread(t->c);
	t->unread = false;
	if ((flags & MSG_OOB) != 0 || m->msg_controllen != 0) {
		exchange_lose(t->c);
		return ALONE;
	}
	flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
	/* the usual case costs the kernel less */
	r = m->msg_iovlen == 1 && m->msg_name == NULL
		? real.send(t->fd, m->msg_iov->iov_base, m->msg_iov->iov_len,
		      flags)
		: real.sendmsg(t->fd, m, flags);
	if (r < 0) {
		enum turn turn = turns_failed(t, r);

		return turn == BROKEN && has_unread(t->fd) ? OVER : turn;
	}
	exchange_sent(t->c, m->msg_iov, (size_t)r,
	    (size_t)r < t->left || (flags & MSG_MORE) != 0);
	if (settings()->answer_timeout_ms > 0)
		t->c->asked = rsp_user_now();
	t->result = r;
	return OVER;
}

/* One piece of the message, or its error. */
static enum turn
send_piece(struct turns *t, const struct msghdr *m, int flags)
{
	enum turn turn = turns_enter(t, flags, SO_SNDTIMEO);

	/* the end of a stream is no end for a write */
	if (turn == OVER && t->error == 0)
		return ALONE;

	if (turn == AGAIN) {
		turn = send_turn(t, m, flags);
		turns_leave(t);
		if (turn == ALONE)
			turns_look_if_over(t);
	}
	if (turn == WAIT) {
		t->result = -1;
		t->error = turns_wait_ready(t, POLLOUT, flags, SO_SNDTIMEO);
		return t->error == 0 ? AGAIN : OVER;
	}
	if (turn == BROKEN) {
		t->result = -1;
		/* that the server says no more is no reason not to send */
		return move_try(t->fd, t->generation, t->error, true,
			   move_patience(t->fd, flags)) ||
			       t->error == 0
			   ? AGAIN
			   : OVER;
	}
	return turn;
}

static ssize_t
send_alone(int fd, const struct msghdr *m, int flags)
{
	return turns_is_plain(m, flags)
		   ? real.writev(fd, m->msg_iov, (int)m->msg_iovlen)
		   : real.sendmsg(fd, m, flags);
}

/* After a part was sent, an error is the next call's, and so is the signal that
 * may go with it. */
static size_t
send_rest_alone(int fd, const struct msghdr *m, int flags, size_t done)
{
	size_t wanted = turns_size_of(m), sent = 0;
	struct iovec v[TURN_PIECES];
	struct msghdr rest;

	while (sent < wanted) {
		ssize_t r;
		size_t some;

		turns_rest_of(m, done + sent, SIZE_MAX, v, &rest);
		some = turns_size_of(&rest);
		if (some == 0)
			break;
		r = real.sendmsg(fd, &rest, flags | MSG_NOSIGNAL);
		if (r < 0)
			kept_put(fd, errno);
		if (r > 0)
			sent += (size_t)r;
		if (r < (ssize_t)some)
			break;
	}
	return done + sent;
}

/* The connection is not followed any more. */
static ssize_t
send_on_alone(int fd, const struct msghdr *m, int flags, size_t done, int saved)
{
	size_t sent;

	errno = saved;
	if (done == 0)
		return send_alone(fd, m, flags);
	sent = send_rest_alone(fd, m, flags, done);
	errno = saved;
	return (ssize_t)sent;
}

ssize_t
stream_send(int fd, const struct msghdr *m, int flags)
{
	struct turns t = { .fd = fd, .result = -1 };
	size_t wanted = turns_size_of(m), done = 0;
	struct iovec v[TURN_PIECES];
	struct msghdr rest;
	int saved = errno;
	enum turn turn;

	if (wanted == 0)
		return real.sendmsg(fd, m, flags);
	for (;;) {
		turns_rest_of(m, done, SIZE_MAX, v, &rest);
		t.left = wanted - done;
		turn = send_piece(&t, &rest, flags);
		if (turn == AGAIN)
			continue;
		if (turn == ALONE) {
			turns_forget_stale(fd, t.c);
			return send_on_alone(fd, m, flags, done, saved);
		}
		if (t.result < 0)
			break;
		done += (size_t)t.result;
		if (done == wanted)
			break;
		/* a call that does not wait goes on while all goes */
		if ((size_t)t.result < turns_size_of(&rest) &&
		    !option_may_wait(fd, flags))
			break;
	}
	if (done > 0) {
		if (t.result < 0)
			kept_put(fd, t.error);
		errno = saved;
		return (ssize_t)done;
	}
	/* with the signal, if the program wants it */
	if (t.error == EPIPE && (flags & MSG_NOSIGNAL) == 0)
		return real.sendmsg(fd, m, flags);
	return turns_finish(&t, saved);
}

ssize_t
stream_write(int fd, const void *b, size_t n, int flags)
{
	struct iovec v = { (void *)(uintptr_t)b, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return stream_send(fd, &m, flags);
}

ssize_t
stream_writev(int fd, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v };

	if (n <= 0 || n > IOV_MAX)
		return real.writev(fd, v, n);
	m.msg_iovlen = (size_t)n;
	return stream_send(fd, &m, 0);
}
