/* SPDX-License-Identifier: Apache-2.0 */
/* check_inherit.c - claims about what becomes of the elements of a registrar
 * that was taken over (RFC 5353 section 3.5.2)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

static uint64_t order, done_at, claimed_at;

static void
note_order(unsigned from, unsigned to, enum rsp_protocol protocol,
    struct rsp_span bytes)
{
	(void)to;
	(void)from;
	order++;
	if (protocol == RSP_ENRP && bytes.at[0] == RSP_ENRP_TAKEOVER_SERVER &&
	    done_at == 0)
		done_at = order;
	if (protocol == RSP_ASAP && bytes.at[0] == RSP_ASAP_KEEP_ALIVE &&
	    bytes.at[1] == RSP_FLAG_HOME && claimed_at == 0)
		claimed_at = order;
}

/* Proves 5353-2.9-01, 5353-3.5-16, 5353-3.5-19, 5353-3.5-20, 5353-3.5-21,
 * 5353-3.5-22, 5353-3.5-23, 5353-3.5-24, 5353-3.5-25, 5353-3.5-26. */
START_TEST(peers_hear_of_it_before_the_elements)
{
	struct rsp_peer_view v = { 0 };
	uint32_t winner;

	order = done_at = claimed_at = 0;
	net_init();
	net_start_all(3);
	net_element_group(0, 5, 0);
	net_element(10, "P", 1u << 1, true);
	net_run(100);
	net.on_message = note_order;
	net_kill(0);
	net_run(2000);
	ck_assert_uint_gt(done_at, 0);
	ck_assert_uint_gt(claimed_at, done_at);
	winner = net_owner(1, "P", 0);
	for (unsigned i = 1; i < 3; i++) {
		ck_assert_uint_eq(net_owned(i, winner, 5), 5);
		ck_assert_uint_eq(net_owner(i, "P", 10), NET_ID(1));
		v = (struct rsp_peer_view){ 0 };
		while (rsp_registry_next_peer(net.reg[i], &v))
			ck_assert_uint_ne(v.id, NET_ID(0));
	}
	for (unsigned e = 0; e < 5; e++)
		ck_assert_uint_eq(NET_ID((unsigned)net_element_home(e)),
		    winner);
	net.on_message = NULL;
	net_end();
}
END_TEST

/* An element that cannot be called has its time to come by itself. */
START_TEST(who_cannot_be_called_may_come)
{
	rsp_time died;

	net_init();
	net_start_all(2);
	/* 0 to 4 come by themselves; 5 to 9 know no other registrar */
	for (unsigned e = 0; e < 10; e++)
		net_element(e, "P", e < 5 ? 3 : 1, false);
	net_run(500);
	died = net.now;
	net_kill(0);
	net_run(net.config[1].inherited_grace - 500);
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 10), 10);
	net_run(1000);
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 5), 5);
	ck_assert_uint_eq(net_elements(1), 5);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PE_REMOVED, died), 5);
	net_run(60000);
	ck_assert_uint_eq(net_elements(1), 5);
	net_end();
}
END_TEST

/* It can be called, and is not there. */
START_TEST(a_dead_element_is_not_inherited_for_long)
{
	net_init();
	net_start_all(2);
	net_element_group(0, 6, 0);
	net_element_kill(1);
	net_element_kill(2);
	net_kill(0);
	net_run(net.config[1].inherited_grace + 1000);
	ck_assert_uint_eq(net_elements(1), 4);
	ck_assert_uint_eq(net_owner(1, "P", 1), 0);
	net_end();
}
END_TEST

/* An element that moves while its old home still waits for it, which must not
 * remove it when the wait is over. */
START_TEST(an_old_home_does_not_remove_who_has_moved)
{
	rsp_time from;

	net_init();
	net_start_all(3);
	net_element_group(0, 6, 0);
	from = net.now;
	/* Two lose their home's connection only. */
	net_freeze(0, true);
	net_run(8000);
	net_freeze(0, false);
	net_run(net.config[0].lifeline_grace + 5000);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(net_elements(i), 6);
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, from), 0);
	}
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* The same address for all elements of a program that has one association. */
START_TEST(calls_are_not_too_many_at_once)
{
	net_init();
	for (unsigned i = 0; i < 2; i++) {
		net_prepare(i);
		net.config[i].max_calls = 3;
		net_start(i, 3u & ~(1u << i));
	}
	net_run(1000);
	net_element_group(0, 40, 0);
	net_kill(0);
	net_run(2000);
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 40), 40);
	for (unsigned e = 0; e < 40; e++)
		ck_assert_int_eq(net_element_home(e), 1);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inherit");
	TCase *t = tcase_create("inherit");

	tcase_add_test(t, peers_hear_of_it_before_the_elements);
	tcase_add_test(t, who_cannot_be_called_may_come);
	tcase_add_test(t, a_dead_element_is_not_inherited_for_long);
	tcase_add_test(t, an_old_home_does_not_remove_who_has_moved);
	tcase_add_test(t, calls_are_not_too_many_at_once);
	suite_add_tcase(s, t);
	return run_suite(s);
}
