/* SPDX-License-Identifier: Apache-2.0 */
/* check_table_audit.c - claims about checksums, and how registrars that differ
 * come to agree (RFC 5353 section 3.6) */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/lib/peer_fixture.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/update_apply.h"

static void
lose(unsigned i, unsigned e)
{
	apply_drop(net.reg[i], find_entry(i, e), NULL, "lost by the test");
}

/* Proves 5353-3.6-01, 5353-3.6-02, 5353-3.6-04, 5353-3.6-05, 5353-3.6-06,
 * 5353-3.6-07, 5353-3.6-08, 5353-3.6-12, 5353-3.6-15, 5353-3.6-17,
 * 5353-3.6-18, 5353-3.6-19. */
START_TEST(a_lost_update_is_repaired)
{
	uint64_t asked;
	rsp_time from;

	net_init();
	net_start_all(3);
	net_element_group(0, 6, 0);
	net_element_group(6, 6, 1);
	net_run(5000);
	asked = net_sent_of(2, RSP_ENRP_TABLE_REQUEST);
	from = net.now;
	net_run(10000);
	ck_assert_uint_eq(net_sent_of(2, RSP_ENRP_TABLE_REQUEST), asked);
	lose(2, 3);
	lose(2, 7);
	net_run(net.config[0].peer_heartbeat_cycle * 6 / 5);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_AUDIT_FAILED, from), 2);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_RESYNCHRONISED, from), 2);
	ck_assert_uint_eq(net_sent_of(2, RSP_ENRP_TABLE_REQUEST), asked + 2);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves 5353-3.6-16, 5353-3.6-20, 5353-3.6-21, 5353-3.6-22: what is not at its
 * home goes without a word; other homes' elements stay. */
START_TEST(what_is_not_at_its_home_goes_silently)
{
	struct rsp_message m;
	uint64_t told;
	struct peer *p;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	become_peer(0, 1, STRANGER, true);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 40, STRANGER);
	p = peer_find(net.reg[1], NET_ID(0));
	make_update(&m, NET_ID(0), RSP_UPDATE_ADD, 30, NET_ID(0));
	apply_update(net.reg[1], net.now, p, &m);
	lose(1, 0);
	rsp_entry_decode(find_entry(1, 2), &m.pe);
	m.pe.policy.words[0] = 99;
	m.pe.id = 3;
	apply_add(net.reg[1], p, NULL, m.handle, &m.pe, APPLY_TABLE);
	ck_assert_uint_eq(net_elements(1), 4);
	told = net_sent_of(1, RSP_ENRP_UPDATE);
	net_run(net.config[0].peer_heartbeat_cycle * 6 / 5);
	ck_assert_uint_eq(net_elements(1), 5);
	ck_assert_uint_eq(net_owner(1, "P", 30), 0);
	ck_assert_uint_eq(rsp_registry_checksum(net.reg[0]),
	    rsp_home_checksum(&p->home));
	net_run(net.config[0].peer_heartbeat_cycle * 3 / 2);
	ck_assert_uint_eq(net_elements(1), 4);
	ck_assert_ptr_null(find_entry(1, 30));
	ck_assert_uint_eq(net_owner(1, "P", 40), STRANGER);
	rsp_entry_decode(find_entry(1, 2), &m.pe);
	ck_assert_uint_eq(m.pe.policy.words[0], 0);
	ck_assert_uint_eq(net_sent_of(1, RSP_ENRP_UPDATE), told);
	net_end();
}
END_TEST

/* Proves 5353-3.6-23: a table refused, or in parts, or of somebody else's
 * elements. */
START_TEST(a_table_that_does_not_come_removes_nobody)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 3; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
	say_presence(0, STRANGER, true, 0x1234);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	ck_assert_uint_eq(m.receiver, STRANGER);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	m.flags = RSP_FLAG_REJECT;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	say_presence(0, STRANGER, true, 0x1234);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	m.flags = RSP_FLAG_MORE;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	/* No answer, and then one too late: its place in the table is not
	 * known, so it proves nothing. */
	net_run(1000);
	say_presence(0, STRANGER, true, -1);
	net_run(1100);
	say_presence(0, STRANGER, true, 0x1234);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	net_say(0, &m);
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	/* The next table is whole, and empty. */
	net_run(4000);
	say_presence(0, STRANGER, true, 0x1234);
	net_say(0, &m);
	net_run(3100);
	ck_assert_uint_eq(net_elements(0), 0);
	net_end();
}
END_TEST

/* Checksums that never agree: a pool that has two policies. */
START_TEST(what_cannot_be_agreed_on_does_not_storm)
{
	struct rsp_message m;
	unsigned asked = 0;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	for (int i = 0; i < 300; i++) {
		net_run(2000);
		say_presence(0, STRANGER, true, 0x1234);
		while (net_hear(0, &m)) {
			if (m.type != RSP_ENRP_TABLE_REQUEST)
				continue;
			asked++;
			rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
			m.sender = STRANGER;
			net_say(0, &m);
		}
	}
	ck_assert_uint_ge(asked, 8);
	ck_assert_uint_le(asked, 20);
	net_end();
}
END_TEST

/* Proves 5353-3.6-03, 5353-2.1-08, 5353-2.1-09, 5353-3.6-09, 5353-3.6-10,
 * 5353-3.6-11 by a sum made here. */
START_TEST(every_presence_has_the_checksum_of_the_moment)
{
	uint32_t sum = 0;
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 5; e++) {
		net_element(e, "Odd", 1, true);
		net_run(10);
		while (net_hear(0, &m))
			;
		sum += ('O' << 8) + 'd' + ('d' << 8) + e + 1;
		while (sum > 0xffff)
			sum = (sum & 0xffff) + (sum >> 16);
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = STRANGER;
		m.flags = RSP_FLAG_REPLY;
		net_say(0, &m);
		ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
		ck_assert(m.has_checksum);
		ck_assert_uint_eq(m.checksum, 0xffff - sum);
		ck_assert(m.has_server_info);
		ck_assert_uint_eq(m.server_info.id, NET_ID(0));
		ck_assert_uint_eq(m.receiver, STRANGER);
		ck_assert_uint_eq(m.flags, 0);
	}
	net_end();
}
END_TEST

static uint16_t
swap(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static uint16_t
fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* RSPLIB adds without the carry beyond 32 bits, in the byte order of its host:
 * as many elements as make it differ. */
START_TEST(rsplib_s_sums_are_known_from_rsplib_only)
{
	static const uint16_t handle[] = { 0xfedc, 0xba98, 0xf00d, 0xbabe,
		0xffee, 0xf1f2 };
	static const uint8_t bytes[] = "\xfe\xdc\xba\x98\xf0\x0d\xba\xbe"
				       "\xff\xee\xf1\xf2";
	struct rsp_span span = { bytes, 12 };
	uint32_t big = 0, little = 0, id = 0xf0e1d2c3;
	uint64_t sum = 0, swapped = 0, exact = 0;
	uint16_t rfc, b, l;

	for (unsigned n = 0; n < 30000; n++, id += 77777) {
		for (unsigned i = 0; i < 6; i++) {
			big += handle[i];
			little += swap(handle[i]);
			exact += handle[i];
		}
		big += (id >> 16) + (id & 0xffff);
		little += swap((uint16_t)(id >> 16));
		little += swap((uint16_t)id);
		exact += (id >> 16) + (id & 0xffff);
		sum += rsp_checksum_block(rsp_checksum_handle(span), id);
		swapped +=
		    rsp_checksum_block_swapped(rsp_checksum_handle_swapped(
						   span),
			id);
	}
	rfc = fold(exact);
	b = fold(big);
	l = swap(fold(little));
	ck_assert_uint_ne(rfc, b);
	ck_assert_uint_ne(rfc, l);
	ck_assert_uint_ne(b, l);
	for (int lenient = 0; lenient < 2; lenient++) {
		ck_assert(rsp_checksum_is(rfc, sum, swapped, lenient));
		ck_assert_int_eq(rsp_checksum_is(b, sum, swapped, lenient),
		    lenient);
		ck_assert_int_eq(rsp_checksum_is(l, sum, swapped, lenient),
		    lenient);
		ck_assert(!rsp_checksum_is(0x1111, sum, swapped, lenient));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("audit");

	tcase_add_test(t, a_lost_update_is_repaired);
	tcase_add_test(t, what_is_not_at_its_home_goes_silently);
	tcase_add_test(t, a_table_that_does_not_come_removes_nobody);
	tcase_add_test(t, what_cannot_be_agreed_on_does_not_storm);
	tcase_add_test(t, every_presence_has_the_checksum_of_the_moment);
	tcase_add_test(t, rsplib_s_sums_are_known_from_rsplib_only);
	suite_add_tcase(s, t);
	return run_suite(s);
}
