/* SPDX-License-Identifier: Apache-2.0 */
/* check_subscription.c - claims about subscriptions: which users are told of a
 * pool's changes, when, of how many of them, and when that ends */
#include "tests/lib/suite.h"

#include "rsp/core/pool/policy.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define INTERVAL 100
#define ALL 0xffffffff

static struct talk_end *pe, *pu;

static void
begin(void)
{
	talk_init();
}

static void
start(void)
{
	talk_start();
	pe = talk_tcp("10.0.0.1");
	pu = talk_tcp("10.0.0.9");
}

/* Asks with these flags; those of the answer. */
static int
ask(struct talk_end *e, const char *handle, uint8_t flags, uint32_t items)
{
	struct rsp_message m;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	m.flags = flags;
	m.has_items = items != 0;
	m.items = items;
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION_RESPONSE);
	return m.flags;
}

static void
subscribe_to(struct talk_end *e, const char *handle)
{
	ck_assert_int_eq(ask(e, handle, RSP_FLAG_SUBSCRIBE, ALL),
	    RSP_FLAG_ACCEPT_UPDATES);
}

/* The next update's elements; -1: there is none; minus its cause. */
static int
told(struct talk_end *e)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_span information;
	struct rsp_pe one;
	uint16_t cause;
	int n = 0;

	if (!talk_hear(e, &m))
		return -1;
	ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION_RESPONSE);
	c = rsp_cursor_over(m.causes);
	if (m.has_error && rsp_next_cause(&c, &cause, &information)) {
		ck_assert_uint_eq(m.flags,
		    cause == RSP_CAUSE_HANDLE ? 0 : RSP_FLAG_ACCEPT_UPDATES);
		return -cause;
	}
	ck_assert_uint_eq(m.flags, RSP_FLAG_ACCEPT_UPDATES);
	ck_assert(m.has_policy);
	c = rsp_cursor_over(m.elements);
	while (rsp_next_pe(&c, &one, NULL))
		n++;
	return n;
}

/* Proves 5352-2.2.5-03, -04, 2.2.6-01, -03. */
START_TEST(subscriber_is_told_of_each_change)
{
	struct rsp_message m;

	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	talk_join(pe, "P", 2);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 2);
	talk_wait(1000);
	talk_registration(&m, "P", 2, NULL);
	m.pe.user.port = 81;
	ck_assert_int_eq(talk_register(pe, &m), 0);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 2);
	talk_wait(1000);
	ck_assert_int_eq(talk_deregister(pe, "P", 1), 0);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 1);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

START_TEST(what_changes_nothing_is_not_told)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	talk_join(pe, "Q", 1);
	subscribe_to(pu, "P");
	talk_join(pe, "P", 1);
	talk_join(pe, "Q", 2);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

START_TEST(element_that_dies_is_told)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	talk_close(pe);
	pe = talk_tcp("10.0.0.1");
	talk_join(pe, "P", 2);
	subscribe_to(pu, "P");
	talk_wait(talk.config.lifeline_grace);
	ck_assert_int_eq(told(pu), 1);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.5-05. */
START_TEST(who_has_not_subscribed_is_not_told)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	ck_assert_int_eq(ask(pu, "P", 0, 0), 0);
	talk_join(pe, "P", 2);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.5-08. */
START_TEST(unknown_pool_takes_no_subscription)
{
	begin();
	start();
	ck_assert_int_eq(ask(pu, "P", RSP_FLAG_SUBSCRIBE, 0), 0);
	talk_join(pe, "P", 1);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	ck_assert_uint_eq(talk.registry->subscriptions.n, 0);
	talk_end();
}
END_TEST

START_TEST(pool_that_ends_takes_its_subscriptions_along)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	talk_join(pe, "P", 2);
	subscribe_to(pu, "P");
	ck_assert_int_eq(talk_deregister(pe, "P", 1), 0);
	ck_assert_int_eq(talk_deregister(pe, "P", 2), 0);
	ck_assert_int_eq(told(pu), -RSP_CAUSE_HANDLE);
	ck_assert_uint_eq(talk.registry->subscriptions.n, 0);
	talk_join(pe, "P", 3);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	subscribe_to(pu, "P");
	talk_join(pe, "P", 4);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), 2);
	talk_end();
}
END_TEST

START_TEST(flood_of_changes_is_told_now_and_then)
{
	int n = 0, last = -1, lists;

	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	for (uint32_t id = 2; id <= 1000; id++) {
		talk_join(pe, "P", id);
		talk_wait(1);
	}
	talk_wait(INTERVAL);
	for (lists = 0; (n = told(pu)) >= 0; lists++)
		last = n;
	ck_assert_int_eq(last, 1000);
	/* in a second; the first one comes at once */
	ck_assert_int_ge(lists, 1000 / INTERVAL);
	ck_assert_int_le(lists, 1000 / INTERVAL + 2);
	talk_end();
}
END_TEST

START_TEST(one_turn_of_the_loop_is_one_list)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	for (uint32_t id = 2; id <= 50; id++)
		talk_join(pe, "P", id);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 50);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

START_TEST(busy_pool_does_not_delay_another)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	talk_join(pe, "Q", 1);
	subscribe_to(pu, "P");
	subscribe_to(pu, "Q");
	talk_join(pe, "P", 2);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 2);
	talk_join(pe, "P", 3);
	talk_join(pe, "Q", 2);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 2); /* Q */
	ck_assert_int_eq(told(pu), -1);
	talk_wait(INTERVAL);
	ck_assert_int_eq(told(pu), 3);
	talk_end();
}
END_TEST

/* The draft's number of items counts for updates as for the answer. */
START_TEST(updates_hold_as_many_as_were_asked_for)
{
	begin();
	start();
	for (uint32_t id = 1; id <= 40; id++)
		talk_join(pe, "P", id);
	ck_assert_int_eq(ask(pu, "P", RSP_FLAG_SUBSCRIBE, 3), 1);
	talk_join(pe, "P", 50);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), 3);
	ck_assert_int_eq(ask(pu, "P", RSP_FLAG_SUBSCRIBE, 0), 1);
	talk_join(pe, "P", 51);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), (int)talk.config.default_items);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

START_TEST(updates_are_no_selections)
{
	uint32_t ids[3];

	begin();
	start();
	talk_join(pe, "P", 1);
	talk_join(pe, "P", 2);
	talk_join(pe, "P", 3);
	ck_assert_int_eq(ask(pu, "P", RSP_FLAG_SUBSCRIBE, 1), 1);
	talk_resolve(pe, "P", 1, ids);
	ck_assert_uint_eq(ids[0], 2);
	for (uint32_t id = 4; id < 9; id++) {
		talk_join(pe, "P", id);
		talk_wait(1000);
		ck_assert_int_eq(told(pu), 1);
	}
	talk_resolve(pe, "P", 1, ids);
	ck_assert_uint_eq(ids[0], 3);
	talk_end();
}
END_TEST

START_TEST(without_the_bit_it_ends)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	ck_assert_int_eq(ask(pu, "P", 0, 0), 0);
	talk_join(pe, "P", 2);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -1);
	ck_assert_uint_eq(talk.registry->subscriptions.n, 0);
	talk_end();
}
END_TEST

START_TEST(subscribing_twice_is_once)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	talk_join(pe, "P", 2);
	subscribe_to(pu, "P"); /* the answer had it */
	talk_wait(0);
	ck_assert_int_eq(told(pu), 2);
	ck_assert_int_eq(told(pu), -1);
	ck_assert_uint_eq(talk.registry->subscriptions.n, 1);
	talk_end();
}
END_TEST

START_TEST(any_case_subscribes_to_the_real_pool)
{
	struct rsp_message m;

	begin();
	start();
	talk_join(pe, "WebPool", 1);
	talk_request(&m, RSP_ASAP_RESOLUTION, "webpool", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	m.any_case = true;
	talk_say(pu, &m);
	ck_assert(talk_hear(pu, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_ACCEPT_UPDATES);
	/* now there are two; it is still the first */
	talk_join(pe, "WEBPOOL", 7);
	talk_join(pe, "WebPool", 2);
	talk_wait(0);
	ck_assert(talk_hear(pu, &m));
	ck_assert(rsp_span_equal(m.handle, talk_span("WebPool")));
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.6-04. */
START_TEST(more_than_the_limits_are_answered_without_a_promise)
{
	struct talk_end *other;

	begin();
	talk.config.max_subscriptions_per_association = 2;
	talk.config.max_subscriptions = 3;
	start();
	other = talk_tcp("10.0.0.8");
	for (unsigned i = 0; i < 5; i++)
		talk_join(pe, (const char *[]){ "A", "B", "C", "D", "E" }[i],
		    1);
	subscribe_to(pu, "A");
	subscribe_to(pu, "B");
	ck_assert_int_eq(ask(pu, "C", RSP_FLAG_SUBSCRIBE, 0), 0);
	subscribe_to(pu, "A"); /* it has that one */
	subscribe_to(other, "C");
	ck_assert_int_eq(ask(other, "D", RSP_FLAG_SUBSCRIBE, 0), 0);
	talk_close(pu);
	subscribe_to(other, "D");
	ck_assert_uint_eq(talk.registry->subscriptions.n, 2);
	talk_end();
}
END_TEST

START_TEST(slow_subscriber_is_owed_one_list)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	talk_join(pe, "P", 2);
	rsp_registry_hold(talk.registry, pu->assoc, true);
	for (uint32_t id = 3; id <= 20; id++) {
		talk_join(pe, "P", id);
		talk_wait(1000);
	}
	ck_assert_int_eq(told(pu), -1);
	rsp_registry_hold(talk.registry, pu->assoc, false);
	talk_wait(0);
	ck_assert_int_eq(told(pu), 20);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

START_TEST(who_is_gone_is_owed_nothing)
{
	begin();
	start();
	talk_join(pe, "P", 1);
	subscribe_to(pu, "P");
	rsp_registry_hold(talk.registry, pu->assoc, true);
	talk_join(pe, "P", 2);
	talk_wait(1000);
	talk_join(pe, "P", 3);
	talk_close(pu);
	talk_wait(1000);
	ck_assert_uint_eq(talk.registry->subscriptions.n, 0);
	ck_assert_int_eq(told(pu), -1);
	talk_end();
}
END_TEST

/* Nobody in it can serve: said, and gone on from. */
START_TEST(pool_of_no_weight_is_told_as_such)
{
	struct rsp_message m;

	begin();
	start();
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ RSP_POLICY_WRR, 1, { 5 } };
	ck_assert_int_eq(talk_register(pe, &m), 0);
	subscribe_to(pu, "P");
	m.pe.policy.words[0] = 0;
	ck_assert_int_eq(talk_register(pe, &m), 0);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), -RSP_CAUSE_RESOURCES);
	m.pe.policy.words[0] = 1;
	ck_assert_int_eq(talk_register(pe, &m), 0);
	talk_wait(1000);
	ck_assert_int_eq(told(pu), 1);
	talk_end();
}
END_TEST

START_TEST(many_subscribers_are_told_in_several_ticks)
{
	static struct rsp_assoc *assocs[3000];
	struct rsp_assoc_info info = { .protocol = RSP_ASAP, .local = true };
	uint8_t room[64];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;
	struct rsp_out out;
	unsigned sent = 0, ticks = 0;

	begin();
	start();
	talk_join(pe, "P", 1);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	rsp_message_encode(&b, &m);
	for (int i = 0; i < COUNT(assocs); i++) {
		assocs[i] =
		    rsp_registry_open(talk.registry, talk.now, &info, NULL);
		rsp_registry_input(talk.registry, talk.now, assocs[i],
		    rsp_builder_span(&b));
		while (rsp_registry_output(talk.registry, &out))
			;
	}
	talk_join(pe, "P", 2);
	while (rsp_registry_deadline(talk.registry) <= talk.now) {
		rsp_registry_tick(talk.registry, talk.now);
		while (rsp_registry_output(talk.registry, &out))
			sent += out.kind == RSP_OUT_SEND;
		ticks++;
	}
	ck_assert_uint_eq(sent, COUNT(assocs));
	ck_assert_uint_ge(ticks, 3);
	talk_end(); /* with all of them open */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("subscribe");
	TCase *t = tcase_create("subscribe");

	tcase_add_test(t, subscriber_is_told_of_each_change);
	tcase_add_test(t, what_changes_nothing_is_not_told);
	tcase_add_test(t, element_that_dies_is_told);
	tcase_add_test(t, who_has_not_subscribed_is_not_told);
	tcase_add_test(t, unknown_pool_takes_no_subscription);
	tcase_add_test(t, pool_that_ends_takes_its_subscriptions_along);
	tcase_add_test(t, flood_of_changes_is_told_now_and_then);
	tcase_add_test(t, one_turn_of_the_loop_is_one_list);
	tcase_add_test(t, busy_pool_does_not_delay_another);
	tcase_add_test(t, updates_hold_as_many_as_were_asked_for);
	tcase_add_test(t, updates_are_no_selections);
	tcase_add_test(t, without_the_bit_it_ends);
	tcase_add_test(t, subscribing_twice_is_once);
	tcase_add_test(t, any_case_subscribes_to_the_real_pool);
	tcase_add_test(t, more_than_the_limits_are_answered_without_a_promise);
	tcase_add_test(t, slow_subscriber_is_owed_one_list);
	tcase_add_test(t, who_is_gone_is_owed_nothing);
	tcase_add_test(t, pool_of_no_weight_is_told_as_such);
	tcase_add_test(t, many_subscribers_are_told_in_several_ticks);
	suite_add_tcase(s, t);
	return run_suite(s);
}
