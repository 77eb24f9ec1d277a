/* SPDX-License-Identifier: Apache-2.0 */
/* stream_inner.h - the turns of a read's or a write's loop, for the stream's
 * own files */
#ifndef RSP_SHIM_STREAM_INNER_H
#define RSP_SHIM_STREAM_INNER_H

#include "shim/conn.h"
#include "shim/stream.h"

#define TURN_PIECES 64 /* of a message, in one turn */

enum turn {
	OVER,	/* `result`, or -1 with `error` */
	WAIT,	/* until the socket is ready */
	AGAIN,	/* there is more to do */
	BROKEN, /* the connection: `error`, or its end (0) */
	ALONE,	/* not followed: libc's call */
	FLOWS,	/* bytes may go from the socket to the program */
	INJECT, /* it gets some others first */
};

struct turns {
	int fd;
	struct conn *c;
	unsigned generation;
	ssize_t result;
	int error;
	int64_t end; /* of waiting, once it has begun; 0: it has not */
	bool looked; /* whether the server has hung up, before sending */
	bool unread; /* there it had said something */
	size_t left; /* to be sent, by the program's call */
	bool over;   /* left with nothing more to follow */
	bool seam;   /* a short read does not mean that the socket is empty */
};

/* Open, and followed, and still the same. */
bool turns_is_open(const struct turns *t);

/* Through the door: OVER, the call fails; ALONE; AGAIN: inside.  `option` is
 * the timeout that bounds a wait. */
enum turn turns_enter(struct turns *t, int flags, int option);

/* Inside, before a read: what is there to be done?  FLOWS as far as `limit`,
 * INJECT `bytes`, or it is done. */
enum turn turns_next(struct turns *t, size_t *limit, struct rsp_span *bytes);

/* Inside: a read, or a part of one. */
enum turn turns_receive(struct turns *t, struct msghdr *m, int flags);

/* `limit` or more bytes of the socket were the program's next: what is left of
 * a chunk's end goes with its last byte. */
void turns_flowed(struct turns *t, const struct iovec *v, size_t n);

/* Takes bytes out of the socket that are not for the program. */
void turns_discard(int fd, size_t n);

/* Has the server hung up?  With something to read it has not, as far as a write
 * is concerned.  False: `error`, or its end (0). */
bool turns_stands(struct turns *t);

/* 0: look again; else the error. */
int turns_wait_ready(struct turns *t, short events, int flags, int option);

/* Says what a call that failed, or met the end, means for the turn. */
enum turn turns_failed(struct turns *t, ssize_t r);

/* The result, with errno as it has to be. */
ssize_t turns_finish(const struct turns *t, int saved);

/* A descriptor that is something else by now is found out by its lock. */
void turns_forget_stale(int fd, const struct conn *c);

/* Out again. */
void turns_leave(struct turns *t);

/* After that: ends the following where nothing can come of it any more. */
void turns_look_if_over(const struct turns *t);

size_t turns_size_of(const struct msghdr *m);

/* The pieces behind `done`, without what is beyond `most`; as many as there is
 * room for. */
void turns_rest_of(const struct msghdr *m, size_t done, size_t most,
    struct iovec v[TURN_PIECES], struct msghdr *rest);

/* Plain reads and writes may be on a descriptor that is no socket. */
bool turns_is_plain(const struct msghdr *m, int flags);

#endif
