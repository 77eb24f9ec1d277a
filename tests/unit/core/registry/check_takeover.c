/* SPDX-License-Identifier: Apache-2.0 */
/* check_takeover.c - claims about the death of a registrar, believed and real
 * (RFC 5353 section 3.5)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

/* A hand-made registrar beside the others. */
#define STRANGER 0x99990000u
#define SECOND 0x00000042u

static void
message(struct rsp_message *m, uint8_t type, uint32_t from, uint32_t target)
{
	rsp_message_init(m, RSP_ENRP, type);
	m->sender = from;
	m->server = target;
}

static void
say(unsigned end, uint8_t type, uint32_t from, uint32_t target)
{
	struct rsp_message m;

	message(&m, type, from, target);
	net_say(end, &m);
}

/* `end` becomes a peer of registrar i, and hears no more of its greeting. */
static void
join(unsigned end, unsigned i, uint32_t id)
{
	struct rsp_message m;

	net_open(end, i);
	say(end, RSP_ENRP_PRESENCE, id, 0);
	while (net_hear(end, &m))
		;
}

/* Lets time go by; `end` shows that it lives. */
static void
run_with(unsigned end, uint32_t id, int64_t ms)
{
	for (; ms > 0; ms -= 500) {
		net_run(ms < 500 ? ms : 500);
		say(end, RSP_ENRP_PRESENCE, id, 0);
	}
}

static unsigned
total(enum rsp_registry_event event, rsp_time from)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		n += net_count(i, event, from);
	return n;
}

static rsp_time
time_of(unsigned i, enum rsp_registry_event event, rsp_time from)
{
	for (unsigned k = 0; k < net.n_events; k++)
		if (net.events[k].reg == i && net.events[k].event == event &&
		    net.events[k].at >= from)
			return net.events[k].at;
	return RSP_NEVER;
}

/* Proves 5353-3.5-15, with nobody else there. */
START_TEST(the_sole_survivor_takes_over_at_once)
{
	rsp_time died;

	net_init();
	net_start_all(2);
	net_element_group(0, 10, 0);
	died = net.now;
	net_kill(0);
	net_run(100);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_WON, died), 1);
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 10), 10);
	net_run(120000);
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 10), 10);
	for (unsigned e = 0; e < 10; e++)
		ck_assert_int_eq(net_element_home(e), 1);
	net_end();
}
END_TEST

/* Proves 5353-3.4-10, 5353-3.4-11, 5353-3.4-12: silence, a probe, and death
 * within the timers' sum. */
START_TEST(who_falls_silent_is_taken_over_in_time)
{
	struct rsp_registry_config *c = &net.config[1];
	rsp_time died, won;

	net_init();
	net_start_all(3);
	net_element_group(0, 10, 0);
	died = net.now;
	net_freeze(0, true);
	net_run(10000);
	won = rsp_time_min(time_of(1, RSP_EVENT_TAKEOVER_WON, died),
	    time_of(2, RSP_EVENT_TAKEOVER_WON, died));
	ck_assert_int_le(won - died,
	    c->max_time_last_heard + c->max_time_no_response + 1000);
	ck_assert_int_ge(won - died, c->max_time_last_heard -
					 c->peer_heartbeat_cycle +
					 c->max_time_no_response - 500);
	ck_assert_uint_eq(total(RSP_EVENT_TAKEOVER_WON, died), 1);
	ck_assert_uint_eq(net_owned(1, NET_ID(0), 10), 0);
	for (unsigned e = 0; e < 10; e++)
		ck_assert_int_ge(net_element_home(e), 1);
	/* It wakes up, sees that its elements are gone, and is one of many. */
	net_freeze(0, false);
	net_run(5000);
	ck_assert_uint_eq(net_elements(0), 10);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves 5353-3.5-08, 5353-3.5-09, 5353-3.5-12 at ours, whatever the order of
 * things: one wins, all agree. */
START_TEST(of_many_survivors_one_wins)
{
	rsp_time died;

	net_init();
	net.seed += (uint64_t)_i * 7919;
	net.latency = 1 + _i % 20;
	net_start_all(5);
	net_element_group(0, 10, 0);
	died = net.now;
	if (_i % 2 == 0)
		net_kill(0);
	else
		net_freeze(0, true);
	net_run(12000);
	ck_assert_uint_eq(total(RSP_EVENT_TAKEOVER_WON, died), 1);
	if (_i % 2 == 1)
		net_kill(0);
	net_run(2000);
	ck_assert(net_is_equal());
	ck_assert_uint_eq(net_elements(4), 10);
	ck_assert_uint_eq(net_owned(4, NET_ID(0), 10), 0);
	net_end();
}
END_TEST

/* Proves 5353-2.7-01, 5353-2.7-03, 5353-3.5-01, 5353-3.5-02, 5353-3.5-03:
 * without the acknowledgement of a peer that is there nothing is taken; with
 * it, it is. */
START_TEST(a_takeover_waits_for_acknowledgements)
{
	struct rsp_message m;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 1, STRANGER);
	net_kill(0);
	net_run(60);
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER, &m));
	ck_assert_uint_eq(m.sender, NET_ID(1));
	ck_assert_uint_eq(m.receiver, 0);
	ck_assert_uint_eq(m.server, NET_ID(0));
	net_run(1000);
	ck_assert_uint_eq(net_owned(1, NET_ID(0), 3), 3);
	say(0, RSP_ENRP_INIT_TAKEOVER_ACK, STRANGER, NET_ID(0));
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 3), 3);
	ck_assert(net_hear_type(0, RSP_ENRP_TAKEOVER_SERVER, &m));
	ck_assert_uint_eq(m.server, NET_ID(0));
	net_end();
}
END_TEST

/* Two at once: nobody waits for the dead. */
START_TEST(those_who_die_together_hold_nobody_up)
{
	rsp_time died;

	net_init();
	net_start_all(4);
	net_element_group(0, 8, 0);
	for (unsigned e = 20; e < 28; e++)
		net_element(e, "P", 1u << 1, true);
	net_run(500);
	died = net.now;
	if (_i == 0) {
		net_kill(0);
		net_kill(1);
	} else {
		net_freeze(0, true);
		net_freeze(1, true);
	}
	net_run(_i == 0 ? 1000 : 14000);
	ck_assert_uint_eq(total(RSP_EVENT_TAKEOVER_WON, died), 2);
	if (_i == 1) {
		net_kill(0);
		net_kill(1);
		net_run(100);
	}
	ck_assert_uint_eq(net_elements(2), 16);
	ck_assert_uint_eq(net_owned(2, NET_ID(0), 28), 0);
	ck_assert_uint_eq(net_owned(2, NET_ID(1), 28), 0);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* A peer that is there and does not acknowledge objects. */
START_TEST(an_objection_ends_the_attempt)
{
	rsp_time died;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 1, STRANGER);
	died = net.now;
	net_kill(0);
	run_with(0, STRANGER, 3000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died), 1);
	ck_assert_uint_eq(net_owned(1, NET_ID(0), 3), 3);
	/* It tries again, and again it is for the peer to say. */
	run_with(0, STRANGER, 4000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died), 2);
	say(0, RSP_ENRP_INIT_TAKEOVER_ACK, STRANGER, NET_ID(0));
	ck_assert_uint_eq(net_owned(1, NET_ID(1), 3), 3);
	net_end();
}
END_TEST

/* Proves 5353-3.5-07, 5353-3.5-17: the target wakes up before it is decided. */
START_TEST(a_target_that_comes_back_keeps_all)
{
	struct rsp_message m;
	rsp_time died;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 1, STRANGER);
	died = net.now;
	net_freeze(0, true);
	run_with(0, STRANGER, 5500);
	for (int i = 0; i < 40; i++) {
		run_with(0, STRANGER, 100);
		if (net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died) > 0)
			break;
	}
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER, &m));
	net_freeze(0, false);
	net_run(50);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died), 1);
	say(0, RSP_ENRP_INIT_TAKEOVER_ACK, STRANGER, NET_ID(0));
	net_run(1000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_WON, died), 0);
	ck_assert_uint_eq(net_owned(1, NET_ID(0), 3), 3);
	net_end();
}
END_TEST

/* Proves 5353-3.5-09, 5353-3.5-10, 5353-3.5-11, 5353-3.5-12. */
START_TEST(the_greater_of_two_contenders_goes_on)
{
	uint32_t rival = _i == 0 ? STRANGER : SECOND;
	struct rsp_message m;
	rsp_time died;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 1, rival);
	died = net.now;
	net_kill(0);
	net_run(60);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died), 1);
	say(0, RSP_ENRP_INIT_TAKEOVER, rival, NET_ID(0));
	ck_assert_int_eq(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m),
	    rival == STRANGER);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died),
	    rival == STRANGER);
	if (rival == STRANGER) {
		ck_assert_uint_eq(m.receiver, rival);
		ck_assert_uint_eq(m.server, NET_ID(0));
		say(0, RSP_ENRP_TAKEOVER_SERVER, rival, NET_ID(0));
		ck_assert_uint_eq(net_owned(1, rival, 3), 3);
	}
	net_end();
}
END_TEST

/* With RSPLIB around, all of a group turn it round. */
START_TEST(interop_lets_the_smaller_go_on)
{
	struct rsp_message m;
	rsp_time died;

	net_init();
	net_prepare(0);
	net_prepare(1);
	net.config[1].interop_rsplib = true;
	net_start(0, 2);
	net_start(1, 1);
	net_run(1000);
	net_element_group(0, 3, 0);
	join(0, 1, SECOND);
	died = net.now;
	net_kill(0);
	net_run(60);
	say(0, RSP_ENRP_INIT_TAKEOVER, SECOND, NET_ID(0));
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_ABORTED, died), 1);
	net_end();
}
END_TEST

/* Proves 5353-2.8-01, 5353-3.5-05, 5353-3.5-13, 5353-3.5-14: a bystander that
 * has lost the target too agrees at once. */
START_TEST(a_bystander_agrees)
{
	struct rsp_message m;
	rsp_time died;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 1, STRANGER);
	net_cut(0, 1, true);
	net_freeze(0, true);
	run_with(0, STRANGER, 5000);
	while (net_hear(0, &m))
		;
	died = net.now;
	say(0, RSP_ENRP_INIT_TAKEOVER, STRANGER, NET_ID(0));
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	ck_assert_uint_eq(m.receiver, STRANGER);
	ck_assert_uint_eq(m.server, NET_ID(0));
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_AGREED, died), 1);
	/* Not watched any more ... */
	run_with(0, STRANGER, 3000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died), 0);
	/* ... but not for ever, if nothing comes of it. */
	run_with(0, STRANGER, 5000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_BEGUN, died), 1);
	net_end();
}
END_TEST

/* An unknown target is nobody's business here. */
START_TEST(an_unknown_target_is_agreed_to)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER);
	say(0, RSP_ENRP_INIT_TAKEOVER, STRANGER, 0x12345678);
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER_ACK, &m));
	ck_assert_uint_eq(m.server, 0x12345678);
	say(0, RSP_ENRP_TAKEOVER_SERVER, STRANGER, 0x12345678);
	say(0, RSP_ENRP_INIT_TAKEOVER_ACK, STRANGER, 0x12345678);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_TAKEOVER_DONE, 0), 0);
	net_end();
}
END_TEST

/* Proves 5353-3.5-06. */
START_TEST(the_target_itself_says_that_it_lives)
{
	struct rsp_message m;

	net_init();
	net_start_all(2);
	net_element_group(0, 3, 0);
	join(0, 0, STRANGER);
	join(1, 0, SECOND);
	say(0, RSP_ENRP_INIT_TAKEOVER, STRANGER, NET_ID(0));
	for (unsigned end = 0; end < 2; end++) {
		ck_assert(net_hear(end, &m));
		ck_assert_uint_eq(m.type, RSP_ENRP_PRESENCE);
		ck_assert_uint_eq(m.flags, 0);
		ck_assert(!net_hear(end, &m));
	}
	say(0, RSP_ENRP_TAKEOVER_SERVER, STRANGER, NET_ID(0));
	ck_assert_uint_eq(net_owned(0, NET_ID(0), 3), 3);
	net_end();
}
END_TEST

/* Who forges a takeover of a living peer, however far he goes, moves nothing.
 */
START_TEST(a_living_peer_is_not_taken_over)
{
	struct rsp_message m;
	rsp_time from;

	net_init();
	net_start_all(3);
	net_element_group(0, 6, 0);
	join(0, 1, STRANGER);
	from = net.now;
	for (int i = 0; i < 20; i++) {
		say(0, RSP_ENRP_INIT_TAKEOVER, STRANGER, NET_ID(0));
		say(0, RSP_ENRP_TAKEOVER_SERVER, STRANGER, NET_ID(0));
		net_run(500);
		ck_assert_uint_eq(net_owned(1, NET_ID(0), 6), 6);
	}
	while (net_hear(0, &m))
		ck_assert_uint_ne(m.type, RSP_ENRP_INIT_TAKEOVER_ACK);
	ck_assert_uint_eq(total(RSP_EVENT_TAKEOVER_AGREED, from), 0);
	ck_assert_uint_eq(total(RSP_EVENT_TAKEOVER_DONE, from), 0);
	ck_assert_uint_eq(total(RSP_EVENT_PE_REMOVED, from), 0);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("takeover");
	TCase *t = tcase_create("takeover");

	tcase_add_test(t, the_sole_survivor_takes_over_at_once);
	tcase_add_test(t, who_falls_silent_is_taken_over_in_time);
	tcase_add_loop_test(t, of_many_survivors_one_wins, 0, 40);
	tcase_add_test(t, a_takeover_waits_for_acknowledgements);
	tcase_add_loop_test(t, those_who_die_together_hold_nobody_up, 0, 2);
	tcase_add_test(t, an_objection_ends_the_attempt);
	tcase_add_test(t, a_target_that_comes_back_keeps_all);
	tcase_add_loop_test(t, the_greater_of_two_contenders_goes_on, 0, 2);
	tcase_add_test(t, interop_lets_the_smaller_go_on);
	tcase_add_test(t, a_bystander_agrees);
	tcase_add_test(t, an_unknown_target_is_agreed_to);
	tcase_add_test(t, the_target_itself_says_that_it_lives);
	tcase_add_test(t, a_living_peer_is_not_taken_over);
	suite_add_tcase(s, t);
	return run_suite(s);
}
