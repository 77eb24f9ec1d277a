/* SPDX-License-Identifier: Apache-2.0 */
/* pollset.h - places to wait at, of which many are empty
 *
 * Who has places fills all of them in, with -1 where there is nothing to wait
 * for.  poll(2) counts empty ones, too, and refuses more of them than a process
 * may have descriptors; so it gets the others only.  It may fail all the same
 * (no memory, a limit that somebody has lowered): then the places are looked at
 * one by one, now and then, for a server is not left for that.
 */
#ifndef RSP_POLLSET_H
#define RSP_POLLSET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct pollset {
	struct pollfd *at;
	size_t n; /* places in use */

	/* Private. */
	size_t room;
	struct pollfd *open; /* as many */
	bool said;	     /* that it fails */
};

/* Makes `n` places, whatever is in them.  False when out of memory: then there
 * are as many as there were room for. */
bool pollset_resize(struct pollset *s, size_t n);

/* poll(2), but for errors: revents are 0 then.  -1 waits for ever. */
void pollset_wait(struct pollset *s, int timeout);
void pollset_free(struct pollset *s);

#endif
