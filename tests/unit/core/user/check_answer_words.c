/* SPDX-License-Identifier: Apache-2.0 */
/* check_answer_words.c - claims about answers as they lie in the cache: every
 * value of every element comes back
 */
#include "tests/lib/suite.h"

#include "rsp/core/user/answer.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/pool/policy.h"

static uint64_t words[2][RSP_ANSWER_WORDS];
static struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
static struct rsp_answer b = { words[1], RSP_ANSWER_WORDS, 0 };

/* Element `id`, with as many policy words and addresses as there can be; an
 * unknown type has them all. */
static struct rsp_pe
element(uint32_t id, unsigned n_words, unsigned n_addresses)
{
	struct rsp_pe pe = { .id = id, .home = 0x80000000u + id };

	pe.life = (int32_t)id - 1;
	pe.user.type = RSP_PARAM_SCTP;
	pe.user.port = (uint16_t)(0xff00 + id);
	pe.user.n_addresses = n_addresses;
	for (unsigned i = 0; i < n_addresses; i++) {
		pe.user.addresses[i].family = i % 2 == 0 ? 6 : 4;
		for (unsigned k = 0; k < (i % 2 == 0 ? 16 : 4); k++)
			pe.user.addresses[i].bytes[k] =
			    (uint8_t)(16 * i + k + id);
	}
	pe.policy.type = 0xf0000001u;
	pe.policy.n_words = n_words;
	for (unsigned i = 0; i < n_words; i++)
		pe.policy.words[i] = 0xfedc0000u + 16 * id + i;
	return pe;
}

static int
pack(struct rsp_answer *answer, uint32_t type, unsigned n, unsigned n_words)
{
	static uint8_t room[65536];
	struct rsp_builder e = rsp_builder_into(room, sizeof(room));
	struct rsp_policy policy = { .type = type };

	for (uint32_t id = n; id > 0; id--) {
		struct rsp_pe pe = element(id, n_words, 1 + id % 3);

		rsp_put_pe(&e, &pe);
	}
	return rsp_answer_pack(answer, &policy, rsp_builder_span(&e));
}

static void
expect(const struct rsp_answer *answer, const struct rsp_answer_pe *pe,
    const struct rsp_pe *want)
{
	ck_assert_uint_eq(pe->id, want->id);
	ck_assert_uint_eq(pe->home, want->home);
	ck_assert_int_eq(pe->life, want->life);
	ck_assert_uint_eq(pe->transport, want->user.type);
	ck_assert_uint_eq(pe->port, want->user.port);
	ck_assert_uint_eq(pe->policy.type, want->policy.type);
	ck_assert_uint_eq(pe->policy.n_words, want->policy.n_words);
	for (unsigned i = 0; i < want->policy.n_words; i++)
		ck_assert_uint_eq(pe->policy.words[i], want->policy.words[i]);
	ck_assert_uint_eq(pe->n_addresses, want->user.n_addresses);
	for (unsigned i = 0; i < pe->n_addresses; i++) {
		struct rsp_address address = rsp_answer_address(answer, pe, i);

		ck_assert(
		    rsp_address_equal(&address, &want->user.addresses[i]));
	}
	ck_assert(rsp_address_equal(&pe->address, &want->user.addresses[0]));
	ck_assert_uint_eq(rsp_answer_address(answer, pe, pe->n_addresses)
			      .family,
	    0);
}

START_TEST(every_value_comes_back)
{
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 0;

	ck_assert_int_eq(pack(&a, RSP_POLICY_RR, 20, (unsigned)_i), RSP_OK);
	ck_assert_uint_eq(rsp_answer_count(&a), 20);
	ck_assert_uint_eq(rsp_answer_policy(&a), RSP_POLICY_RR);
	ck_assert_uint_eq(rsp_answer_transport(&a), RSP_PARAM_SCTP);
	while (rsp_answer_next(&a, &at, &pe)) {
		struct rsp_pe want;

		n++;
		want = element(n, (unsigned)_i, 1 + n % 3);
		expect(&a, &pe, &want);
	}
	ck_assert_uint_eq(n, 20);
}
END_TEST

/* Whether there is an address of a family at all. */
START_TEST(families_are_known)
{
	static uint8_t room[1024];
	struct rsp_policy policy = { .type = RSP_POLICY_RR };

	for (unsigned k = 0; k < 4; k++) {
		struct rsp_builder e = rsp_builder_into(room, sizeof(room));
		struct rsp_pe pe = element(1, 0, k == 3 ? 2 : 1);

		if (k == 1)
			pe.user.addresses[0].family = 4;
		if (k == 2)
			pe.user.n_addresses = 1;
		rsp_put_pe(&e, &pe);
		ck_assert_int_eq(rsp_answer_pack(&a, &policy,
				     rsp_builder_span(&e)),
		    RSP_OK);
		ck_assert_int_eq(rsp_answer_has_family(&a, 4), k % 2 == 1);
		ck_assert_int_eq(rsp_answer_has_family(&a, 6), k != 1);
	}
}
END_TEST

/* Another process may have written anything there. */
START_TEST(nonsense_is_kept_within_bounds)
{
	struct rsp_answer_pe pe;
	unsigned at = 0;
	size_t head = RSP_ANSWER_HEAD + 3;

	pack(&a, RSP_POLICY_RR, 1, 1);
	a.words[head + 2] |= UINT64_C(0xff) << 32; /* policy words */
	ck_assert(rsp_answer_next(&a, &at, &pe));
	ck_assert_uint_eq(pe.policy.n_words, RSP_POLICY_WORDS);
	at = 0;
	a.words[head + 2] |= UINT64_C(0xff) << 40; /* addresses */
	ck_assert(!rsp_answer_next(&a, &at, &pe));
	at = a.n + 1;
	ck_assert(!rsp_answer_next(&a, &at, &pe));
}
END_TEST

/* A ranked pool's order is the registrar's. */
START_TEST(ranked_elements_keep_their_order)
{
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 20;

	ck_assert_int_eq(pack(&a, RSP_POLICY_LU, 20, 1), RSP_OK);
	while (rsp_answer_next(&a, &at, &pe))
		ck_assert_uint_eq(pe.id, n--);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(equal_is_what_has_the_same_elements)
{
	pack(&a, RSP_POLICY_RR, 5, 2);
	pack(&b, RSP_POLICY_RR, 5, 2);
	ck_assert(rsp_answer_equal(&a, &b));
	pack(&b, RSP_POLICY_WRR, 5, 2);
	ck_assert(!rsp_answer_equal(&a, &b));
	pack(&b, RSP_POLICY_RR, 4, 2);
	ck_assert(!rsp_answer_equal(&a, &b));
	pack(&b, RSP_POLICY_RR, 5, 2);
	b.words[b.n - 1] ^= 1;
	ck_assert(!rsp_answer_equal(&a, &b));
	b.words[b.n - 1] ^= 1;
	b.words[RSP_ANSWER_HEAD + 1] = 77; /* the offset is no difference */
	ck_assert(rsp_answer_equal(&a, &b));
	ck_assert_int_eq(pack(&b, RSP_POLICY_RR, 0, 0), RSP_ENOENT);
	ck_assert_uint_eq(rsp_answer_count(&b), 0);
	ck_assert(!rsp_answer_equal(&a, &b));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *t = tcase_create("answer");

	tcase_add_loop_test(t, every_value_comes_back, 0, RSP_POLICY_WORDS + 1);
	tcase_add_test(t, families_are_known);
	tcase_add_test(t, nonsense_is_kept_within_bounds);
	tcase_add_test(t, ranked_elements_keep_their_order);
	tcase_add_test(t, equal_is_what_has_the_same_elements);
	suite_add_tcase(s, t);
	return run_suite(s);
}
