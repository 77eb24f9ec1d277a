/* SPDX-License-Identifier: Apache-2.0 */
/* check_error.c - claims about the texts of error codes */
#include "rsp/core/base/error.h"
#include <string.h>
#include "tests/lib/suite.h"

START_TEST(every_code_has_a_text_of_its_own)
{
	static const char *const texts[] = {
#define TEXT(name, number, text) [-(number)] = text,
		RSP_ERRORS(TEXT)
#undef TEXT
	};
	int n = sizeof(texts) / sizeof(texts[0]);

	ck_assert_int_eq(n, 1 - RSP_ESTATE); /* the last, and no gap */
	for (int i = 0; i < n; i++) {
		ck_assert_str_eq(rsp_strerror(-i), texts[i]);
		ck_assert_ptr_null(strchr(texts[i], '\n'));
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(texts[k], texts[i]);
	}
}
END_TEST

START_TEST(other_numbers_have_one_too)
{
	ck_assert_str_eq(rsp_strerror(1), "unknown error");
	ck_assert_str_eq(rsp_strerror(RSP_ESTATE - 1), "unknown error");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("error");
	TCase *t = tcase_create("error");

	tcase_add_test(t, every_code_has_a_text_of_its_own);
	tcase_add_test(t, other_numbers_have_one_too);
	suite_add_tcase(s, t);
	return run_suite(s);
}
