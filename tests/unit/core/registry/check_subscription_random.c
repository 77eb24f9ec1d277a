/* SPDX-License-Identifier: Apache-2.0 */
/* check_subscription_random.c - random trial of subscriptions: when it is
 * quiet, every subscriber has what a question would bring now
 *
 * Users subscribe and cancel, are slow and catch up, elements come and go, at
 * random.  The registry is audited after each step.
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_audit.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/registry_driver.h"

#define USERS 4
#define POOLS 3
#define IDS 5

static struct talk_end *pe;

static uint32_t
dice(uint32_t sides)
{
	return talk.config.random(talk.config.ctx) % sides;
}

struct view {
	bool on;
	uint32_t ids; /* bits */
};

static uint32_t
bits_of(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct rsp_pe one;
	uint32_t bits = 0;

	while (rsp_next_pe(&c, &one, NULL))
		bits |= 1u << one.id;
	return bits;
}

static void
listen_to(struct talk_end *e, struct view views[POOLS])
{
	struct rsp_message m;

	while (talk_hear(e, &m)) {
		struct view *v = &views[m.handle.at[0] - 'A'];

		v->on = m.flags == RSP_FLAG_ACCEPT_UPDATES;
		v->ids = bits_of(&m);
	}
}

static void
do_something(struct talk_end *users[USERS], struct view views[USERS][POOLS])
{
	char handle[2] = { (char)('A' + dice(POOLS)), '\0' };
	uint32_t user = dice(USERS), id = dice(IDS);
	struct rsp_message m;

	switch (dice(6)) {
	case 0:
		talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
		m.flags = dice(4) > 0 ? RSP_FLAG_SUBSCRIBE : 0;
		talk_say(users[user], &m);
		break;
	case 1:
	case 2:
		talk_join(pe, handle, id);
		break;
	case 3:
		talk_deregister(pe, handle, id);
		break;
	case 4:
		rsp_registry_hold(talk.registry, users[user]->assoc,
		    dice(2) == 0);
		break;
	default:
		talk_wait(dice(150));
	}
	listen_to(users[user], views[user]);
	registry_audit(talk.registry);
}

START_TEST(subscribers_end_up_with_what_there_is)
{
	static struct view views[USERS][POOLS];
	struct talk_end *users[USERS];
	uint32_t ids[IDS], bits;
	int n;

	talk_init();
	talk.state += (uint64_t)_i * 0x9e3779b97f4a7c15;
	talk.config.keep_alive_interval = 0;
	talk_start();
	pe = talk_tcp("10.0.0.1");
	memset(views, 0, sizeof(views));
	for (int i = 0; i < USERS; i++)
		users[i] = talk_tcp("10.0.0.2");
	for (int i = 0; i < 2000; i++) {
		do_something(users, views);
		talk.n_events = talk.seen = 0;
	}
	for (int i = 0; i < USERS; i++)
		rsp_registry_hold(talk.registry, users[i]->assoc, false);
	talk_wait(talk.config.update_interval);
	for (int i = 0; i < USERS; i++)
		listen_to(users[i], views[i]);
	for (int p = 0; p < POOLS; p++) {
		n = talk_resolve(pe, (const char *[]){ "A", "B", "C" }[p],
		    UINT32_MAX, ids);
		bits = 0;
		for (int i = 0; i < n; i++)
			bits |= 1u << ids[i];
		for (int i = 0; i < USERS; i++)
			ck_assert(!views[i][p].on || views[i][p].ids == bits);
	}
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("subscribe_random");
	TCase *t = tcase_create("subscribe_random");

	tcase_add_loop_test(t, subscribers_end_up_with_what_there_is, 0, 20);
	suite_add_tcase(s, t);
	return run_suite(s);
}
