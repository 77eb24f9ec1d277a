/* SPDX-License-Identifier: Apache-2.0 */
/* check_liveness.c - claims about what is heard of elements: an answer clears
 * reports, strangers' words count for nothing, and a lost association ends
 * those of SCTP at once */
#include "rsp/core/registry/liveness.h"

#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"
#include "tests/lib/suite.h"

static struct talk_end *pe, *pu;

static struct rsp_entry *
entry(void)
{
	struct rsp_pool *pool =
	    rsp_pool_find(&talk.registry->space, talk_span("Web"));

	return pool == NULL ? NULL
			    : rsp_entry_find(&talk.registry->space, pool, 1);
}

static void
start(void)
{
	talk_begin();
	pe = talk_tcp("10.0.0.1");
	pu = talk_tcp("10.0.0.9");
	talk_join(pe, "Web", 1);
	ck_assert_ptr_nonnull(entry());
}

static void
say(struct talk_end *end, uint8_t type, uint32_t id)
{
	struct rsp_message m;

	talk_request(&m, type, "Web", id);
	talk_say(end, &m);
}

START_TEST(an_answer_clears_the_reports)
{
	start();
	say(pu, RSP_ASAP_UNREACHABLE, 1);
	ck_assert_uint_eq(entry()->reports, 1);
	say(pu, RSP_ASAP_KEEP_ALIVE_ACK, 1); /* somebody else's */
	ck_assert_uint_eq(entry()->reports, 1);
	say(pe, RSP_ASAP_KEEP_ALIVE_ACK, 1);
	ck_assert_uint_eq(entry()->reports, 0);
	talk_end();
}
END_TEST

START_TEST(reports_of_nobody_and_repeated_ones_do_not_count)
{
	start();
	say(pu, RSP_ASAP_UNREACHABLE, 2);
	ck_assert_uint_eq(talk.registry->counts.reports, 0);
	say(pu, RSP_ASAP_UNREACHABLE, 1);
	say(pu, RSP_ASAP_UNREACHABLE, 1);
	ck_assert_uint_eq(talk.registry->counts.reports, 1);
	ck_assert_uint_eq(entry()->reports, 1);
	talk_end();
}
END_TEST

START_TEST(a_lost_connection_is_no_proof_and_a_lost_sctp_association_is)
{
	start();
	talk_close(pe);
	ck_assert_ptr_nonnull(entry());
	ck_assert_int_eq(entry()->owner->kind, OWNER_ORPHAN);
	talk_end();

	start();
	pe->assoc->type = RSP_PARAM_SCTP;
	talk_close(pe);
	ck_assert_ptr_null(entry());
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("liveness");
	TCase *t = tcase_create("liveness");

	tcase_add_test(t, an_answer_clears_the_reports);
	tcase_add_test(t, reports_of_nobody_and_repeated_ones_do_not_count);
	tcase_add_test(t,
	    a_lost_connection_is_no_proof_and_a_lost_sctp_association_is);
	suite_add_tcase(s, t);
	return run_suite(s);
}
