/* SPDX-License-Identifier: Apache-2.0 */
/* check_distance.c - claims about the distance of pool elements */
#include "tests/lib/suite.h"

#include "rsp/core/pool/distance.h"
#include "rsp/core/pool/policy.h"
#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Proves delay-2.1-03, delay-2.2-04. */
static const struct {
	int64_t round_trip_us, step_ms;
	uint32_t distance;
} distances[] = {
	{ 0, 50, 0 },
	{ -1, 50, 0 },
	{ 49999, 50, 0 },
	{ 50000, 50, 50 }, /* half of it is half a step */
	{ 100000, 50, 50 },
	{ 149999, 50, 50 },
	{ 150000, 50, 100 },
	{ 1000000, 50, 500 },
	{ 123456, 1, 62 },
	{ 123456, 0, 0 },
	{ INT64_MAX, 50, UINT32_MAX },
};

START_TEST(distance_is_half_a_round_trip_in_steps)
{
	ck_assert_msg(rsp_distance_of(distances[_i].round_trip_us,
			  distances[_i].step_ms) == distances[_i].distance,
	    "row %d", _i);
}
END_TEST

START_TEST(some_policies_have_a_word_for_it)
{
	const struct rsp_policy_def *def;
	struct rsp_policy p;
	unsigned with = 0;

	for (unsigned i = 0; (def = rsp_policy_row(i)) != NULL; i++) {
		p = (struct rsp_policy){ def->type, def->n_words, { 1, 2, 3 } };
		if (rsp_policy_distance(&p) != NULL) {
			ck_assert_uint_eq(*rsp_policy_distance(&p), 3);
			with++;
		}
		p.n_words = 0; /* a stranger's */
		ck_assert_ptr_null(rsp_policy_distance(&p));
	}
	ck_assert_uint_eq(with, 2);
}
END_TEST

static int64_t round_trip_us;

static int64_t
measure(void *ctx, void *user)
{
	(void)ctx;
	ck_assert_ptr_nonnull(user);
	return round_trip_us;
}

static uint32_t
distance_in_answer(struct talk_end *e)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe;

	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	c = rsp_cursor_over(m.elements);
	ck_assert(rsp_next_pe(&c, &pe, NULL));
	return pe.policy.words[2];
}

/* Proves delay-2-01, delay-2.2-02, delay-2.2-05, delay-3.4-03: the home
 * measures, whatever the element says, and again when it registers again. */
START_TEST(home_measures_the_way_to_its_elements)
{
	struct talk_end *e;
	struct rsp_message m;

	talk_init();
	talk.config.round_trip = measure;
	talk_start();
	e = talk_open(RSP_PARAM_SCTP, "10.0.0.1", false);
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ RSP_POLICY_LU_DPF_PRIVATE, 3,
		{ 1000, 10, 7 } };
	round_trip_us = 200000;
	ck_assert_int_eq(talk_register(e, &m), 0);
	ck_assert_uint_eq(distance_in_answer(e), 100);
	round_trip_us = 220000;
	ck_assert_int_eq(talk_register(e, &m), 0);
	ck_assert_uint_eq(distance_in_answer(e), 100);
	round_trip_us = 300000;
	ck_assert_int_eq(talk_register(e, &m), 0);
	ck_assert_uint_eq(distance_in_answer(e), 150);
	round_trip_us = -1;
	ck_assert_int_eq(talk_register(e, &m), 0);
	ck_assert_uint_eq(distance_in_answer(e), 0);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("distance");
	TCase *t = tcase_create("distance");

	tcase_add_loop_test(t, distance_is_half_a_round_trip_in_steps, 0,
	    COUNT(distances));
	tcase_add_test(t, some_policies_have_a_word_for_it);
	tcase_add_test(t, home_measures_the_way_to_its_elements);
	suite_add_tcase(s, t);
	return run_suite(s);
}
