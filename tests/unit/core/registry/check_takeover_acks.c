/* SPDX-License-Identifier: Apache-2.0 */
/* check_takeover_acks.c - claims about the arbitration over a dead registrar
 * among several that a test speaks for: whose word is waited for, when it is
 * won, and who hears of that first (RFC 5353 section 3.5)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

#define PEERS 3
#define ELEMENTS 3
#define PEER(end) (0x99990000u + (end))
#define DEAD NET_ID(0)
#define HEIR NET_ID(1)

static void
say(unsigned end, uint8_t type, uint32_t target)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, type);
	m.sender = PEER(end);
	m.server = target;
	net_say(end, &m);
}

static void
acknowledge(unsigned end)
{
	say(end, RSP_ENRP_INIT_TAKEOVER_ACK, DEAD);
}

/* Registrar 1 beside some peers, and registrar 0 with elements. */
static void
begin(unsigned peers)
{
	net_init();
	net_start_all(2);
	net_element_group(0, ELEMENTS, 0);
	for (unsigned end = 0; end < peers; end++) {
		net_open(end, 1);
		say(end, RSP_ENRP_PRESENCE, 0);
		net_hear_all(end, RSP_ENRP_PRESENCE);
	}
}

static rsp_time
kill(void)
{
	rsp_time died = net.now;

	net_kill(0);
	net_run(60);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died), 1);
	return died;
}

static bool
is_won(rsp_time died)
{
	bool won = net_count(1, RSP_EVENT_TAKEOVER_WON, died) == 1;

	ck_assert_uint_eq(net_owned(1, won ? HEIR : DEAD, ELEMENTS), ELEMENTS);
	return won;
}

/* Proves 5353-3.5-03, 5353-3.5-04, 5353-3.5-15: each of them is asked and each
 * counts once; those who were not asked do not count; the last one decides. */
START_TEST(each_peers_acknowledgement_is_waited_for)
{
	struct rsp_message m;
	rsp_time died;

	begin(PEERS);
	died = kill();
	for (unsigned end = 0; end < PEERS; end++) {
		ck_assert(net_hear_type(end, RSP_ENRP_INIT_TAKEOVER, &m));
		ck_assert_uint_eq(m.server, DEAD);
	}
	for (unsigned k = 0; k < PEERS; k++) {
		unsigned end = (k + (unsigned)_i) % PEERS;

		ck_assert(!is_won(died));
		say(end, RSP_ENRP_INIT_TAKEOVER_ACK, PEER(end));
		say(end, RSP_ENRP_INIT_TAKEOVER_ACK, 0x12345678);
		ck_assert(!is_won(died));
		acknowledge(end);
		if (k < PEERS - 1)
			acknowledge(end);
	}
	ck_assert(is_won(died));
	ck_assert_int_lt(net.now - died, net.config[1].max_time_no_response);
	net_end();
}
END_TEST

/* Of several that do not acknowledge one is there, whichever it is, and so
 * objects: nothing is taken. */
START_TEST(one_objection_among_the_silent_is_enough)
{
	rsp_time died;

	begin(PEERS);
	died = kill();
	while (net.now < died + net.config[1].max_time_no_response + 200) {
		net_run(100);
		say((unsigned)_i, RSP_ENRP_PRESENCE, 0);
	}
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died), 1);
	ck_assert(!is_won(died));
	net_end();
}
END_TEST

/* Proves 5353-3.5-04, 5353-3.5-15: a peer that goes meanwhile is known no more,
 * and one that is silent meanwhile is waited for as long as for any answer. */
START_TEST(who_is_gone_or_silent_is_not_waited_for)
{
	rsp_time died;

	begin(2);
	died = kill();
	acknowledge(0);
	ck_assert(!is_won(died));
	if (_i == 0) {
		net_close(1);
		net_run(20);
	} else {
		net_run(
		    died + net.config[1].max_time_no_response - net.now - 10);
		ck_assert(!is_won(died));
		net_run(1000);
	}
	ck_assert(is_won(died));
	net_end();
}
END_TEST

/* Peers that have been told, elements that have been claimed (by keep-alives
 * with H), and those of them that were claimed when not all peers were told. */
static unsigned told, claimed, early;

static void
note(unsigned from, unsigned to, enum rsp_protocol protocol,
    struct rsp_span bytes)
{
	(void)from;
	(void)to;
	if (protocol == RSP_ENRP && bytes.at[0] == RSP_ENRP_TAKEOVER_SERVER)
		told++;
	if (protocol != RSP_ASAP || bytes.at[0] != RSP_ASAP_KEEP_ALIVE ||
	    bytes.at[1] != RSP_FLAG_HOME)
		return;
	claimed++;
	early += told < PEERS;
}

/* Proves 5353-3.5-18, 5353-3.5-19: all of them hear it, once, and before any
 * element does. */
START_TEST(every_active_peer_hears_who_has_won)
{
	struct rsp_message m;
	rsp_time died;

	begin(PEERS);
	told = claimed = early = 0;
	died = kill();
	net.on_message = note;
	for (unsigned end = 0; end < PEERS; end++)
		acknowledge(end);
	ck_assert(is_won(died));
	for (unsigned end = 0; end < PEERS; end++) {
		ck_assert(net_hear_type(end, RSP_ENRP_TAKEOVER_SERVER, &m));
		ck_assert_uint_eq(m.sender, HEIR);
		ck_assert_uint_eq(m.receiver, 0);
		ck_assert_uint_eq(m.server, DEAD);
		ck_assert(!net_hear_type(end, RSP_ENRP_TAKEOVER_SERVER, &m));
	}
	net_run(1000);
	ck_assert_uint_eq(told, PEERS);
	ck_assert_uint_eq(claimed, ELEMENTS);
	ck_assert_uint_eq(early, 0);
	net.on_message = NULL;
	net_end();
}
END_TEST

/* What is done instead of 5353-3.5-13 and 5353-3.5-14 about a target that was
 * heard a moment ago: it is asked for a proof, and acknowledged in time for the
 * initiator if none comes. */
START_TEST(a_target_heard_lately_is_asked_first)
{
	struct rsp_message m;
	rsp_time from;

	begin(2);
	from = net.now;
	say(0, RSP_ENRP_INIT_TAKEOVER, PEER(1));
	ck_assert(!net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	ck_assert(net_hear_type(1, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REPLY);
	ck_assert_uint_eq(m.receiver, PEER(1));
	if (_i == 0)
		say(1, RSP_ENRP_PRESENCE, 0);
	net_run(net.config[1].max_time_no_response - 100);
	if (_i == 0) {
		ck_assert(net_hear(0, &m)); /* instead of an ACK */
		ck_assert_uint_eq(m.type, RSP_ENRP_PRESENCE);
		ck_assert_uint_eq(m.receiver, PEER(0));
		ck_assert(!net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	} else {
		ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
		ck_assert_uint_eq(m.receiver, PEER(0));
		ck_assert_uint_eq(m.server, PEER(1));
	}
	ck_assert_int_eq(net_count(1, RSP_EVENT_TAKEOVER_AGREED, from), _i);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, from), 0);
	net_end();
}
END_TEST

/* Proves 5353-3.5-10: who has given way neither goes on nor asks the target,
 * nor takes it for one that is there.  It looks again when nothing comes of it.
 */
START_TEST(who_gives_way_stops_watching)
{
	struct rsp_peer_view v = { 0 };
	struct rsp_message m;
	rsp_time died, gave;
	int64_t patience;

	begin(2);
	patience = 2 * net.config[1].max_time_no_response;
	died = kill();
	net_hear_all(0, RSP_ENRP_INIT_TAKEOVER);
	say(0, RSP_ENRP_INIT_TAKEOVER, DEAD);
	gave = net.now;
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	ck_assert_uint_eq(m.server, DEAD);
	while (net.now < gave + patience - 600) {
		say(0, RSP_ENRP_PRESENCE, 0);
		acknowledge(1); /* of what is over */
		net_run(500);
	}
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died), 1);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, gave), 0);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PEER_LOST, gave), 0);
	ck_assert(!is_won(died));
	while (rsp_registry_next_peer(net.reg[1], &v) && v.id != DEAD)
		;
	ck_assert_uint_eq(v.id, DEAD);
	ck_assert_int_eq(v.state, RSP_PEER_DYING);
	for (unsigned k = 0; k < 10; k++) {
		say(0, RSP_ENRP_PRESENCE, 0);
		say(1, RSP_ENRP_PRESENCE, 0);
		net_run(500);
	}
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PEER_LOST, gave), 1);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, gave), 1);
	net_end();
}
END_TEST

/* A registrar that has merely lost its own connection, or lies, takes nothing
 * from a target that was heard a moment ago; the target shows itself. */
START_TEST(a_living_target_is_asked_to_show_itself)
{
	struct rsp_peer_view v = { 0 };
	struct rsp_message m;

	begin(2);
	net_hear_all(1, RSP_ENRP_PRESENCE);
	say(0, RSP_ENRP_TAKEOVER_SERVER, PEER(1));
	ck_assert(net_hear_type(1, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REPLY);
	ck_assert_uint_eq(m.receiver, PEER(1));
	while (rsp_registry_next_peer(net.reg[1], &v) && v.id != PEER(1))
		;
	ck_assert_uint_eq(v.id, PEER(1));
	ck_assert_int_eq(v.state, RSP_PEER_ACTIVE);
	net_end();
}
END_TEST

/* An heir has its elements from a peer that may have said more than has
 * arrived: one that fell silent, not one that has hung up. */
START_TEST(the_heir_of_a_silent_peer_is_asked_for_all)
{
	struct rsp_message m;

	begin(1);
	if (_i == 0) {
		net_cut(0, 1, true);
		net_freeze(0, true);
	} else {
		net_kill(0);
	}
	for (unsigned k = 0; k < (_i == 0 ? 12 : 1); k++) {
		net_run(500);
		say(0, RSP_ENRP_PRESENCE, 0);
	}
	net_hear_all(0, RSP_ENRP_TABLE_REQUEST);
	say(0, RSP_ENRP_TAKEOVER_SERVER, DEAD);
	ck_assert_uint_eq(net_owned(1, PEER(0), ELEMENTS), ELEMENTS);
	ck_assert_int_eq(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m), _i == 0);
	if (_i == 0)
		ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	net_end();
}
END_TEST

/* Who asks for peers does not hear of one that is being taken over, be it by
 * this registrar or by another. */
START_TEST(who_is_taken_over_is_not_introduced)
{
	struct rsp_server_info info;
	struct rsp_message m;
	struct rsp_cursor c;

	for (unsigned state = 0; state < 3; state++) {
		bool named = false;

		begin(2);
		if (state > 0)
			kill();
		if (state == 2)
			say(1, RSP_ENRP_INIT_TAKEOVER, DEAD);
		say(0, RSP_ENRP_LIST_REQUEST, 0);
		ck_assert(net_hear_type(0, RSP_ENRP_LIST_RESPONSE, &m));
		c = rsp_cursor_over(m.servers);
		/* ends are plain, so that they hear of SCTP only */
		while (rsp_next_server(&c, &info))
			named |= info.id == DEAD;
		ck_assert(!named);
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = PEER(0);
		m.is_rspool = true;
		net_say(0, &m);
		say(0, RSP_ENRP_LIST_REQUEST, 0);
		ck_assert(net_hear_type(0, RSP_ENRP_LIST_RESPONSE, &m));
		c = rsp_cursor_over(m.servers);
		while (rsp_next_server(&c, &info))
			named |= info.id == DEAD;
		ck_assert_msg(named == (state == 0), "state %u", state);
		net_end();
	}
}
END_TEST

/* What comes over another connection than the last one may be old. */
START_TEST(an_old_connection_acknowledges_nothing)
{
	struct rsp_message m;
	rsp_time died;

	begin(0);
	for (unsigned end = 0; end < 2; end++) {
		net_open(end, 1);
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = PEER(0);
		m.is_rspool = true;
		net_say(end, &m);
	}
	died = kill();
	ck_assert(net_hear_type(1, RSP_ENRP_INIT_TAKEOVER, &m));
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_INIT_TAKEOVER_ACK);
	m.sender = PEER(0);
	m.server = DEAD;
	net_say(0, &m);
	ck_assert(!is_won(died));
	net_say(1, &m);
	ck_assert(is_won(died));
	net_end();
}
END_TEST

/* A peer is said to be up when it was lost, and no more often. */
START_TEST(who_comes_back_is_said_once)
{
	rsp_time from;

	begin(2);
	net_run(net.config[1].max_time_last_heard + 100);
	say(0, RSP_ENRP_PRESENCE, 0);
	say(1, RSP_ENRP_PRESENCE, 0);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PEER_UP, 0), 1 + 2 + 2);
	from = net.now;
	/* doubted by another, and there */
	say(0, RSP_ENRP_INIT_TAKEOVER, PEER(1));
	say(1, RSP_ENRP_PRESENCE, 0);
	net_run(100);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PEER_UP, from), 0);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_PEER_LOST, from), 0);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("takeover_acks");
	TCase *t = tcase_create("takeover_acks");

	tcase_add_loop_test(t, each_peers_acknowledgement_is_waited_for, 0,
	    PEERS);
	tcase_add_loop_test(t, one_objection_among_the_silent_is_enough, 0,
	    PEERS);
	tcase_add_loop_test(t, who_is_gone_or_silent_is_not_waited_for, 0, 2);
	tcase_add_test(t, every_active_peer_hears_who_has_won);
	tcase_add_loop_test(t, a_target_heard_lately_is_asked_first, 0, 2);
	tcase_add_test(t, who_gives_way_stops_watching);
	tcase_add_test(t, a_living_target_is_asked_to_show_itself);
	tcase_add_loop_test(t, the_heir_of_a_silent_peer_is_asked_for_all, 0,
	    2);
	tcase_add_test(t, who_is_taken_over_is_not_introduced);
	tcase_add_test(t, an_old_connection_acknowledges_nothing);
	tcase_add_test(t, who_comes_back_is_said_once);
	suite_add_tcase(s, t);
	return run_suite(s);
}
