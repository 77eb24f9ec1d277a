/* SPDX-License-Identifier: Apache-2.0 */
/* check_sessions.c - claims about downloads that take their time, corrections
 * of what peers have wrong, and registrars that meet by hearsay
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/lib/peer_fixture.h"

#define ELEMENTS 3

static void
request(unsigned end, uint32_t id, uint8_t flags)
{
	net_say_type(end, RSP_ENRP_TABLE_REQUEST, flags, id);
}

/* The identifier of the only element in the next part; `more`: whether others
 * follow. */
static uint32_t
next_part(unsigned end, bool *more)
{
	struct rsp_span handle;
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe, other;

	ck_assert(net_hear_type(end, RSP_ENRP_TABLE_RESPONSE, &m));
	*more = (m.flags & RSP_FLAG_MORE) != 0;
	c = rsp_cursor_over(m.elements);
	ck_assert(rsp_next_table_pe(&c, &handle, &pe, NULL));
	ck_assert(!rsp_next_table_pe(&c, &handle, &other, NULL));
	return pe.id;
}

static void
wait_as_peer(int64_t ms)
{
	for (; ms > 0; ms -= 1000) {
		net_run(ms < 1000 ? ms : 1000);
		say_presence(0, STRANGER, true, -1);
	}
}

/* Proves 5353-3.2-23, 5353-3.2-38, 5353-3.2-39: who downloads has five times as
 * long as anybody for the next question, and goes on where it stopped; after
 * that it begins anew. */
START_TEST(a_download_waits_for_its_next_question)
{
	uint32_t first, second;
	int64_t patience;
	bool more;

	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 1; /* an element at a time */
	net_start(0, 0);
	net_element_group(0, ELEMENTS, 0);
	become_peer(0, 0, STRANGER, true);
	patience = 5 * net.config[0].max_time_no_response;
	request(0, STRANGER, 0);
	first = next_part(0, &more);
	ck_assert(more);
	wait_as_peer(patience - 100);
	request(0, STRANGER, 0);
	second = next_part(0, &more);
	ck_assert(more);
	ck_assert_uint_ne(second, first);
	wait_as_peer(patience - 100);
	if (_i == 0) {
		uint32_t third;

		request(0, STRANGER, 0);
		third = next_part(0, &more);
		ck_assert(!more);
		ck_assert_uint_ne(third, first);
		ck_assert_uint_ne(third, second);
	} else {
		wait_as_peer(200);
		request(0, STRANGER, 0);
		ck_assert_uint_eq(next_part(0, &more), first);
		ck_assert(more);
	}
	net_end();
}
END_TEST

/* Proves 5353-3.2-12, 5353-3.2-13: a mentor that lives and does not answer has
 * its time, and no more, before its backup is asked. */
START_TEST(a_silent_mentor_has_its_time)
{
	int64_t patience;
	rsp_time asked;

	net_init();
	net_prepare(0);
	patience = net.config[0].max_time_no_response;
	net_listen(0, 1);
	net_listen(1, 2);
	net_start(0, 6);
	net_run(5);
	for (unsigned end = 0; end < 2; end++)
		say_presence(end, STRANGER + end, true, -1);
	asked = net.now;
	ck_assert_uint_eq(net_hear_all(0, RSP_ENRP_LIST_REQUEST), 1);
	ck_assert_uint_eq(net_hear_all(1, RSP_ENRP_LIST_REQUEST), 0);
	while (net.now < asked + patience - 150) {
		net_run(100);
		for (unsigned end = 0; end < 2; end++)
			say_presence(end, STRANGER + end, true, -1);
		ck_assert_uint_eq(net_hear_all(1, RSP_ENRP_LIST_REQUEST), 0);
	}
	net_run(asked + patience + 50 - net.now);
	ck_assert_uint_eq(net_hear_all(1, RSP_ENRP_LIST_REQUEST), 1);
	ck_assert(!rsp_registry_is_serving(net.reg[0]));
	net_end();
}
END_TEST

/* A response with this one element of `home`'s, at this port. */
static void
say_part(unsigned end, uint32_t from, uint32_t home, uint16_t port,
    uint8_t flags)
{
	uint8_t room[512];
	struct rsp_builder table = rsp_builder_into(room, sizeof(room));
	struct rsp_message m, element;
	size_t handle;

	make_update(&element, from, RSP_UPDATE_ADD, 0, home);
	element.pe.user.port = port;
	handle = rsp_open_param(&table, RSP_PARAM_HANDLE);
	rsp_put_span(&table, element.handle);
	rsp_close_param(&table, handle);
	rsp_put_padding(&table);
	rsp_put_pe(&table, &element.pe);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = from;
	m.flags = flags;
	m.elements = rsp_builder_span(&table);
	net_say(end, &m);
}

static void
say_element(unsigned end, uint32_t from, uint32_t home, uint16_t port)
{
	say_part(end, from, home, port, 0);
}

/* Of an element's home, as long as it is there, nobody else knows better; of
 * one that has gone the mentor does.  When the hunt is over everybody else is
 * asked for his own elements. */
START_TEST(the_home_knows_better_than_the_mentor)
{
	struct rsp_message m;
	struct rsp_pe pe;

	net_init();
	net_prepare(0);
	net_listen(0, 1);
	net_listen(1, 2);
	net_start(0, 6);
	net_run(5);
	for (unsigned end = 0; end < 2; end++)
		say_presence(end, STRANGER + end, true, -1);
	make_update(&m, STRANGER + 1, RSP_UPDATE_ADD, 0, STRANGER + 1);
	m.pe.user.port = 80;
	net_say(1, &m);
	net_say_type(0, RSP_ENRP_LIST_RESPONSE, 0, STRANGER);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, 0);
	if (_i == 1) {
		net_close(1);
		net_run(5);
	}
	say_element(0, STRANGER, STRANGER + 1, 81);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	ck_assert_uint_eq(net_owner(0, "P", 0), STRANGER + 1);
	rsp_entry_decode(find_entry(0, 0), &pe);
	ck_assert_uint_eq(pe.user.port, _i == 0 ? 80 : 81);
	if (_i == 0) {
		ck_assert(net_hear_type(1, RSP_ENRP_TABLE_REQUEST, &m));
		ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	}
	ck_assert(!net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	net_end();
}
END_TEST

/* What a mentor has kept for this registrar is this registrar's, whatever a
 * second one says of third parties. */
START_TEST(what_was_kept_is_not_given_away)
{
	net_init();
	net_prepare(0);
	net_listen(0, 1);
	net_listen(1, 2);
	net_start(0, 6);
	net_run(5);
	for (unsigned end = 0; end < 2; end++)
		say_presence(end, STRANGER + end, true, -1);
	net_say_type(0, RSP_ENRP_LIST_RESPONSE, 0, STRANGER);
	say_part(0, STRANGER, NET_ID(0), 80, RSP_FLAG_MORE);
	ck_assert_uint_eq(net_owner(0, "P", 0), NET_ID(0));
	net_close(0);
	net_run(5);
	net_say_type(1, RSP_ENRP_LIST_RESPONSE, 0, STRANGER + 1);
	say_element(1, STRANGER + 1, STRANGER + 7, 81);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	ck_assert_uint_eq(net_owner(0, "P", 0), NET_ID(0));
	net_end();
}
END_TEST

/* A table that comes when its time is over is not taken. */
START_TEST(a_late_table_is_not_taken)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	say_presence(0, STRANGER, true, 0x1234);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	if (_i == 1)
		net_run(net.config[0].max_time_no_response + 10);
	say_element(0, STRANGER, STRANGER, 80);
	ck_assert_uint_eq(net_elements(0), _i == 0 ? 1 : 0);
	net_end();
}
END_TEST

/* A download that stands among a peer's elements when these get another home
 * goes on, and ends. */
START_TEST(a_download_survives_the_peer_it_is_at)
{
	struct rsp_message m;
	unsigned n = 0;
	bool more;

	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 1;
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	become_peer(1, 0, STRANGER + 1, true);
	for (unsigned e = 0; e < 2 * ELEMENTS; e++)
		say_update(1, STRANGER + 1, RSP_UPDATE_ADD, e, STRANGER + 1);
	ck_assert_uint_eq(net_elements(0), 2 * ELEMENTS);
	for (unsigned k = 0; k < ELEMENTS; k++) {
		request(0, STRANGER, 0);
		next_part(0, &more);
		ck_assert(more);
	}
	net_close(1);
	net_run(5);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TAKEOVER_SERVER);
	m.sender = STRANGER;
	m.server = STRANGER + 1;
	net_say(0, &m);
	ck_assert_uint_eq(net_owned(0, STRANGER, 2 * ELEMENTS), 2 * ELEMENTS);
	do {
		request(0, STRANGER, 0);
		ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &m));
		ck_assert_uint_eq(m.flags & RSP_FLAG_REJECT, 0);
		ck_assert_uint_le(++n, 3 * ELEMENTS);
	} while (m.flags == RSP_FLAG_MORE);
	net_end();
}
END_TEST

/* No part of a table is longer than it may be, be it handles that make it so;
 * nothing is left out. */
START_TEST(parts_of_a_table_are_as_long_as_they_may_be)
{
	enum { POOLS = 40, HANDLE = 200, ROOM = 1000 };
	static char handles[POOLS][HANDLE];
	struct rsp_message m;
	unsigned n = 0;

	net_init();
	net_prepare(0);
	net.config[0].max_table_response = ROOM;
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	for (unsigned i = 0; i < POOLS; i++) {
		memset(handles[i], 'a', HANDLE);
		handles[i][0] = (char)('A' + i);
		make_update(&m, STRANGER, RSP_UPDATE_ADD, i, STRANGER);
		m.handle =
		    (struct rsp_span){ (const uint8_t *)handles[i], HANDLE };
		net_say(0, &m);
	}
	ck_assert_uint_eq(net_elements(0), POOLS);
	do {
		struct rsp_span handle;
		struct rsp_cursor c;
		struct rsp_pe pe;

		request(0, STRANGER, 0);
		ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &m));
		ck_assert_uint_le(m.elements.len + 12, ROOM);
		if (m.flags == RSP_FLAG_MORE) /* not half empty either */
			ck_assert_uint_gt(m.elements.len + 12,
			    ROOM - HANDLE - 100);
		c = rsp_cursor_over(m.elements);
		while (rsp_next_table_pe(&c, &handle, &pe, NULL)) {
			ck_assert_uint_eq(handle.len, HANDLE);
			n++;
		}
	} while (m.flags == RSP_FLAG_MORE);
	ck_assert_uint_eq(n, POOLS);
	net_end();
}
END_TEST

/* A table that has an element which is connected here proves nothing against
 * it, and its author is told, in an update like any other. */
START_TEST(a_wrong_table_is_corrected)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_element_group(0, 1, 0);
	become_peer(0, 0, STRANGER, true);
	say_presence(0, STRANGER, true, 0x1234); /* has others than are known */
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	say_element(0, STRANGER, STRANGER, 80);
	ck_assert_uint_eq(net_owned(0, NET_ID(0), 1), 1);
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_uint_eq(m.action, RSP_UPDATE_ADD);
	ck_assert_uint_eq(m.receiver, STRANGER);
	ck_assert_uint_eq(m.pe.id, 1);
	ck_assert_uint_eq(m.pe.home, NET_ID(0));
	net_end();
}
END_TEST

/* Now and then one of the peers is asked whom it knows. */
START_TEST(registrars_ask_around)
{
	unsigned asked[2] = { 0, 0 };

	net_init();
	net_prepare(0);
	net_start(0, 0);
	become_peer(0, 0, STRANGER, true);
	become_peer(1, 0, STRANGER + 1, true);
	for (unsigned k = 0; k < 10 * 8; k++) { /* every eighth heartbeat */
		net_run(net.config[0].peer_heartbeat_cycle);
		for (unsigned end = 0; end < 2; end++) {
			asked[end] += net_hear_all(end, RSP_ENRP_LIST_REQUEST);
			say_presence(end, STRANGER + end, true, -1);
		}
	}
	ck_assert_uint_ge(asked[0], 1);
	ck_assert_uint_ge(asked[1], 1);
	ck_assert_uint_ge(asked[0] + asked[1], 9);
	ck_assert_uint_le(asked[0] + asked[1], 11);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sessions");
	TCase *t = tcase_create("sessions");

	tcase_add_loop_test(t, a_download_waits_for_its_next_question, 0, 2);
	tcase_add_test(t, a_silent_mentor_has_its_time);
	tcase_add_loop_test(t, the_home_knows_better_than_the_mentor, 0, 2);
	tcase_add_test(t, what_was_kept_is_not_given_away);
	tcase_add_loop_test(t, a_late_table_is_not_taken, 0, 2);
	tcase_add_test(t, a_download_survives_the_peer_it_is_at);
	tcase_add_test(t, parts_of_a_table_are_as_long_as_they_may_be);
	tcase_add_test(t, a_wrong_table_is_corrected);
	tcase_add_test(t, registrars_ask_around);
	suite_add_tcase(s, t);
	return run_suite(s);
}
