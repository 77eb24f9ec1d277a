/* SPDX-License-Identifier: Apache-2.0 */
/* stream_receive.c - reads on a connection that may move: the loop around
 * recvmsg(), see stream.c
 *
 * A read is as long as the kernel's would be: a program that uses
 * edge-triggered events takes a short read for the news that the socket is
 * empty.  So it goes on in the rest of the program's buffer where the reason
 * for its end was ours.
 */
#include "shim/real.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/stream_inner.h"

/* A program that was not told of the end, because a move was to come, gets
 * another edge for it: shutting down what is shut down already makes one. */
static void
tell_of_end(const struct turns *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLRDHUP };
	struct conn *c;

	if (!t->c->end_hidden)
		return;
	c = conn_lock_again(t->fd);
	if (c == NULL)
		return;
	if (c == t->c && c->state == CONN_OPEN && sys_poll(&p, 1, 0) > 0) {
		c->end_hidden = false;
		sys_call(SYS_shutdown, t->fd, SHUT_RD, 0, 0, 0, 0);
	}
	conn_unlock(c);
}

/* An error behind the bytes that a read has got is for the next read. */
static void
meet_behind(const struct turns *t, enum turn turn)
{
	if (turn == OVER && t->result < 0)
		kept_put(t->fd, t->error);
	if (turn == BROKEN &&
	    move_try(t->fd, t->generation, t->error, false, MOVE_ELSEWHERE))
		return;
	if (turn == BROKEN && t->error != 0)
		kept_put(t->fd, t->error);
	tell_of_end(t);
}

/* Nothing is there yet.  False: the call is over. */
static bool
go_on(struct turns *t, enum turn turn, int flags)
{
	if (turn == BROKEN)
		return move_try(t->fd, t->generation, t->error, false,
		    move_patience(t->fd, flags));
	if (turn != WAIT)
		return turn == AGAIN;
	t->result = -1;
	t->error = turns_wait_ready(t, POLLIN, flags, SO_RCVTIMEO);
	return t->error == 0;
}

static enum turn
take_turn(struct turns *t, struct msghdr *m, int flags)
{
	enum turn turn = turns_enter(t, flags, SO_RCVTIMEO);

	t->seam = false;
	if (turn != AGAIN)
		return turn;
	turn = turns_receive(t, m, flags);
	turns_leave(t);
	return turn;
}

/* In the rest of the message; it does not wait. */
static __attribute__((noinline)) enum turn
take_further_turn(struct turns *t, struct msghdr *m, size_t done, int flags)
{
	struct iovec v[TURN_PIECES];
	struct msghdr rest;

	if (!turns_is_open(t))
		return WAIT;
	turns_rest_of(m, done, SIZE_MAX, v, &rest);
	return take_turn(t, &rest, flags);
}

static ssize_t
receive_alone(int fd, struct msghdr *m, int flags)
{
	if (turns_is_plain(m, flags))
		return real.readv(fd, m->msg_iov, (int)m->msg_iovlen);
	return real.recvmsg(fd, m, flags);
}

static ssize_t
receive_some(int fd, struct msghdr *m, int flags)
{
	bool looks = (flags & (MSG_PEEK | MSG_OOB)) != 0;
	struct turns t = { .fd = fd, .result = -1 };
	size_t wanted = turns_size_of(m), done = 0;
	int saved = errno;
	enum turn turn;

	for (;;) {
		turn = done == 0 ? take_turn(&t, m, flags)
				 : take_further_turn(&t, m, done, flags);
		if (turn == OVER && t.result > 0) {
			done += (size_t)t.result;
			if (done == wanted || !t.seam || looks)
				break;
		} else if (turn != AGAIN && done > 0) {
			meet_behind(&t, turn);
			break;
		} else if (turn == ALONE) {
			turns_forget_stale(fd, t.c);
			errno = saved;
			return receive_alone(fd, m, flags);
		} else if (!go_on(&t, turn, flags))
			return turns_finish(&t, saved);
	}
	t.result = (ssize_t)done;
	turns_look_if_over(&t);
	return turns_finish(&t, saved);
}

/* MSG_WAITALL: a loop around the loop, into the rest of the pieces. */
static ssize_t
receive_whole(int fd, struct msghdr *m, int flags)
{
	size_t wanted = turns_size_of(m), done = 0;
	int saved = errno;

	while (done < wanted) {
		struct iovec v[TURN_PIECES];
		struct msghdr rest;
		ssize_t r;

		turns_rest_of(m, done, SIZE_MAX, v, &rest);
		r = receive_some(fd, &rest, flags & ~MSG_WAITALL);
		if (r < 0 && done == 0)
			return -1;
		if (r < 0)
			kept_put(fd, errno);
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	m->msg_controllen = 0;
	m->msg_flags = 0;
	errno = saved;
	return (ssize_t)done;
}

/* As the kernel does it: with no room a read takes nothing, but it waits, and
 * tells of an error. */
static ssize_t
receive_nothing(int fd, struct msghdr *m, int flags)
{
	char byte;
	struct iovec v = { &byte, 1 };
	struct msghdr one = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t r = receive_some(fd, &one,
	    (flags & (MSG_DONTWAIT | MSG_OOB | MSG_NOSIGNAL)) | MSG_PEEK);

	m->msg_namelen = 0;
	m->msg_controllen = 0;
	m->msg_flags = 0;
	return r > 0 ? 0 : r;
}

ssize_t
stream_receive(int fd, struct msghdr *m, int flags)
{
	if ((flags & MSG_ERRQUEUE) != 0)
		return real.recvmsg(fd, m, flags);
	if (turns_size_of(m) == 0)
		return receive_nothing(fd, m, flags);
	if ((flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL)
		return receive_whole(fd, m, flags);
	return receive_some(fd, m, flags);
}

ssize_t
stream_read(int fd, void *b, size_t n, int flags)
{
	struct iovec v = { b, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return stream_receive(fd, &m, flags);
}

ssize_t
stream_readv(int fd, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v };

	if (n <= 0 || n > IOV_MAX)
		return real.readv(fd, v, n);
	m.msg_iovlen = (size_t)n;
	return stream_receive(fd, &m, 0);
}
