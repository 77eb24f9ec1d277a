/* SPDX-License-Identifier: Apache-2.0 */
/* check_table_apply.c - claims about a peer's handlespace as it comes in */
#include "tests/lib/suite.h"

#include "rsp/core/registry/table_apply.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/peer_fixture.h"
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

static unsigned before; /* resynchronised when it became a peer */

static unsigned
resynchronised(void)
{
	return net_count(0, RSP_EVENT_RESYNCHRONISED, 0) - before;
}

static void
begin(void)
{
	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 3; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
	net_hear_all(0, RSP_ENRP_TABLE_REQUEST);
	before = net_count(0, RSP_EVENT_RESYNCHRONISED, 0);
}

/* The peer is asked for its own part. */
static void
make_it_ask(void)
{
	struct peer *p = peer_find(net.reg[0], STRANGER);

	say_presence(0, STRANGER, true, rsp_home_checksum(&p->home) ^ 1);
	ck_assert_uint_eq(net_hear_all(0, RSP_ENRP_TABLE_REQUEST), 1);
}

START_TEST(what_nobody_asked_for_is_nothing)
{
	begin();
	say_table(0, STRANGER, 0, 10, 5, STRANGER);
	ck_assert_uint_eq(net_elements(0), 3);
	make_it_ask();
	say_table(0, STRANGER, 0, 0, 3, STRANGER);
	say_table(0, STRANGER, 0, 10, 5, STRANGER);
	ck_assert_uint_eq(net_elements(0), 3);
	net_end();
}
END_TEST

START_TEST(what_was_missing_is_there)
{
	begin();
	make_it_ask();
	say_table(0, STRANGER, 0, 0, 5, STRANGER);
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 5);
	ck_assert_uint_eq(resynchronised(), 1);
	net_end();
}
END_TEST

START_TEST(who_stands_in_no_part_of_it_goes)
{
	rsp_time wait;

	begin();
	make_it_ask();
	say_table(0, STRANGER, RSP_FLAG_MORE, 0, 1, STRANGER);
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 3);
	say_table(0, STRANGER, 0, 1, 1, STRANGER);
	/* nobody's at once, and gone a heartbeat and a half later */
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 2);
	ck_assert_ptr_nonnull(find_entry(0, 2));
	wait = net.config[0].peer_heartbeat_cycle * 3 / 2 + 10;
	net_run(wait);
	ck_assert_ptr_null(find_entry(0, 2));
	ck_assert_ptr_nonnull(find_entry(0, 1));
	net_end();
}
END_TEST

START_TEST(a_refusal_removes_nobody)
{
	begin();
	make_it_ask();
	say_table(0, STRANGER, RSP_FLAG_REJECT, 0, 0, STRANGER);
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 3);
	ck_assert_uint_eq(resynchronised(), 0);
	/* and that was the answer */
	say_table(0, STRANGER, 0, 0, 1, STRANGER);
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 3);
	net_end();
}
END_TEST

START_TEST(what_comes_too_late_is_nothing)
{
	begin();
	make_it_ask();
	net_run(net.config[0].max_time_no_response + 10);
	say_table(0, STRANGER, 0, 0, 1, STRANGER);
	ck_assert_uint_eq(net_owned(0, STRANGER, 10), 3);
	net_end();
}
END_TEST

START_TEST(others_elements_are_not_what_was_asked_for)
{
	begin();
	make_it_ask();
	say_table(0, STRANGER, RSP_FLAG_MORE, 10, 2, STRANGER + 1);
	say_table(0, STRANGER, 0, 0, 3, STRANGER);
	ck_assert_uint_eq(net_elements(0), 3);
	ck_assert_ptr_null(peer_find(net.reg[0], STRANGER + 1));
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table apply");
	TCase *t = tcase_create("table apply");

	tcase_add_test(t, what_nobody_asked_for_is_nothing);
	tcase_add_test(t, what_was_missing_is_there);
	tcase_add_test(t, who_stands_in_no_part_of_it_goes);
	tcase_add_test(t, a_refusal_removes_nobody);
	tcase_add_test(t, what_comes_too_late_is_nothing);
	tcase_add_test(t, others_elements_are_not_what_was_asked_for);
	suite_add_tcase(s, t);
	return run_suite(s);
}
