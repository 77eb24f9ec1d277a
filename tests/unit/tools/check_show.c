/* SPDX-License-Identifier: Apache-2.0 */
/* check_show.c - claims about a pool as people and programs are shown it */
#include "tests/lib/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsp/tools/show.h"

static int ends[2];
static char text[8192];

/* Standard output becomes a pipe. */
static void
setup(void)
{
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(ends[1], 1), 1);
}

static const char *
shown(void)
{
	ssize_t n;

	fflush(stdout);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static struct show_pool
pool(const char *handle, const char *registrar, unsigned n)
{
	return (struct show_pool){ .handle = { (const uint8_t *)handle,
				       strlen(handle) },
		.policy = 1,
		.registrar = registrar,
		.n_elements = n,
		.age_ms = -1 };
}

static struct show_element
element(void)
{
	struct show_element e = {
		.pe = { .id = 0x1a, .home = 0x2b, .life = 90 }
	};

	e.pe.user.type = RSP_PARAM_TCP;
	e.pe.user.port = 80;
	e.pe.user.n_addresses = 1;
	e.pe.user.addresses[0] =
	    (struct rsp_address){ .family = 4, .bytes = { 192, 0, 2, 1 } };
	e.pe.policy.type = 1;
	return e;
}

static const char *
show_all(bool json, const struct show_pool *p, const struct show_element *e)
{
	struct show *s = show_new(json);

	ck_assert_ptr_nonnull(s);
	show_begin(s, p);
	for (unsigned i = 0; i < p->n_elements; i++)
		show_element(s, e);
	show_end(s);
	return shown();
}

START_TEST(people_see_a_line_for_each_element)
{
	struct show_pool p = pool("Web x", "tcp://a", 2);
	struct show_element e = element();

	ck_assert_str_eq(show_all(false, &p, &e),
	    "Web%20x: round-robin, 2 elements, from tcp://a\n"
	    "  0x0000001a  tcp 192.0.2.1:80  rr  home 0x0000002b"
	    "  life 90 s\n"
	    "  0x0000001a  tcp 192.0.2.1:80  rr  home 0x0000002b"
	    "  life 90 s\n");
}
END_TEST

START_TEST(programs_see_one_object_on_one_line)
{
	struct show_pool p = pool("Web x", "tcp://a", 1);
	struct show_element e = element();

	e.dead = true; /* of which a registrar knows nothing */
	ck_assert_str_eq(show_all(true, &p, &e),
	    "{\"pool\": \"Web%20x\", \"policy\": \"round-robin\", "
	    "\"registrar\": \"tcp://a\", \"elements\": ["
	    "{\"id\": \"0x0000001a\", \"home\": \"0x0000002b\", "
	    "\"transport\": \"tcp\", \"addresses\": [\"192.0.2.1\"], "
	    "\"port\": 80, \"policy\": {\"type\": \"round-robin\"}, "
	    "\"life\": 90}]}\n");
}
END_TEST

START_TEST(an_unknown_pool_has_no_policy_and_no_elements)
{
	struct show_pool p = pool("Web", "tcp://a", 0);

	p.unknown = true;
	ck_assert_str_eq(show_all(false, &p, NULL),
	    "Web: no such pool, from tcp://a\n");
	ck_assert_str_eq(show_all(true, &p, NULL),
	    "{\"pool\": \"Web\", \"policy\": null, \"registrar\": \"tcp://a\", "
	    "\"elements\": []}\n");
}
END_TEST

START_TEST(the_cache_says_how_old_and_who_is_dead)
{
	struct show_pool p = pool("Web", NULL, 1);
	struct show_element e = element();

	e.dead = true;
	p.age_ms = 1007;
	p.n_dead = 1;
	p.counters[RSP_CACHE_HITS] = 1;
	show_all(false, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "1 element, from the cache, 1.007 s "
					   "old, 1 known to be dead; 1 hit, "));
	ck_assert_ptr_nonnull(strstr(text, "  life 90 s  dead\n"));
	show_all(true, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "\"registrar\": null, \"age\": 1, "
					   "\"hits\": 1, \"asked\": 0, "));
	ck_assert_ptr_nonnull(strstr(text, "\"dead\": true}]}\n"));
	p.age_ms = -1;
	show_all(true, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "\"age\": null"));
}
END_TEST

START_TEST(a_policy_without_a_name_is_its_number)
{
	char name[40];
	struct show_pool p = pool("Web", "tcp://a", 1);
	struct show_element e = element();

	ck_assert_str_eq(show_policy(1, name), "round-robin");
	ck_assert_str_eq(show_policy(0xb0001234, name), "0xb0001234");
	e.pe.policy.type = 0xb0001234;
	e.pe.policy.n_words = 2;
	e.pe.policy.words[1] = UINT32_MAX;
	show_all(true, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "\"policy\": {\"type\": "
					   "\"0xb0001234\", \"words\": "
					   "[0, 4294967295]}"));
}
END_TEST

START_TEST(transports_have_what_is_theirs)
{
	static const uint8_t opaque[] = { 0, 0xab };
	struct show_pool p = pool("Web", "tcp://a", 1);
	struct show_element e = element();

	e.pe.user.type = RSP_PARAM_SCTP;
	e.pe.user.use = 1;
	e.pe.user.n_addresses = 2;
	e.pe.user.addresses[1] = e.pe.user.addresses[0];
	e.pe.life = RSP_LIFE_FOREVER;
	show_all(false, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "sctp 192.0.2.1:80,192.0.2.1:80 "
					   "(data and control)"));
	ck_assert_ptr_nonnull(strstr(text, "life unlimited"));
	show_all(true, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "\"use\": \"data-and-control\""));
	e.pe.user = (struct rsp_transport){ .type = RSP_PARAM_OPAQUE,
		.opaque = { opaque, 2 } };
	show_all(true, &p, &e);
	ck_assert_ptr_nonnull(strstr(text, "\"opaque\": \"00ab\""));
	ck_assert_ptr_null(strstr(text, "\"port\""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("show");
	TCase *t = tcase_create("show");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, people_see_a_line_for_each_element);
	tcase_add_test(t, programs_see_one_object_on_one_line);
	tcase_add_test(t, an_unknown_pool_has_no_policy_and_no_elements);
	tcase_add_test(t, the_cache_says_how_old_and_who_is_dead);
	tcase_add_test(t, a_policy_without_a_name_is_its_number);
	tcase_add_test(t, transports_have_what_is_theirs);
	suite_add_tcase(s, t);
	return run_suite(s);
}
