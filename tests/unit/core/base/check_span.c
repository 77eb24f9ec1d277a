/* SPDX-License-Identifier: Apache-2.0 */
/* check_span.c - claims about borrowed runs of bytes */
#include "rsp/core/base/span.h"
#include "tests/lib/suite.h"

START_TEST(equal_are_those_of_the_same_bytes)
{
	static const uint8_t a[] = { 1, 0, 2 }, b[] = { 1, 0, 2 },
			     c[] = { 1, 0, 3 };
	struct rsp_span none = { NULL, 0 };

	ck_assert(rsp_span_equal((struct rsp_span){ a, 3 },
	    (struct rsp_span){ b, 3 }));
	ck_assert(!rsp_span_equal((struct rsp_span){ a, 3 },
	    (struct rsp_span){ c, 3 }));
	ck_assert(rsp_span_equal((struct rsp_span){ a, 2 },
	    (struct rsp_span){ c, 2 }));
	ck_assert(!rsp_span_equal((struct rsp_span){ a, 3 },
	    (struct rsp_span){ a, 2 }));
	ck_assert(rsp_span_equal(none, none));
	ck_assert(rsp_span_equal(none, (struct rsp_span){ a, 0 }));
	ck_assert(!rsp_span_equal(none, (struct rsp_span){ a, 1 }));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("span");
	TCase *t = tcase_create("span");

	tcase_add_test(t, equal_are_those_of_the_same_bytes);
	suite_add_tcase(s, t);
	return run_suite(s);
}
