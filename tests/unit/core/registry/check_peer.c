/* SPDX-License-Identifier: Apache-2.0 */
/* check_peer.c - claims about registrars among themselves: how they find each
 * other, and that each knows which are there (RFC 5353 sections 3.2 and 3.4) */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

#define STRANGER 0x99990000u
#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static bool
find(unsigned i, uint32_t id, struct rsp_peer_view *v)
{
	*v = (struct rsp_peer_view){ 0 };
	while (rsp_registry_next_peer(net.reg[i], v))
		if (v->id == id)
			return true;
	return false;
}

static unsigned
count_peers(unsigned i)
{
	struct rsp_peer_view v = { 0 };
	unsigned n = 0;

	while (rsp_registry_next_peer(net.reg[i], &v))
		n++;
	return n;
}

/* Proves 5354-3.11-02: peers are called where they say. */
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

/* Proves 5353-3.4-01, 5353-3.4-02, 5353-3.4-03, 5353-3.4-04: any message makes
 * its sender known, and is answered by a presence that wants one. */
START_TEST(whoever_speaks_is_a_peer)
{
	struct rsp_peer_view v;
	struct rsp_message m;
	uint8_t type = (uint8_t)(_i + 1);

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	rsp_message_init(&m, RSP_ENRP, type);
	m.sender = STRANGER;
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.server = 7;
	m.has_error = true;
	m.causes = (struct rsp_span){ (const uint8_t *)"\0\0\0\4", 4 };
	m.pe.user.type = RSP_PARAM_TCP;
	m.pe.user.n_addresses = 1;
	m.pe.user.addresses[0].family = 4;
	m.pe.policy.type = 1;
	net_say(0, &m);
	ck_assert_msg(find(0, STRANGER, &v), "type %u", type);
	ck_assert_int_eq(v.state, RSP_PEER_ACTIVE);
	ck_assert(v.connected);
	ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REPLY);
	ck_assert_uint_eq(m.receiver, STRANGER);
	ck_assert(m.has_server_info);
	net_end();
}
END_TEST

/* Proves 5353-2.1-11: a reply that is wanted has it all; 5353-2.1-01,
 * 5353-2.1-07: with the receiver named or not.
 * Proves 5353-2.1-04, 5353-2.1-05. */
START_TEST(a_presence_is_answered_when_it_asks)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	while (net_hear(0, &m))
		;
	for (unsigned k = 0; k < 4; k++) {
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = STRANGER;
		m.receiver = k % 2 == 0 ? 0 : NET_ID(0);
		m.flags = k / 2 == 0 ? 0 : RSP_FLAG_REPLY;
		net_say(0, &m);
		ck_assert_int_eq(net_hear(0, &m), k / 2 == 1);
	}
	ck_assert_uint_eq(m.type, RSP_ENRP_PRESENCE);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert(m.has_checksum && m.has_server_info && m.is_rspool);
	ck_assert_uint_eq(m.server_info.id, NET_ID(0));
	ck_assert_uint_eq(m.server_info.transport.port, NET_PORT);
	net_end();
}
END_TEST

/* Proves 5353-3.4-06, 5353-2.1-13, 5353-3.2-02. */
START_TEST(the_heart_beats)
{
	struct rsp_message m;
	unsigned n = 0;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	while (net_hear(0, &m))
		;
	for (unsigned k = 0; k < 60; k++) {
		net_run(1000);
		net_say_type(0, RSP_ENRP_ERROR, 0, STRANGER);
	}
	while (net_hear(0, &m)) {
		if (m.type != RSP_ENRP_PRESENCE)
			continue;
		ck_assert_uint_eq(m.flags, 0);
		ck_assert_uint_eq(m.receiver, 0);
		ck_assert_uint_eq(m.sender, NET_ID(0));
		n++;
	}
	ck_assert_uint_ge(n, 27);
	ck_assert_uint_le(n, 34);
	net_end();
}
END_TEST

/* Proves 5353-3.4-07, 5353-3.4-08, 5353-3.4-09, 5353-3.4-10, 5353-4.1-01: any
 * word counts, each peer for itself; silence is asked about, and then
 * believed. */
START_TEST(silence_is_noticed_peer_by_peer)
{
	struct rsp_peer_view v;
	struct rsp_message m;
	rsp_time from;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	net_open(1, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	net_say_type(1, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
	from = net.now;
	while (net_hear(0, &m))
		;
	for (unsigned k = 0; k < 49; k++) {
		net_run(97);
		net_say_type(1, RSP_ENRP_LIST_REQUEST, 0, STRANGER + 1);
	}
	while (net_hear(0, &m))
		ck_assert_uint_eq(m.flags & RSP_FLAG_REPLY, 0);
	net_run(from + 5000 - net.now + 10);
	ck_assert(find(0, STRANGER, &v));
	ck_assert_int_eq(v.state, RSP_PEER_SILENT);
	ck_assert(find(0, STRANGER + 1, &v));
	ck_assert_int_eq(v.state, RSP_PEER_ACTIVE);
	ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REPLY);
	ck_assert_uint_eq(m.receiver, STRANGER);
	net_run(1900);
	ck_assert(find(0, STRANGER, &v));
	ck_assert_int_eq(v.state, RSP_PEER_SILENT);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	ck_assert(find(0, STRANGER, &v));
	ck_assert_int_eq(v.state, RSP_PEER_ACTIVE);
	net_end();
}
END_TEST

/* Proves 5353-3.7-01, 5353-3.7-02. */
static const struct {
	const char *name, *bytes;
	int cause; /* of the ENRP_ERROR; -1: none */
} unknown[] = {
	{ "unknown type, discarded", "0b00000c999900000000000000", -1 },
	{ "unknown type, reported", "4b00000c9999000000000000", 2 },
	{ "unknown type, reserved", "8b00000c9999000000000000", -1 },
	{ "parameter that stops", "010000109999000000000000 3fff0004", -1 },
	{ "parameter that stops and is reported",
	    "010000109999000000000000 7fff0004", 1 },
	{ "parameter that is skipped", "010000109999000000000000 bfff0004",
	    -1 },
	{ "parameter that is skipped and reported",
	    "010000109999000000000000 ffff0004", 1 },
	{ "an action that is none", "040000109999000000000000 00020000", -1 },
};

START_TEST(the_unknown_is_treated_as_rfc_5354_says)
{
	struct rsp_span information;
	struct rsp_message m;
	struct rsp_cursor c;
	uint8_t bytes[64];
	uint16_t cause;
	size_t len;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	while (net_hear(0, &m))
		;
	len = hex(unknown[_i].bytes, bytes) / 4 * 4;
	net_say_bytes(0, (struct rsp_span){ bytes, len });
	ck_assert_msg(net_is_open(0), "%s", unknown[_i].name);
	if (unknown[_i].cause < 0) {
		ck_assert_msg(!net_hear_type(0, RSP_ENRP_ERROR, &m), "%s",
		    unknown[_i].name);
	} else {
		ck_assert_msg(net_hear_type(0, RSP_ENRP_ERROR, &m), "%s",
		    unknown[_i].name);
		c = rsp_cursor_over(m.causes);
		rsp_next_cause(&c, &cause, &information);
		ck_assert_uint_eq(cause, (unsigned)unknown[_i].cause);
		ck_assert_uint_gt(information.len, 0);
		ck_assert_uint_eq(m.receiver, STRANGER);
		/* and no error is answered by one */
		net_say_type(0, RSP_ENRP_ERROR, 0, STRANGER);
	}
	net_end();
}
END_TEST

START_TEST(an_association_has_one_peer)
{
	struct rsp_peer_view v;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	net_say_type(0, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
	ck_assert(!net_is_open(0));
	ck_assert(!find(0, STRANGER + 1, &v));
	net_end();
}
END_TEST

START_TEST(peers_have_a_limit)
{
	net_init();
	net_prepare(0);
	net.config[0].max_peers = 3;
	net_start(0, 0);
	for (unsigned end = 0; end < 5; end++) {
		net_open(end, 0);
		net_say_type(end, RSP_ENRP_PRESENCE, 0, STRANGER + end);
		ck_assert_int_eq(net_is_open(end), end < 3);
	}
	ck_assert_uint_eq(count_peers(0), 3);
	net_end();
}
END_TEST

/* Datagrams in the names of thousands who are not there.
 * Proves 5353-6.2-36. */
START_TEST(a_flood_of_presences_leaves_nothing)
{
	struct rsp_transport from = { .type = RSP_PARAM_TCP,
		.port = 5,
		.n_addresses = 1 };
	uint8_t room[256];
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net.config[0].multicast = true;
	net_start(0, 0);
	from.addresses[0].family = 4;
	for (uint32_t id = 1; id < 5000; id++) {
		struct rsp_builder b = rsp_builder_into(room, sizeof(room));

		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = id;
		m.has_server_info = true;
		m.server_info.id = id;
		m.server_info.transport = from;
		m.server_info.transport.addresses[0].bytes[0] = 77;
		rsp_message_encode(&b, &m);
		rsp_registry_datagram(net.reg[0], net.now, RSP_ENRP, &from,
		    rsp_builder_span(&b));
		ck_assert_uint_le(count_peers(0), 64);
		if (id % 50 == 0)
			net_run(100);
	}
	net_run(10000);
	ck_assert_uint_eq(count_peers(0), 0);
	ck_assert(rsp_registry_is_serving(net.reg[0]));
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers");
	TCase *t = tcase_create("peers");

	tcase_add_test(t, three_find_each_other_and_serve);
	tcase_add_loop_test(t, whoever_speaks_is_a_peer, 0, 10);
	tcase_add_test(t, a_presence_is_answered_when_it_asks);
	tcase_add_test(t, the_heart_beats);
	tcase_add_test(t, silence_is_noticed_peer_by_peer);
	tcase_add_loop_test(t, the_unknown_is_treated_as_rfc_5354_says, 0,
	    COUNT(unknown));
	tcase_add_test(t, an_association_has_one_peer);
	tcase_add_test(t, peers_have_a_limit);
	tcase_add_test(t, a_flood_of_presences_leaves_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
