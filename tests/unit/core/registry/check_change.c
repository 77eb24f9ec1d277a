/* SPDX-License-Identifier: Apache-2.0 */
/* check_change.c - claims about what follows from a change of an element: the
 * log and the pool's subscribers hear of it, and of no change only the log does
 */
#include "rsp/core/registry/change.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"
#include "tests/lib/suite.h"

static struct talk_end *pe, *pu;
static struct rsp_entry *entry;

/* A pool of one or two, whose subscriber has heard all. */
static void
start(unsigned elements)
{
	struct rsp_message m;

	talk_begin();
	pe = talk_tcp("10.0.0.1");
	pu = talk_tcp("10.0.0.9");
	for (uint32_t id = 1; id <= elements; id++)
		talk_join(pe, "Web", id);
	talk_request(&m, RSP_ASAP_RESOLUTION, "Web", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	talk_say(pu, &m);
	ck_assert(talk_hear(pu, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_ACCEPT_UPDATES);
	while (talk_event() != NULL)
		;
	entry = rsp_pool_next(rsp_pool_find(&talk.registry->space,
				  talk_span("Web")),
	    NULL);
	ck_assert_ptr_nonnull(entry);
}

/* What the registry says reaches the ends when it is called. */
static bool
subscriber_is_told(struct rsp_message *m)
{
	uint32_t ids[4];

	talk_wait(1000);
	ck_assert_int_lt(talk_resolve(pe, "Nil", 1, ids), 0);
	return talk_hear(pu, m);
}

static const enum rsp_registry_event changes[] = { RSP_EVENT_PE_ADDED,
	RSP_EVENT_PE_UPDATED, RSP_EVENT_PE_REMOVED };

START_TEST(a_change_is_told_to_both)
{
	struct rsp_message m;
	const struct talk_event *e;

	start(2);
	registry_changed(talk.registry, entry, changes[_i], pe->assoc, "why");
	ck_assert(subscriber_is_told(&m));
	ck_assert(!m.has_error);
	e = talk_event();
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->event, changes[_i]);
	ck_assert_uint_eq(e->pe_id, rsp_entry_id(entry));
	ck_assert_str_eq(e->reason, "why");
	ck_assert_ptr_null(talk_event());
	talk_end();
}
END_TEST

START_TEST(the_last_one_takes_the_pool_along)
{
	struct rsp_message m;
	uint16_t enclosed;
	unsigned n;

	start(1);
	registry_changed(talk.registry, entry, RSP_EVENT_PE_REMOVED, pe->assoc,
	    "why");
	ck_assert(subscriber_is_told(&m));
	ck_assert_int_eq(talk_causes(&m, &enclosed, &n), RSP_CAUSE_HANDLE);
	talk_end();
}
END_TEST

START_TEST(a_report_is_for_the_log_only)
{
	struct rsp_message m;

	start(2);
	registry_event(talk.registry, RSP_EVENT_REPORT, pu->assoc, entry,
	    "why");
	ck_assert(!subscriber_is_told(&m));
	ck_assert_int_eq(talk_event()->event, RSP_EVENT_REPORT);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("change");
	TCase *t = tcase_create("change");

	tcase_add_loop_test(t, a_change_is_told_to_both, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(t, the_last_one_takes_the_pool_along);
	tcase_add_test(t, a_report_is_for_the_log_only);
	suite_add_tcase(s, t);
	return run_suite(s);
}
