/* SPDX-License-Identifier: Apache-2.0 */
/* check_update_apply.c - claims about what a registrar believes of what
 * peers say of elements, and which registrar owns an element (RFC 5353
 * section 3.3) */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/lib/peer_fixture.h"
#include "rsp/core/registry/registry_inner.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static int64_t
fifth_of_a_second(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	return 200000;
}

/* Proves delay-2.2-03, delay-3.4-04. */
START_TEST(way_to_the_home_is_added_to_the_distance)
{
	struct rsp_message m;
	struct rsp_pe pe;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net.reg[0]->config.round_trip = fifth_of_a_second;
	become_peer(0, 0, STRANGER, true);
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.policy = (struct rsp_policy){ 0xb0002002, 3, { 1, 2, 50 } };
	net_say(0, &m);
	rsp_entry_decode(find_entry(0, 0), &pe);
	ck_assert_uint_eq(pe.policy.words[2], 150);
	m.pe.policy.words[2] = UINT32_MAX - 50;
	net_say(0, &m);
	rsp_entry_decode(find_entry(0, 0), &pe);
	ck_assert_uint_eq(pe.policy.words[2], UINT32_MAX);
	net_end();
}
END_TEST

/* Proves 5353-3.3-06 to 5353-3.3-11, 5353-3.3-17, 5353-3.3-18, 5353-3.3-19,
 * 5353-3.6-13.
 * Proves 5353-3.2-32. */
START_TEST(what_is_told_is_believed)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 1, 0);
	ck_assert_uint_eq(net_elements(0), 2);
	ck_assert_uint_eq(net_owner(0, "P", 0), STRANGER);
	ck_assert_uint_eq(net_owner(0, "P", 1), STRANGER);
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.policy.words[0] = 55;
	m.pe.life = 7;
	net_say(0, &m);
	rsp_entry_decode(find_entry(0, 0), &m.pe);
	ck_assert_uint_eq(m.pe.policy.words[0], 55);
	ck_assert_int_eq(m.pe.life, 7);
	/* Its life is its home's to watch. */
	for (int i = 0; i < 20; i++) {
		net_run(1000);
		say_presence(0, STRANGER, true, -1);
	}
	ck_assert_uint_eq(net_elements(0), 2);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 1, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 9, STRANGER);
	ck_assert_uint_eq(net_elements(0), 0);
	ck_assert_uint_eq(net.reg[0]->space.pools.n, 0);
	ck_assert_uint_eq(net_hear_all(0, RSP_ENRP_ERROR), 0);
	net_end();
}
END_TEST

/* Updates that are not the sender's to make. */
static const struct {
	const char *name;
	uint16_t action;
	uint32_t home;
} forged[] = {
	{ "adds in another's name", RSP_UPDATE_ADD, NET_ID(1) },
	{ "adds in the registrar's own name", RSP_UPDATE_ADD, NET_ID(0) },
	{ "removes in another's name", RSP_UPDATE_DEL, NET_ID(1) },
	{ "removes in its own name", RSP_UPDATE_DEL, STRANGER },
	{ "removes in nobody's name", RSP_UPDATE_DEL, 0 },
};

START_TEST(nobody_speaks_for_another_s_elements)
{
	rsp_time from;

	net_init();
	net_start_all(2);
	net_element_group(0, 2, 0);
	net_element_group(2, 2, 1);
	become_peer(0, 0, STRANGER, true);
	from = net.now;
	for (unsigned e = 0; e < 6; e++)
		say_update(0, STRANGER, forged[_i].action, e, forged[_i].home);
	for (unsigned e = 0; e < 4; e++)
		ck_assert_msg(net_owner(0, "P", e) == NET_ID(e / 2), "%s: %u",
		    forged[_i].name, e);
	ck_assert_uint_eq(net_elements(0), 4);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_PE_REMOVED, from), 0);
	net_end();
}
END_TEST

/* Whoever claims an element has it, until it is asked, or its home is. */
START_TEST(a_stolen_element_comes_back)
{
	net_init();
	net_start_all(2);
	net_element_group(0, 2, 0);
	net_element_group(2, 2, 1);
	become_peer(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 4; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
	net_run(net.config[0].peer_heartbeat_cycle * 2);
	for (unsigned e = 0; e < 4; e++)
		ck_assert_uint_eq(net_owner(0, "P", e), NET_ID(e / 2));
	net_end();
}
END_TEST

/* An element of one registrar registers at another: the update moves it, and
 * the old home has nothing to say any more. */
START_TEST(an_element_belongs_where_it_registered_last)
{
	net_init();
	net_start_all(3);
	net_element_group(0, 4, 0);
	/* The same elements again, elsewhere; the old ones are gone. */
	for (unsigned e = 0; e < 4; e++)
		net_element_kill(e);
	net_run(5);
	net_element_group(0, 4, 1);
	net_run(10000);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(net_elements(i), 4);
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, 0), 0);
		for (unsigned e = 0; e < 4; e++)
			ck_assert_uint_eq(net_owner(i, "P", e), NET_ID(1));
	}
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Values that no element can have, from a peer that says it has. */
static const struct {
	const char *name;
	int32_t life;
	uint32_t policy;
	size_t handle;
} absurd[] = {
	{ "life 0", 0, 0x40000001, 1 },
	{ "life below -1", -2, 0x40000001, 1 },
	{ "no such policy", 90, 0, 1 },
	{ "empty handle", 90, 0x40000001, 0 },
	{ "handle beyond the limit", 90, 0x40000001, 5000 },
};

START_TEST(absurd_elements_are_not_learned)
{
	static uint8_t handle[5000];
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.life = absurd[_i].life;
	m.pe.policy.type = absurd[_i].policy;
	m.handle = (struct rsp_span){ handle, absurd[_i].handle };
	net_say(0, &m);
	ck_assert_msg(net_elements(0) == 0, "%s", absurd[_i].name);
	net_end();
}
END_TEST

START_TEST(a_pool_has_one_policy_and_one_transport)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net.config[0].max_pools = 2;
	net.config[0].max_pes_per_pool = 3;
	net_start(0, 0);
	net_element_group(0, 1, 0);
	become_peer(0, 0, STRANGER, true);
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 1, STRANGER);
	m.pe.policy.type = 0x00000001;
	m.pe.policy.n_words = 0;
	net_say(0, &m);
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 1, STRANGER);
	m.pe.user.type = RSP_PARAM_UDP;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 1);
	for (unsigned e = 0; e < 10; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e + 10, STRANGER);
	ck_assert_uint_eq(net_elements(0), 3);
	for (unsigned e = 0; e < 10; e++) {
		uint8_t name[] = { 'Q', (uint8_t)e };

		make_update(&m, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
		m.handle = (struct rsp_span){ name, 2 };
		net_say(0, &m);
	}
	ck_assert_uint_eq(net.reg[0]->space.pools.n, 2);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("learn");
	TCase *t = tcase_create("learn");

	tcase_add_test(t, way_to_the_home_is_added_to_the_distance);
	tcase_add_test(t, what_is_told_is_believed);
	tcase_add_loop_test(t, nobody_speaks_for_another_s_elements, 0,
	    COUNT(forged));
	tcase_add_test(t, a_stolen_element_comes_back);
	tcase_add_test(t, an_element_belongs_where_it_registered_last);
	tcase_add_loop_test(t, absurd_elements_are_not_learned, 0,
	    COUNT(absurd));
	tcase_add_test(t, a_pool_has_one_policy_and_one_transport);
	suite_add_tcase(s, t);
	return run_suite(s);
}
