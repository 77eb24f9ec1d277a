/* SPDX-License-Identifier: Apache-2.0 */
/* fdtable.h - the table of descriptors that are pool connections
 *
 * A byte per descriptor, zero for all that we have nothing to do with: reading
 * it is all that such a descriptor ever costs.  The pointers behind the bytes
 * are in a second table, whose parts exist once there is a connection.  Bytes
 * and pointers change only under the lock of the connection that they lead to
 * (conn.h); the bytes are read without.
 */
#ifndef RSP_SHIM_FDTABLE_H
#define RSP_SHIM_FDTABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Linux's default for fs.nr_open.  Higher descriptors are never ours. */
#define FD_COUNT (1 << 20)

enum {
	FD_POOL = 1,	   /* there is a struct conn */
	FD_IO = 2,	   /* reads and writes have something to do first */
	FD_NEW = 4,	   /* a datagram socket that has received nothing yet */
	FD_SCTP = 16,	   /* sctp.h; FD_IO, too */
	FD_READY = 32,	   /* ... whose association is there */
	FD_SHUT_HELD = 64, /* ... and which the program writes no more */
	FD_MULTIHOMED = 128, /* ... and whose far end has several addresses */
};

struct conn;

extern uint8_t fd_bytes[FD_COUNT];

static inline unsigned
fd_flags(int fd)
{
	return (unsigned)fd < FD_COUNT
		   ? __atomic_load_n(&fd_bytes[fd], __ATOMIC_RELAXED)
		   : 0;
}

/* The highest descriptor that was ever ours, or -1. */
extern int fd_highest;

static inline bool
fd_had_any(void)
{
	return __atomic_load_n(&fd_highest, __ATOMIC_RELAXED) >= 0;
}

/* Makes the second table's part for this descriptor; false when there is no
 * memory for it.  Async-signal-safe, as all of this. */
bool fd_table_ready(int fd);

/* NULL for a descriptor that is not ours. */
struct conn *fd_conn(int fd);

/* c == NULL takes the descriptor out. */
void fd_set_conn(int fd, struct conn *c, unsigned flags);
void fd_set_flags(int fd, unsigned flags);

/* The first of our descriptors in [from, last], and the first of c's from
 * `from` on; -1: there is none. */
int fd_next(int from, unsigned last);
int fd_next_of(const struct conn *c, int from);

#endif
