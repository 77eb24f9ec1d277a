/* SPDX-License-Identifier: Apache-2.0 */
/* unsettled.c - the connections whose move is not finished */
#include "shim/unsettled.h"

#include "shim/exchange.h"
#include "shim/fdtable.h"

unsigned unsettled_count;

void
unsettled_begin(struct conn *c)
{
	if (!__atomic_exchange_n(&c->unsettled, true, __ATOMIC_RELAXED))
		__atomic_add_fetch(&unsettled_count, 1, __ATOMIC_RELAXED);
}

void
unsettled_end(struct conn *c)
{
	if (__atomic_exchange_n(&c->unsettled, false, __ATOMIC_RELAXED))
		__atomic_sub_fetch(&unsettled_count, 1, __ATOMIC_RELAXED);
}

bool
unsettled_has_fd(int fd)
{
	const struct conn *c = fd_conn(fd);

	return c != NULL && unsettled_is(c);
}

void
unsettled_look(struct conn *c)
{
	if (c->state == CONN_OPEN && c->moves_without_byte == 0 &&
	    !exchange_is_moved(c))
		unsettled_end(c);
}

void
unsettled_after_fork(void)
{
	unsettled_count = 0;
}
