/* SPDX-License-Identifier: Apache-2.0 */
/* check_peers.c - claims about registrars among themselves: how they find each
 * other and what they tell each other (RFC 5353 sections 3.2 to 3.4, 3.6)
 */
#include "suite.h"

#include <stdlib.h>

#include "net.h"
#include "net_element.h"
#include "net_handmade.h"
#include "net_look.h"
#include "net_registrar.h"
#include "rsp/core/registry_impl.h"

#define STRANGER 0x99990000u
#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static void
say(unsigned end, uint8_t type, uint8_t flags, uint32_t from)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, type);
	m.sender = from;
	m.flags = flags;
	net_say(end, &m);
}

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

START_TEST(what_registers_at_one_is_known_to_all)
{
	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 30; e++)
		net_element(e, e % 2 == 0 ? "Even" : "Odd", 1u << e % 3, true);
	net_run(1000);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(net_elements(i), 30);
	for (unsigned e = 0; e < 30; e++)
		ck_assert_uint_eq(net_owner(0, e % 2 == 0 ? "Even" : "Odd", e),
		    NET_ID(e % 3));
	ck_assert(net_is_equal());
	net_element_leave(3);
	net_element_load(4, 77);
	net_run(100);
	ck_assert_uint_eq(net_elements(2), 29);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

START_TEST(who_dies_is_taken_over)
{
	rsp_time died;

	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 10; e++)
		net_element(e, "P", 1u << 0, true);
	net_run(1000);
	died = net.now;
	net_kill(0);
	net_run(3000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_WON, died) +
		net_count(2, RSP_EVENT_TAKEOVER_WON, died), 1);
	for (unsigned e = 0; e < 10; e++) {
		uint32_t home = net_owner(1, "P", e);

		ck_assert(home == NET_ID(1) || home == NET_ID(2));
		ck_assert_int_ge(net_element_home(e), 1);
		ck_assert_uint_eq(home,
		    NET_ID((unsigned)net_element_home(e)));
	}
	ck_assert(net_is_equal());
	net_run(120000);
	ck_assert_uint_eq(net_elements(1), 10);
	ck_assert(net_is_equal());
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
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
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
	ck_assert(m.has_checksum && m.has_server_info && m.of_kind);
	ck_assert_uint_eq(m.server_info.id, NET_ID(0));
	ck_assert_uint_eq(m.server_info.transport.port, NET_PORT);
	net_end();
}
END_TEST

/* Proves 5353-3.4-05, 5353-3.4-06, 5353-4.2-01, 5353-2.1-13, 5353-3.2-02. */
START_TEST(the_heart_beats)
{
	struct rsp_message m;
	unsigned n = 0;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_open(0, 0);
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	while (net_hear(0, &m))
		;
	for (unsigned k = 0; k < 60; k++) {
		net_run(1000);
		say(0, RSP_ENRP_ERROR, 0, STRANGER);
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

/* Proves 5353-3.4-07, 5353-3.4-08, 5353-3.4-09, 5353-3.4-10, 5353-4.1-01,
 * 5353-4.2-02, 5353-4.2-03: any word counts, each peer for itself; silence is
 * asked about, and then believed. */
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
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	say(1, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
	from = net.now;
	while (net_hear(0, &m))
		;
	for (unsigned k = 0; k < 49; k++) {
		net_run(97);
		say(1, RSP_ENRP_LIST_REQUEST, 0, STRANGER + 1);
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
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
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
	{ "an action that is none",
	    "040000109999000000000000 00020000", -1 },
};

static size_t
unhex(const char *text, uint8_t *bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		const char *d = strchr(digits, *text);

		if (*text == ' ')
			continue;
		bytes[n / 2] =
		    (uint8_t)(bytes[n / 2] << 4 | (d - digits));
		n++;
	}
	return n / 2;
}

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
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	while (net_hear(0, &m))
		;
	len = unhex(unknown[_i].bytes, bytes) / 4 * 4;
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
		say(0, RSP_ENRP_ERROR, 0, STRANGER);
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
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER);
	say(0, RSP_ENRP_PRESENCE, 0, STRANGER + 1);
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
		say(end, RSP_ENRP_PRESENCE, 0, STRANGER + end);
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
	struct rsp_transport from = { .type = RSP_PARAM_TCP, .port = 5,
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

/* What was cut apart, takes itself for all there is, and is joined again. */
START_TEST(a_healed_partition_is_one_again)
{
	int64_t apart = _i % 2 == 0 ? 3000 : 30000;
	unsigned configured = _i / 2 == 0 ? 31 : 0;
	rsp_time from;

	net_init();
	for (unsigned i = 0; i < 5; i++) {
		net_prepare(i);
		/* all know all, or each the next one only */
		net_start(i,
		    (configured != 0 ? configured : 1u << (i + 1) % 5) &
			~(1u << i));
	}
	net_run(4000);
	for (unsigned e = 0; e < 20; e++)
		net_element(e, "P", 1u << e % 5, true);
	net_run(1000);
	ck_assert(net_is_equal());
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 2; k < 5; k++)
			net_cut(i, k, true);
	from = net.now;
	net_run(apart / 2);
	for (unsigned e = 0; e < 10; e++)
		net_element_load(e, 50 + e);
	net_element(20, "New", 1, true);
	net_element(21, "New", 4, true);
	net_run(apart / 2);
	for (unsigned i = 0; i < 5; i++)
		for (unsigned k = 0; k < 5; k++)
			net_cut(i, k, false);
	net_run(8000);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(net_elements(i), 22);
	ck_assert(net_is_equal());
	/* Longer apart, each side calls the other's elements home. */
	for (unsigned i = 0; i < 5 && apart < 5000; i++)
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, from), 0);
	net_run(60000);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves takeover-2.1-01, takeover-2.1-02, takeover-2.1-03: who retires gives
 * its elements away, in turn. */
START_TEST(who_retires_leaves_nobody_behind)
{
	unsigned homes[3] = { 0 };
	rsp_time from;

	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 30; e++)
		net_element(e, "P", 1, true);
	net_run(1000);
	from = net.now;
	rsp_registry_retire(net.reg[0], net.now);
	net_run(500);
	ck_assert_uint_eq(rsp_registry_own_elements(net.reg[0]), 0);
	for (unsigned e = 0; e < 30; e++)
		homes[net_element_home(e)]++;
	ck_assert_uint_eq(homes[1], 15);
	ck_assert_uint_eq(homes[2], 15);
	ck_assert(net_is_equal());
	net_kill(0);
	net_run(5000);
	for (unsigned i = 1; i < 3; i++) {
		ck_assert_uint_eq(net_elements(i), 30);
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, from), 0);
	}
	net_end();
}
END_TEST

/* A peer's elements are its own to judge. */
START_TEST(reports_do_not_remove_another_s_element)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP };
	struct rsp_assoc *a;
	uint8_t room[64];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;
	struct rsp_out out;

	net_init();
	net_start_all(2);
	net_element(0, "P", 1, true);
	net_run(100);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_UNREACHABLE);
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.pe_id = 1;
	rsp_message_encode(&b, &m);
	for (unsigned k = 0; k < 10; k++) {
		info.remote.type = RSP_PARAM_TCP;
		info.remote.n_addresses = 1;
		info.remote.addresses[0].family = 4;
		info.remote.addresses[0].bytes[0] = (uint8_t)k;
		a = rsp_registry_open(net.reg[1], net.now, &info, NULL);
		rsp_registry_input(net.reg[1], net.now, a,
		    rsp_builder_span(&b));
		rsp_registry_close(net.reg[1], net.now, a);
		while (rsp_registry_output(net.reg[1], &out))
			ck_assert_int_eq(out.kind, RSP_OUT_EVENT);
	}
	ck_assert_uint_eq(net_elements(1), 1);
	net_end();
}
END_TEST

static uint32_t
draw(uint32_t below)
{
	net.seed ^= net.seed << 13;
	net.seed ^= net.seed >> 7;
	net.seed ^= net.seed << 17;
	return (uint32_t)(net.seed >> 32) % below;
}

static void
misfortune(void)
{
	unsigned i = draw(4), k = draw(4), e = draw(24);

	switch (draw(9)) {
	case 0:
		if (net.reg[i] != NULL)
			net_kill(i);
		break;
	case 1:
	case 2:
		if (net.reg[i] == NULL) {
			net_prepare(i);
			net_start(i, 15u & ~(1u << i));
		}
		break;
	case 3:
		if (i != k)
			net_cut(i, k, draw(2) == 0);
		break;
	case 4:
		if (net.reg[i] != NULL)
			net_freeze(i, draw(2) == 0);
		break;
	case 5:
		net_element(e, "P", 15, draw(3) != 0);
		break;
	case 6:
	case 7:
		net_element_kill(e);
		break;
	case 8:
		net_element(e, "P", 15, true);
		net_run(10);
		net_element_load(e, draw(100));
		break;
	}
}

/* Whatever happens, when it has ended all are equal, and who lives is there. */
START_TEST(after_every_misfortune_all_agree)
{
	unsigned living = 0;

	net_init();
	net.seed += (uint64_t)_i * UINT64_C(0x9e3779b97f4a7c15);
	net.latency = 1 + _i % 30;
	net_start_all(4);
	for (unsigned e = 0; e < 24; e++)
		net_element(e, "P", 15, draw(4) != 0);
	net_run(1000);
	for (unsigned n = 0; n < 30; n++) {
		misfortune();
		net_run(draw(3) == 0 ? draw(6000) : draw(300));
	}
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned k = 0; k < 4; k++)
			net_cut(i, k, false);
		net_freeze(i, false);
		if (net.reg[i] == NULL) {
			net_prepare(i);
			net_start(i, 15u & ~(1u << i));
		}
	}
	net_run(100000);
	ck_assert_msg(net_is_equal(), "seed %d: not equal", _i);
	for (unsigned e = 0; e < 24; e++) {
		int home = net_element_home(e);

		if (home < 0)
			continue;
		living++;
		ck_assert_msg(net_owner(0, "P", e) == NET_ID((unsigned)home),
		    "seed %d: element %u is at %d, not at %08x", _i, e, home,
		    net_owner(0, "P", e));
	}
	ck_assert_msg(net_elements(0) == living, "seed %d: %u of %u", _i,
	    (unsigned)net_elements(0), living);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers");
	TCase *t = tcase_create("peers");
	int seeds = getenv("RSP_SOAK") == NULL ? 60 : 3000;

	tcase_add_test(t, three_find_each_other_and_serve);
	tcase_add_test(t, what_registers_at_one_is_known_to_all);
	tcase_add_test(t, who_dies_is_taken_over);
	tcase_add_loop_test(t, whoever_speaks_is_a_peer, 0, 10);
	tcase_add_test(t, a_presence_is_answered_when_it_asks);
	tcase_add_test(t, the_heart_beats);
	tcase_add_test(t, silence_is_noticed_peer_by_peer);
	tcase_add_loop_test(t, the_unknown_is_treated_as_rfc_5354_says, 0,
	    COUNT(unknown));
	tcase_add_test(t, an_association_has_one_peer);
	tcase_add_test(t, peers_have_a_limit);
	tcase_add_test(t, a_flood_of_presences_leaves_nothing);
	tcase_add_loop_test(t, a_healed_partition_is_one_again, 0, 4);
	tcase_add_test(t, who_retires_leaves_nobody_behind);
	tcase_add_test(t, reports_do_not_remove_another_s_element);
	tcase_add_loop_test(t, after_every_misfortune_all_agree, 0, seeds);
	suite_add_tcase(s, t);
	return run_suite(s);
}
