/* SPDX-License-Identifier: Apache-2.0 */
/* check_response.c - claims about answers to handle resolutions */
#include "tests/lib/suite.h"

#include "rsp/core/registry/response.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"

/* Lets the shell take what the registry has to send: by somebody's question. */
static void
deliver(void)
{
	static struct talk_end *other;

	if (other == NULL)
		other = talk_tcp("10.8.8.8");
	talk_resolve(other, "none", 0, NULL);
}

static struct rsp_pool *
begin(unsigned n)
{
	struct talk_end *e;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	for (uint32_t id = 1; id <= n; id++)
		talk_join(e, "P", id);
	return rsp_pool_find(&talk.registry->space, talk_span("P"));
}

START_TEST(items_are_those_asked_for_or_the_default)
{
	struct rsp_message m;

	talk_begin();
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	ck_assert_uint_eq(registry_items(talk.registry, &m),
	    (uint32_t)talk.config.default_items);
	m.has_items = true;
	m.items = 0;
	ck_assert_uint_eq(registry_items(talk.registry, &m),
	    (uint32_t)talk.config.default_items);
	m.items = 7;
	ck_assert_uint_eq(registry_items(talk.registry, &m), 7);
	m.items = UINT32_MAX;
	ck_assert_uint_eq(registry_items(talk.registry, &m), UINT32_MAX);
	talk_end();
}
END_TEST

/* The answer's elements; the first one's identifier. */
static unsigned
answered(struct talk_end *e, uint32_t *first)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe;
	unsigned n;

	deliver();
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION_RESPONSE);
	ck_assert(m.has_policy && !m.has_error);
	c = rsp_cursor_over(m.elements);
	for (n = 0; rsp_next_pe(&c, &pe, NULL); n++)
		if (n == 0)
			*first = pe.id;
	return n;
}

START_TEST(only_what_selects_moves_round_robin_on)
{
	struct rsp_pool *pool = begin(3);
	struct talk_end *user = talk_tcp("10.7.7.7");
	static const bool selects[] = { false, false, true, true, false };
	static const uint32_t firsts[] = { 1, 1, 1, 2, 3 };
	uint32_t first = 0;

	for (int i = 0; i < 5; i++) {
		ck_assert(registry_answer(talk.registry, user->assoc, pool, 32,
		    0, selects[i]));
		ck_assert_uint_eq(answered(user, &first), 3);
		ck_assert_uint_eq(first, firsts[i]);
	}
	talk_end();
}
END_TEST

START_TEST(no_more_than_were_asked_for)
{
	struct rsp_pool *pool = begin(5);
	struct talk_end *user = talk_tcp("10.7.7.7");
	uint32_t first;

	ck_assert(
	    registry_answer(talk.registry, user->assoc, pool, 2, 0, true));
	ck_assert_uint_eq(answered(user, &first), 2);
	ck_assert(
	    registry_answer(talk.registry, user->assoc, pool, 99, 0, true));
	ck_assert_uint_eq(answered(user, &first), 5);
	talk_end();
}
END_TEST

START_TEST(a_refusal_has_its_causes)
{
	struct talk_end *user;
	struct rsp_message m;
	uint16_t enclosed;
	unsigned n;

	talk_begin();
	user = talk_tcp("10.7.7.7");
	for (unsigned causes = 1; causes <= 2; causes++) {
		registry_refuse_handle(talk.registry, user->assoc, 0,
		    talk_span("P"), RSP_CAUSE_HANDLE,
		    causes == 2 ? RSP_CAUSE_RESOURCES : 0);
		deliver();
		ck_assert(talk_hear(user, &m));
		ck_assert(m.has_error && m.elements.len == 0);
		ck_assert(rsp_span_equal(m.handle, talk_span("P")));
		ck_assert_int_eq(talk_causes(&m, &enclosed, &n),
		    RSP_CAUSE_HANDLE);
		ck_assert_uint_eq(n, causes);
	}
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("response");
	TCase *t = tcase_create("response");

	tcase_add_test(t, items_are_those_asked_for_or_the_default);
	tcase_add_test(t, only_what_selects_moves_round_robin_on);
	tcase_add_test(t, no_more_than_were_asked_for);
	tcase_add_test(t, a_refusal_has_its_causes);
	suite_add_tcase(s, t);
	return run_suite(s);
}
