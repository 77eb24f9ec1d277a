/* SPDX-License-Identifier: Apache-2.0 */
/* check_event.c - claims about the names of events */
#include "rsp/core/registry/registry.h"
#include "tests/lib/suite.h"

START_TEST(every_event_has_a_name_of_its_own)
{
	for (int i = RSP_EVENT_PE_ADDED; i <= RSP_EVENT_PEER_ERROR; i++) {
		const char *text =
		    rsp_registry_event_text((enum rsp_registry_event)i);

		ck_assert_ptr_nonnull(text);
		ck_assert_str_ne(text, "event");
		for (int k = RSP_EVENT_PE_ADDED; k < i; k++)
			ck_assert_str_ne(text, rsp_registry_event_text(
						   (enum rsp_registry_event)k));
	}
	ck_assert_str_eq(rsp_registry_event_text((enum rsp_registry_event)999),
	    "event");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event");
	TCase *t = tcase_create("event");

	tcase_add_test(t, every_event_has_a_name_of_its_own);
	suite_add_tcase(s, t);
	return run_suite(s);
}
