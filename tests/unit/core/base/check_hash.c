/* SPDX-License-Identifier: Apache-2.0 */
/* check_hash.c - claims about the hash table of intrusive nodes and its hash
 * functions */
#include "rsp/core/base/hash.h"
#include "rsp/core/base/error.h"
#include "tests/lib/repeatable.h"
#include "tests/lib/suite.h"

static uint64_t state;

static uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

#define N 3000

static struct rsp_hash_node nodes[N], copies[N];

/* Few hashes, so that chains are long and keys decide. */
static uint32_t
hash_of(uint32_t i)
{
	return i % 500 * UINT32_C(2654435761);
}

START_TEST(what_is_in_is_found_and_nothing_else)
{
	struct rsp_hash t;

	ck_assert_int_eq(rsp_hash_init(&t), RSP_OK);
	for (uint32_t i = 0; i < N; i++) {
		nodes[i].hash = hash_of(i);
		nodes[i].key = i;
		ck_assert_ptr_null(rsp_hash_find(&t, hash_of(i), i));
		rsp_hash_add(&t, &nodes[i]);
		ck_assert_uint_eq(t.n, i + 1);
	}
	for (uint32_t i = 0; i < N; i += 2)
		rsp_hash_remove(&t, &nodes[i]);
	for (uint32_t i = 1; i < N; i += 4) {
		copies[i] = nodes[i];
		rsp_hash_replace(&t, &nodes[i], &copies[i]);
	}
	ck_assert_uint_eq(t.n, N / 2);
	for (uint32_t i = 0; i < N; i++)
		ck_assert_ptr_eq(rsp_hash_find(&t, hash_of(i), i),
		    i % 2 == 0	 ? NULL
		    : i % 4 == 1 ? &copies[i]
				 : &nodes[i]);
	rsp_hash_fini(&t);
}
END_TEST

START_TEST(all_of_equal_hash_and_key_are_found_in_turn)
{
	struct rsp_hash t;
	struct rsp_hash_node *found;
	unsigned n = 0;

	ck_assert_int_eq(rsp_hash_init(&t), RSP_OK);
	for (uint32_t i = 0; i < 90; i++) {
		nodes[i].hash = 7;
		nodes[i].key = i % 3;
		rsp_hash_add(&t, &nodes[i]);
	}
	for (found = rsp_hash_find(&t, 7, 1); found != NULL;
	     found = rsp_hash_find_next(found)) {
		ck_assert_int_eq((found - nodes) % 3, 1);
		n++;
	}
	ck_assert_uint_eq(n, 30);
	rsp_hash_fini(&t);
}
END_TEST

static struct rsp_span
span(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

START_TEST(folding_makes_case_the_same_and_nothing_else)
{
	struct rsp_hash_seed s, other;

	state = 1;
	rsp_hash_seed_init(&s, random32, NULL);
	rsp_hash_seed_init(&other, random32, NULL);
	ck_assert_uint_eq(rsp_hash_bytes(&s, span("Web Servers"), true),
	    rsp_hash_bytes(&s, span("wEB sERVERS"), true));
	ck_assert_uint_ne(rsp_hash_bytes(&s, span("Web Servers"), false),
	    rsp_hash_bytes(&s, span("wEB sERVERS"), false));
	ck_assert_uint_ne(rsp_hash_bytes(&s, span("Web Servers"), false),
	    rsp_hash_bytes(&other, span("Web Servers"), false));
	ck_assert_uint_ne(rsp_hash_bytes(&s, span("@[`{"), true),
	    rsp_hash_bytes(&s, span("`{@["), true));
	ck_assert(rsp_span_equal_fold(span("aZ09@["), span("Az09@[")));
	ck_assert(!rsp_span_equal_fold(span("@"), span("`")));
	ck_assert(!rsp_span_equal_fold(span("["), span("{")));
	ck_assert(!rsp_span_equal_fold(span("a"), span("ab")));
}
END_TEST

START_TEST(every_byte_and_every_length_counts)
{
	struct rsp_hash_seed s;
	uint8_t bytes[40] = { 0 };
	uint32_t last = 0;

	state = 2;
	rsp_hash_seed_init(&s, random32, NULL);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct rsp_span all = { bytes, len };
		uint32_t hash = rsp_hash_bytes(&s, all, false);

		ck_assert(len == 0 || hash != last);
		last = hash;
		for (size_t i = 0; i < len; i++) {
			bytes[i] ^= 1;
			ck_assert_uint_ne(rsp_hash_bytes(&s, all, false), hash);
			bytes[i] ^= 1;
		}
	}
	ck_assert_uint_ne(rsp_hash_pair(&s, 1, 2), rsp_hash_pair(&s, 2, 1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("hash");

	tcase_add_test(t, what_is_in_is_found_and_nothing_else);
	tcase_add_test(t, all_of_equal_hash_and_key_are_found_in_turn);
	tcase_add_test(t, folding_makes_case_the_same_and_nothing_else);
	tcase_add_test(t, every_byte_and_every_length_counts);
	suite_add_tcase(s, t);
	return run_suite(s);
}
