/* SPDX-License-Identifier: Apache-2.0 */
/* check_select.c - claims that hold for every selection algorithm: all elements
 * serve, and none is listed twice (each algorithm has a check of its own) */
#include "tests/lib/select_fixture.h"

#include "tests/lib/suite.h"

static const uint32_t algorithms[] = { RSP_POLICY_RR, RSP_POLICY_WRR,
	RSP_POLICY_RAND, RSP_POLICY_WRAND, RSP_POLICY_LU };

/* Elements move in memory when their encoding grows. */
START_TEST(copies_take_the_place_of_their_originals)
{
	struct member *m = members;

	start(algorithms[_i]);
	for (unsigned i = 0; i < 4; i++)
		join(i, i + 1, 0);
	for (int step = 0; step < 200; step++) {
		/* From the first half of the array to the second and back. */
		unsigned i = below(4), to;

		to = m[i].in ? i + 4 : i;
		i = to == i ? i + 4 : i;
		m[to] = m[i];
		rsp_select_replace(&order, &m[i].node, &m[to].node);
		memset(&m[i], 0xaa, sizeof(m[i]));
		m[i].in = false;
		ask(3);
		ck_assert_uint_eq(list.n, 3);
	}
	for (unsigned i = 0; i < 8; i++)
		if (m[i].in)
			leave(i);
	expect(3, "");
	rsp_select_fini(&order);
}
END_TEST

/* Everything at once, under the sanitizers: no claim but that all serve. */
START_TEST(random_operations_leave_everybody_listed)
{
	unsigned in = 0;
	uint32_t old[RSP_POLICY_WORDS];

	start(algorithms[_i]);
	for (int step = 0; step < 3000; step++) {
		unsigned i = below(MEMBERS);
		struct member *m = &members[i];

		memcpy(old, m->words, sizeof(old));
		if (!m->in) {
			join(i, 1 + below(9), 0);
			in++;
		} else if (below(2) == 0) {
			leave(i);
			in--;
		} else {
			m->words[0] = 1 + below(1000);
			rsp_select_renew(&order, &m->node, old);
		}
		ask(below(5));
		rsp_select_list(&order, MEMBERS, &list, random32, NULL);
		ck_assert_uint_eq(list.n, in);
	}
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, copies_take_the_place_of_their_originals, 0,
	    COUNT(algorithms));
	tcase_add_loop_test(t, random_operations_leave_everybody_listed, 0,
	    COUNT(algorithms));
	suite_add_tcase(s, t);
	return run_suite(s);
}
