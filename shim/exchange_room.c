/* SPDX-License-Identifier: Apache-2.0 */
/* exchange_room.c - the memory of exchanges, and which thread is inside of one
 */
#include "shim/real.h"

#include "shim/exchange.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "rsp/net/sys.h"
#include "shim/exchange_inner.h"
#include "shim/lock.h"
#include "shim/settings.h"

#define SPINS 100
#define YIELDS 10000
#define NAPS 1000 /* of a millisecond: its thread never comes back */
#define PAGE 4096u

static uint32_t lock; /* of the free list; only ever tried */
static struct exchange *spare;

size_t
exchange_room_size(void)
{
	return (size_t)settings()->replay_limit;
}

static size_t
block_size(void)
{
	return (sizeof(struct exchange) + exchange_room_size() + PAGE - 1) /
	       PAGE * PAGE;
}

/* Blocks are all of one size and are kept for the next connection, but for
 * their memory. */
struct exchange *
exchange_take_block(void)
{
	struct exchange *f = NULL;
	void *p;

	if (lock_try(&lock)) {
		f = spare;
		if (f != NULL)
			spare = f->next;
		lock_give(&lock);
	}
	if (f == NULL &&
	    sys_mmap(&p, NULL, block_size(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) >= 0)
		f = p;
	return f;
}

void
exchange_give_block(struct exchange *f)
{
	if (sizeof(*f) + f->used > 3 * PAGE)
		sys_call(SYS_madvise, (long)((uint8_t *)f + 3 * PAGE),
		    (long)(block_size() - 3 * PAGE), MADV_DONTNEED, 0, 0, 0);
	if (lock_try(&lock)) {
		f->next = spare;
		spare = f;
		lock_give(&lock);
	} else
		sys_munmap(f, block_size());
}

void
exchange_prepare(void)
{
	struct exchange *f = exchange_take_block();

	if (f != NULL)
		exchange_give_block(f);
}

static void
pause_before(int i)
{
	struct timespec ms = { 0, 1000000 };

	if (i >= SPINS + YIELDS)
		sys_call(SYS_nanosleep, (long)&ms, 0, 0, 0, 0, 0);
	else if (i >= SPINS)
		sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

bool
exchange_enter(struct conn *c)
{
	uintptr_t me = (uintptr_t)pthread_self();
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	for (int i = 0; i < SPINS + YIELDS + NAPS; i++) {
		uintptr_t who = 0;

		if (__atomic_compare_exchange_n(&c->inside, &who, me, false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			c->cancel = cancel;
			return true;
		}
		/* who has waited in vain has done so for all others, too */
		if (who == me || __atomic_load_n(&c->jammed, __ATOMIC_RELAXED))
			break;
		if (i == SPINS + YIELDS + NAPS - 1)
			__atomic_store_n(&c->jammed, true, __ATOMIC_RELAXED);
		pause_before(i);
	}
	pthread_setcancelstate(cancel, NULL);
	conn_forbid_moves(c);
	return false;
}

void
exchange_renew(struct conn *c)
{
	uintptr_t who = __atomic_load_n(&c->inside, __ATOMIC_RELAXED);

	if (!c->jammed && who != (uintptr_t)pthread_self())
		return;
	__atomic_store_n(&c->jammed, false, __ATOMIC_RELAXED);
	__atomic_store_n(&c->inside, 0, __ATOMIC_RELAXED);
}

void
exchange_leave(struct conn *c)
{
	int cancel = c->cancel;

	__atomic_store_n(&c->inside, 0, __ATOMIC_RELEASE);
	pthread_setcancelstate(cancel, NULL);
}

void
exchange_after_fork(void)
{
	if (lock != 0)
		spare = NULL;
	lock = 0;
}
