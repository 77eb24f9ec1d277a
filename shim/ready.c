/* SPDX-License-Identifier: Apache-2.0 */
/* ready.c - the test whether a read would give something now
 *
 * It takes the turns of a read, which gives nothing to the program.
 */
#include "shim/real.h"

#include "shim/ready.h"

#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "rsp/net/sys.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/stream_inner.h"
#include "shim/unsettled.h"

/* So much of what is there twice is compared before others get their turn. */
#define TURNS 256

/* As turns_enter(), but what is not open is not looked at. */
static bool
enter(struct turns *t)
{
	struct conn *c = t->c = fd_conn(t->fd);

	if (c == NULL || !turns_is_open(t) || !exchange_enter(c))
		return false;
	if (turns_is_open(t)) {
		t->generation = c->generation;
		return true;
	}
	exchange_leave(c);
	return false;
}

static enum turn
peek(struct turns *t)
{
	char byte;
	ssize_t r = real.recv(t->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return r > 0 ? FLOWS : turns_failed(t, r);
}

/* FLOWS and INJECT: there is something. */
static enum turn
look_turn(struct turns *t, size_t *limit, struct rsp_span *bytes)
{
	switch (exchange_next(t->c, limit, bytes)) {
	case RSP_SPLICE_FLOW:
		return peek(t);
	case RSP_SPLICE_PEEK:
	case RSP_SPLICE_TAKE:
		return turns_next(t, limit, bytes);
	case RSP_SPLICE_INJECT:
		return INJECT;
	case RSP_SPLICE_REFUSED:
		/* the kernel reports it until the read says how
		 */
		if (!conn_never_moves(t->c))
			move_refused(t->c);
		break;
	case RSP_SPLICE_END:
		break;
	}
	return OVER;
}

/* The server has gone. */
static enum ready
meet_end(const struct turns *t, bool sending)
{
	if (move_try(t->fd, t->generation, t->error, sending, MOVE_ELSEWHERE))
		return READY_LATER;
	if (t->error != 0)
		kept_put(t->fd, t->error);
	return READY_ENDED;
}

enum ready
ready_look(int fd, bool sending)
{
	struct turns t = { .fd = fd };
	struct rsp_span bytes;
	size_t limit;

	for (int i = 0; i < TURNS; i++) {
		enum turn turn;

		if (!enter(&t))
			return READY_PLAIN;
		turn = look_turn(&t, &limit, &bytes);
		turns_leave(&t);
		switch (turn) {
		case FLOWS:
		case INJECT:
		case OVER:
			return READY_YES;
		case WAIT:
			return READY_LATER;
		case BROKEN:
			return meet_end(&t, sending);
		case ALONE:
			return READY_PLAIN;
		case AGAIN:
			break;
		}
	}
	return READY_MORE;
}

int
ready_bytes(int fd)
{
	struct turns t = { .fd = fd };
	struct rsp_span bytes = { 0 };
	size_t limit, most;
	enum turn turn;
	int n = 0;

	if (ready_look(fd, false) == READY_PLAIN || !enter(&t))
		return -1;
	turn = look_turn(&t, &limit, &bytes);
	turns_leave(&t);
	if (turn == INJECT)
		return (int)bytes.len;
	if (turn != FLOWS)
		return 0;
	most = limit < INT_MAX ? limit : INT_MAX;
	if (sys_call(SYS_ioctl, fd, FIONREAD, (long)&n, 0, 0, 0) < 0)
		return -1;
	return (size_t)n < most ? n : (int)most;
}

size_t
ready_unsent(int fd)
{
	struct conn *c = conn_lock(fd);
	size_t n = 0;

	if (c == NULL)
		return 0;
	if (c->kind == CONN_STREAM && c->state == CONN_PENDING && c->moving &&
	    exchange_enter(c)) {
		n = exchange_unsent(c);
		exchange_leave(c);
	}
	conn_unlock(c);
	return n;
}

void
ready_complete_info(int fd, void *info, socklen_t len)
{
	struct tcp_info have;

	if (len < offsetof(struct tcp_info, tcpi_notsent_bytes) +
		      sizeof(have.tcpi_notsent_bytes) ||
	    len > sizeof(have) || !unsettled_has_fd(fd))
		return;
	memcpy(&have, info, len);
	have.tcpi_notsent_bytes += (uint32_t)ready_unsent(fd);
	memcpy(info, &have, len);
}
