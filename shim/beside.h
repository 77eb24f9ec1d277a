/* SPDX-License-Identifier: Apache-2.0 */
/* beside.h - further connections of a program that has one open to the pool
 *
 * To the program a pool is one host.  What it connects to there on another port
 * than its open connections have named may be no pool's service but this
 * host's: a data connection, a second listener.  So that is tried first, at the
 * element of the open one, at the port that was named.  Such a connection is
 * not balanced, never moves, and marks no element dead.
 *
 * FTP's data connections go nowhere else, for at the registered port is FTP's
 * greeting, which is no file.  The ports that a server has named are known one
 * by one (ftp.h).  With
 * RSP_STICK a pool's further connections on the same port begin with the
 * element of an open one, too.
 */
#ifndef RSP_SHIM_BESIDE_H
#define RSP_SHIM_BESIDE_H

#include "shim/conn.h"

/* c is OPEN, at its current candidate: for the first time, or after a move.
 * Locked. */
void beside_opened(struct conn *c);

/* c is not OPEN any more, or begins afresh.  Locked. */
void beside_closed(struct conn *c);

/* c is an FTP control connection.  Inside. */
void beside_is_ftp(struct conn *c);

/* Where a connection to the pool goes that names this port. */
enum beside {
	BESIDE_NONE,	/* to the pool */
	BESIDE_FIRST,	/* to *e; to the pool if nothing answers there */
	BESIDE_ONLY,	/* to *e */
	BESIDE_UNKNOWN, /* FTP connections are open to several elements, and
			 * none of these has named the port */
};

enum beside beside_find(const struct rsp_user_pool *pool, uint16_t port,
    struct rsp_candidate *e);

/* The element of the open connection that RSP_STICK keeps others to comes first
 * in a list with room for `max`.  The new length. */
unsigned beside_stick(const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned n, unsigned max);

/* For the child after fork: at first, then for each connection that is whole
 * again. */
void beside_after_fork(void);
void beside_inherit(struct conn *c);

#endif
