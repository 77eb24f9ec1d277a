/* SPDX-License-Identifier: Apache-2.0 */
/* check_update_send.c - claims about what a registrar tells its peers of
 * elements, and when (RFC 5353 section 3.3)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/lib/peer_fixture.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

/* Proves 5353-2.4-01, 5353-2.4-04, 5353-2.4-08, 5353-3.3-01, 5353-3.3-02,
 * 5353-3.3-03, 5353-3.3-04, 5353-3.3-05, 5353-3.3-12, 5353-3.3-13,
 * 5353-3.3-14, 5353-3.3-15, 5353-3.3-16, 5353-1.1-01, 5353-2.1-06. */
START_TEST(all_that_becomes_of_an_element_is_told)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	become_peer(1, 0, STRANGER + 1, true);
	net_element_group(0, 2, 0);
	net_element_load(1, 7);
	net_run(10);
	net_element_leave(1);
	net_run(10);
	net_element_kill(0);
	net_run(3000);
	for (unsigned end = 0; end < 2; end++) {
		static const struct {
			uint16_t action;
			unsigned id;
			uint32_t load;
		} told[] = { { RSP_UPDATE_ADD, 1, 0 }, { RSP_UPDATE_ADD, 2, 0 },
			{ RSP_UPDATE_ADD, 2, 7 }, { RSP_UPDATE_DEL, 2, 7 },
			{ RSP_UPDATE_DEL, 1, 0 } };

		for (int i = 0; i < COUNT(told); i++) {
			ck_assert(net_hear_type(end, RSP_ENRP_UPDATE, &m));
			ck_assert_uint_eq(m.sender, NET_ID(0));
			ck_assert_uint_eq(m.receiver, 0);
			ck_assert_uint_eq(m.flags, 0);
			ck_assert_uint_eq(m.action, told[i].action);
			ck_assert_uint_eq(m.pe.id, told[i].id);
			ck_assert_uint_eq(m.pe.home, NET_ID(0));
			ck_assert_int_eq(m.pe.life, 90);
			ck_assert_uint_eq(m.pe.user.port, 80);
			ck_assert_uint_eq(m.pe.asap.type, RSP_PARAM_TCP);
			ck_assert_uint_eq(m.pe.policy.words[0], told[i].load);
		}
		ck_assert(!net_hear_type(end, RSP_ENRP_UPDATE, &m));
	}
	net_end();
}
END_TEST

/* Re-registrations that change nothing are told to those only who are not of
 * this kind, and need them. */
START_TEST(no_update_tells_nothing)
{
	struct rsp_message m;
	uint64_t before;

	net_init();
	net_start_all(2);
	net_element_group(0, 10, 0);
	before = net_sent_of(0, RSP_ENRP_UPDATE);
	net_run(120000);
	ck_assert_uint_eq(net_sent_of(0, RSP_ENRP_UPDATE), before);
	become_peer(0, 0, STRANGER, false);
	for (int i = 0; i < 40; i++) {
		net_run(1000);
		say_presence(0, STRANGER, false, -1);
	}
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_ge(net_hear_all(0, RSP_ENRP_UPDATE), 9);
	net_end();
}
END_TEST

/* An element may say goodbye to any registrar, and all hear of it. */
START_TEST(a_goodbye_at_another_registrar_counts)
{
	struct rsp_message m;

	net_init();
	net_start_all(2);
	become_peer(0, 1, STRANGER, true);
	net_element(0, "P", 3, true);
	net_run(100);
	while (net_hear(0, &m))
		;
	net_cut(0, 1, true);
	net_freeze(0, true);
	net_element_leave(0);
	for (int i = 0; i < 6; i++) {
		net_run(500);
		say_presence(0, STRANGER, true, -1);
	}
	ck_assert_uint_eq(net_elements(1), 0);
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.action, RSP_UPDATE_ADD);
	ck_assert_uint_eq(m.pe.home, NET_ID(1));
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.action, RSP_UPDATE_DEL);
	net_end();
}
END_TEST

/* Others get what RFC 5353 and 5354 have: no ASAP over TCP, and of it all no
 * more at a time than RSPLIB reads. */
START_TEST(plain_peers_get_plain_elements)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_span handle;
	struct rsp_pe pe;
	unsigned n;

	net_init();
	net_prepare(0);
	net.config[0].interop_rsplib = _i == 1;
	net_start(0, 0);
	become_peer(0, 0, STRANGER, false);
	net_element_group(0, 1, 0);
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.pe.asap.type, 0);
	ck_assert_int_eq(m.pe.life, _i == 1 ? 90000 : 90);
	become_peer(1, 0, STRANGER + 1, true);
	for (unsigned e = 10; e < 200; e++)
		say_update(1, STRANGER + 1, RSP_UPDATE_ADD, e, STRANGER + 1);
	net_element(1, "A handle of more than 32 bytes is death to it", 1,
	    true);
	net_run(100);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
	m.sender = STRANGER;
	net_say(0, &m);
	n = 0;
	do {
		unsigned in_one = 0;

		ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &m));
		c = rsp_cursor_over(m.elements);
		while (rsp_next_table_pe(&c, &handle, &pe, NULL)) {
			ck_assert_uint_eq(pe.asap.type, 0);
			ck_assert_int_eq(pe.life, _i == 1 ? 90000 : 90);
			ck_assert(_i == 0 || handle.len <= 32);
			in_one++;
		}
		ck_assert_uint_le(in_one, 128);
		n += in_one;
		if (m.flags != RSP_FLAG_MORE)
			break;
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
		m.sender = STRANGER;
		net_say(0, &m);
	} while (true);
	ck_assert_uint_eq(n, _i == 1 ? 191 : 192);
	/* and what it says is read in the same way */
	make_update(&m, STRANGER, RSP_UPDATE_ADD, 50, STRANGER);
	m.pe.life = 1000001;
	m.pe.id = 999;
	net_say(0, &m);
	rsp_entry_decode(find_entry(0, 998), &pe);
	ck_assert_int_eq(pe.life, _i == 1 ? 1001 : 1000001);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("update");
	TCase *t = tcase_create("update");

	tcase_add_test(t, all_that_becomes_of_an_element_is_told);
	tcase_add_test(t, no_update_tells_nothing);
	tcase_add_test(t, a_goodbye_at_another_registrar_counts);
	tcase_add_loop_test(t, plain_peers_get_plain_elements, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
