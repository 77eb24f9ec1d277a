/* SPDX-License-Identifier: Apache-2.0 */
/* check_cookie.c - claims about cookies and business cards */
#include "tests/lib/suite.h"

#include "rsp/core/wire/cookie.h"
#include "rsp/core/pool/policy.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ROOM 65536

static uint8_t room[ROOM], reply[2048];

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

/* What an end did with a message, and what it answered. */
struct heard {
	int err;
	enum rsp_cookie_event event;
	struct rsp_span cookie;
	struct rsp_message answer; /* type 0: none */
};

static struct heard
hear(struct rsp_cookie *c, struct rsp_span message)
{
	struct rsp_builder b = rsp_builder_into(reply, sizeof(reply));
	struct heard h;

	h.err = rsp_cookie_input(c, message, &h.event, &h.cookie, &b);
	rsp_message_init(&h.answer, RSP_ASAP, 0);
	if (b.len > 0)
		ck_assert_int_eq(rsp_message_decode(RSP_ASAP,
				     rsp_builder_span(&b), &h.answer, NULL),
		    RSP_OK);
	return h;
}

static struct heard
hear_hex(struct rsp_cookie *c, const char *text)
{
	uint8_t bytes[512];

	return hear(c, (struct rsp_span){ bytes, hex(text, bytes) });
}

static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 1000, 65527 };

/* Proves 5352-2.2.11-01, 5352-2.2.12-01, 5352-2.2.12-02, 5352-3.8-01,
 * 5352-3.8-02, 5352-3.8-04, 5352-3.8-08, 5354-3.13-01: an element leaves
 * cookies with a user, who hands the last one on as it was. */
START_TEST(last_cookie_goes_to_the_next_element)
{
	static uint8_t bytes[ROOM];
	struct rsp_span cookie = { bytes, lengths[_i] };
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_cookie user = { 0 }, element = { 0 };
	struct heard h;

	rsp_cookie_put(&b, (struct rsp_span){ bytes, 7 });
	ck_assert_int_eq(hear(&user, rsp_builder_span(&b)).event,
	    RSP_COOKIE_NEW);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	b = rsp_builder_into(room, sizeof(room));
	rsp_cookie_put(&b, cookie);
	ck_assert_int_eq(hear(&user, rsp_builder_span(&b)).event,
	    RSP_COOKIE_NEW);
	memset(room, 0xee, sizeof(room)); /* it is the user's own by now */
	ck_assert(rsp_cookie_get(&user, &cookie));

	b = rsp_builder_into(room, sizeof(room));
	rsp_cookie_put_echo(&user, &b);
	ck_assert(!b.overflow && b.len > 0);
	h = hear(&element, rsp_builder_span(&b));
	ck_assert_int_eq(h.event, RSP_COOKIE_ECHO);
	ck_assert(
	    rsp_span_equal(h.cookie, (struct rsp_span){ bytes, lengths[_i] }));
	ck_assert(!rsp_cookie_get(&element, &cookie));
	rsp_cookie_fini(&user);
	rsp_cookie_fini(&element);
}
END_TEST

START_TEST(without_a_cookie_there_is_no_echo)
{
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_cookie user = { 0 };
	struct rsp_span cookie;

	rsp_cookie_put_echo(&user, &b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert(!rsp_cookie_get(&user, &cookie));
	ck_assert_uint_eq(rsp_cookie_handle(&user).len, 0);
	rsp_cookie_fini(&user);
}
END_TEST

/* Elements of the pool in this order. */
static struct rsp_span
elements(const uint32_t *ids, int n, uint8_t *bytes, size_t size)
{
	struct rsp_builder b = rsp_builder_into(bytes, size);
	struct rsp_pe pe;

	rsp_clear_pe(&pe);
	pe.life = 30;
	pe.user.type = RSP_PARAM_SCTP;
	pe.user.port = 7;
	pe.user.use = 1;
	pe.user.n_addresses = 1;
	pe.user.addresses[0] = (struct rsp_address){ 4, { 10, 0, 0, 1 } };
	pe.policy.type = RSP_POLICY_RR;
	for (int i = 0; i < n; i++) {
		pe.id = ids[i];
		rsp_put_pe(&b, &pe);
	}
	return rsp_builder_span(&b);
}

static void
present(struct rsp_cookie *to, const char *handle, const uint32_t *ids, int n)
{
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	uint8_t bytes[1024];

	rsp_cookie_put_card(&b,
	    (struct rsp_span){ (const uint8_t *)handle, strlen(handle) },
	    elements(ids, n, bytes, sizeof(bytes)));
	ck_assert_int_eq(hear(to, rsp_builder_span(&b)).event, RSP_COOKIE_CARD);
	memset(room, 0xee, sizeof(room));
}

static void
assert_order(const struct rsp_cookie *c, const uint32_t *ids, int n)
{
	struct rsp_cursor order = rsp_cookie_order(c);
	struct rsp_pe pe;

	for (int i = 0; i < n; i++) {
		ck_assert(rsp_next_pe(&order, &pe, NULL));
		ck_assert_uint_eq(pe.id, ids[i]);
	}
	ck_assert(!rsp_next_pe(&order, &pe, NULL));
}

/* Proves 5352-2.2.13-01, 5352-3.9-04, 5352-3.9-05, and of BC1 and BC2
 * (5352-3.9-06, 5352-3.9-08) the handle to resolve and the order to follow. */
START_TEST(business_card_names_the_pool_and_who_goes_on)
{
	static const uint32_t first[] = { 3, 1, 2 }, second[] = { 2 };
	struct rsp_cookie user = { 0 };

	present(&user, "EchoPool", first, 3);
	ck_assert(rsp_span_equal(rsp_cookie_handle(&user),
	    (struct rsp_span){ (const uint8_t *)"EchoPool", 8 }));
	assert_order(&user, first, 3);
	present(&user, "Other", second, 1);
	ck_assert_uint_eq(rsp_cookie_handle(&user).len, 5);
	assert_order(&user, second, 1);
	rsp_cookie_fini(&user);
}
END_TEST

/* Proves 5352-3.9-03, 5354-3.3-04, -05, 5354-3.5-03, 5354-3.6-03, -04,
 * 5354-3.7-03, -04: only SCTP can have a control channel. */
static const struct {
	uint16_t type, use;
	bool possible;
} transports[] = {
	{ RSP_PARAM_SCTP, 1, true },
	{ RSP_PARAM_SCTP, 0, false },
	{ RSP_PARAM_TCP, 0, false },
	{ RSP_PARAM_TCP, 1, false }, /* RSPLIB writes it there */
	{ RSP_PARAM_UDP, 1, false },
	{ RSP_PARAM_UDPLITE, 1, false },
	{ RSP_PARAM_DCCP, 1, false },
	{ RSP_PARAM_OPAQUE, 1, false },
};

START_TEST(control_needs_sctp_that_offers_it)
{
	struct rsp_transport t;

	rsp_clear_transport(&t);
	t.type = transports[_i].type;
	t.use = transports[_i].use;
	ck_assert_msg(rsp_cookie_is_possible(&t) == transports[_i].possible,
	    "%s, use %u", rsp_param_name(t.type), t.use);
}
END_TEST

/* What else may come over a control channel. */
static const struct {
	const char *name, *hex;
	int err;
	uint16_t cause; /* answered; 0: silence */
} others[] = {
	{ "a cookie without its parameter", "0b000004", RSP_EMISSING, 0 },
	{ "an unknown message to be reported", "40000004", RSP_EMESSAGE,
	    RSP_CAUSE_MESSAGE },
	{ "an unknown message", "3f000004", RSP_EMESSAGE, 0 },
	{ "a request for a registrar", "0500000c 00090005 50000000", RSP_OK,
	    0 },
	{ "an error, with something to report in it",
	    "0e000010 000c0008 00090004 c0110004", RSP_OK, 0 },
	{ "half a message", "0b00", RSP_ETRUNC, 0 },
	{ "a card without elements", "0d00000c 00090005 50000000", RSP_EMISSING,
	    0 },
};

/* Proves 5352-2.2.14-01 of pool users and elements among themselves. */
START_TEST(other_messages_change_nothing)
{
	struct rsp_cookie c = { 0 };
	struct rsp_cursor causes;
	struct rsp_span cookie, information;
	struct heard h;
	uint16_t cause = 0;

	hear_hex(&c, "0b00000c 000d0008 61626364");
	h = hear_hex(&c, others[_i].hex);
	ck_assert_msg(h.err == others[_i].err, "%s: %s", others[_i].name,
	    rsp_strerror(h.err));
	ck_assert_int_eq(h.event, RSP_COOKIE_NOTHING);
	if (h.answer.type != 0) {
		causes = rsp_cursor_over(h.answer.causes);
		rsp_next_cause(&causes, &cause, &information);
	}
	ck_assert_msg(cause == others[_i].cause, "%s: cause %u",
	    others[_i].name, cause);
	ck_assert(rsp_cookie_get(&c, &cookie));
	ck_assert_uint_eq(cookie.len, 4);
	rsp_cookie_fini(&c);
}
END_TEST

/* An RSPLIB card has the pool's policy in it. */
START_TEST(policy_on_a_card_is_passed_over)
{
	struct rsp_cookie c = { 0 };

	ck_assert_int_eq(hear_hex(&c,
			     "0d00003c 00090005 50000000 00080008 00000001"
			     "000a0028 00000001 00000000 0000005a"
			     "00040010 00500001 00010008 0a000001"
			     "00080008 00000001")
			     .event,
	    RSP_COOKIE_CARD);
	assert_order(&c, (const uint32_t[]){ 1 }, 1);
	rsp_cookie_fini(&c);
}
END_TEST

START_TEST(without_memory_what_was_there_stays)
{
	static const uint32_t ids[] = { 3, 1 };
	struct rsp_cookie c = { 0 };
	struct rsp_span cookie;
	int cookie_err, card_err;

	hear_hex(&c, "0b00000c 000d0008 61626364");
	present(&c, "EchoPool", ids, 2);
	no_memory = true; /* Check itself needs some, so nothing is asserted */
	cookie_err = hear_hex(&c, "0b000008 000d0004").err;
	card_err = hear_hex(&c, "0d00002c 00090005 50000000"
				"000a0020 00000001 00000000 0000005a"
				"00100008 00500001 00080008 00000001")
		       .err;
	no_memory = false;
	ck_assert_int_eq(cookie_err, RSP_ENOMEM);
	ck_assert_int_eq(card_err, RSP_ENOMEM);
	ck_assert(rsp_cookie_get(&c, &cookie));
	ck_assert_uint_eq(cookie.len, 4);
	assert_order(&c, ids, 2);
	rsp_cookie_fini(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("control");
	TCase *t = tcase_create("control");

	tcase_add_loop_test(t, last_cookie_goes_to_the_next_element, 0,
	    COUNT(lengths));
	tcase_add_test(t, without_a_cookie_there_is_no_echo);
	tcase_add_test(t, business_card_names_the_pool_and_who_goes_on);
	tcase_add_loop_test(t, control_needs_sctp_that_offers_it, 0,
	    COUNT(transports));
	tcase_add_loop_test(t, other_messages_change_nothing, 0, COUNT(others));
	tcase_add_test(t, policy_on_a_card_is_passed_over);
	tcase_add_test(t, without_memory_what_was_there_stays);
	suite_add_tcase(s, t);
	return run_suite(s);
}
