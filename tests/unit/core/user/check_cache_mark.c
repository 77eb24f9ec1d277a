/* SPDX-License-Identifier: Apache-2.0 */
/* check_cache_mark.c - claims about the single-word tables of the shared cache:
 * marks, counters, unknown handles, reports; on virtual time */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/user/cache.h"

static const struct rsp_cache_id id = { "a boot", 7 };
static struct rsp_cache *c;

static void
setup(void)
{
	c = calloc(1, rsp_cache_size());
	ck_assert_ptr_nonnull(c);
	rsp_cache_format(c, &id);
}

static void
teardown(void)
{
	free(c);
}

static struct rsp_span
text(const char *s)
{
	return (struct rsp_span){ (const uint8_t *)s, strlen(s) };
}

START_TEST(unknown_handles_are_remembered_for_a_moment)
{
	uint64_t key = rsp_cache_hash(text("None"), 1);

	ck_assert(!rsp_cache_was_unknown(c, key, 1000, 1000));
	rsp_cache_note_unknown(c, key, 1000);
	ck_assert(rsp_cache_was_unknown(c, key, 1999, 1000));
	ck_assert(!rsp_cache_was_unknown(c, key, 2000, 1000));
	ck_assert(
	    !rsp_cache_was_unknown(c, key ^ (UINT64_C(1) << 40), 1000, 1000));
}
END_TEST

/* Marks: what is done at which second, and how the mark stands then.
 * r refused, s silent, a alive, p probe that is granted, P one that is not;
 * = only look. */
struct event {
	unsigned ms;
	char what;
	enum rsp_mark then;
};

static const struct {
	const char *name;
	struct event events[10];
} marks[] = {
	{ "a refusal marks for a second",
	    { { 0, '=', RSP_MARK_NONE }, { 0, 'r', RSP_MARK_DEAD },
		{ 999, '=', RSP_MARK_DEAD }, { 1000, '=', RSP_MARK_DUE } } },
	{ "silence marks for ten",
	    { { 0, 's', RSP_MARK_DEAD }, { 9999, '=', RSP_MARK_DEAD },
		{ 10000, '=', RSP_MARK_DUE } } },
	{ "a burst does not double",
	    { { 0, 'r', RSP_MARK_DEAD }, { 10, 'R', RSP_MARK_DEAD },
		{ 500, 'R', RSP_MARK_DEAD }, { 1000, '=', RSP_MARK_DUE } } },
	{ "worse news prolong",
	    { { 0, 'r', RSP_MARK_DEAD }, { 500, 's', RSP_MARK_DEAD },
		{ 10499, '=', RSP_MARK_DEAD }, { 10500, '=', RSP_MARK_DUE } } },
	{ "better news do not shorten",
	    { { 0, 's', RSP_MARK_DEAD }, { 500, 'R', RSP_MARK_DEAD },
		{ 9999, '=', RSP_MARK_DEAD } } },
	{ "failing again doubles",
	    { { 0, 'r', RSP_MARK_DEAD }, { 1000, 'r', RSP_MARK_DEAD },
		{ 2999, '=', RSP_MARK_DEAD }, { 3000, 'r', RSP_MARK_DEAD },
		{ 6999, '=', RSP_MARK_DEAD }, { 7000, '=', RSP_MARK_DUE } } },
	{ "up to a minute",
	    { { 0, 's', RSP_MARK_DEAD }, { 10000, 's', RSP_MARK_DEAD },
		{ 30000, 's', RSP_MARK_DEAD }, { 70000, 's', RSP_MARK_DEAD },
		{ 129999, '=', RSP_MARK_DEAD }, { 130000, '=', RSP_MARK_DUE },
		{ 130000, 'r', RSP_MARK_DEAD },
		{ 189999, '=', RSP_MARK_DEAD } } },
	{ "one probes",
	    { { 0, 'r', RSP_MARK_DEAD }, { 500, 'P', RSP_MARK_DEAD },
		{ 1000, 'p', RSP_MARK_DEAD }, { 1000, 'P', RSP_MARK_DEAD },
		{ 1100, 'a', RSP_MARK_NONE } } },
	{ "a probe that fails doubles",
	    { { 0, 'r', RSP_MARK_DEAD }, { 1000, 'p', RSP_MARK_DEAD },
		{ 1100, 'r', RSP_MARK_DEAD }, { 3099, '=', RSP_MARK_DEAD },
		{ 3100, '=', RSP_MARK_DUE } } },
	{ "a prober that vanished is replaced",
	    { { 0, 'r', RSP_MARK_DEAD }, { 1000, 'p', RSP_MARK_DEAD },
		{ 3499, 'P', RSP_MARK_DEAD }, { 3500, 'p', RSP_MARK_DEAD } } },
	{ "long after it begins anew",
	    { { 0, 's', RSP_MARK_DEAD }, { 10000, 's', RSP_MARK_DEAD },
		{ 90001, '=', RSP_MARK_DUE }, { 90001, 'r', RSP_MARK_DEAD },
		{ 91001, '=', RSP_MARK_DUE } } },
	{ "nobody marked may be tried",
	    { { 0, 'p', RSP_MARK_NONE }, { 0, 'a', RSP_MARK_NONE } } },
};

START_TEST(marks_come_and_go)
{
	const struct event *e = marks[_i].events;
	uint64_t key = rsp_cache_hash(text("element"), 5);
	bool granted = true;

	for (; e->what != 0; e++) {
		rsp_time now = 500000 + e->ms;

		if (e->what == 'r' || e->what == 'R')
			granted = rsp_cache_mark_dead(c, key, now, 1, 60) ==
				  (e->what == 'r');
		else if (e->what == 's')
			granted = rsp_cache_mark_dead(c, key, now, 10, 60);
		else if (e->what == 'a')
			rsp_cache_mark_alive(c, key);
		else if (e->what == 'p' || e->what == 'P')
			granted = rsp_cache_probe(c, key, now, 2500) ==
				  (e->what == 'p');
		ck_assert_msg(granted, "%s: %u %c", marks[_i].name, e->ms,
		    e->what);
		ck_assert_msg(rsp_cache_mark(c, key, now) == e->then,
		    "%s: %u %c: %d", marks[_i].name, e->ms, e->what,
		    (int)rsp_cache_mark(c, key, now));
	}
}
END_TEST

START_TEST(marks_of_many_do_not_mix)
{
	/* more than there is room for: some are forgotten, none is invented */
	unsigned kept = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t key = rsp_cache_hash((struct rsp_span){ (uint8_t *)&i,
						  sizeof(i) },
		    0);

		ck_assert_int_eq(rsp_cache_mark(c, key, 1000), RSP_MARK_NONE);
		if (i % 2 == 0)
			rsp_cache_mark_dead(c, key, 1000, 1, 60);
	}
	for (uint64_t i = 0; i < 20000; i += 2)
		kept += rsp_cache_mark(c,
			    rsp_cache_hash((struct rsp_span){ (uint8_t *)&i,
					       sizeof(i) },
				0),
			    1000) == RSP_MARK_DEAD;
	ck_assert_uint_gt(kept, 3900);
}
END_TEST

START_TEST(selections_are_counted)
{
	uint64_t key = rsp_cache_hash(text("element"), 6);
	uint64_t same_place = key ^ UINT64_C(1) << 60;

	ck_assert_uint_eq(rsp_cache_uses(c, key), 0);
	for (int i = 0; i < 5; i++)
		rsp_cache_use(c, key);
	ck_assert_uint_eq(rsp_cache_uses(c, key), 5);
	ck_assert_uint_eq(rsp_cache_uses(c, same_place), 0);
	rsp_cache_use(c, same_place);
	ck_assert_uint_eq(rsp_cache_uses(c, same_place), 1);
	ck_assert_uint_eq(rsp_cache_uses(c, key), 0);
}
END_TEST

START_TEST(hosts_are_kept_whole_or_not_at_all)
{
	static const struct rsp_address hosts[5] = { { 4, { 1, 2, 3, 4 } },
		{ 6, { [15] = 9 } }, { 4, { 5 } }, { 4, { 6 } }, { 4, { 7 } } };
	struct rsp_address got[RSP_CACHE_HOSTS];
	uint64_t key = rsp_cache_hash(text("name"), 1), *block = (uint64_t *)c;
	rsp_time since;

	ck_assert_uint_eq(rsp_cache_hosts(c, key, got, &since), 0);
	rsp_cache_set_hosts(c, key, hosts, 5, 777);
	ck_assert_uint_eq(rsp_cache_hosts(c, key, got, &since), 4);
	ck_assert_int_eq(since, 777);
	for (int i = 0; i < 4; i++)
		ck_assert(rsp_address_equal(&got[i], &hosts[i]));
	ck_assert_uint_eq(rsp_cache_hosts(c, key + 32, got, &since), 0);
	/* any one of its words changed: none */
	for (size_t i = 0; i < rsp_cache_size() / 8; i++) {
		if (block[i] == 0 || i < 8)
			continue;
		block[i] ^= 1;
		if (rsp_cache_hosts(c, key, got, &since) == 0)
			block[i] ^= 1;
		else
			ck_assert_uint_eq(block[i] ^ 1, 131072); /* reserved */
	}
	rsp_cache_set_hosts(c, key, NULL, 0, 0);
	ck_assert_uint_eq(rsp_cache_hosts(c, key, got, &since), 0);
}
END_TEST

/* Proves 5353-6.1-08, 5353-6.2-33, 5355-2.13-01, 5355-3-09. */
START_TEST(reports_wait_once_and_not_for_ever)
{
	uint32_t pe;
	int slot;

	ck_assert(!rsp_cache_has_reports(c));
	ck_assert(!rsp_cache_take_report(c, &slot, &pe, 1000));
	rsp_cache_report(c, 0, 0, 1000);
	rsp_cache_report(c, 4095, 0xffffffff, 1000);
	rsp_cache_report(c, 0, 0, 2000);
	ck_assert(rsp_cache_has_reports(c));
	ck_assert(rsp_cache_take_report(c, &slot, &pe, 2000));
	ck_assert_int_eq(slot, 0);
	ck_assert_uint_eq(pe, 0);
	ck_assert(rsp_cache_take_report(c, &slot, &pe, 31000));
	ck_assert_int_eq(slot, 4095);
	ck_assert_uint_eq(pe, 0xffffffff);
	ck_assert(!rsp_cache_take_report(c, &slot, &pe, 31000));
	rsp_cache_report(c, 1, 1, 1000);
	ck_assert(!rsp_cache_take_report(c, &slot, &pe, 33000));
	for (uint32_t i = 0; i < 100; i++)
		rsp_cache_report(c, 1, i, 1000);
	for (unsigned n = 0; rsp_cache_take_report(c, &slot, &pe, 1000); n++)
		ck_assert_uint_lt(n, 32);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mark");
	TCase *t = tcase_create("mark");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, unknown_handles_are_remembered_for_a_moment);
	tcase_add_loop_test(t, marks_come_and_go, 0,
	    (int)(sizeof(marks) / sizeof(marks[0])));
	tcase_add_test(t, marks_of_many_do_not_mix);
	tcase_add_test(t, selections_are_counted);
	tcase_add_test(t, hosts_are_kept_whole_or_not_at_all);
	tcase_add_test(t, reports_wait_once_and_not_for_ever);
	suite_add_tcase(s, t);
	return run_suite(s);
}
