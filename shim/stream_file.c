/* SPDX-License-Identifier: Apache-2.0 */
/* stream_file.c - sendfile() and splice() on a connection that may move
 *
 * What a move may have to repeat or compare must be seen, so while a connection
 * is followed its bytes take a way through our memory.
 */
#include "shim/real.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/stream_inner.h"
#include "shim/wait.h"
#include "shim/option.h"

#define SCRATCH 8192
#define MOST 0x7ffff000 /* that the kernel's sendfile() sends */

static bool
is_followed(int fd)
{
	const struct conn *c = fd_conn(fd);

	return c != NULL &&
	       (conn_is_followed(c) ||
		   __atomic_load_n(&c->state, __ATOMIC_ACQUIRE) != CONN_OPEN);
}

/* A piece of the file, from *at. */
static ssize_t
send_piece(int fd, int in, off64_t *at, size_t n)
{
	char bytes[SCRATCH];
	ssize_t r =
	    pread64(in, bytes, n < sizeof(bytes) ? n : sizeof(bytes), *at);

	if (r > 0)
		r = stream_write(fd, bytes, (size_t)r, 0);
	if (r > 0)
		*at += r;
	return r;
}

/* The rest, once it need not be followed. */
static ssize_t
send_plainly(int fd, int in, off64_t *at, size_t n)
{
	return stream_let_go(fd, 0) ? real.sendfile64(fd, in, at, n) : -1;
}

ssize_t
stream_sendfile(int fd, int in, off64_t *at, size_t n)
{
	off64_t where = at != NULL ? *at : lseek64(in, 0, SEEK_CUR);
	size_t done = 0;
	ssize_t r = 0;
	int saved = errno;

	if (where < 0)
		return send_plainly(fd, in, at, n);
	if (n > MOST)
		n = MOST;
	while (done < n) {
		size_t want = n - done < SCRATCH ? n - done : SCRATCH;

		r = is_followed(fd) ? send_piece(fd, in, &where, want)
				    : send_plainly(fd, in, &where, n - done);
		if (r <= 0)
			break;
		done += (size_t)r;
		if ((size_t)r < want)
			break;
	}
	if (at != NULL)
		*at = where;
	else if (done > 0)
		lseek64(in, where, SEEK_SET);
	if (r < 0 && done == 0)
		return -1;
	if (r < 0)
		kept_put(fd, errno);
	errno = saved;
	return (ssize_t)done;
}

/* The pipe has no room. */
static enum turn
wait_for_pipe(struct turns *t, int out, unsigned flags)
{
	struct pollfd p = { .fd = out, .events = POLLOUT };

	t->result = -1;
	t->error = EAGAIN;
	if ((flags & SPLICE_F_NONBLOCK) != 0 || !option_may_wait(out, 0))
		return OVER;
	if (real.poll(&p, 1, -1) >= 0)
		return AGAIN;
	t->error = errno;
	return OVER;
}

static bool
has_room(int out)
{
	struct pollfd p = { .fd = out, .events = POLLOUT };

	return sys_poll(&p, 1, 0) > 0;
}

/* A pipe that has room takes this little without waiting. */
static enum turn
inject(struct turns *t, int out, struct rsp_span bytes, bool *full)
{
	*full = !has_room(out);
	if (*full)
		return WAIT;
	t->result = real.write(out, bytes.at, bytes.len);
	t->error = errno;
	if (t->result > 0)
		turns_discard(t->fd,
		    exchange_injected(t->c, (size_t)t->result));
	return OVER;
}

/* Looks at some bytes, and moves that many. */
static enum turn
flow(struct turns *t, int out, off64_t *to, size_t n, unsigned flags,
    bool *full)
{
	char bytes[SCRATCH];
	struct iovec v = { bytes, sizeof(bytes) };
	ssize_t r = real.recv(t->fd, bytes, n < SCRATCH ? n : SCRATCH,
	    MSG_PEEK | MSG_DONTWAIT);

	if (r <= 0)
		return turns_failed(t, r);
	t->result = real.splice(t->fd, NULL, out, to, (size_t)r,
	    flags | SPLICE_F_NONBLOCK);
	t->error = errno;
	*full = t->result < 0 && t->error == EAGAIN;
	if (t->result > 0)
		turns_flowed(t, &v, (size_t)t->result);
	return *full ? WAIT : OVER;
}

static enum turn
splice_turn(struct turns *t, int out, off64_t *to, size_t n, unsigned flags,
    bool *full)
{
	struct rsp_span bytes = { 0 };
	enum turn turn;
	size_t limit;

	turn = turns_next(t, &limit, &bytes);
	if (turn == INJECT)
		return inject(t, out,
		    (struct rsp_span){ bytes.at,
			n < bytes.len ? n : bytes.len },
		    full);
	if (turn != FLOWS)
		return turn;
	return flow(t, out, to, n < limit ? n : limit, flags, full);
}

ssize_t
stream_splice(int fd, int out, off64_t *to, size_t n, unsigned flags)
{
	struct turns t = { .fd = fd, .result = -1 };
	int wait = (flags & SPLICE_F_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;
	int saved = errno;

	if (n == 0)
		return real.splice(fd, NULL, out, to, n, flags);
	for (;;) {
		enum turn turn = turns_enter(&t, wait, SO_RCVTIMEO);
		bool full = false;

		if (turn == AGAIN) {
			turn = splice_turn(&t, out, to, n, flags, &full);
			turns_leave(&t);
		}
		if (turn == WAIT && full)
			turn = wait_for_pipe(&t, out, flags);
		else if (turn == WAIT) {
			t.result = -1;
			t.error =
			    turns_wait_ready(&t, POLLIN, wait, SO_RCVTIMEO);
			turn = t.error == 0 ? AGAIN : OVER;
		} else if (turn == BROKEN)
			turn = move_try(fd, t.generation, t.error, false,
				   move_patience(fd, wait))
				   ? AGAIN
				   : OVER;
		else if (turn == OVER && t.result > 0)
			turns_look_if_over(&t);
		if (turn == ALONE) {
			turns_forget_stale(fd, t.c);
			errno = saved;
			return real.splice(fd, NULL, out, to, n, flags);
		}
		if (turn == OVER)
			return turns_finish(&t, saved);
	}
}

bool
stream_let_go(int fd, int flags)
{
	struct turns t = { .fd = fd };

	for (;;) {
		enum turn turn = turns_enter(&t, flags, SO_SNDTIMEO);

		/* the end of a stream is no end for a write */
		if (turn == OVER && t.error != 0) {
			errno = t.error;
			return false;
		}
		if (turn != AGAIN)
			return true;
		if (t.looked || turns_stands(&t)) {
			exchange_lose(t.c);
			turns_leave(&t);
			turns_look_if_over(&t);
			return true;
		}
		t.looked = true;
		turns_leave(&t);
		if (!move_try(fd, t.generation, t.error, true,
			move_patience(fd, flags)) &&
		    t.error != 0) {
			errno = t.error;
			return false;
		}
	}
}
