/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_random.c - claims about selection at random: shares converge to
 * the weights, and an element that was drawn ahead is drawn no more when it has
 * changed */
#include "tests/lib/select_fixture.h"

#include <stdlib.h>

#include "tests/lib/suite.h"

static const struct {
	const char *name;
	uint32_t type;
	uint32_t words[3];
	int percent[3]; /* of being first */
} lots[] = {
	{ "random", 3, { 0 }, { 33, 33, 33 } },
	{ "weights 1 1 1", 4, { 1, 1, 1 }, { 33, 33, 33 } },
	{ "weights 1 2 7", 4, { 1, 2, 7 }, { 10, 20, 70 } },
	{ "weight 0", 4, { 0, 1, 3 }, { 0, 25, 75 } },
	{ "loads 0 50 75", 0x40000004, { 0, 0x80000000, 0xc0000000 },
	    { 57, 29, 14 } },
	{ "load 100", 0x40000004, { 0xffffffff, 0x80000000, 0x80000000 },
	    { 0, 50, 50 } },
};

/* Proves 5356-4.3-01 to 5356-4.3-03, 5356-4.4-01 to 5356-4.4-04, 5356-5.4-01,
 * 5356-5.4-02. */
START_TEST(lots_fall_by_weight)
{
	int first[3] = { 0 }, able = 0;
	const int runs = 10000;
	bool many = _i >= COUNT(lots);

	_i %= COUNT(lots);
	start(lots[_i].type);
	if (many)
		fill(0);
	for (unsigned i = 0; i < 3; i++)
		join(i, lots[_i].words[i], 0);
	for (int i = 0; i < 3; i++)
		able += lots[_i].type != 4 || lots[_i].words[i] > 0;
	for (int p = 0; p < runs; p++) {
		first[ask(1 + (uint32_t)p % 4)]++;
		ck_assert_int_eq((int)list.n,
		    1 + p % 4 < able ? 1 + p % 4 : able);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_msg(abs(first[i] - lots[_i].percent[i] * runs / 100) <
				  runs / 50,
		    "%s: %d first %d times", lots[_i].name, i, first[i]);
	rsp_select_fini(&order);
}
END_TEST

/* Whoever was drawn for the next list is not, if something changes before it.
 */
START_TEST(draw_ahead_holds_only_while_nothing_changes)
{
	uint32_t old[RSP_POLICY_WORDS];

	start(RSP_POLICY_WRAND);
	if (_i == 1)
		fill(0);
	join(0, 1, 0);
	join(1, 1, 0);
	for (int p = 0; p < 200; p++) {
		unsigned out = below(2);

		ask(below(3));
		memcpy(old, members[out].words, sizeof(old));
		members[out].words[0] = 0;
		rsp_select_renew(&order, &members[out].node, old);
		expect(1 + below(3), out == 0 ? "b" : "a");
		memcpy(members[out].words, old, sizeof(old));
		old[0] = 0;
		rsp_select_renew(&order, &members[out].node, old);
		ask(1);
		leave(out);
		expect(1 + below(3), out == 0 ? "b" : "a");
		join(out, 1, 0);
	}
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("order_lots");
	TCase *t = tcase_create("order_lots");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, lots_fall_by_weight, 0, COUNT(lots));
	/* among many that have no weight: only those with weights can be */
	tcase_add_loop_test(t, lots_fall_by_weight, COUNT(lots) + 1,
	    COUNT(lots) + 4);
	tcase_add_loop_test(t, draw_ahead_holds_only_while_nothing_changes, 0,
	    2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
