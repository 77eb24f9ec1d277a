/* SPDX-License-Identifier: Apache-2.0 */
/* check_pool_terms.c - claims about what all elements of a pool have in common:
 * policy type, transport type, transport use.  Who joins, and who registers
 * again, is put to the same three tests (RFC 5352 section 3.1, rules 2 and 3).
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SCTP RSP_PARAM_SCTP

/* The pool "P": round robin, SCTP, with or without a control channel. */
static void
registration(struct rsp_message *m, uint32_t id, uint16_t use)
{
	talk_registration(m, "P", id, NULL);
	m->pe.user.type = SCTP;
	m->pe.user.use = use;
}

static void
other_policy(struct rsp_message *m)
{
	m->pe.policy.type = 3;
}

static void
other_transport(struct rsp_message *m)
{
	m->pe.user.type = RSP_PARAM_TCP;
	m->pe.user.use = 0;
}

static void
other_use(struct rsp_message *m)
{
	m->pe.user.use = !m->pe.user.use;
}

/* `use`: of the pool's transports */
static const struct {
	void (*change)(struct rsp_message *m);
	uint16_t use, cause, enclosed;
} terms[] = {
	{ other_policy, 0, RSP_CAUSE_POLICY, RSP_PARAM_POLICY },
	{ other_transport, 0, RSP_CAUSE_TRANSPORT, SCTP },
	{ other_use, 0, RSP_CAUSE_USE, 0 },
	{ other_policy, 1, RSP_CAUSE_POLICY, RSP_PARAM_POLICY },
	{ other_use, 1, RSP_CAUSE_USE, 0 },
};

/* The answer is a rejection with this one cause; 0x8 has no information. */
static void
expect_rejection(struct talk_end *e, uint16_t cause, uint16_t enclosed)
{
	struct rsp_span information;
	struct rsp_message m;
	struct rsp_cursor c;
	uint16_t first;

	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_REGISTRATION_RESPONSE);
	ck_assert_uint_eq(m.flags, RSP_FLAG_REJECT);
	c = rsp_cursor_over(m.causes);
	ck_assert(rsp_next_cause(&c, &first, &information));
	ck_assert_uint_eq(first, cause);
	if (enclosed == 0) {
		ck_assert_uint_eq(information.len, 0);
		ck_assert_uint_eq(m.causes.at[2] << 8 | m.causes.at[3], 4);
	} else {
		ck_assert_uint_ge(information.len, 4);
		ck_assert_uint_eq(information.at[0] << 8 | information.at[1],
		    enclosed);
	}
	ck_assert(!rsp_next_cause(&c, &first, &information));
	ck_assert(!talk_hear(e, &m));
}

/* Proves 5352-3.1-34, 5352-3.1-35, 5354-3.12.9-01. */
START_TEST(who_joins_has_what_the_pool_has)
{
	struct talk_end *first, *second;
	struct rsp_message m;

	talk_begin();
	first = talk_tcp("10.0.0.1");
	second = talk_tcp("10.0.0.1");
	registration(&m, 1, terms[_i].use);
	ck_assert_int_eq(talk_register(first, &m), NO_CAUSE);
	registration(&m, 2, terms[_i].use);
	m.pe.user.port = 81;
	terms[_i].change(&m);
	talk_say(second, &m);
	expect_rejection(second, terms[_i].cause, terms[_i].enclosed);
	ck_assert_uint_eq(talk_elements(), 1);
	registration(&m, 2, terms[_i].use);
	ck_assert_int_eq(talk_register(second, &m), NO_CAUSE);
	talk_end();
}
END_TEST

/* The pool's only element may not turn it into another one, either.  It stays
 * what it was, with the life that it had, and values that are not the pool's
 * may change. Proves 5352-3.1-37. */
START_TEST(who_registers_again_too)
{
	struct talk_end *e;
	struct rsp_message m;
	struct rsp_pe before, after;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	registration(&m, 1, terms[_i].use);
	m.pe.life = 20;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	before = talk_only_element(e, "P");
	while (talk_event() != NULL)
		;
	talk_wait(10000);
	m.pe.user.port = 81;
	terms[_i].change(&m);
	talk_say(e, &m);
	expect_rejection(e, terms[_i].cause, terms[_i].enclosed);
	ck_assert_uint_eq(talk_event()->event, RSP_EVENT_REJECTED);
	ck_assert_ptr_null(talk_event());
	after = talk_only_element(e, "P");
	ck_assert(rsp_transport_equal(&before.user, &after.user));
	ck_assert_uint_eq(after.policy.type, before.policy.type);
	talk_wait(9999);
	ck_assert_uint_eq(talk_elements(), 1);
	registration(&m, 1, terms[_i].use);
	m.pe.user.port = 82;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_uint_eq(talk_only_element(e, "P").user.port, 82);
	talk_wait(1);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* Who differs in all three hears of all three. */
START_TEST(every_difference_is_named)
{
	struct rsp_span information;
	struct talk_end *first, *second;
	struct rsp_message m;
	struct rsp_cursor c;
	unsigned seen = 0;
	uint16_t cause;

	talk_begin();
	first = talk_tcp("10.0.0.1");
	second = talk_tcp("10.0.0.1");
	registration(&m, 1, 1);
	ck_assert_int_eq(talk_register(first, &m), NO_CAUSE);
	registration(&m, 2, 1);
	other_policy(&m);
	other_transport(&m);
	talk_say(second, &m);
	ck_assert(talk_hear(second, &m));
	c = rsp_cursor_over(m.causes);
	while (rsp_next_cause(&c, &cause, &information))
		seen |= 1u << cause;
	ck_assert_uint_eq(seen, 1u << RSP_CAUSE_POLICY |
				    1u << RSP_CAUSE_TRANSPORT |
				    1u << RSP_CAUSE_USE);
	talk_end();
}
END_TEST

/* What is enclosed has no padding behind it. */
static const size_t lengths[] = { 5, 8, 301 };

START_TEST(an_enclosed_parameter_ends_where_it_says)
{
	struct rsp_span information;
	struct talk_end *first, *second;
	struct rsp_message m;
	struct rsp_cursor c;
	uint8_t bytes[512];
	uint16_t cause;

	memset(bytes, 'o', sizeof(bytes));
	talk_begin();
	first = talk_tcp("10.0.0.1");
	second = talk_tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.user = (struct rsp_transport){ .type = RSP_PARAM_OPAQUE };
	m.pe.user.opaque = (struct rsp_span){ bytes, lengths[_i] };
	ck_assert_int_eq(talk_register(first, &m), NO_CAUSE);
	talk_registration(&m, "P", 2, NULL);
	talk_say(second, &m);
	ck_assert(talk_hear(second, &m));
	c = rsp_cursor_over(m.causes);
	ck_assert(rsp_next_cause(&c, &cause, &information));
	ck_assert_uint_eq(cause, RSP_CAUSE_TRANSPORT);
	ck_assert_uint_eq(information.len, 4 + lengths[_i]);
	ck_assert_mem_eq(information.at + 4, bytes, lengths[_i]);
	talk_end();
}
END_TEST

/* Nor is anything kept that is too long for its place.
 * Proves 5354-3.12.7-01. */
START_TEST(what_is_too_long_is_refused)
{
	static uint8_t bytes[8000];
	struct rsp_message m;
	struct talk_end *e;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.user = (struct rsp_transport){ .type = RSP_PARAM_OPAQUE };
	m.pe.user.opaque = (struct rsp_span){ bytes, sizeof(bytes) };
	talk_say(e, &m);
	expect_rejection(e, RSP_CAUSE_RESOURCES, 0);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

/* Whoever is refused gets no promise of updates.  Proves 5352-2.2.6-03. */
START_TEST(a_pool_that_serves_nobody_promises_nothing)
{
	struct talk_end *e, *user;
	struct rsp_message m;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	user = talk_tcp("10.0.0.2");
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ 2, 1, { 0 } }; /* weight 0 */
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	talk_say(user, &m);
	ck_assert(talk_hear(user, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION_RESPONSE);
	ck_assert(m.has_error);
	ck_assert_uint_eq(m.flags, 0);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pool_terms");
	TCase *t = tcase_create("pool_terms");

	tcase_add_loop_test(t, who_joins_has_what_the_pool_has, 0,
	    COUNT(terms));
	tcase_add_loop_test(t, who_registers_again_too, 0, COUNT(terms));
	tcase_add_test(t, every_difference_is_named);
	tcase_add_loop_test(t, an_enclosed_parameter_ends_where_it_says, 0,
	    COUNT(lengths));
	tcase_add_test(t, what_is_too_long_is_refused);
	tcase_add_test(t, a_pool_that_serves_nobody_promises_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
