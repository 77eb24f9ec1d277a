/* SPDX-License-Identifier: Apache-2.0 */
/* check_connecting.c - claims about attempts to connect: each has a number of
 * its own while it is under way */
#include "rsp/core/registry/connecting.h"

#include "tests/lib/registry_driver.h"
#include "tests/lib/suite.h"

START_TEST(an_attempt_is_found_by_its_number_until_it_ends)
{
	static struct connecting d[3];
	uint32_t numbers[3];

	talk_begin();
	for (int i = 0; i < 3; i++) {
		numbers[i] =
		    connecting_begin(talk.registry, &d[i], CONNECTING_CALL);
		ck_assert_uint_ne(numbers[i], 0);
		for (int k = 0; k < i; k++)
			ck_assert_uint_ne(numbers[k], numbers[i]);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(connecting_find(talk.registry, numbers[i]),
		    &d[i]);
		ck_assert_int_eq(d[i].kind, CONNECTING_CALL);
	}
	connecting_end(talk.registry, &d[1]);
	ck_assert_uint_eq(d[1].number, 0);
	ck_assert_ptr_null(connecting_find(talk.registry, numbers[1]));
	ck_assert_ptr_eq(connecting_find(talk.registry, numbers[2]), &d[2]);
	connecting_end(talk.registry, &d[1]); /* none is under way */
	connecting_end(talk.registry, &d[0]);
	connecting_end(talk.registry, &d[2]);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connecting");
	TCase *t = tcase_create("connecting");

	tcase_add_test(t, an_attempt_is_found_by_its_number_until_it_ends);
	suite_add_tcase(s, t);
	return run_suite(s);
}
