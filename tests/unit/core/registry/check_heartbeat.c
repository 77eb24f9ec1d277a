/* SPDX-License-Identifier: Apache-2.0 */
/* check_heartbeat.c - claims about the times of a registrar's presences, and of
 * what it does about silence: with the defaults, and with RFC 5353's (section
 * 4.2)
 */
#include "tests/lib/suite.h"

#include "tests/sim/net.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_registrar.h"

#define PEERS 3
#define BEATS 30
#define PEER(end) (0x99990000u + (end))

/* PEER-HEARTBEAT-CYCLE, MAX-TIME-LAST-HEARD, MAX-TIME-NO-RESPONSE */
static const struct {
	int64_t cycle, last_heard, no_response;
} rows[] = { { 2000, 5000, 2000 }, { 30000, 61000, 5000 } };

/* Proves 5353-4.2-01, 5353-4.2-02, 5353-4.2-03: what is there unless it is set
 * (requirements.left says why). */
static void
begin(int row)
{
	struct rsp_registry_config *c = &net.config[0];

	net_init();
	net_prepare(0);
	if (row == 0) {
		ck_assert_int_eq(c->peer_heartbeat_cycle, rows[0].cycle);
		ck_assert_int_eq(c->max_time_last_heard, rows[0].last_heard);
		ck_assert_int_eq(c->max_time_no_response, rows[0].no_response);
	}
	c->peer_heartbeat_cycle = rows[row].cycle;
	c->max_time_last_heard = rows[row].last_heard;
	c->max_time_no_response = rows[row].no_response;
	net_start(0, 0);
}

static void
join(unsigned end)
{
	struct rsp_message m;

	net_open(end, 0);
	net_say_type(end, RSP_ENRP_PRESENCE, 0, PEER(end));
	while (net_hear(end, &m))
		;
}

/* Waits until this end hears a presence of its own accord; when that was. */
static rsp_time
next_beat(unsigned end, int64_t longest)
{
	rsp_time until = net.now + longest;
	struct rsp_message m;

	while (net.now < until) {
		net_run(10);
		if (!net_hear_type(end, RSP_ENRP_PRESENCE, &m))
			continue;
		ck_assert_uint_eq(m.flags, 0);
		ck_assert_uint_eq(m.receiver, 0);
		ck_assert(m.has_checksum);
		return net.now;
	}
	ck_abort_msg("no presence within %d ms", (int)longest);
}

/* Each peer hears each beat; between two of them is the cycle, a tenth more or
 * less, and on average the cycle.  Proves 5353-3.4-05, 5353-4.2-01. */
START_TEST(every_peer_hears_a_presence_each_cycle)
{
	int64_t cycle = rows[_i].cycle;
	rsp_time first, at;

	begin(_i);
	for (unsigned end = 0; end < PEERS; end++)
		join(end);
	first = at = next_beat(0, 2 * cycle);
	for (unsigned k = 0; k < BEATS; k++) {
		rsp_time then = at;

		for (unsigned end = 1; end < PEERS; end++)
			ck_assert_uint_eq(net_hear_all(end, RSP_ENRP_PRESENCE),
			    1);
		/* Whoever speaks is not asked whether it is there. */
		for (unsigned end = 0; end < PEERS; end++)
			net_say_type(end, RSP_ENRP_ERROR, 0, PEER(end));
		at = next_beat(0, 2 * cycle);
		ck_assert_int_ge(at - then, cycle * 9 / 10 - 20);
		ck_assert_int_le(at - then, cycle * 11 / 10 + 20);
	}
	ck_assert_int_ge(at - first, cycle * BEATS * 97 / 100);
	ck_assert_int_le(at - first, cycle * BEATS * 103 / 100);
	net_end();
}
END_TEST

/* The peer that comes last hears it with all others. */
START_TEST(a_late_peer_hears_it_too)
{
	struct rsp_message m;
	rsp_time at;

	begin(0);
	join(0);
	at = next_beat(0, 5000);
	net_run(500);
	join(1);
	ck_assert_int_le(next_beat(1, 5000) - at, rows[0].cycle * 11 / 10 + 20);
	ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
	net_end();
}
END_TEST

/* Proves 5353-4.2-02, 5353-4.2-03, 5353-3.4-08 to -11: silence is asked about
 * when it has lasted too long, not earlier, and believed when the answer has
 * not come in time, not earlier; the silent one is told, too (5353-3.5-03). */
START_TEST(silence_is_measured)
{
	struct rsp_message m;
	rsp_time silent;
	int64_t left;

	begin(_i);
	join(0);
	join(1);
	silent = net.now;
	while ((left = silent + rows[_i].last_heard - 100 - net.now) > 0) {
		net_run(left < 1000 ? left : 1000);
		net_say_type(1, RSP_ENRP_ERROR, 0, PEER(1));
		while (net_hear(0, &m))
			ck_assert_uint_eq(m.flags & RSP_FLAG_REPLY, 0);
	}
	net_run(silent + rows[_i].last_heard + 20 - net.now);
	ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_REPLY);
	ck_assert_uint_eq(m.receiver, PEER(0));
	net_say_type(1, RSP_ENRP_ERROR, 0, PEER(1));
	net_run(silent + rows[_i].last_heard + rows[_i].no_response - 100 -
		net.now);
	ck_assert(!net_hear_type(1, RSP_ENRP_INIT_TAKEOVER, &m));
	net_run(250); /* and a moment of its own */
	ck_assert(net_hear_type(0, RSP_ENRP_INIT_TAKEOVER, &m));
	ck_assert_uint_eq(m.server, PEER(0));
	ck_assert(net_hear_type(1, RSP_ENRP_INIT_TAKEOVER, &m));
	ck_assert_uint_eq(m.server, PEER(0));
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("heartbeat");
	TCase *t = tcase_create("heartbeat");

	tcase_add_loop_test(t, every_peer_hears_a_presence_each_cycle, 0, 2);
	tcase_add_test(t, a_late_peer_hears_it_too);
	tcase_add_loop_test(t, silence_is_measured, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
