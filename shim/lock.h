/* SPDX-License-Identifier: Apache-2.0 */
/* lock.h - locks that a signal handler cannot run into
 *
 * All signals are blocked from before the lock is taken until after it is
 * given back, those of libc's own for cancelling threads included.
 */
#ifndef RSP_SHIM_LOCK_H
#define RSP_SHIM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Returns the mask for unblock. */
uint64_t signals_block(void);
void signals_unblock(uint64_t mask);

/* With signals blocked. */
void lock_take(uint32_t *lock);
void lock_give(uint32_t *lock);

/* With this call signals need not be blocked: a handler within its own thread's
 * section gets false, and so does every thread once such a handler has jumped
 * out of it. */
bool lock_try(uint32_t *lock);

#endif
