/* SPDX-License-Identifier: Apache-2.0 */
/* check_address.c - claims about the address that is registered for a port */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "rsp/register/address.h"

/* What the port's listeners say, what the way to the registrar says, and the
 * address that comes out; "route4" and "route6" are the default routes' or, on
 * a host without one, loopback. */
static const struct row {
	const char *name;
	bool any4, any6;
	const char *v4, *v6, *local;
	const char *address;
} rows[] = {
	{ "the listener's own", false, false, "10.9.8.7", "", "10.1.1.1",
	    "10.9.8.7" },
	{ "the listener's own, IPv6", false, false, "", "fd00::7", "10.1.1.1",
	    "fd00::7" },
	{ "loopback if it is the listener's own", false, false, "127.0.0.1", "",
	    "10.1.1.1", "127.0.0.1" },
	{ "IPv4 before IPv6", false, false, "10.9.8.7", "fd00::7", "",
	    "10.9.8.7" },
	{ "not loopback if there is another", false, false, "127.0.0.1",
	    "fd00::7", "", "fd00::7" },
	{ "IPv4 loopback before IPv6 loopback", false, false, "127.0.0.1",
	    "::1", "10.1.1.1", "127.0.0.1" },
	{ "wildcard: the registrar's way", true, false, "", "", "10.1.1.1",
	    "10.1.1.1" },
	{ "wildcard: the registrar's way, IPv6", true, true, "", "", "fd00::1",
	    "fd00::1" },
	{ "wildcard wins over an address", true, false, "127.0.0.1", "",
	    "10.1.1.1", "10.1.1.1" },
	{ "a way of the other family", false, true, "", "", "10.1.1.1",
	    "route6" },
	{ "a way of the other family, IPv4", true, false, "", "", "fd00::1",
	    "route4" },
	{ "IPv4 before an IPv6 address without its zone", false, false,
	    "127.0.0.1", "fe80::7", "", "127.0.0.1" },
	{ "an address without its zone if there is no other", false, false, "",
	    "fe80::7", "10.1.1.1", "fe80::7" },
	{ "wildcard: a way without its zone", false, true, "", "", "fe80::1",
	    "route6" },
	{ "IPv4 of the link before loopback", false, false, "169.254.1.1",
	    "::1", "", "169.254.1.1" },
	{ "a registrar on loopback", true, true, "", "", "127.0.0.1",
	    "route4" },
	{ "a registrar on a unix socket", true, false, "", "", "", "route4" },
};

static struct rsp_address
parse(const char *text)
{
	struct rsp_address a = { 0 };

	if (*text != '\0')
		ck_assert(address_parse(text, &a));
	return a;
}

static struct rsp_address
expected(const char *text)
{
	struct rsp_address a, loopback = parse("127.0.0.1");
	bool is4 = strcmp(text, "route4") == 0;

	if (!is4 && strcmp(text, "route6") != 0)
		return parse(text);
	a = parse(is4 ? "192.0.2.1" : "2001:db8::1");
	if (!is4)
		loopback = parse("::1");
	return address_towards(&a, &a) == 0 ? a : loopback;
}

START_TEST(address_is_chosen)
{
	const struct row *r = &rows[_i];
	struct port p = { .any4 = r->any4,
		.any6 = r->any6,
		.v4 = parse(r->v4),
		.v6 = parse(r->v6) };
	struct rsp_address local = parse(r->local), a, want;

	want = expected(r->address);
	ck_assert_msg(address_choose(&p, &local, NULL, &a), "%s", r->name);
	ck_assert_msg(rsp_address_equal(&a, &want), "%s", r->name);
}
END_TEST

START_TEST(interface_rules_over_the_way)
{
	struct port p = { .any4 = true };
	struct rsp_address local = parse("10.1.1.1"), a;
	struct rsp_address want = parse("127.0.0.1");

	ck_assert(address_choose(&p, &local, "lo", &a));
	ck_assert(rsp_address_equal(&a, &want));
	ck_assert(!address_choose(&p, &local, "nosuch0", &a));
}
END_TEST

/* What a multi-homed server is reached at; addresses in words. */
static const struct {
	const char *name;
	bool any4, any6;
	const char *bound, *association, *want;
} all_rows[] = {
	{ "the listener's own", false, false, "10.0.0.1 10.0.0.2",
	    "10.0.0.3 10.0.0.4", "10.0.0.1 10.0.0.2" },
	{ "both families", false, false, "10.0.0.1 fd00::1", "",
	    "10.0.0.1 fd00::1" },
	{ "a wildcard's are the association's", true, false, "",
	    "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2" },
	{ "of the families that it serves", true, false, "", "10.0.0.1 fd00::1",
	    "10.0.0.1" },
	{ "without loopback", true, true, "", "127.0.0.1 10.0.0.1 ::1",
	    "10.0.0.1" },
	{ "unless there is no other", true, true, "", "127.0.0.1 ::1",
	    "127.0.0.1 ::1" },
	{ "a listener's without loopback", false, false, "127.0.0.1 10.0.0.1",
	    "", "10.0.0.1" },
	{ "without link-local ones", true, true, "", "fe80::1 fd00::1",
	    "fd00::1" },
	{ "no association: one, as for TCP", true, false, "", "", "10.0.0.9" },
};

static unsigned
parse_list(const char *text, struct rsp_address *list)
{
	char word[64];
	unsigned n = 0;
	int step = 0;

	for (; sscanf(text, "%63s %n", word, &step) == 1; text += step)
		list[n++] = parse(word);
	return n;
}

START_TEST(all_addresses_are_chosen)
{
	struct rsp_address own[8], list[8], want[8];
	struct rsp_address local = parse("10.0.0.9");
	struct port p = { .any4 = all_rows[_i].any4,
		.any6 = all_rows[_i].any6 };
	unsigned n_own = parse_list(all_rows[_i].association, own), n, i;
	unsigned n_want = parse_list(all_rows[_i].want, want);

	p.n_bound = parse_list(all_rows[_i].bound, p.bound);
	n = address_choose_all(&p, own, n_own, &local, NULL, list, 8);
	ck_assert_msg(n == n_want, "%s: %u", all_rows[_i].name, n);
	for (i = 0; i < n; i++)
		ck_assert_msg(rsp_address_equal(&list[i], &want[i]), "%s: %u",
		    all_rows[_i].name, i);
}
END_TEST

START_TEST(way_to_loopback_is_loopback)
{
	struct rsp_address to = parse("127.0.0.1"), a;

	ck_assert_int_eq(address_towards(&to, &a), 0);
	ck_assert(rsp_address_equal(&to, &a));
}
END_TEST

START_TEST(only_literals_are_addresses)
{
	struct rsp_address a;

	ck_assert(address_parse("::1", &a));
	ck_assert_uint_eq(a.family, 6);
	ck_assert(!address_parse("localhost", &a));
	ck_assert(!address_parse("1.2.3", &a));
	ck_assert(!address_parse("", &a));
	ck_assert_uint_eq(a.family, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("address");

	tcase_add_loop_test(t, address_is_chosen, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, interface_rules_over_the_way);
	tcase_add_loop_test(t, all_addresses_are_chosen, 0,
	    (int)(sizeof(all_rows) / sizeof(all_rows[0])));
	tcase_add_test(t, way_to_loopback_is_loopback);
	tcase_add_test(t, only_literals_are_addresses);
	suite_add_tcase(s, t);
	return run_suite(s);
}
