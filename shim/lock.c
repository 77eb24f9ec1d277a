/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c - locks that a signal handler cannot run into: a futex (0 free, 1
 * held, 2 held and perhaps waited for) */
#include "shim/lock.h"

#include <linux/futex.h>

#include "rsp/net/sys.h"

uint64_t
signals_block(void)
{
	uint64_t all = ~UINT64_C(0), before = 0;

	sys_sigmask(SIG_BLOCK, &all, &before);
	return before;
}

void
signals_unblock(uint64_t mask)
{
	sys_sigmask(SIG_SETMASK, &mask, NULL);
}

bool
lock_try(uint32_t *lock)
{
	uint32_t seen = 0;

	return __atomic_compare_exchange_n(lock, &seen, 1, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void
lock_take(uint32_t *lock)
{
	if (lock_try(lock))
		return;
	while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
		sys_call(SYS_futex, (long)lock, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
}

void
lock_give(uint32_t *lock)
{
	if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
		sys_call(SYS_futex, (long)lock, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
