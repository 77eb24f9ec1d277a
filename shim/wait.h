/* SPDX-License-Identifier: Apache-2.0 */
/* wait.h - what the poll, select and epoll hooks share
 *
 * While a handshake to a pool runs anywhere in the process, a wait is cut into
 * slices that end at the nearest deadline, and what is reported about such a
 * connection is looked at before the program sees it.  At all other times the
 * wait is libc's own; beside open connections to pools it ends once a second at
 * least, and trouble is looked at.
 */
#ifndef RSP_SHIM_WAIT_H
#define RSP_SHIM_WAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "shim/fdtable.h"

#define WAIT_FOREVER INT64_MAX

/* Nanoseconds of CLOCK_MONOTONIC, which programs' timeouts are counted on. */
int64_t wait_now(void);

/* Nanoseconds from what poll() and ppoll() are given; -1: for ever. */
int64_t wait_ns_of_ms(int ms);
int64_t wait_ns_of(const struct timespec *t);

/* The moment at which such a wait ends, from now. */
int64_t wait_end(int64_t ns);

/* A wait. */
struct wait {
	int64_t ns;    /* as it was asked for */
	int64_t first; /* of its first slice */
	int64_t end;
	unsigned moment; /* pending_moment() at its beginning */
};

/* True: the first slice may be waited at once, with `first` for its time; then
 * wait_is_done() tells what its result means.  False: slices, until `end`. */
bool wait_begin(struct wait *w, int64_t ns);

/* After it, and `ready` of it.  True: the program is to have that as it is;
 * false: a look at it first, if anything is ready, and slices until `end`, if
 * nothing is. */
bool wait_is_done(struct wait *w, int ready);

/* After a wait that began before the first connection to a pool: has another
 * thread made that meanwhile, and something is ready?  When nothing of it is
 * for the program, the time begins anew. */
static inline bool
wait_must_look(int ready)
{
	return ready > 0 && fd_had_any();
}

/* The milliseconds for poll(), rounded up. */
int wait_ms(int64_t ns);

/* How long to wait now, in nanoseconds or whole milliseconds rounded up, or -1
 * for ever: until `end` or the nearest deadline.  *last: it is until `end`. */
int64_t wait_slice(int64_t end, bool *last);
int wait_slice_ms(int64_t end, bool *last);

/* Moves on the connections whose deadline is reached. */
void wait_drive(void);

/* Is there any connection for which a wait is more than libc's? */
bool wait_is_special(void);

/* Waits until a PENDING connection is something else, at most as long as the
 * socket's own timeout says; 0, or -1 with EINTR or EAGAIN. */
int wait_connected(int fd, int timeout_option);

#endif
