/* SPDX-License-Identifier: Apache-2.0 */
/* check_resolution.c - claims about the answers to handle resolutions */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Proves 5352-3.3-20 to 5352-3.3-24, 5352-2.2.6-05, 5352-2.2.6-07,
 * 5352-2.2.6-11, 5352-2.2.6-12, 5354-3.12.11-01. */
START_TEST(resolution_lists_the_pool_with_its_policy)
{
	struct talk_end *e, *user;
	struct rsp_message m;
	uint32_t ids[3];

	talk_begin();
	e = talk_tcp("10.0.0.1");
	user = talk_tcp("10.7.7.7");
	ck_assert_int_eq(talk_resolve(user, "P", 0, NULL), -RSP_CAUSE_HANDLE);
	for (uint32_t id = 1; id <= 3; id++)
		talk_join(e, "P", id);
	ck_assert_int_eq(talk_resolve(user, "P", 0, ids), 3);
	ck_assert_uint_eq(ids[0], 1);
	ck_assert_int_eq(talk_resolve(user, "P", 0, ids), 3);
	ck_assert_uint_eq(ids[0], 2);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	talk_say(user, &m);
	ck_assert(talk_hear(user, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_ACCEPT_UPDATES);
	ck_assert(m.has_policy);
	ck_assert_uint_eq(m.policy.type, 1);
	talk_request(&m, RSP_ASAP_RESOLUTION, "Q", 0);
	talk_say(user, &m);
	ck_assert(talk_hear(user, &m));
	ck_assert(m.has_error && !m.has_policy && m.elements.len == 0);
	talk_end();
}
END_TEST

static const struct {
	uint32_t items; /* 0: left out */
	int n;		/* of 3000 elements of 56 bytes each */
} item_rows[] = {
	{ 0, 32 },
	{ 1, 1 },
	{ 128, 128 },
	/* 65532 less header, handle "P" and policy, by 56. */
	{ 0xffffffff, 1169 },
	{ 2000, 1169 },
	{ 5000, 1169 },
};

/* Proves hropt-2.1-03, hropt-2.1-04, -05, -06, -07. */
START_TEST(items_are_as_asked_and_as_fit)
{
	struct talk_end *e;
	struct rsp_message m;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	for (uint32_t id = 0; id < 3000; id++)
		talk_join(e, "P", id);
	ck_assert_int_eq(talk_resolve(e, "P", item_rows[_i].items, NULL),
	    item_rows[_i].n);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.has_items = true; /* and zero */
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.elements.len, 32 * 56);
	talk_end();
}
END_TEST

static int
resolve_any_case(struct talk_end *e, const char *handle, char *real)
{
	struct rsp_message m;
	uint16_t enclosed;
	unsigned n;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	m.any_case = true;
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	memcpy(real, m.handle.at, m.handle.len);
	real[m.handle.len] = '\0';
	if (!m.has_error)
		return 1;
	ck_assert_int_eq(talk_causes(&m, &enclosed, &n), RSP_CAUSE_HANDLE);
	return n == 1 ? 0 : -1;
}

START_TEST(any_case_answers_with_the_real_handle)
{
	struct talk_end *e;
	char real[16];

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_join(e, "DownLoad", 1);
	ck_assert_int_eq(resolve_any_case(e, "download", real), 1);
	ck_assert_str_eq(real, "DownLoad");
	ck_assert_int_eq(resolve_any_case(e, "upload", real), 0);
	talk_join(e, "DOWNLOAD", 1);
	ck_assert_int_eq(resolve_any_case(e, "DOWNLOAD", real), 1);
	ck_assert_str_eq(real, "DOWNLOAD");
	ck_assert_int_eq(resolve_any_case(e, "download", real), -1);
	ck_assert_int_eq(talk_resolve(e, "download", 0, NULL),
	    -RSP_CAUSE_HANDLE);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.6-10, 5356-3.2-02. */
START_TEST(pool_in_which_nobody_can_serve_has_no_answer)
{
	struct talk_end *e;
	struct rsp_message m;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ 2, 1, { 0 } };
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, "P", 0, NULL), -RSP_CAUSE_RESOURCES);
	m.pe.policy.words[0] = 1;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, "P", 0, NULL), 1);
	talk_end();
}
END_TEST

/* Beside a handle of 64 KiB there is hardly room for an element. */
START_TEST(answer_never_exceeds_a_message)
{
	static char handle[65536];
	struct talk_end *e;
	struct rsp_message m;

	talk_init();
	talk.config.max_handle_length = 65535;
	talk_start();
	e = talk_tcp("10.0.0.1");
	memset(handle, 'x', 65440);
	talk_registration(&m, handle, 1, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, handle, 0, NULL), 1);
	memset(handle, 'x', 65480);
	talk_registration(&m, handle, 1, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, handle, 0, NULL),
	    -RSP_CAUSE_RESOURCES);
	ck_assert_int_eq(talk_deregister(e, handle, 1), NO_CAUSE);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry_resolve");
	TCase *t = tcase_create("registry_resolve");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, resolution_lists_the_pool_with_its_policy);
	tcase_add_loop_test(t, items_are_as_asked_and_as_fit, 0,
	    COUNT(item_rows));
	tcase_add_test(t, any_case_answers_with_the_real_handle);
	tcase_add_test(t, pool_in_which_nobody_can_serve_has_no_answer);
	tcase_add_test(t, answer_never_exceeds_a_message);
	suite_add_tcase(s, t);
	return run_suite(s);
}
