/* SPDX-License-Identifier: Apache-2.0 */
/* check_emit.c - claims about what the registry sends: nothing to an end that
 * is being left, and no error about an error */
#include "rsp/core/registry/emit.h"

#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"
#include "tests/lib/suite.h"

static struct talk_end *end;

static void
start(void)
{
	talk_begin();
	end = talk_tcp("10.0.0.1");
}

static bool
next_send(struct rsp_out *out)
{
	while (rsp_outbox_next(&talk.registry->outbox, out))
		if (out->kind == RSP_OUT_SEND)
			return true;
	return false;
}

START_TEST(an_error_has_causes_and_is_no_answer_to_one)
{
	static const uint8_t cause[] = { 0, 0, 0, 4 };
	struct rsp_span causes = { cause, sizeof(cause) };
	struct rsp_message m;
	struct rsp_out out;

	start();
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ERROR);
	registry_error(talk.registry, end->assoc, &m, causes);
	ck_assert(!next_send(&out));
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
	registry_error(talk.registry, end->assoc, &m,
	    (struct rsp_span){ NULL, 0 });
	ck_assert(!next_send(&out));
	registry_error(talk.registry, end->assoc, &m, causes);
	ck_assert(next_send(&out));
	ck_assert_ptr_eq(out.assoc, end->assoc);
	ck_assert(!next_send(&out));
	talk_end();
}
END_TEST

START_TEST(an_end_that_is_left_is_told_once_and_hears_no_more)
{
	struct rsp_message m;
	struct rsp_out out;

	start();
	end->assoc->protocol = RSP_ENRP;
	registry_hang_up(talk.registry, end->assoc);
	registry_hang_up(talk.registry, end->assoc);
	ck_assert_ptr_eq(talk.registry->broken.next, &end->assoc->broken);
	ck_assert_ptr_eq(end->assoc->broken.next, &talk.registry->broken);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ERROR);
	registry_send(talk.registry, end->assoc, &m);
	ck_assert(!next_send(&out));
	end->assoc->protocol = RSP_ASAP;
	talk_end();
}
END_TEST

START_TEST(an_unmeasured_distance_is_none)
{
	start();
	ck_assert_ptr_null(talk.registry->config.round_trip);
	ck_assert_uint_eq(registry_distance(talk.registry, end->assoc), 0);
	ck_assert_uint_eq(registry_distance(talk.registry, NULL), 0);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emit");
	TCase *t = tcase_create("emit");

	tcase_add_test(t, an_error_has_causes_and_is_no_answer_to_one);
	tcase_add_test(t, an_end_that_is_left_is_told_once_and_hears_no_more);
	tcase_add_test(t, an_unmeasured_distance_is_none);
	suite_add_tcase(s, t);
	return run_suite(s);
}
