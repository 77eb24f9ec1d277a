/* SPDX-License-Identifier: Apache-2.0 */
/* check_table_fetch.c - claims about when a peer's handlespace is asked for */
#include "tests/lib/suite.h"

#include "rsp/core/registry/table_fetch.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/peer_fixture.h"
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

static unsigned before; /* resynchronised when it became a peer */

/* A registrar, and a peer of it that has three elements. */
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

static uint16_t
right(void)
{
	return rsp_home_checksum(&peer_find(net.reg[0], STRANGER)->home);
}

/* It says so, and how many requests follow. */
static unsigned
requests_after(uint16_t checksum)
{
	say_presence(0, STRANGER, true, checksum);
	return net_hear_all(0, RSP_ENRP_TABLE_REQUEST);
}

START_TEST(who_agrees_is_not_asked)
{
	begin();
	ck_assert_uint_eq(net_elements(0), 3);
	ck_assert_uint_eq(requests_after(right()), 0);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_AUDIT_FAILED, 0), 0);
	net_end();
}
END_TEST

START_TEST(who_does_not_agree_is_asked_for_its_own)
{
	struct rsp_message m;

	begin();
	say_presence(0, STRANGER, true, right() ^ 1);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	ck_assert_uint_eq(m.sender, NET_ID(0));
	ck_assert_uint_eq(m.receiver, STRANGER);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_AUDIT_FAILED, 0), 1);
	net_end();
}
END_TEST

START_TEST(one_request_is_open_at_a_time)
{
	begin();
	ck_assert_uint_eq(requests_after(right() ^ 1), 1);
	ck_assert_uint_eq(requests_after(right() ^ 1), 0);
	net_end();
}
END_TEST

START_TEST(what_has_more_is_asked_for_again)
{
	begin();
	ck_assert_uint_eq(requests_after(right() ^ 1), 1);
	say_table(0, STRANGER, RSP_FLAG_MORE, 0, 1, STRANGER);
	ck_assert_uint_eq(net_hear_all(0, RSP_ENRP_TABLE_REQUEST), 1);
	say_table(0, STRANGER, 0, 1, 2, STRANGER);
	ck_assert_uint_eq(net_hear_all(0, RSP_ENRP_TABLE_REQUEST), 0);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_RESYNCHRONISED, 0),
	    before + 1);
	net_end();
}
END_TEST

/* There are elements that cannot be had. */
START_TEST(who_never_agrees_is_asked_less_and_less)
{
	unsigned asked = 0;

	begin();
	for (int i = 0; i < 20; i++) {
		asked += requests_after(right() ^ 1);
		say_table(0, STRANGER, 0, 0, 3, STRANGER);
	}
	ck_assert_uint_eq(asked, 3);
	net_run(net.config[0].peer_heartbeat_cycle * 2 + 1);
	ck_assert_uint_eq(requests_after(right() ^ 1), 1);
	say_table(0, STRANGER, 0, 0, 3, STRANGER);
	ck_assert_uint_eq(requests_after(right() ^ 1), 0);
	/* and once it has agreed, at once */
	ck_assert_uint_eq(requests_after(right()), 0);
	ck_assert_uint_eq(requests_after(right() ^ 1), 1);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table fetch");
	TCase *t = tcase_create("table fetch");

	tcase_add_test(t, who_agrees_is_not_asked);
	tcase_add_test(t, who_does_not_agree_is_asked_for_its_own);
	tcase_add_test(t, one_request_is_open_at_a_time);
	tcase_add_test(t, what_has_more_is_asked_for_again);
	tcase_add_test(t, who_never_agrees_is_asked_less_and_less);
	suite_add_tcase(s, t);
	return run_suite(s);
}
