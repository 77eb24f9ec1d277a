/* SPDX-License-Identifier: Apache-2.0 */
/* check_mentor.c - claims about a registrar's start, and about handlespaces as
 * they are downloaded (RFC 5353 section 3.2)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

#define STRANGER 0x99990000u
#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static void
start(unsigned i, unsigned peers)
{
	net_prepare(i);
	net_start(i, peers);
}

static void
elements(unsigned first, unsigned n, unsigned home)
{
	for (unsigned e = first; e < first + n; e++)
		net_element(e, e % 3 == 0 ? "Three" : "P", 1u << home, true);
	net_run(1000);
}

/* A handlespace response with elements `first` to `first` + n - 1 of `home`. */
static void
say_table(unsigned end, uint32_t from, uint32_t home, uint8_t flags,
    unsigned first, unsigned n)
{
	static uint8_t room[8192];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_pe pe = { .home = home, .life = 90 };
	struct rsp_message m;
	size_t mark;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = from;
	m.flags = flags;
	mark = rsp_open_param(&b, RSP_PARAM_HANDLE);
	rsp_put_span(&b, (struct rsp_span){ (const uint8_t *)"P", 1 });
	rsp_close_param(&b, mark);
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = 80;
	pe.user.n_addresses = 1;
	pe.user.addresses[0].family = 4;
	pe.policy.type = 0x40000001;
	pe.policy.n_words = 1;
	for (unsigned e = first; e < first + n; e++) {
		pe.id = e + 1;
		rsp_put_padding(&b);
		rsp_put_pe(&b, &pe);
	}
	if (n > 0)
		m.elements = rsp_builder_span(&b);
	net_say(end, &m);
}

/* Proves 5353-3.2-08, 5353-3.2-09, 5353-3.2-10. */
START_TEST(alone_it_serves_at_once)
{
	net_init();
	start(0, 0);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	net_run(20000);
	for (unsigned type = 0; type < 16; type++)
		ck_assert_uint_eq(net.sent[0].messages[type], 0);
	net_end();
}
END_TEST

/* Nobody of those configured is there. */
START_TEST(nobody_there_is_as_good_as_alone)
{
	net_init();
	start(0, 6);
	ck_assert(!rsp_registry_is_serving(net.reg[0]));
	net_run(10);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	ck_assert_uint_eq(net_count(0, RSP_EVENT_SERVING, 0), 1);
	net_end();
}
END_TEST

/* And when they cannot be reached, the hunt has its end. */
START_TEST(the_hunt_ends_by_the_clock)
{
	net_init();
	net_cut(0, 1, true);
	net_cut(0, 2, true);
	start(0, 6);
	net_run(1900);
	ck_assert(!rsp_registry_is_serving(net.reg[0]));
	net_run(1200);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	net_end();
}
END_TEST

/* Proves 5353-3.2-04: no service before. */
START_TEST(who_hunts_answers_no_element)
{
	net_init();
	net_cut(0, 1, true);
	start(0, 2);
	net_element(0, "P", 1, true);
	net_run(1000);
	ck_assert_int_eq(net_element_home(0), -1);
	net_run(4000);
	ck_assert_int_eq(net_element_home(0), 0);
	net_end();
}
END_TEST

/* Proves 5353-2.2-01, 5353-2.5-01, 5353-3.2-05, 5353-3.2-06, 5353-3.2-11,
 * 5353-3.2-18, 5353-3.2-19, 5353-3.2-26, 5353-3.2-29, 5353-3.2-30,
 * 5353-3.2-31, 5353-3.2-33: one of two is asked, for its list, then for all. */
START_TEST(one_mentor_is_asked_for_list_and_table)
{
	struct rsp_message m;

	net_init();
	net_listen(0, 1);
	net_listen(1, 2);
	start(0, 6);
	net_run(10);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	net_say_type(1, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
	ck_assert_uint_eq(net_hear_all(1, RSP_ENRP_LIST_REQUEST), 0);
	ck_assert(net_hear_type(0, RSP_ENRP_LIST_REQUEST, &m));
	ck_assert_uint_eq(m.receiver, STRANGER);
	ck_assert(!net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	net_say_type(0, RSP_ENRP_LIST_RESPONSE, 0, STRANGER);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, 0);
	say_table(0, STRANGER, STRANGER, RSP_FLAG_MORE, 0, 2);
	ck_assert_uint_eq(net_elements(0), 2);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, 0);
	ck_assert(!rsp_registry_is_serving(net.reg[0]));
	say_table(0, STRANGER, STRANGER + 1, 0, 2, 2);
	ck_assert_uint_eq(net_elements(0), 4);
	ck_assert_uint_eq(net_owner(0, "P", 0), STRANGER);
	ck_assert_uint_eq(net_owner(0, "P", 3), STRANGER + 1);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	ck_assert_uint_eq(net_count(0, RSP_EVENT_SYNCHRONISED, 0), 1);
	/* Unasked answers are nothing. */
	say_table(0, STRANGER, STRANGER, 0, 10, 2);
	net_say_type(0, RSP_ENRP_LIST_RESPONSE, 0, STRANGER);
	ck_assert_uint_eq(net_elements(0), 4);
	net_end();
}
END_TEST

/* How the first of two mentors fails: with the answer to which request, and
 * what that is.  Proves 5353-3.2-07, 5353-3.2-12, 5353-3.2-13, 5353-3.2-17,
 * 5353-3.2-35, 5353-3.2-36, 5353-3.2-37. */
static const struct {
	const char *name;
	bool to_table, rejects, hangs_up;
	unsigned parts;
} failures[] = {
	{ "no list", false, false, false, 0 },
	{ "list refused", false, true, false, 0 },
	{ "gone before the list", false, false, true, 0 },
	{ "no table", true, false, false, 0 },
	{ "table refused", true, true, false, 0 },
	{ "no second part", true, false, false, 1 },
	{ "second part refused", true, true, false, 1 },
	{ "gone half-way", true, false, true, 1 },
};

START_TEST(a_backup_does_what_the_mentor_does_not)
{
	net_init();
	start(2, 0);
	elements(0, 20, 2);
	net_listen(0, 1);
	start(0, 2);
	net_run(5);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	ck_assert_msg(net_hear_all(0, RSP_ENRP_LIST_REQUEST) == 1, "%s",
	    failures[_i].name);
	net_reload(0, 2, true);
	net_run(5);
	if (failures[_i].to_table)
		net_say_type(0, RSP_ENRP_LIST_RESPONSE, 0, STRANGER);
	if (failures[_i].parts > 0)
		say_table(0, STRANGER, NET_ID(2), RSP_FLAG_MORE, 0, 2);
	if (failures[_i].rejects && failures[_i].to_table)
		say_table(0, STRANGER, 0, RSP_FLAG_REJECT, 0, 0);
	else if (failures[_i].rejects)
		net_say_type(0, RSP_ENRP_LIST_RESPONSE, RSP_FLAG_REJECT,
		    STRANGER);
	if (failures[_i].hangs_up)
		net_close(0);
	if (failures[_i].rejects || failures[_i].hangs_up)
		net_run(100);
	else
		net_run(net.config[0].max_time_no_response + 100);
	ck_assert_msg(rsp_registry_is_serving(net.reg[0]), "%s: serves",
	    failures[_i].name);
	ck_assert_msg(net_count(0, RSP_EVENT_SYNCHRONISED, 0) == 1,
	    "%s: synchronised", failures[_i].name);
	net_run(net.config[0].peer_heartbeat_cycle * 2);
	ck_assert_msg(net_elements(0) == 20, "%s: elements", failures[_i].name);
	net_end();
}
END_TEST

/* Proves 5353-2.3-02, 5353-3.2-20, 5353-3.2-21, 5353-3.2-22, 5353-3.2-23,
 * 5353-3.2-24, 5353-3.2-25, 5353-3.2-27, with two downloads at a time. */
START_TEST(a_table_in_parts_arrives_whole)
{
	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 200 + 100 * _i;
	net_start(0, 0);
	elements(0, 60, 0);
	net.latency = 5;
	start(1, 1);
	start(2, 1);
	net_run(5000);
	ck_assert_uint_ge(net.sent[0].messages[RSP_ENRP_TABLE_RESPONSE], 20);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_SYNCHRONISED, 0), 1);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_SYNCHRONISED, 0), 1);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Elements come, change and go while parts of the table are under way, there
 * and at a third registrar. */
START_TEST(updates_beside_a_download_are_not_lost)
{
	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 300;
	net_start(0, 0);
	start(2, 1);
	net_run(1000);
	elements(0, 30, 0);
	elements(30, 10, 2);
	net.latency = 10;
	start(1, 1);
	for (unsigned k = 0; k < 20; k++) {
		net_run(11);
		net_element_load(k, k * 3 + 1);
		if (k % 2 == 0)
			net_element_leave(29 - k / 2);
		if (k % 3 == 0)
			net_element(40 + k, "Late", k % 2 == 0 ? 1 : 4, true);
		if (k % 4 == 0)
			net_element_load(30 + k / 4, 99);
	}
	net_run(8000);
	ck_assert_uint_eq(net_elements(1), 40 - 10 + 7);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

START_TEST(a_mentor_that_dies_half_way_is_replaced)
{
	net_init();
	for (unsigned i = 0; i < 2; i++) {
		net_prepare(i);
		net.config[i].max_table_response = 300;
		net_start(i, i == 0 ? 0 : 1);
	}
	net_run(1000);
	elements(0, 30, 0);
	elements(30, 30, 1);
	net.latency = 10;
	start(2, 3);
	net_run(150);
	ck_assert_uint_gt(net_elements(2), 0);
	ck_assert_uint_lt(net_elements(2), 60);
	net_kill(0);
	net_run(8000);
	ck_assert(rsp_registry_is_serving(net.reg[2]));
	ck_assert_uint_eq(net_elements(2), 60);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves 5353-2.3-03, 5353-2.3-04, 5353-2.6-02, 5353-2.6-03, 5353-3.2-16,
 * 5353-3.2-34. */
START_TEST(who_starts_refuses_to_be_a_mentor)
{
	struct rsp_message m;

	net_init();
	net_cut(0, 1, true);
	start(0, 2);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, 0x42);
	net_say_type(0, RSP_ENRP_LIST_REQUEST, 0, 0x42);
	ck_assert(net_hear_type(0, RSP_ENRP_LIST_RESPONSE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REJECT);
	ck_assert_uint_eq(m.servers.len, 0);
	net_say_type(0, RSP_ENRP_TABLE_REQUEST, 0, 0x42);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REJECT);
	ck_assert_uint_eq(m.elements.len, 0);
	net_end();
}
END_TEST

/* Proves 5353-3.2-38, 5353-3.2-39, and the limit on sessions. */
START_TEST(an_unfinished_download_is_forgotten)
{
	struct rsp_message m, first;

	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 200;
	net.config[0].max_downloads = 1;
	net_start(0, 0);
	elements(0, 10, 0);
	for (unsigned end = 0; end < 2; end++) {
		net_open(end, 0);
		net_say_type(end, RSP_ENRP_PRESENCE, 0, STRANGER + end);
	}
	net_say_type(0, RSP_ENRP_TABLE_REQUEST, 0, STRANGER);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &first));
	ck_assert_uint_eq(first.flags, RSP_FLAG_MORE);
	net_say_type(1, RSP_ENRP_TABLE_REQUEST, 0, STRANGER + 1);
	ck_assert(net_hear_type(1, RSP_ENRP_TABLE_RESPONSE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REJECT);
	for (int i = 0; i < 12; i++) {
		net_run(1000);
		net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
		net_say_type(1, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
	}
	net_say_type(1, RSP_ENRP_TABLE_REQUEST, 0, STRANGER + 1);
	ck_assert(net_hear_type(1, RSP_ENRP_TABLE_RESPONSE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_MORE);
	net_end();
}
END_TEST

/* Proves 5353-2.2-02: W=1 wants the registrar's own.  And nobody's tool is a
 * peer. */
START_TEST(tables_are_of_all_or_of_its_own)
{
	struct rsp_peer_view v = { 0 };
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_span handle;
	struct rsp_pe pe;
	unsigned n = 0;

	net_init();
	net_start_all(2);
	elements(0, 5, 0);
	elements(5, 4, 1);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_LIST_REQUEST, 0, 0);
	ck_assert(net_hear(0, &m));
	ck_assert_uint_eq(m.type, RSP_ENRP_LIST_RESPONSE);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_uint_gt(m.servers.len, 0);
	for (uint8_t own = 0; own < 2; own++) {
		net_say_type(0, RSP_ENRP_TABLE_REQUEST, own, 0);
		ck_assert(net_hear(0, &m));
		ck_assert_uint_eq(m.type, RSP_ENRP_TABLE_RESPONSE);
		c = rsp_cursor_over(m.elements);
		for (n = 0; rsp_next_table_pe(&c, &handle, &pe, NULL); n++)
			ck_assert(!own || pe.home == NET_ID(0));
		ck_assert_uint_eq(n, own ? 5 : 9);
	}
	net_say_type(0, RSP_ENRP_PRESENCE, RSP_FLAG_REPLY, 0);
	ck_assert(!net_hear(0, &m));
	for (n = 0; rsp_registry_next_peer(net.reg[0], &v); n++)
		ck_assert_uint_eq(v.id, NET_ID(1));
	ck_assert_uint_eq(n, 1);
	net_end();
}
END_TEST

/* Proves 5353-2.6-01, 5353-2.6-05, 5353-3.2-14, 5353-3.2-15: whom the mentor
 * knows is known. */
START_TEST(the_mentor_introduces_its_peers)
{
	net_init();
	start(0, 0);
	start(1, 1);
	start(2, 1);
	net_run(500);
	elements(0, 6, 1);
	start(3, 1);
	net_run(500);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PEER_UP, 0), 3);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

START_TEST(multicast_alone_is_enough)
{
	net_init();
	net.multicast = true;
	for (unsigned i = 0; i < 4; i++) {
		net_prepare(i);
		net.config[i].multicast = true;
		net_start(i, 0);
		net_run(i == 0 ? 4000 : 100);
	}
	net_run(5000);
	elements(0, 8, 3);
	for (unsigned i = 0; i < 4; i++)
		ck_assert(rsp_registry_is_serving(net.reg[i]));
	ck_assert_uint_gt(net.announced[0], 3);
	ck_assert(net_is_equal());
	net_kill(3);
	net_run(2000);
	ck_assert(net_is_equal());
	ck_assert_uint_eq(net_elements(0), 8);
	net_end();
}
END_TEST

/* All at once, and each other's only hope. */
START_TEST(registrars_that_start_together_do_not_wait_long)
{
	net_init();
	net.seed += (uint64_t)_i * 31;
	net.latency = 1 + _i;
	for (unsigned i = 0; i < 5; i++)
		start(i, 31u & ~(1u << i));
	net_run(1500);
	for (unsigned i = 0; i < 5; i++)
		ck_assert(rsp_registry_is_serving(net.reg[i]));
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* A restart, quick or slow, with the old ID or another one. */
START_TEST(who_comes_back_finds_all_again)
{
	bool quick = _i % 2 == 0, same = _i / 2 == 0;
	rsp_time from;

	net_init();
	net_start_all(3);
	elements(0, 12, 0);
	elements(12, 12, 1);
	from = net.now;
	net_kill(0);
	if (!quick)
		net_run(3000);
	net_prepare(0);
	if (!same)
		net.config[0].server_id = 0x77770000;
	net_start(0, 6);
	net_run(8000);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(net_elements(i), 24);
	ck_assert(net_is_equal());
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PE_REMOVED, from), 0);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_PE_REMOVED, from), 0);
	net_run(60000);
	ck_assert(net_is_equal());
	ck_assert_uint_eq(net_elements(1), 24);
	for (unsigned e = 0; e < 24; e++)
		ck_assert_int_ge(net_element_home(e), 0);
	net_end();
}
END_TEST

START_TEST(an_id_in_use_is_noticed)
{
	net_init();
	net_start_all(2);
	net_prepare(2);
	net.config[2].server_id = NET_ID(0);
	net_start(2, 1);
	net_run(1000);
	ck_assert_uint_ge(net_count(2, RSP_EVENT_ID_CONFLICT, 0), 1);
	ck_assert(rsp_registry_is_serving(net.reg[2]));
	/* A peer that is this registrar itself is called less often. */
	net_reload(0, 0, true);
	net_run(29000);
	ck_assert_uint_le(net_count(0, RSP_EVENT_ID_CONFLICT, 0), 10);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mentor");
	TCase *t = tcase_create("mentor");

	tcase_add_test(t, alone_it_serves_at_once);
	tcase_add_test(t, nobody_there_is_as_good_as_alone);
	tcase_add_test(t, the_hunt_ends_by_the_clock);
	tcase_add_test(t, who_hunts_answers_no_element);
	tcase_add_test(t, one_mentor_is_asked_for_list_and_table);
	tcase_add_loop_test(t, a_backup_does_what_the_mentor_does_not, 0,
	    COUNT(failures));
	tcase_add_loop_test(t, a_table_in_parts_arrives_whole, 0, 3);
	tcase_add_test(t, updates_beside_a_download_are_not_lost);
	tcase_add_test(t, a_mentor_that_dies_half_way_is_replaced);
	tcase_add_test(t, who_starts_refuses_to_be_a_mentor);
	tcase_add_test(t, an_unfinished_download_is_forgotten);
	tcase_add_test(t, tables_are_of_all_or_of_its_own);
	tcase_add_test(t, the_mentor_introduces_its_peers);
	tcase_add_test(t, multicast_alone_is_enough);
	tcase_add_loop_test(t, registrars_that_start_together_do_not_wait_long,
	    0, 10);
	tcase_add_loop_test(t, who_comes_back_finds_all_again, 0, 4);
	tcase_add_test(t, an_id_in_use_is_noticed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
