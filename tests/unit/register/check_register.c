/* SPDX-License-Identifier: Apache-2.0 */
/* check_register.c - claims about rsp-register's smaller parts: --pool, and the
 * identifiers */
#include "tests/lib/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsp/register/element_id.h"
#include "rsp/register/pool_option.h"

static const struct {
	const char *text;
	int err;
	const char *handle;
	uint16_t protocol, port;
	uint32_t service;
} pools[] = {
	{ "Web", RSP_OK, "Web", RSP_PARAM_TCP, 0, 0 },
	{ "Web=80", RSP_OK, "Web", RSP_PARAM_TCP, 80, 0 },
	{ "Web=80/tcp", RSP_OK, "Web", RSP_PARAM_TCP, 80, 0 },
	{ "DNS=53/udp", RSP_OK, "DNS", RSP_PARAM_UDP, 53, 0 },
	{ "DNS=/udp", RSP_OK, "DNS", RSP_PARAM_UDP, 0, 0 },
	{ "Echo=7/sctp", RSP_OK, "Echo", RSP_PARAM_SCTP, 7, 0 },
	{ "Echo=/sctp", RSP_OK, "Echo", RSP_PARAM_SCTP, 0, 0 },
	{ "Echo=7/udp-lite", RSP_OK, "Echo", RSP_PARAM_UDPLITE, 7, 0 },
	{ "Echo=7/udplite", RSP_OK, "Echo", RSP_PARAM_UDPLITE, 7, 0 },
	{ "Echo=7/dccp", RSP_OK, "Echo", RSP_PARAM_DCCP, 7, 0 },
	{ "Echo=7/dccp:42", RSP_OK, "Echo", RSP_PARAM_DCCP, 7, 42 },
	{ "Echo=7/dccp:0x666f6f", RSP_OK, "Echo", RSP_PARAM_DCCP, 7, 0x666f6f },
	{ "Echo=7/dccp:abc", RSP_OK, "Echo", RSP_PARAM_DCCP, 7, 0x61626320 },
	{ "Echo=7/dccp:", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Echo=7/dccp:abcde", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Echo=7/dccp:4294967296", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Echo=7/SCTP", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "a/b", RSP_OK, "a/b", RSP_PARAM_TCP, 0, 0 },
	{ "a%3Db", RSP_OK, "a=b", RSP_PARAM_TCP, 0, 0 },
	{ "a=b=7", RSP_OK, "a=b", RSP_PARAM_TCP, 7, 0 },
	{ "pool:Web=7", RSP_OK, "Web", RSP_PARAM_TCP, 7, 0 },
	{ "Web=65535", RSP_OK, "Web", RSP_PARAM_TCP, 65535, 0 },
	{ "", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "=80", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=http", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=80/", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=80/icmp", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=80x", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=65536", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "Web=99999999999999999999", RSP_EINVALID, NULL, 0, 0, 0 },
	{ "We%b", RSP_EINVALID, NULL, 0, 0, 0 },
};

START_TEST(pool_option_is_parsed)
{
	const char *text = pools[_i].text, *what = NULL;
	struct pool_option w;
	int err = pool_option_parse(text, "pool.alt", &w, &what);

	ck_assert_msg(err == pools[_i].err, "%s: %d", text, err);
	if (err != RSP_OK) {
		ck_assert_ptr_nonnull(what);
		return;
	}
	ck_assert_msg(w.handle_len == strlen(pools[_i].handle) &&
			  memcmp(w.handle, pools[_i].handle, w.handle_len) == 0,
	    "%s", text);
	ck_assert_msg(w.protocol == pools[_i].protocol, "%s", text);
	ck_assert_msg(w.port == pools[_i].port, "%s", text);
	ck_assert_msg(w.service == pools[_i].service, "%s", text);
	pool_option_free(&w);
}
END_TEST

START_TEST(numbers_of_32_bits_are_ids)
{
	uint32_t id;

	ck_assert(element_ids_parse("0x1a2b3c4d", &id));
	ck_assert_uint_eq(id, 0x1a2b3c4d);
	ck_assert(element_ids_parse("4294967295", &id));
	ck_assert_uint_eq(id, UINT32_MAX);
	ck_assert(!element_ids_parse("4294967296", &id));
	ck_assert(!element_ids_parse("0x", &id) || id == 0);
	ck_assert(!element_ids_parse("-1", &id));
	ck_assert(!element_ids_parse("7x", &id));
	ck_assert(!element_ids_parse("", &id));
}
END_TEST

START_TEST(fixed_ids_count_within_a_pool)
{
	struct element_ids ids = { .fixed = true, .first = 7 };
	struct id_key web = { "Web", RSP_PARAM_TCP, 80, 0 };
	struct id_key other = { "Other", RSP_PARAM_TCP, 80, 0 };
	uint32_t id;

	element_ids_get(&ids, &web, &id);
	ck_assert_uint_eq(id, 7);
	web.port = 81;
	element_ids_get(&ids, &web, &id);
	ck_assert_uint_eq(id, 8);
	element_ids_get(&ids, &other, &id);
	ck_assert_uint_eq(id, 7);
	web.port = 80;
	element_ids_get(&ids, &web, &id);
	ck_assert_uint_eq(id, 7);
	ck_assert(!element_ids_replace(&ids, &web, &id));
	element_ids_free(&ids);
}
END_TEST

/* 5352-3.1-07
 * Proves 5354-3.10-03, 5354-3.14-02. */
START_TEST(random_ids_differ)
{
	struct element_ids ids = { 0 };
	struct id_key key = { "Web", RSP_PARAM_TCP, 0, 0 };
	uint32_t seen[64], old;
	unsigned i, j;

	for (i = 0; i < 64; i++) {
		key.port = (uint16_t)i;
		element_ids_get(&ids, &key, &seen[i]);
		for (j = 0; j < i; j++)
			ck_assert_uint_ne(seen[j], seen[i]);
	}
	old = seen[63];
	ck_assert(element_ids_replace(&ids, &key, &seen[63]));
	ck_assert_uint_ne(seen[63], old);
	element_ids_free(&ids);
}
END_TEST

START_TEST(file_keeps_ids_over_restarts)
{
	char path[] = "/tmp/rsp-ids.XXXXXX";
	struct id_key a = { "We%20b", RSP_PARAM_TCP, 80, 0 };
	struct id_key b = { "We%20b", RSP_PARAM_UDP, 80, 1 };
	struct element_ids ids = { .file = path };
	uint32_t first[2], again[2];
	FILE *f;

	ck_assert_int_eq(close(mkstemp(path)), 0);
	ck_assert_int_eq(element_ids_load(&ids), 0);
	ck_assert_int_eq(element_ids_get(&ids, &a, &first[0]), 0);
	ck_assert_int_eq(element_ids_get(&ids, &b, &first[1]), 0);
	element_ids_free(&ids);
	f = fopen(path, "a");
	fputs("nonsense\n0x1 tcp\n\n", f);
	fclose(f);
	ck_assert_int_eq(element_ids_load(&ids), 0);
	ck_assert_uint_eq(ids.n, 2);
	ck_assert_int_eq(element_ids_get(&ids, &a, &again[0]), 0);
	ck_assert_int_eq(element_ids_get(&ids, &b, &again[1]), 0);
	ck_assert_uint_eq(first[0], again[0]);
	ck_assert_uint_eq(first[1], again[1]);
	element_ids_free(&ids);
	unlink(path);
}
END_TEST

START_TEST(file_that_cannot_be_written_is_told)
{
	struct id_key key = { "Web", RSP_PARAM_TCP, 80, 0 };
	struct element_ids ids = { .file = "/proc/rsp-ids" };
	uint32_t id;

	ck_assert_int_ne(element_ids_get(&ids, &key, &id), 0);
	element_ids_free(&ids);
	ids.file = "/nonexistent/directory/ids";
	ck_assert_int_eq(element_ids_load(&ids), 0);
	ids.file = "/";
	ck_assert_int_ne(element_ids_get(&ids, &key, &id), 0);
	element_ids_free(&ids);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("register");
	TCase *t = tcase_create("register");

	tcase_add_loop_test(t, pool_option_is_parsed, 0,
	    (int)(sizeof(pools) / sizeof(pools[0])));
	tcase_add_test(t, numbers_of_32_bits_are_ids);
	tcase_add_test(t, fixed_ids_count_within_a_pool);
	tcase_add_test(t, random_ids_differ);
	tcase_add_test(t, file_keeps_ids_over_restarts);
	tcase_add_test(t, file_that_cannot_be_written_is_told);
	suite_add_tcase(s, t);
	return run_suite(s);
}
