/* SPDX-License-Identifier: Apache-2.0 */
/* check_outbox.c - claims about what a registry has to say: in order, whole,
 * and without the messages of an association that is gone */
#include "rsp/core/registry/outbox.h"
#include "tests/lib/suite.h"

static struct rsp_outbox box;
static int ends[2]; /* only their addresses count */
#define END(i) ((struct rsp_assoc *)(void *)&ends[i])

static void
say(unsigned end, uint32_t word)
{
	struct rsp_builder b = rsp_outbox_open(&box);

	rsp_put_u32(&b, word);
	ck_assert(rsp_outbox_send(&box, &b, END(end)));
}

static void
expect(unsigned end, uint32_t word)
{
	uint8_t bytes[] = { (uint8_t)(word >> 24), (uint8_t)(word >> 16),
		(uint8_t)(word >> 8), (uint8_t)word };
	struct rsp_out out;

	ck_assert(rsp_outbox_next(&box, &out));
	ck_assert_int_eq(out.kind, RSP_OUT_SEND);
	ck_assert_ptr_eq(out.assoc, END(end));
	ck_assert_uint_eq(out.bytes.len, 4);
	ck_assert_mem_eq(out.bytes.at, bytes, 4);
}

START_TEST(messages_come_out_in_their_order)
{
	struct rsp_out out;

	ck_assert(!rsp_outbox_next(&box, &out));
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 3000; i++)
			say(i % 2, i + round);
		for (uint32_t i = 0; i < 3000; i++)
			expect(i % 2, i + round);
		ck_assert(!rsp_outbox_next(&box, &out));
	}
	rsp_outbox_fini(&box);
}
END_TEST

START_TEST(what_is_not_sent_leaves_nothing)
{
	struct rsp_builder b = rsp_outbox_open(&box);
	struct rsp_out out;

	rsp_put_u32(&b, 1);
	say(0, 2);
	b.overflow = true;
	ck_assert(!rsp_outbox_send(&box, &b, END(0)));
	expect(0, 2);
	ck_assert(!rsp_outbox_next(&box, &out));
	rsp_outbox_fini(&box);
}
END_TEST

START_TEST(handles_of_events_are_copied)
{
	uint8_t handle[] = "Web";
	struct rsp_out event = { .kind = RSP_OUT_EVENT,
		.event = RSP_EVENT_REPORT,
		.handle = { handle, 3 },
		.pe_id = 7 };
	struct rsp_out out;

	ck_assert(rsp_outbox_event(&box, &event, (struct rsp_span){ NULL, 0 }));
	memset(handle, 'x', sizeof(handle));
	say(1, 3);
	ck_assert(rsp_outbox_next(&box, &out));
	ck_assert_int_eq(out.event, RSP_EVENT_REPORT);
	ck_assert_uint_eq(out.pe_id, 7);
	ck_assert_uint_eq(out.handle.len, 3);
	ck_assert_mem_eq(out.handle.at, "Web", 3);
	ck_assert_ptr_null(out.pe);
	expect(1, 3);
	rsp_outbox_fini(&box);
}
END_TEST

START_TEST(of_a_gone_association_events_stay_and_messages_go)
{
	struct rsp_out event = { .kind = RSP_OUT_EVENT,
		.event = RSP_EVENT_REJECTED,
		.assoc = END(0) };
	struct rsp_out out;

	say(0, 1);
	say(1, 2);
	ck_assert(rsp_outbox_event(&box, &event, (struct rsp_span){ NULL, 0 }));
	say(0, 3);
	rsp_outbox_forget(&box, END(0));
	expect(1, 2);
	ck_assert(rsp_outbox_next(&box, &out));
	ck_assert_int_eq(out.event, RSP_EVENT_REJECTED);
	ck_assert_ptr_null(out.assoc);
	ck_assert(!rsp_outbox_next(&box, &out));
	rsp_outbox_fini(&box);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outbox");
	TCase *t = tcase_create("outbox");

	tcase_add_test(t, messages_come_out_in_their_order);
	tcase_add_test(t, what_is_not_sent_leaves_nothing);
	tcase_add_test(t, handles_of_events_are_copied);
	tcase_add_test(t, of_a_gone_association_events_stay_and_messages_go);
	suite_add_tcase(s, t);
	return run_suite(s);
}
