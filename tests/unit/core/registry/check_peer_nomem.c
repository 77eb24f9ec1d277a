/* SPDX-License-Identifier: Apache-2.0 */
/* check_peer_nomem.c - claims about registrars without memory: whichever
 * allocation fails, they stay whole, and agree when there is memory again
 *
 * Linked with the allocator wrapped.  A scenario of three registrars runs again
 * and again with the first, second, ... allocation of the core failing, until
 * none has.
 */
#include "tests/lib/suite.h"

#include <stdlib.h>

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long to_fail = -1; /* counts down; 0: this one */
static unsigned failed;

/* The harness has its own memory: what is asked for outside the core's calls
 * does not count. */
static bool
fails(void)
{
	if (!net.in_registry || to_fail < 0)
		return false;
	if (to_fail-- > 0)
		return false;
	failed++;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static void
scenario(void)
{
	net_run(500);
	for (unsigned e = 0; e < 9; e++)
		net_element(e, e % 2 == 0 ? "P" : "Q", 7, e != 3);
	net_run(300);
	net_element_load(2, 9);
	net_element_leave(4);
	net_run(300);
	net_kill(0);
	net_run(1500);
	net_prepare(0);
	net_start(0, 6);
	net_run(1500);
}

/* Steps through the allocations in strides, so that it takes a second. */
START_TEST(whichever_allocation_fails_all_agree_again)
{
	bool any = true;
	unsigned homes;

	for (long n = _i; any; n += 7) {
		net_init();
		for (unsigned i = 0; i < 3; i++) {
			net_prepare(i);
			net_start(i, 7u & ~(1u << i));
		}
		failed = 0;
		to_fail = n;
		scenario();
		any = failed > 0;
		to_fail = -1;
		net_run(40000);
		ck_assert_msg(net_is_equal(), "allocation %ld", n);
		/* Whose registration was refused is to ask no more. */
		homes = 0;
		for (unsigned e = 0; e < 9; e++)
			homes += net_element_home(e) >= 0;
		ck_assert_msg(homes >= 7 && net_elements(0) == homes,
		    "allocation %ld: %u of %u", n, (unsigned)net_elements(0),
		    homes);
		net_end();
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers-nomem");
	TCase *t = tcase_create("peers-nomem");

	tcase_add_loop_test(t, whichever_allocation_fails_all_agree_again, 0,
	    7);
	suite_add_tcase(s, t);
	return run_suite(s);
}
