/* SPDX-License-Identifier: Apache-2.0 */
/* move_world.h - two servers, of which the first dies, for shim_move.c and
 * shim_moves.c
 *
 * The first server is the test's own process: it accepts, answers and ends
 * exactly when the test says so.  The next one is a child, on three ports: one
 * greets ("hello") and says what it hears; one serves the same response as the
 * first to any GET, or the part that is asked for; one hangs up when it is
 * asked for anything.
 *
 * Pools (shim-lib.sh): Fresh, Greet and Web have the first server and one of
 * these by IPv4, Fresh6, Greet6 and Web6 by IPv6.  Only has the first alone,
 * Slow a silent host before the next, Deaf three that hang up.
 */
#ifndef RSP_MOVE_WORLD_H
#define RSP_MOVE_WORLD_H

#include "tests/shim/shim_test.h"

#define BODY 50000

extern const char request[56];

/* A response from byte `from` of the body on, whole with from == 0; the body
 * is cut behind byte `to`.  Its length. */
size_t response(char *b, size_t from, size_t to);

enum way { V4, V6, MAPPED, N_WAYS };
enum end { FIN, RST, N_ENDS };
extern const char *const way_names[], *const end_names[];

struct world {
	int listener, there; /* the first server */
	int fd;		     /* the program's */
	size_t have;	     /* bytes of the response that it has read */
	long log_at;	     /* where the shim's log ended before */
};

/* The next process that asks for a pool gets the first server. */
void world_forget(void);

/* The next server, until world_over(). */
void world_begin(void);
void world_over(void);

/* A connection to the first server; in two steps. */
void world_open(struct world *w, const char *pool, enum way way);
void world_prepare(struct world *w, enum way way);
void world_connect(struct world *w, const char *pool, enum way way);

/* A connection, to whomever. */
void world_dial(struct world *w, const char *pool, enum way way);

/* A word and its answer; a request's first n bytes; the head of the response
 * and so much of its body. */
void world_exchange(struct world *w);
void world_ask(struct world *w, size_t n);
void world_answer(struct world *w, size_t body);

/* The whole response comes, behind `have` bytes of it. */
void world_expect(int fd, size_t have);

/* The first server dies; returns when the program's kernel knows it. */
void world_end(struct world *w, enum end end);

/* The same, but it only ends this connection, and goes on. */
void world_hang_up(struct world *w, enum end end);
void world_close(struct world *w);

/* Lines of the log about moves, since it was opened. */
int world_moves(const struct world *w);

/* Every call that reads or writes. */
struct call {
	const char *name;
	ssize_t (*run)(int fd, char *b, size_t n);
	bool writes;
	bool waits; /* itself, whatever the socket does */
};

extern const struct call calls[];
extern const size_t n_calls;

#endif
