/* SPDX-License-Identifier: Apache-2.0 */
/* script_world.h - servers that follow a script, for shim_ready.c and
 * shim_kept.c
 *
 * The pool Turns has the first two of them, Three all: children of the test,
 * one after the other in the order of the pool.  Each hears a request out, does
 * what its script says and is gone, as a process that is killed.  Who connects
 * and says nothing is let in.
 */
#ifndef RSP_SCRIPT_WORLD_H
#define RSP_SCRIPT_WORLD_H

#include "tests/shim/move_world.h"

#define SCRIPT_BODY 6000

enum deed {
	SCRIPT_END, /* FIN, and it is gone */
	SCRIPT_RESET,
	SCRIPT_HEAD, /* of the response, by its length */
	SCRIPT_HEAD_CHUNKED,
	SCRIPT_NOT_FOUND, /* another one, without a body */
	SCRIPT_HEAD_OPEN, /* its end is that of the connection */
	SCRIPT_BYTES,	  /* the next n of the body */
	SCRIPT_CHUNK,	  /* the same as a chunk */
	SCRIPT_CHUNKS,	  /* the rest, in chunks of n */
	SCRIPT_DRIBBLE,	  /* the rest, n at a time with a moment between */
	SCRIPT_LAST_CHUNK,
	SCRIPT_PAUSE, /* n milliseconds */
	SCRIPT_WAIT,  /* for script_go() */
	SCRIPT_STAY,  /* until the test is over */
	SCRIPT_LATE,  /* first: the kernel drops the first SYN that comes */
};

struct step {
	enum deed deed;
	int n;
};

/* Server 0, 1 or 2 begins to listen. */
void script_begin(int server, const struct step *steps);
void script_go(int server);

/* It is gone by itself. */
void script_gone(int server);

/* Ends those that are left. */
void script_over(void);

/* A connection to a pool whose first server has this script. */
int script_dial(const char *pool);

/* The test's own view of the log: moves since script_moves_begin(). */
int script_moves(void);

/* The body, and a response's body without its framing; its length or -1. */
char script_byte(size_t i);
long script_decode(char *response, size_t n);

#endif
