/* SPDX-License-Identifier: Apache-2.0 */
/* check_element.c - claims about a pool element: hunt, registration, keep-alive,
 * takeover, deregistration, all on a clock that the tests set
 *
 * Long: one claim after the other on one machine. */
#include "suite.h"

#include "rsp/core/element.h"

#define HANDLE "Web"
#define PE_ID 0x1a2b3c4dU
#define REGISTRAR 0x77777777U
#define MAX 32

/* The element under test with a shell that writes down what it is told. */
static struct rsp_element *e;
static struct rsp_element_config config;
static struct rsp_pe pe;
static rsp_time now;
static uint32_t dice;
static bool shell_up[RSP_LINKS]; /* links that the shell holds */
static unsigned most_up;

static unsigned n_connects, connects[MAX];
static unsigned n_sent, sent_link;
static uint8_t sent_bytes[4096];
static struct rsp_message sent; /* the last message */
static unsigned sent_of[256];	/* messages by type */
static unsigned hangups[RSP_LINKS];
static unsigned events[RSP_ELEMENT_DEREGISTERED + 1];
static const char *last_reason;
static uint16_t last_cause;

static uint32_t
roll(void *ctx)
{
	(void)ctx;
	return dice;
}

static void
count_links(void)
{
	unsigned i, n = 0;

	for (i = 0; i < RSP_LINKS; i++)
		n += shell_up[i];
	if (n > most_up)
		most_up = n;
}

static void
take_message(const struct rsp_element_out *o)
{
	ck_assert_uint_le(o->bytes.len, sizeof(sent_bytes));
	memcpy(sent_bytes, o->bytes.at, o->bytes.len);
	sent_link = o->link;
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP,
			     (struct rsp_span){ sent_bytes, o->bytes.len },
			     &sent, NULL), RSP_OK);
	n_sent++;
	sent_of[sent.type]++;
}

static void
drain(void)
{
	struct rsp_element_out o;

	while (rsp_element_output(e, &o)) {
		switch (o.kind) {
		case RSP_ELEMENT_CONNECT:
			ck_assert(!shell_up[RSP_LINK_OUT]);
			ck_assert_uint_lt(n_connects, MAX);
			connects[n_connects++] = o.endpoint;
			shell_up[RSP_LINK_OUT] = true;
			count_links();
			break;
		case RSP_ELEMENT_SEND:
			ck_assert(shell_up[o.link]);
			take_message(&o);
			break;
		case RSP_ELEMENT_HANGUP:
			ck_assert(shell_up[o.link]);
			shell_up[o.link] = false;
			hangups[o.link]++;
			break;
		case RSP_ELEMENT_EVENT:
			events[o.event]++;
			last_reason = o.reason;
			last_cause = o.cause;
			break;
		}
	}
}

static void
start(unsigned n_endpoints)
{
	struct rsp_address a = { .family = 4, .bytes = { 127, 0, 0, 1 } };

	now = 1000000;
	dice = 0; /* pauses and T4 at their longest */
	rsp_element_config_init(&config);
	config.handle = (struct rsp_span){ (const uint8_t *)HANDLE, 3 };
	config.n_endpoints = n_endpoints;
	config.random = roll;
	pe = (struct rsp_pe){ .id = PE_ID, .life = 90, .home = 99 };
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = 8001;
	pe.user.n_addresses = 1;
	pe.user.addresses[0] = a;
	pe.policy.type = 1;
	e = rsp_element_new(&config, &pe);
	ck_assert_ptr_nonnull(e);
	n_connects = n_sent = most_up = 0;
	memset(sent_of, 0, sizeof(sent_of));
	memset(hangups, 0, sizeof(hangups));
	memset(events, 0, sizeof(events));
	memset(shell_up, 0, sizeof(shell_up));
}

static void
end(void)
{
	ck_assert_uint_le(most_up, RSP_LINKS); /* 5352-3.6-13 */
	rsp_element_free(e);
	e = NULL;
}

static void
opened(unsigned link)
{
	shell_up[link] = true;
	count_links();
	rsp_element_opened(e, now, link);
	drain();
}

static void
closed(unsigned link)
{
	shell_up[link] = false;
	rsp_element_closed(e, now, link);
	drain();
}

/* Lets time pass until the next deadline, and ticks; how long that was. */
static int64_t
pass(void)
{
	rsp_time then = now;

	ck_assert(rsp_element_deadline(e) != RSP_NEVER);
	if (rsp_element_deadline(e) > now)
		now = rsp_element_deadline(e);
	rsp_element_tick(e, now);
	drain();
	return now - then;
}

static int
input_message(unsigned link, const struct rsp_message *m)
{
	uint8_t bytes[4096];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	int err;

	rsp_message_encode(&b, m);
	ck_assert(!b.overflow);
	err = rsp_element_input(e, now, link, rsp_builder_span(&b));
	drain();
	return err;
}

static struct rsp_message
answer(uint8_t type, uint8_t flags)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.flags = flags;
	m.has_handle = true;
	m.handle = config.handle;
	m.has_pe_id = true;
	m.pe_id = rsp_element_pe(e)->id;
	m.server = REGISTRAR;
	return m;
}

static void
respond(unsigned link, uint8_t type, uint8_t flags, int cause)
{
	struct rsp_message m = answer(type, flags);
	uint8_t causes[64];
	struct rsp_builder b = rsp_builder_into(causes, sizeof(causes));

	if (cause >= 0) {
		rsp_put_cause(&b, (uint16_t)cause, (struct rsp_span){ NULL, 0 });
		m.has_error = true;
		m.causes = rsp_builder_span(&b);
	}
	ck_assert_int_eq(input_message(link, &m), RSP_OK);
}

static void
grant(void)
{
	respond((unsigned)rsp_element_home(e), RSP_ASAP_REGISTRATION_RESPONSE,
	    0, -1);
}

static void
join(void)
{
	rsp_element_join(e, now);
	drain();
}

static void
leave(void)
{
	rsp_element_leave(e, now);
	drain();
}

static void
become_member(unsigned n_endpoints)
{
	start(n_endpoints);
	join();
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(e));
	now += 5000; /* settled */
}

/* 5352-3.1-03, -05, -06, -08, -10, -13, -14, -16, 5352-2.2.1-02
 * Proves 5352-2.2.1-01, 5352-6.1-05. */
START_TEST(registers_over_the_link_that_came_up)
{
	start(1);
	join();
	ck_assert_uint_eq(n_connects, 1);
	ck_assert_uint_eq(n_sent, 0);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe.id, PE_ID);
	ck_assert_int_eq(sent.pe.life, 90);
	ck_assert_uint_eq(sent.pe.home, 0);
	ck_assert_uint_eq(sent.pe.asap.type, 0);
	ck_assert(rsp_transport_equal(&sent.pe.user, &pe.user));
	ck_assert(rsp_policy_equal(&sent.pe.policy, &pe.policy));
	ck_assert(!rsp_element_is_member(e));
	grant();
	ck_assert(rsp_element_is_member(e)); /* 5352-3.1-20 */
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	end();
}
END_TEST

/* 5352-3.1-09, -19, -24, -25, -26, 5352-7.1-04 */
START_TEST(registers_again_before_its_life_ends)
{
	static const struct {
		int32_t life;
		int64_t t4;
	} rows[] = { { 90, 30000 }, { 60, 30000 }, { 40, 20000 },
		{ 30, 10000 }, { 20, 10000 }, { 2, 1000 },
		{ RSP_LIFE_FOREVER, 30000 } };
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(1);
		pe.life = rows[i].life;
		ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_OK);
		join();
		opened(RSP_LINK_OUT);
		grant();
		ck_assert_msg(pass() == rows[i].t4, "life %d",
		    (int)rows[i].life);
		ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
		ck_assert_uint_eq(sent.pe.id, PE_ID);
		grant();
		ck_assert_int_eq(pass(), rows[i].t4);
		ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
		ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
		ck_assert_uint_eq(n_connects, 1);
		end();
	}
}
END_TEST

START_TEST(t4_and_pauses_are_spread)
{
	start(1);
	dice = UINT32_MAX;
	join();
	closed(RSP_LINK_OUT);
	ck_assert_int_ge(rsp_element_deadline(e) - now, 50);
	ck_assert_int_le(rsp_element_deadline(e) - now, 100);
	dice = 50;
	pass();
	opened(RSP_LINK_OUT);
	dice = 1875;
	grant();
	ck_assert_int_eq(rsp_element_deadline(e) - now, 30000 - 1875);
	end();
}
END_TEST

/* 5352-3.6-10, -11, -17, -20, -21, and the pauses of ours */
START_TEST(hunts_in_turn_and_pauses_longer_each_round)
{
	static const int64_t pauses[] = { 100, 200, 400, 800, 1000, 1000 };
	unsigned i;

	start(3);
	join();
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		closed(RSP_LINK_OUT);
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, 3 * i + 3);
		ck_assert_uint_eq(connects[3 * i], 0);
		ck_assert_uint_eq(connects[3 * i + 1], 1);
		ck_assert_uint_eq(connects[3 * i + 2], 2);
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, 3 * i + 3);
		ck_assert_int_eq(pass(), pauses[i]);
	}
	/* 5352-3.1-27, -28: said once, after MAX-REG-ATTEMPT was exceeded */
	ck_assert_uint_eq(events[RSP_ELEMENT_NO_REGISTRAR], 1);
	end();
}
END_TEST

/* 5352-3.6-14, -19 */
START_TEST(attempt_is_given_up_after_half_a_second)
{
	start(2);
	join();
	ck_assert_int_eq(pass(), 500);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	end();
}
END_TEST

/* 5352-3.1-15, -17, -18: T2, the hunt, and registration from the start
 * Proves 5352-3.7.1-05. */
START_TEST(silent_registrar_is_left_after_t2)
{
	start(2);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), config.t2_registration);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	/* T2 doubles while nobody answers: a busy registrar gets its time. */
	ck_assert_int_eq(pass(), 2 * config.t2_registration);
	ck_assert_uint_eq(n_connects, 2);
	pass(); /* the pause */
	ck_assert_uint_eq(n_connects, 3);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(e));
	pass();
	ck_assert_int_eq(pass(), config.t2_registration); /* short again */
	end();
}
END_TEST

/* 5352-3.7.1-01, -02, -03: within 2 s at the next registrar
 * Proves 5352-1.1-02, 5352-3.6-22. */
START_TEST(lost_home_is_replaced_at_once)
{
	rsp_time then;

	become_member(3);
	then = now;
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert(!rsp_element_is_member(e));
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	pass(); /* that one is silent */
	ck_assert_uint_eq(connects[2], 2);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(e));
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_int_le(now - then, 2000);
	end();
}
END_TEST

START_TEST(registrar_that_hangs_up_at_once_is_no_busy_loop)
{
	unsigned i;
	rsp_time then;

	start(1);
	then = now;
	join();
	for (i = 0; i < 20; i++) {
		opened(RSP_LINK_OUT);
		grant();
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, i + 1);
		pass();
	}
	ck_assert_int_ge(now - then, 15000);
	end();
}
END_TEST

START_TEST(restarted_registrar_has_it_back_within_a_second)
{
	become_member(1);
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(n_connects, 2);
	closed(RSP_LINK_OUT);
	while (n_connects < 12) { /* it stays away for a while */
		ck_assert_int_le(pass(), 1000);
		closed(RSP_LINK_OUT);
	}
	ck_assert_int_le(pass(), 1000);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(e));
	end();
}
END_TEST

/* RSPLIB's registrars read milliseconds; when to register again is no matter of
 * theirs. */
static const struct {
	bool interop;
	int32_t life, sent;
} lives[] = {
	{ false, 90, 90 },
	{ true, 90, 90000 },
	{ true, -1, -1 },
	{ true, 2147483, 2147483000 },
	{ true, 2147484, INT32_MAX },
};

START_TEST(rsplibs_registrars_are_told_milliseconds)
{
	start(1);
	rsp_element_free(e);
	config.interop_rsplib = lives[_i].interop;
	pe.life = lives[_i].life;
	e = rsp_element_new(&config, &pe);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(sent.pe.life, lives[_i].sent);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
	ck_assert_int_eq(pass(), 30000); /* T4 */
	ck_assert_int_eq(sent.pe.life, lives[_i].sent);
	end();
}
END_TEST

/* 5352-3.1-21, -22, 5352-2.2.3-03 */
START_TEST(rejection_is_final_until_corrected)
{
	start(2);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_POLICY);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 1);
	ck_assert_uint_eq(last_cause, RSP_CAUSE_POLICY);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	ck_assert_int_eq(rsp_element_deadline(e), RSP_NEVER);
	join();
	ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(n_connects, 1);
	pe.policy.type = 3;
	ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.policy.type, 3);
	end();
}
END_TEST

START_TEST(rejected_id_may_be_replaced)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	pe.id++;
	ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_ESTATE);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_PE_ID);
	ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_OK);
	drain();
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.id, PE_ID + 1);
	end();
}
END_TEST

/* 5352-2.2.3-05 */
START_TEST(warning_leaves_it_a_member)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0,
	    RSP_CAUSE_INVALID);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert(rsp_element_is_member(e));
	end();
}
END_TEST

START_TEST(answers_to_others_are_ignored)
{
	struct rsp_message m;

	start(1);
	join();
	opened(RSP_LINK_OUT);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	m.pe_id++;
	input_message(RSP_LINK_OUT, &m);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	m.handle.len--;
	input_message(RSP_LINK_OUT, &m);
	opened(1);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	input_message(1, &m);
	ck_assert(!rsp_element_is_member(e));
	end();
}
END_TEST

/* 5352-3.1-23
 * Proves 5352-6.5.2-04. */
START_TEST(changed_values_are_registered_at_once)
{
	become_member(1);
	ck_assert_int_eq(rsp_element_change(e, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	pe.policy.n_words = 1;
	pe.policy.words[0] = 7;
	rsp_element_change(e, now, &pe);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	ck_assert_uint_eq(sent.pe.policy.words[0], 7);
	pe.user.addresses[0].bytes[3] = 9; /* while that one is under way */
	rsp_element_change(e, now, &pe);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
	ck_assert(rsp_transport_equal(&sent.pe.user, &pe.user));
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	end();
}
END_TEST

/* 5352-2.2.7-03, -04, 5352-2.2.8-01, -02, 5352-3.4-02, -04 to -07 */
START_TEST(keep_alive_is_answered_on_its_link)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_KEEP_ALIVE_ACK);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe_id, PE_ID);
	opened(2);
	respond(2, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 2);
	ck_assert_uint_eq(sent_link, 2);
	ck_assert_int_eq(rsp_element_home(e), RSP_LINK_OUT);
	end();
}
END_TEST

/* 5352-3.4-03 */
START_TEST(keep_alive_for_another_pool_gets_silence)
{
	struct rsp_message m;

	become_member(1);
	m = answer(RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME);
	m.handle = (struct rsp_span){ (const uint8_t *)"web", 3 };
	input_message(RSP_LINK_OUT, &m);
	opened(1);
	input_message(1, &m);
	m = answer(RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME);
	m.pe_id++;
	input_message(1, &m);
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_int_eq(rsp_element_home(e), RSP_LINK_OUT);
	m.has_pe_id = false; /* as RFC 5352 has it */
	input_message(RSP_LINK_OUT, &m);
	ck_assert_uint_eq(n_sent, 2);
	end();
}
END_TEST

START_TEST(unhealthy_element_is_silent_and_comes_back)
{
	become_member(1);
	rsp_element_set_healthy(e, now, false);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_int_eq(rsp_element_deadline(e), RSP_NEVER);
	rsp_element_set_healthy(e, now, true);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	end();
}
END_TEST

START_TEST(unhealthy_element_does_not_register)
{
	start(1);
	rsp_element_set_healthy(e, now, false);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(n_sent, 0);
	rsp_element_set_healthy(e, now, true);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	end();
}
END_TEST

/* 5352-2.2.7-02, 5352-3.4-08
 * Proves 5352-1.1-03. */
START_TEST(registrar_that_takes_over_becomes_home)
{
	become_member(2);
	opened(1);
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 1);
	ck_assert_int_eq(rsp_element_home(e), 1);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, 1);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	/* Once more from home changes nothing. */
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	now += 2000;
	closed(1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_uint_eq(n_connects, 2);
	end();
}
END_TEST

START_TEST(takeover_ends_a_hunt)
{
	become_member(2);
	closed(RSP_LINK_OUT);
	opened(2);
	respond(2, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_int_eq(rsp_element_home(e), 2);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	grant();
	ck_assert(rsp_element_is_member(e));
	end();
}
END_TEST

START_TEST(stranger_cannot_call_an_element_into_a_pool)
{
	start(1);
	join();
	opened(1);
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(n_sent, 0);
	ck_assert_int_eq(rsp_element_home(e), RSP_LINK_NONE);
	end();
}
END_TEST

/* 5352-2.2.4-01, 5352-3.2-03 */
START_TEST(ended_registration_is_renewed_within_a_second)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_int_le(pass(), 1000);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_uint_eq(n_connects, 1);
	end();
}
END_TEST

/* 5352-2.2.4-03 */
START_TEST(unasked_response_with_an_error_ends_nothing)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0,
	    RSP_CAUSE_UNSPECIFIED);
	ck_assert(rsp_element_is_member(e));
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	end();
}
END_TEST

/* 5352-3.2-01, -04 to -08, -11, 5352-2.2.2-01 to -03
 * Proves 5352-6.2-01, 5352-6.2-02, 5352-4-05. */
START_TEST(leaves_by_deregistration)
{
	become_member(1);
	leave();
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe_id, PE_ID);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 0);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_ptr_null(last_reason);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_int_eq(rsp_element_deadline(e), RSP_NEVER);
	end();
}
END_TEST

/* 5352-3.2-09, -10: T3, the hunt, the deregistration at the next registrar */
START_TEST(deregistration_goes_on_elsewhere)
{
	become_member(2);
	leave();
	ck_assert_int_eq(pass(), config.t3_deregistration);
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent_of[RSP_ASAP_DEREGISTRATION], 2);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	end();
}
END_TEST

START_TEST(leaving_ends_also_without_a_registrar)
{
	become_member(2);
	leave();
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(n_connects, 3);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	end();
}
END_TEST

START_TEST(leaving_is_immediate_before_anything_was_registered)
{
	start(1);
	leave();
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	join();
	leave();
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 2);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_sent, 0);
	end();
}
END_TEST

START_TEST(joins_again_after_leaving)
{
	become_member(1);
	leave();
	join();
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(e));
	end();
}
END_TEST

/* 5352-2.2.14-01 to -04, 5354-4: what is unknown is reported by its class */
START_TEST(unknown_messages_are_reported_by_their_class)
{
	static const struct {
		const char *name;
		uint8_t bytes[8];
		unsigned errors;
	} rows[] = {
		{ "class 00", { 0x3f, 0, 0, 4 }, 0 },
		{ "class 01", { 0x7f, 0, 0, 4 }, 1 },
		{ "known, but not for us", { 0x0b, 0, 0, 8, 0, 13, 0, 4 }, 0 },
	};
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		become_member(1);
		ck_assert_msg(rsp_element_input(e, now, RSP_LINK_OUT,
				  (struct rsp_span){ rows[i].bytes,
				      rows[i].bytes[3] }) == RSP_OK,
		    "%s", rows[i].name);
		drain();
		ck_assert_msg(sent_of[RSP_ASAP_ERROR] == rows[i].errors, "%s",
		    rows[i].name);
		ck_assert(rsp_element_is_member(e));
		end();
	}
}
END_TEST

START_TEST(garbage_ends_the_link)
{
	static const uint8_t bytes[] = { 7, 0, 0, 16, 0, 0, 0, 1, 0, 9, 0, 99,
		1, 2, 3, 4 };
	int err;

	become_member(1);
	err = rsp_element_input(e, now, RSP_LINK_OUT,
	    (struct rsp_span){ bytes, sizeof(bytes) });
	ck_assert_int_ne(err, RSP_OK);
	drain();
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(n_connects, 2);
	end();
}
END_TEST

/* 5352-4-06 */
START_TEST(error_message_is_told_and_not_answered)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, RSP_CAUSE_RESOURCES);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert_uint_eq(last_cause, RSP_CAUSE_RESOURCES);
	ck_assert_uint_eq(n_sent, 1);
	end();
}
END_TEST

START_TEST(error_message_instead_of_an_answer_is_a_refusal)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, RSP_CAUSE_PARAM);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, 0x11); /* RSPLIB's */
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 1);
	ck_assert_uint_eq(last_cause, 0x11);
	ck_assert_int_eq(rsp_element_deadline(e), RSP_NEVER);
	end();
}
END_TEST

START_TEST(leaving_between_two_attempts_asks_everybody_once)
{
	become_member(2);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT); /* a pause */
	ck_assert_uint_eq(n_connects, 3);
	leave();
	leave(); /* once is enough */
	ck_assert_uint_eq(n_connects, 4);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	/* An answer to what was asked before says nothing any more. */
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
	ck_assert(!rsp_element_is_member(e));
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	end();
}
END_TEST

START_TEST(silence_is_waited_for_half_a_minute_at_most)
{
	unsigned i;

	start(1);
	join();
	for (i = 0; i < 8; i++) {
		opened(RSP_LINK_OUT);
		pass(); /* T2 */
		pass(); /* the pause */
	}
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), config.t2_registration_max);
	end();
}
END_TEST

START_TEST(registration_that_ends_again_and_again_is_renewed_seldom)
{
	unsigned i;
	rsp_time then;

	become_member(1);
	then = now;
	for (i = 0; i < 20; i++) {
		respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
		ck_assert_int_le(pass(), 1000);
		grant();
	}
	ck_assert_int_ge(now - then, 15000);
	end();
}
END_TEST

START_TEST(what_comes_over_no_link_is_ignored)
{
	start(1);
	join();
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	respond(2, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(n_sent, 0);
	rsp_element_tick(e, now); /* nothing is due */
	drain();
	ck_assert_uint_eq(n_connects, 1);
	end();
}
END_TEST

START_TEST(shell_that_does_not_drain_loses_the_oldest)
{
	struct rsp_message m;
	struct rsp_element_out o;
	uint8_t bytes[256];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	unsigned i, n = 0;

	become_member(1);
	m = answer(RSP_ASAP_KEEP_ALIVE, 0);
	rsp_message_encode(&b, &m);
	for (i = 0; i < 1000; i++)
		rsp_element_input(e, now, RSP_LINK_OUT, rsp_builder_span(&b));
	while (rsp_element_output(e, &o)) {
		ck_assert_uint_eq(o.kind, RSP_ELEMENT_SEND);
		ck_assert_uint_gt(o.bytes.len, 0);
		n++;
	}
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, 1000);
	end();
}
END_TEST

START_TEST(no_element_is_freed_without_harm)
{
	rsp_element_free(NULL);
	start(1);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element");
	TCase *t = tcase_create("element");

	tcase_add_test(t, registers_over_the_link_that_came_up);
	tcase_add_test(t, registers_again_before_its_life_ends);
	tcase_add_test(t, t4_and_pauses_are_spread);
	tcase_add_test(t, hunts_in_turn_and_pauses_longer_each_round);
	tcase_add_test(t, attempt_is_given_up_after_half_a_second);
	tcase_add_test(t, silent_registrar_is_left_after_t2);
	tcase_add_test(t, lost_home_is_replaced_at_once);
	tcase_add_test(t, registrar_that_hangs_up_at_once_is_no_busy_loop);
	tcase_add_test(t, restarted_registrar_has_it_back_within_a_second);
	tcase_add_loop_test(t, rsplibs_registrars_are_told_milliseconds, 0,
	    (int)(sizeof(lives) / sizeof(lives[0])));
	tcase_add_test(t, rejection_is_final_until_corrected);
	tcase_add_test(t, rejected_id_may_be_replaced);
	tcase_add_test(t, warning_leaves_it_a_member);
	tcase_add_test(t, answers_to_others_are_ignored);
	tcase_add_test(t, changed_values_are_registered_at_once);
	tcase_add_test(t, keep_alive_is_answered_on_its_link);
	tcase_add_test(t, keep_alive_for_another_pool_gets_silence);
	tcase_add_test(t, unhealthy_element_is_silent_and_comes_back);
	tcase_add_test(t, unhealthy_element_does_not_register);
	tcase_add_test(t, registrar_that_takes_over_becomes_home);
	tcase_add_test(t, takeover_ends_a_hunt);
	tcase_add_test(t, stranger_cannot_call_an_element_into_a_pool);
	tcase_add_test(t, ended_registration_is_renewed_within_a_second);
	tcase_add_test(t, unasked_response_with_an_error_ends_nothing);
	tcase_add_test(t, leaves_by_deregistration);
	tcase_add_test(t, deregistration_goes_on_elsewhere);
	tcase_add_test(t, leaving_ends_also_without_a_registrar);
	tcase_add_test(t, leaving_is_immediate_before_anything_was_registered);
	tcase_add_test(t, joins_again_after_leaving);
	tcase_add_test(t, unknown_messages_are_reported_by_their_class);
	tcase_add_test(t, garbage_ends_the_link);
	tcase_add_test(t, error_message_is_told_and_not_answered);
	tcase_add_test(t, error_message_instead_of_an_answer_is_a_refusal);
	tcase_add_test(t, leaving_between_two_attempts_asks_everybody_once);
	tcase_add_test(t, silence_is_waited_for_half_a_minute_at_most);
	tcase_add_test(t,
	    registration_that_ends_again_and_again_is_renewed_seldom);
	tcase_add_test(t, what_comes_over_no_link_is_ignored);
	tcase_add_test(t, shell_that_does_not_drain_loses_the_oldest);
	tcase_add_test(t, no_element_is_freed_without_harm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
