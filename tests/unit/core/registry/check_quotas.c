/* SPDX-License-Identifier: Apache-2.0 */
/* check_quotas.c - claims about what one address, network or user may take
 */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "tests/lib/registry_driver.h"

#define TCP RSP_PARAM_TCP

static void
begin(void)
{
	talk_init();
	talk.config.third_party = true;
	talk.config.max_pes_per_identity = 5;
	talk.config.max_pools_per_identity = 2;
	talk.config.changes_per_second = 1;
	talk_start();
}

static int
join(struct talk_end *e, const char *pool, uint32_t id, uint16_t port)
{
	struct rsp_message m;

	talk_registration(&m, pool, id, NULL);
	m.pe.user.port = port;
	return talk_register(e, &m);
}

static struct talk_end *
open_user(uint32_t uid, bool trusted)
{
	struct talk_end *e = &talk.ends[talk.n_ends++];
	struct rsp_assoc_info info = { .protocol = RSP_ASAP,
		.local = true,
		.has_uid = true,
		.uid = uid,
		.trusted = trusted };

	e->assoc = rsp_registry_open(talk.registry, talk.now, &info, e);
	ck_assert_ptr_nonnull(e->assoc);
	return e;
}

/* Over however many associations. */
START_TEST(elements_of_an_address_have_a_limit)
{
	struct talk_end *e[3], *other;

	begin();
	for (int i = 0; i < 3; i++)
		e[i] = talk_tcp("10.0.0.1");
	for (uint32_t id = 1; id <= 5; id++)
		ck_assert_int_eq(join(e[id % 3], "P", id, 80), NO_CAUSE);
	talk_wait(5000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(join(e[i], "P", 6, 80), RSP_CAUSE_RESOURCES);
	/* what is known may be said again */
	ck_assert_int_eq(join(e[1], "P", 1, 80), NO_CAUSE);
	other = talk_tcp("10.0.0.2");
	ck_assert_int_eq(join(other, "P", 6, 80), NO_CAUSE);
	/* when one goes another may come */
	ck_assert_int_eq(talk_deregister(e[1], "P", 1), NO_CAUSE);
	ck_assert_int_eq(join(e[2], "P", 7, 80), NO_CAUSE);
	talk_end();
}
END_TEST

START_TEST(pools_of_an_address_have_a_limit)
{
	struct talk_end *e, *other;

	begin();
	e = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.2");
	ck_assert_int_eq(join(e, "A", 1, 80), NO_CAUSE);
	ck_assert_int_eq(join(e, "B", 2, 80), NO_CAUSE);
	ck_assert_int_eq(join(e, "C", 3, 80), RSP_CAUSE_RESOURCES);
	ck_assert_int_eq(join(other, "C", 3, 80), NO_CAUSE);
	ck_assert_int_eq(join(e, "C", 4, 80), NO_CAUSE); /* it is there */
	/* a pool that goes on without its founder is still the founder's */
	ck_assert_int_eq(join(other, "A", 5, 80), NO_CAUSE);
	ck_assert_int_eq(talk_deregister(e, "A", 1), NO_CAUSE);
	ck_assert_int_eq(join(e, "D", 6, 80), RSP_CAUSE_RESOURCES);
	ck_assert_int_eq(talk_deregister(e, "B", 2), NO_CAUSE);
	ck_assert_int_eq(join(e, "D", 6, 80), NO_CAUSE);
	talk_end();
}
END_TEST

START_TEST(changes_have_a_rate)
{
	struct talk_end *e;

	begin();
	e = talk_tcp("10.0.0.1");
	for (uint32_t id = 1; id <= 5; id++) {
		ck_assert_int_eq(join(e, "P", id, 80), NO_CAUSE);
		ck_assert_int_eq(talk_deregister(e, "P", id), NO_CAUSE);
	}
	ck_assert_int_eq(join(e, "P", 6, 80), RSP_CAUSE_RESOURCES);
	/* nor over another association, which comes when this one has gone */
	talk_close(e);
	e = talk_tcp("10.0.0.1");
	ck_assert_int_eq(join(e, "P", 6, 80), RSP_CAUSE_RESOURCES);
	talk_wait(1000);
	ck_assert_int_eq(join(e, "P", 6, 80), NO_CAUSE);
	ck_assert_int_eq(join(e, "P", 7, 80), RSP_CAUSE_RESOURCES);
	/* what changes nothing is free, new values are not */
	talk_wait(1000);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(join(e, "P", 6, 80), NO_CAUSE);
	ck_assert_int_eq(join(e, "P", 6, 81), NO_CAUSE);
	ck_assert_int_eq(join(e, "P", 7, 80), RSP_CAUSE_RESOURCES);
	talk_end();
}
END_TEST

/* An IPv6 host has all of its network. */
START_TEST(a_network_is_one)
{
	begin();
	for (uint32_t id = 1; id <= 6; id++) {
		char from[32];

		snprintf(from, sizeof(from), "2001:db8::%u:1", id);
		ck_assert_int_eq(join(talk_tcp(from), "P", id, 80),
		    id <= 5 ? NO_CAUSE : RSP_CAUSE_RESOURCES);
	}
	ck_assert_int_eq(join(talk_tcp("2001:db8:0:1::1"), "P", 6, 80),
	    NO_CAUSE);
	talk_end();
}
END_TEST

/* Loopback, and who is trusted, have no limit; other users have theirs. */
START_TEST(users_are_told_apart)
{
	struct talk_end *local, *root, *one, *two;

	begin();
	local = talk_open(TCP, "127.0.0.1", true);
	root = open_user(0, true);
	one = open_user(1000, false);
	two = open_user(1001, false);
	for (uint32_t id = 1; id <= 20; id++) {
		ck_assert_int_eq(join(local, "P", 100 + id, 80), NO_CAUSE);
		ck_assert_int_eq(join(root, "P", 200 + id, 80), NO_CAUSE);
		ck_assert_int_eq(join(one, "P", 300 + id, 80),
		    id <= 5 ? NO_CAUSE : RSP_CAUSE_RESOURCES);
	}
	ck_assert_int_eq(join(two, "P", 400, 80), NO_CAUSE);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quotas");
	TCase *c = tcase_create("quotas");

	tcase_add_test(c, elements_of_an_address_have_a_limit);
	tcase_add_test(c, pools_of_an_address_have_a_limit);
	tcase_add_test(c, changes_have_a_rate);
	tcase_add_test(c, a_network_is_one);
	tcase_add_test(c, users_are_told_apart);
	suite_add_tcase(s, c);
	return run_suite(s);
}
