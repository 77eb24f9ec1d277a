/* SPDX-License-Identifier: Apache-2.0 */
/* check_advice.c - claims about what is said to the owner of a rejected server
 */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/register/advice.h"

/* What our registrar rejects for. */
static const uint16_t causes[] = { RSP_CAUSE_PARAM, RSP_CAUSE_MESSAGE,
	RSP_CAUSE_INVALID, RSP_CAUSE_PE_ID, RSP_CAUSE_POLICY,
	RSP_CAUSE_RESOURCES, RSP_CAUSE_TRANSPORT, RSP_CAUSE_USE,
	RSP_CAUSE_SECURITY };

START_TEST(every_cause_has_its_advice)
{
	struct rsp_transport t = { .n_addresses = 1,
		.addresses = { { 4, { 10, 0, 0, 1 } } } };
	const char *none = advice_on(0x7777, &t, true);

	ck_assert_str_ne(advice_on(causes[_i], &t, true), none);
	ck_assert_str_ne(advice_on(causes[_i], &t, false), none);
}
END_TEST

START_TEST(address_is_advised_on)
{
	struct rsp_transport t = { .n_addresses = 1,
		.addresses = { { 4, { 10, 0, 0, 1 } } } };

	ck_assert_ptr_nonnull(
	    strstr(advice_on(RSP_CAUSE_SECURITY, &t, true), "--third-party"));
	ck_assert_ptr_nonnull(
	    strstr(advice_on(RSP_CAUSE_SECURITY, &t, true), "--address"));
	t.addresses[0] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	ck_assert_ptr_nonnull(
	    strstr(advice_on(RSP_CAUSE_INVALID, &t, true), "loopback"));
	/* A given ID is to be changed, a drawn one is nobody's doing. */
	ck_assert_ptr_nonnull(
	    strstr(advice_on(RSP_CAUSE_PE_ID, &t, true), "--id"));
	ck_assert_ptr_null(
	    strstr(advice_on(RSP_CAUSE_PE_ID, &t, false), "--id"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("advice");
	TCase *t = tcase_create("advice");

	tcase_add_loop_test(t, every_cause_has_its_advice, 0,
	    sizeof(causes) / sizeof(causes[0]));
	tcase_add_test(t, address_is_advised_on);
	suite_add_tcase(s, t);
	return run_suite(s);
}
