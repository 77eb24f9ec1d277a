/* SPDX-License-Identifier: Apache-2.0 */
/* check_presence.c - claims about presences, and where peers are reached */
#include "tests/lib/suite.h"

#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/peer_fixture.h"
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

static struct peer p;

static struct rsp_transport
transport(uint16_t type, uint16_t port, uint8_t last)
{
	struct rsp_transport t = { .type = type,
		.port = port,
		.n_addresses = 1 };

	t.addresses[0] = (struct rsp_address){ .family = 4 };
	if (last != 0)
		t.addresses[0] = (struct rsp_address){ .family = 4,
			.bytes = { 10, 0, 0, last } };
	return t;
}

static void
add(struct rsp_transport t, unsigned n)
{
	const struct rsp_address from[2] = {
		{ .family = 4, .bytes = { 10, 9, 9, 1 } },
		{ .family = 4, .bytes = { 10, 9, 9, 2 } },
	};

	presence_add_transport(&p, &t, from, n);
}

START_TEST(only_what_enrp_runs_over_is_kept_and_once)
{
	add(transport(RSP_PARAM_UDP, 9901, 1), 2);
	add(transport(RSP_PARAM_TCP, 0, 1), 2);
	ck_assert_uint_eq(p.n_transports, 0);
	add(transport(RSP_PARAM_TCP, 9901, 1), 2);
	add(transport(RSP_PARAM_TCP, 9901, 1), 2);
	ck_assert_uint_eq(p.n_transports, 1);
	add(transport(RSP_PARAM_SCTP, 9901, 1), 2);
	ck_assert_uint_eq(p.n_transports, 2);
}
END_TEST

START_TEST(who_listens_on_any_is_where_it_speaks_from)
{
	add(transport(RSP_PARAM_TCP, 9901, 0), 0);
	ck_assert_uint_eq(p.n_transports, 0);
	add(transport(RSP_PARAM_TCP, 9901, 0), 2);
	add(transport(RSP_PARAM_SCTP, 9901, 0), 2);
	ck_assert_uint_eq(p.n_transports, 2);
	ck_assert_uint_eq(p.transports[0].n_addresses, 1);
	ck_assert_uint_eq(p.transports[0].addresses[0].bytes[3], 1);
	ck_assert_uint_eq(p.transports[1].n_addresses, 2);
	ck_assert_uint_eq(p.transports[1].addresses[1].bytes[3], 2);
}
END_TEST

START_TEST(there_is_a_limit_to_transports)
{
	for (uint16_t port = 1; port <= 200; port++)
		add(transport(RSP_PARAM_TCP, port, 1), 2);
	ck_assert_uint_eq(p.n_transports, RSP_OWN_TRANSPORTS);
	ck_assert_uint_eq(p.transports[RSP_OWN_TRANSPORTS - 1].port,
	    RSP_OWN_TRANSPORTS);
}
END_TEST

START_TEST(a_presence_has_the_checksum_of_what_is_its_own)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net_element_group(0, 3, 0);
	net_open(0, 0);
	net_say_type(0, RSP_ENRP_PRESENCE, RSP_FLAG_REPLY, STRANGER);
	ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.sender, NET_ID(0));
	ck_assert(m.has_checksum && m.is_rspool);
	ck_assert_uint_eq(m.checksum, rsp_registry_checksum(net.reg[0]));
	net_end();
}
END_TEST

/* What the list says of this server. */
static unsigned
listed(unsigned end, uint32_t from, uint32_t id)
{
	struct rsp_server_info info;
	struct rsp_message m;
	struct rsp_cursor c;
	unsigned n = 0;

	net_say_type(end, RSP_ENRP_LIST_REQUEST, 0, from);
	ck_assert(net_hear_type(end, RSP_ENRP_LIST_RESPONSE, &m));
	ck_assert_uint_eq(m.flags, 0);
	c = rsp_cursor_over(m.servers);
	while (rsp_next_server(&c, &info))
		n += info.id == id;
	return n;
}

START_TEST(a_list_has_the_others)
{
	net_init();
	net_start_all(2);
	become_peer(0, 0, STRANGER, true);
	ck_assert_uint_eq(listed(0, STRANGER, NET_ID(1)), 1);
	ck_assert_uint_eq(listed(0, STRANGER, STRANGER), 0);
	ck_assert_uint_eq(listed(0, STRANGER, NET_ID(0)), 0);
	net_end();
}
END_TEST

/* RFC 5353 has SCTP only. */
START_TEST(others_kinds_are_told_of_sctp_alone)
{
	net_init();
	net_start_all(2);
	become_peer(0, 0, STRANGER, false);
	ck_assert_uint_eq(listed(0, STRANGER, NET_ID(1)), 0);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("presence");
	TCase *t = tcase_create("presence");

	tcase_add_test(t, only_what_enrp_runs_over_is_kept_and_once);
	tcase_add_test(t, who_listens_on_any_is_where_it_speaks_from);
	tcase_add_test(t, there_is_a_limit_to_transports);
	tcase_add_test(t, a_presence_has_the_checksum_of_what_is_its_own);
	tcase_add_test(t, a_list_has_the_others);
	tcase_add_test(t, others_kinds_are_told_of_sctp_alone);
	suite_add_tcase(s, t);
	return run_suite(s);
}
