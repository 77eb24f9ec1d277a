/* SPDX-License-Identifier: Apache-2.0 */
/* check_peers.c - claims about registrars among themselves: how they find each
 * other and what they tell each other (RFC 5353 sections 3.2 to 3.4, 3.6)
 */
#include "suite.h"

#include "net.h"

START_TEST(three_find_each_other_and_serve)
{
	net_init();
	net_start_all(3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(rsp_registry_is_serving(net.reg[i]));
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PEER_UP, 0), 2);
	}
	ck_assert(net_is_equal());
	net_run(60000);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PEER_LOST, 0), 0);
	net_end();
}
END_TEST

START_TEST(what_registers_at_one_is_known_to_all)
{
	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 30; e++)
		net_element(e, e % 2 == 0 ? "Even" : "Odd", 1u << e % 3, true);
	net_run(1000);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(net_elements(i), 30);
	for (unsigned e = 0; e < 30; e++)
		ck_assert_uint_eq(net_owner(0, e % 2 == 0 ? "Even" : "Odd", e),
		    NET_ID(e % 3));
	ck_assert(net_is_equal());
	net_element_leave(3);
	net_element_load(4, 77);
	net_run(100);
	ck_assert_uint_eq(net_elements(2), 29);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

START_TEST(who_dies_is_taken_over)
{
	rsp_time died;

	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 10; e++)
		net_element(e, "P", 1u << 0, true);
	net_run(1000);
	died = net.now;
	net_kill(0);
	net_run(3000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_WON, died) +
		net_count(2, RSP_EVENT_TAKEOVER_WON, died), 1);
	for (unsigned e = 0; e < 10; e++) {
		uint32_t home = net_owner(1, "P", e);

		ck_assert(home == NET_ID(1) || home == NET_ID(2));
		ck_assert_int_ge(net_element_home(e), 1);
		ck_assert_uint_eq(home,
		    NET_ID((unsigned)net_element_home(e)));
	}
	ck_assert(net_is_equal());
	net_run(120000);
	ck_assert_uint_eq(net_elements(1), 10);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers");
	TCase *t = tcase_create("peers");

	tcase_add_test(t, three_find_each_other_and_serve);
	tcase_add_test(t, what_registers_at_one_is_known_to_all);
	tcase_add_test(t, who_dies_is_taken_over);
	suite_add_tcase(s, t);
	return run_suite(s);
}
