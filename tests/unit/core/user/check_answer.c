/* SPDX-License-Identifier: Apache-2.0 */
/* check_answer.c - claims about packed answers: what a registrar answered comes
 * out of the words, in the order of identifiers unless ranked */
#include "rsp/core/user/answer.h"
#include "rsp/core/base/error.h"
#include "rsp/core/pool/policy.h"
#include "tests/lib/suite.h"

static uint8_t bytes[16384];
static uint64_t words[2][RSP_ANSWER_WORDS];

/* A TCP element at 10.0.0.ID. */
static void
put(struct rsp_builder *b, uint32_t id, uint32_t policy)
{
	struct rsp_pe pe;

	rsp_clear_pe(&pe);
	pe.id = id;
	pe.home = 77;
	pe.life = 30000;
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = (uint16_t)(8000 + id);
	pe.user.n_addresses = 1;
	pe.user.addresses[0] =
	    (struct rsp_address){ 4, { 10, 0, 0, (uint8_t)id } };
	pe.policy.type = policy;
	pe.policy.n_words = rsp_policy_def(policy)->n_words;
	pe.policy.words[0] = id;
	rsp_put_pe(b, &pe);
}

static struct rsp_answer
pack(unsigned into, uint32_t policy, const char *ids, unsigned size, int want)
{
	struct rsp_answer a = { words[into], size, 0 };
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	struct rsp_policy p = { .type = policy,
		.n_words = rsp_policy_def(policy)->n_words };

	for (; *ids != '\0'; ids++)
		put(&b, (uint32_t)(*ids - '0'), policy);
	ck_assert_int_eq(rsp_answer_pack(&a, &p, rsp_builder_span(&b)), want);
	return a;
}

static void
expect(const struct rsp_answer *a, const char *ids)
{
	struct rsp_answer_pe pe;
	unsigned at = 0;

	ck_assert_uint_eq(rsp_answer_count(a), strlen(ids));
	for (; *ids != '\0'; ids++) {
		ck_assert(rsp_answer_next(a, &at, &pe));
		ck_assert_uint_eq(pe.id, (uint32_t)(*ids - '0'));
		ck_assert_uint_eq(pe.home, 77);
		ck_assert_int_eq(pe.life, 30000);
		ck_assert_uint_eq(pe.port, 8000 + pe.id);
		ck_assert_uint_eq(pe.n_addresses, 1);
		ck_assert_uint_eq(pe.address.bytes[3], pe.id);
		ck_assert_uint_eq(rsp_answer_address(a, &pe, 0).bytes[3],
		    pe.id);
	}
	ck_assert(!rsp_answer_next(a, &at, &pe));
}

START_TEST(turns_make_the_order_of_identifiers_and_ranks_keep_theirs)
{
	struct rsp_answer a =
	    pack(0, RSP_POLICY_RR, "312", RSP_ANSWER_WORDS, RSP_OK);

	expect(&a, "123");
	ck_assert_uint_eq(rsp_answer_policy(&a), RSP_POLICY_RR);
	ck_assert_uint_eq(rsp_answer_transport(&a), RSP_PARAM_TCP);
	ck_assert(rsp_answer_has_family(&a, 4));
	ck_assert(!rsp_answer_has_family(&a, 6));
	a = pack(0, RSP_POLICY_LU, "312", RSP_ANSWER_WORDS, RSP_OK);
	expect(&a, "312");
}
END_TEST

START_TEST(the_same_elements_make_the_same_answer)
{
	struct rsp_answer a =
	    pack(0, RSP_POLICY_RR, "312", RSP_ANSWER_WORDS, RSP_OK);
	struct rsp_answer b =
	    pack(1, RSP_POLICY_RR, "123", RSP_ANSWER_WORDS, RSP_OK);

	ck_assert(rsp_answer_equal(&a, &b));
	b = pack(1, RSP_POLICY_RR, "124", RSP_ANSWER_WORDS, RSP_OK);
	ck_assert(!rsp_answer_equal(&a, &b));
	b = pack(1, RSP_POLICY_RR, "12", RSP_ANSWER_WORDS, RSP_OK);
	ck_assert(!rsp_answer_equal(&a, &b));
}
END_TEST

START_TEST(nobody_and_no_room_are_no_answer)
{
	struct rsp_answer a =
	    pack(0, RSP_POLICY_RR, "", RSP_ANSWER_WORDS, RSP_ENOENT);

	(void)a;
	a = pack(0, RSP_POLICY_RR, "1", 2, RSP_ENOENT);
	ck_assert_uint_eq(rsp_answer_count(&a), 0);
}
END_TEST

START_TEST(turns_go_on_where_the_last_answer_was_left)
{
	struct rsp_answer old =
	    pack(0, RSP_POLICY_RR, "135", RSP_ANSWER_WORDS, RSP_OK);
	struct rsp_answer a =
	    pack(1, RSP_POLICY_RR, "12345", RSP_ANSWER_WORDS, RSP_OK);

	/* Two choices: 1 and 3; so 4, at place 3, is next. */
	rsp_answer_continue(&a, &old, 2);
	ck_assert_uint_eq((2 + rsp_answer_offset(&a)) % 5, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *t = tcase_create("answer");

	tcase_add_test(t,
	    turns_make_the_order_of_identifiers_and_ranks_keep_theirs);
	tcase_add_test(t, the_same_elements_make_the_same_answer);
	tcase_add_test(t, nobody_and_no_room_are_no_answer);
	tcase_add_test(t, turns_go_on_where_the_last_answer_was_left);
	suite_add_tcase(s, t);
	return run_suite(s);
}
