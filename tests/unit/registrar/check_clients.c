/* SPDX-License-Identifier: Apache-2.0 */
/* check_clients.c - claims about the registrar's clients: which is late, which
 * gives way, and which has used up its quota */
#include "registrar/clients.h"

#include <string.h>

#include "rsp/core/base/error.h"
#include "tests/lib/suite.h"

#define TIMEOUT 5000

static struct clients gs;
static struct client g[8];

static void
setup(void)
{
	clients_init(&gs);
	memset(g, 0, sizeof(g));
}

/* A client that came at that time, and where it stands since. */
static struct client *
come(int i, rsp_time now)
{
	clients_add(&gs, &g[i], now, STRANGER);
	return &g[i];
}

static void
become(int i, rsp_time now, enum role role)
{
	clients_heard(&gs, &g[i], now, role);
}

START_TEST(nobody_is_late_in_an_empty_house)
{
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), RSP_NEVER);
	ck_assert_ptr_null(clients_late(&gs, 1000000, TIMEOUT));
	ck_assert_ptr_null(clients_least(&gs));
}
END_TEST

START_TEST(stranger_is_late_whatever_pieces_it_sends)
{
	come(0, 100);
	come(1, 200);
	clients_owes(&gs, &g[0], 4000, true);
	clients_owes(&gs, &g[0], 4500, false);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 5100);
	ck_assert_ptr_null(clients_late(&gs, 5099, TIMEOUT));
	ck_assert_ptr_eq(clients_late(&gs, 5100, TIMEOUT), &g[0]);
	clients_remove(&gs, &g[0]);
	ck_assert_ptr_null(clients_late(&gs, 5100, TIMEOUT));
	ck_assert_ptr_eq(clients_late(&gs, 5200, TIMEOUT), &g[1]);
}
END_TEST

START_TEST(idle_user_is_never_late)
{
	come(0, 100);
	become(0, 200, USER);
	clients_owes(&gs, &g[0], 200, false);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), RSP_NEVER);
}
END_TEST

START_TEST(begun_message_is_due_from_its_first_byte)
{
	come(0, 100);
	become(0, 200, USER);
	clients_owes(&gs, &g[0], 300, true);
	clients_owes(&gs, &g[0], 3000, true); /* further pieces */
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 5300);
	become(0, 4000, USER); /* whole, and another begun at once */
	clients_owes(&gs, &g[0], 4000, true);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 9000);
}
END_TEST

START_TEST(unread_output_is_due_from_when_it_stuck)
{
	come(0, 0);
	become(0, 0, ELEMENT);
	clients_stuck(&gs, &g[0], 1000, true, false);
	clients_stuck(&gs, &g[0], 2000, true, false);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 6000);
	ck_assert_ptr_eq(clients_late(&gs, 6000, TIMEOUT), &g[0]);
	clients_stuck(&gs, &g[0], 2500, false, false);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), RSP_NEVER);
	clients_stuck(&gs, &g[0], 3000, true, false);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 8000);
}
END_TEST

/* a peer gets more while it reads: some progress is enough */
START_TEST(peer_that_takes_some_output_is_not_stuck)
{
	come(0, 0);
	become(0, 0, PEER);
	clients_stuck(&gs, &g[0], 1000, true, false);
	clients_stuck(&gs, &g[0], 4000, true, true);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 9000);
	clients_stuck(&gs, &g[0], 8000, true, false);
	ck_assert_ptr_eq(clients_late(&gs, 9000, TIMEOUT), &g[0]);
	/* for a user it is not: who reads byte by byte does not read */
	come(1, 9000);
	become(1, 9000, USER);
	clients_stuck(&gs, &g[0], 9000, false, true);
	clients_stuck(&gs, &g[1], 9000, true, false);
	clients_stuck(&gs, &g[1], 13000, true, true);
	ck_assert_int_eq(clients_deadline(&gs, TIMEOUT), 14000);
}
END_TEST

START_TEST(peer_never_gives_way)
{
	come(0, 0);
	become(0, 0, PEER);
	ck_assert_ptr_null(clients_least(&gs));
}
END_TEST

START_TEST(oldest_stranger_gives_way_then_the_longest_silent_user)
{
	for (int i = 0; i < 6; i++)
		come(i, i);
	become(0, 10, ELEMENT);
	become(1, 11, USER);
	become(2, 12, USER);
	become(1, 13, USER); /* heard again */
	/* 3, 4, 5 are strangers */
	for (int i = 3; i < 6; i++) {
		ck_assert_ptr_eq(clients_least(&gs), &g[i]);
		clients_remove(&gs, &g[i]);
	}
	ck_assert_ptr_eq(clients_least(&gs), &g[2]);
	clients_remove(&gs, &g[2]);
	ck_assert_ptr_eq(clients_least(&gs), &g[1]);
	clients_remove(&gs, &g[1]);
	ck_assert_ptr_null(clients_least(&gs));
	ck_assert_uint_eq(gs.n, 1);
	become(0, 20, USER); /* its pool elements are gone */
	ck_assert_ptr_eq(clients_least(&gs), &g[0]);
}
END_TEST

/* Addresses, two of which share a quota or do not. */
static const struct {
	const char *claim;
	struct rsp_address a, b;
	bool shared;
} pairs[] = {
	{ "the same IPv4 address", { 4, { 192, 0, 2, 1 } },
	    { 4, { 192, 0, 2, 1 } }, true },
	{ "configured_peers of IPv4", { 4, { 192, 0, 2, 1 } },
	    { 4, { 192, 0, 2, 2 } }, false },
	{ "one IPv6 /64", { 6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1 } },
	    { 6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 2 } }, true },
	{ "two IPv6 /64", { 6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1 } },
	    { 6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 1 } }, false },
	{ "families", { 4, { 0x20, 1, 0xd, 0xb8 } },
	    { 6, { 0x20, 1, 0xd, 0xb8 } }, false },
};

START_TEST(quota_is_per_address)
{
	struct quota q = { NULL };
	const struct rsp_address *a = &pairs[_i].a, *b = &pairs[_i].b;
	int want = pairs[_i].shared ? RSP_ELIMIT : RSP_OK, got;

	ck_assert_int_eq(quota_take(&q, a, 2), RSP_OK);
	ck_assert_int_eq(quota_take(&q, a, 2), RSP_OK);
	ck_assert_int_eq(quota_take(&q, a, 2), RSP_ELIMIT);
	got = quota_take(&q, b, 2);
	ck_assert_msg(got == want, "%s", pairs[_i].claim);
	if (got == RSP_OK)
		quota_drop(&q, b);
	quota_drop(&q, a);
	ck_assert_int_eq(quota_take(&q, a, 2), RSP_OK);
	quota_drop(&q, a);
	quota_drop(&q, a);
	ck_assert_ptr_null(q.root);
}
END_TEST

START_TEST(own_host_has_no_quota)
{
	static const struct rsp_address own[] = { { 4, { 127, 0, 0, 1 } },
		{ 6, { [15] = 1 } }, { 0, { 0 } } };
	struct quota q = { NULL };

	for (int i = 0; i < 3; i++)
		for (int n = 0; n < 5; n++)
			ck_assert_int_eq(quota_take(&q, &own[i], 1), RSP_OK);
	ck_assert_ptr_null(q.root);
	quota_drop(&q, &own[0]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clients");
	TCase *t = tcase_create("clients");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, nobody_is_late_in_an_empty_house);
	tcase_add_test(t, stranger_is_late_whatever_pieces_it_sends);
	tcase_add_test(t, idle_user_is_never_late);
	tcase_add_test(t, begun_message_is_due_from_its_first_byte);
	tcase_add_test(t, unread_output_is_due_from_when_it_stuck);
	tcase_add_test(t, peer_that_takes_some_output_is_not_stuck);
	tcase_add_test(t, peer_never_gives_way);
	tcase_add_test(t,
	    oldest_stranger_gives_way_then_the_longest_silent_user);
	tcase_add_loop_test(t, quota_is_per_address, 0,
	    sizeof(pairs) / sizeof(*pairs));
	tcase_add_test(t, own_host_has_no_quota);
	suite_add_tcase(s, t);
	return run_suite(s);
}
