/* SPDX-License-Identifier: Apache-2.0 */
/* check_configured.c - claims about configured peers, and those that were lost
 */
#include "tests/lib/suite.h"

#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/peer_fixture.h"
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

START_TEST(who_answered_there_is_known_by_its_id)
{
	struct configured *e;

	net_init();
	net_listen(0, 1);
	net_prepare(0);
	net_start(0, 2);
	net_run(10);
	ck_assert_ptr_null(configured_of(net.reg[0], STRANGER));
	say_presence(0, STRANGER, true, -1);
	e = configured_of(net.reg[0], STRANGER);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->number, 1);
	ck_assert_ptr_null(configured_of(net.reg[0], STRANGER + 1));
	net_end();
}
END_TEST

START_TEST(an_answer_is_pending_until_the_attempt_ends)
{
	net_init();
	net_cut(0, 1, true);
	net_prepare(0);
	net_start(0, 2);
	ck_assert(configured_is_pending(net.reg[0]));
	net_run(net.config[0].max_time_no_response + 100);
	ck_assert(!configured_is_pending(net.reg[0]));
	net_end();
}
END_TEST

START_TEST(whose_association_ended_is_called_again_later)
{
	net_init();
	net_listen(0, 1);
	net_prepare(0);
	net_start(0, 2);
	net_run(10);
	ck_assert(net_is_open(0));
	ck_assert(configured_is_pending(net.reg[0])); /* who is that? */
	net_close(0);
	net_run(net.config[0].peer_retry / 2);
	ck_assert(!net_is_open(0));
	net_run(net.config[0].peer_retry);
	ck_assert(net_is_open(0));
	net_end();
}
END_TEST

/* A peer that was heard, at 10.0.0.8. */
static void
remember(uint32_t id, bool heard, unsigned n_transports)
{
	static struct peer p;

	p = (struct peer){ .id = id,
		.heard = heard,
		.n_transports = n_transports };
	p.transports[0].type = RSP_PARAM_TCP;
	p.transports[0].port = NET_PORT;
	p.transports[0].n_addresses = 1;
	p.transports[0].addresses[0] =
	    (struct rsp_address){ .family = 4, .bytes = { 10, 0, 0, 8 } };
	configured_remember(net.reg[0], net.now, &p);
}

START_TEST(who_can_be_called_is_remembered_once)
{
	net_init();
	net_prepare(0);
	net_start(0, 0);
	remember(1, true, 0);
	remember(2, false, 1);
	ck_assert_uint_eq(net.reg[0]->enrp.n_remembered, 0);
	remember(3, true, 1);
	remember(3, true, 1);
	ck_assert_uint_eq(net.reg[0]->enrp.n_remembered, 1);
	ck_assert_int_lt(configured_of(net.reg[0], 3)->number, 0);
	ck_assert(!configured_is_pending(net.reg[0]));
	net_end();
}
END_TEST

START_TEST(the_oldest_is_forgotten_when_there_are_many)
{
	net_init();
	net_prepare(0);
	net_start(0, 0);
	for (uint32_t id = 1; id <= 65; id++)
		remember(id, true, 1);
	ck_assert_uint_eq(net.reg[0]->enrp.n_remembered, 64);
	ck_assert_ptr_null(configured_of(net.reg[0], 1));
	ck_assert_ptr_nonnull(configured_of(net.reg[0], 2));
	ck_assert_ptr_nonnull(configured_of(net.reg[0], 65));
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("configured");
	TCase *t = tcase_create("configured");

	tcase_add_test(t, who_answered_there_is_known_by_its_id);
	tcase_add_test(t, an_answer_is_pending_until_the_attempt_ends);
	tcase_add_test(t, whose_association_ended_is_called_again_later);
	tcase_add_test(t, who_can_be_called_is_remembered_once);
	tcase_add_test(t, the_oldest_is_forgotten_when_there_are_many);
	suite_add_tcase(s, t);
	return run_suite(s);
}
