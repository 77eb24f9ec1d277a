/* SPDX-License-Identifier: Apache-2.0 */
/* lock.h - locks that a signal handler cannot run into
 *
 * All signals are blocked from before the lock is taken until after it is
 * given back, those of libc's own for cancelling threads included.
 */
#ifndef RSP_SHIM_LOCK_H
#define RSP_SHIM_LOCK_H

#include <stdint.h>

/* Returns the mask for unblock. */
uint64_t signals_block(void);
void signals_unblock(uint64_t mask);

/* With signals blocked. */
void lock_take(uint32_t *lock);
void lock_give(uint32_t *lock);

#endif
