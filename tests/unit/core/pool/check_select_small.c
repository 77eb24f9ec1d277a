/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_small.c - claims about small pools that grow large and shrink
 * again: the answers do not tell which of the two they are
 *
 * Each selection that leaves nothing to chance is compared with a model that is
 * as plain as can be: members in an array, looked through from end to end.
 */
#include "tests/lib/suite.h"

#include "rsp/core/pool/select_small.h"
#include "tests/lib/repeatable.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define MEMBERS 40
#define STEPS 20000

struct member {
	struct rsp_select_node node;
	uint32_t word;
	bool in;
	uint64_t came; /* later is greater; anew with each turn of a rank */
	/* Shares: the next turn, and 1/word of what lengths have left out. */
	uint64_t start, length, fraction;
};

static struct rsp_select order;
static struct rsp_select_list list;
static struct member members[MEMBERS];
static struct rsp_select_wrr_clock clock;
static uint64_t state, came;
static uint32_t n;

static uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

static uint32_t
below(uint32_t bound)
{
	return (uint32_t)rsp_random_below(random32, NULL, bound);
}

static uint32_t
words_of(const struct rsp_select_node *node, uint32_t *words)
{
	const struct member *m = RSP_CONTAINER(node, struct member, node);

	memset(words, 0, RSP_POLICY_WORDS * sizeof(*words));
	words[0] = m->word;
	return 1000 + (uint32_t)(m - members);
}

static void
start(uint32_t type)
{
	state = UINT64_C(88172645463325252);
	memset(members, 0, sizeof(members));
	clock = (struct rsp_select_wrr_clock){ 0 };
	came = n = 0;
	rsp_select_init(&order, rsp_policy_def(type), words_of);
}

/* The model of one policy. */
struct model {
	uint32_t type;
	uint32_t words; /* how many different ones */
	void (*join)(struct member *m);
	void (*leave)(struct member *m);
	void (*renew)(struct member *m, uint32_t old);
	bool (*before)(const struct member *a, const struct member *b);
	void (*ask)(void); /* before it is listed */
	void (*selected)(struct member **listed, uint32_t n_listed);
};

static void
join_last(struct member *m)
{
	m->came = came++;
}

static void
nothing(struct member *m)
{
	(void)m;
}

static bool
came_before(const struct member *a, const struct member *b)
{
	return a->came < b->came;
}

static void
first_goes_last(struct member **listed, uint32_t n_listed)
{
	(void)n_listed;
	listed[0]->came = came++;
}

/* A newcomer stands behind everybody, as does who has just had a turn. */
static bool
ranks_before(const struct member *a, const struct member *b)
{
	return a->word != b->word ? a->word < b->word : a->came < b->came;
}

static void
first_of_each_rank_goes_last(struct member **listed, uint32_t n_listed)
{
	for (uint32_t i = 0; i < n_listed; i++)
		if (i == 0 || listed[i]->word != listed[i - 1]->word)
			listed[i]->came = came++;
}

static void
set_turn(struct member *m, uint64_t when)
{
	m->start = when;
	if (m->word == 0)
		return;
	m->length = (RSP_SELECT_WRR_ROUND + m->fraction) / m->word;
	m->fraction = (RSP_SELECT_WRR_ROUND + m->fraction) % m->word;
}

static void
join_share(struct member *m)
{
	m->came = came++;
	m->fraction = 0;
	rsp_select_wrr_set_sum(&clock, clock.sum + m->word);
	set_turn(m, clock.now);
}

static void
leave_share(struct member *m)
{
	rsp_select_wrr_set_sum(&clock, clock.sum - m->word);
}

static void
renew_share(struct member *m, uint32_t old)
{
	uint64_t when = clock.now, latest;

	if (m->word == old)
		return;
	rsp_select_wrr_set_sum(&clock, clock.sum - old + m->word);
	m->fraction = 0;
	if (old == 0)
		m->came = came++;
	else if (m->word > 0 && m->start > clock.now) {
		latest = clock.now + RSP_SELECT_WRR_ROUND / m->word;
		when = m->start < latest ? m->start : latest;
	}
	set_turn(m, when);
}

static bool
share_before(const struct member *a, const struct member *b)
{
	bool a_begun = a->start <= clock.now, b_begun = b->start <= clock.now;
	uint64_t a_key = a->start + (a_begun ? a->length : 0);
	uint64_t b_key = b->start + (b_begun ? b->length : 0);

	if (a_begun != b_begun)
		return a_begun;
	return a_key != b_key ? a_key < b_key : a->came < b->came;
}

/* Somebody's turn has always begun. */
static void
jump(void)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < MEMBERS; i++)
		if (members[i].in && members[i].word > 0 &&
		    members[i].start < least)
			least = members[i].start;
	if (least != UINT64_MAX && least > clock.now)
		clock.now = least;
}

static void
share_selected(struct member **listed, uint32_t n_listed)
{
	(void)n_listed;
	rsp_select_wrr_tick(&clock);
	set_turn(listed[0], listed[0]->start + listed[0]->length);
	jump();
}

static const struct model models[] = {
	{ RSP_POLICY_RR, 1, join_last, nothing, NULL, came_before, NULL,
	    first_goes_last },
	{ RSP_POLICY_LU, 1, join_last, nothing, NULL, ranks_before, NULL,
	    first_of_each_rank_goes_last },
	{ RSP_POLICY_LU, 5, join_last, nothing, NULL, ranks_before, NULL,
	    first_of_each_rank_goes_last },
	{ RSP_POLICY_WRR, 1, join_share, leave_share, renew_share, share_before,
	    jump, share_selected },
	{ RSP_POLICY_WRR, 5, join_share, leave_share, renew_share, share_before,
	    jump, share_selected },
	{ RSP_POLICY_WRR, 100, join_share, leave_share, renew_share,
	    share_before, jump, share_selected },
};

/* What the order is to list, by insertion. */
static uint32_t
list_model(const struct model *m, struct member *listed[MEMBERS])
{
	uint32_t able = 0;

	for (unsigned i = 0; i < MEMBERS; i++) {
		uint32_t at = able;

		if (!members[i].in ||
		    (m->type == RSP_POLICY_WRR && members[i].word == 0))
			continue;
		for (; at > 0 && m->before(&members[i], listed[at - 1]); at--)
			listed[at] = listed[at - 1];
		listed[at] = &members[i];
		able++;
	}
	return able;
}

static void
ask(const struct model *m, uint32_t max, int step)
{
	struct member *listed[MEMBERS];
	uint32_t able;

	if (m->ask != NULL)
		m->ask();
	able = list_model(m, listed);
	rsp_select_list(&order, max, &list, random32, NULL);
	ck_assert_uint_eq(list.n, able < max ? able : max);
	for (uint32_t i = 0; i < list.n; i++)
		ck_assert_msg(rsp_select_listed(&list, i) == &listed[i]->node,
		    "step %d, %u %s: place %u", step, order.n,
		    order.large ? "many" : "few", i);
	rsp_select_selected(&order, &list, list.n);
	if (list.n > 0)
		m->selected(listed, list.n);
}

static uint32_t
draw_word(const struct model *m)
{
	/* weights of 0 do not serve */
	return m->type == RSP_POLICY_WRR && m->words == 1 ? 1 : below(m->words);
}

/* One member joins, leaves or registers again; pools grow for a while, and
 * shrink for a while. */
static void
change(const struct model *m, int step)
{
	struct member *who = &members[below(MEMBERS)];
	bool grow = step / 300 % 2 == 0;
	uint32_t old_words[RSP_POLICY_WORDS] = { who->word };

	if (!who->in && (grow || below(4) == 0)) {
		who->word = draw_word(m);
		who->in = true;
		n++;
		ck_assert_int_eq(rsp_select_add(&order, &who->node), RSP_OK);
		m->join(who);
	} else if (who->in && (!grow || below(4) == 0)) {
		m->leave(who);
		rsp_select_remove(&order, &who->node);
		who->in = false;
		n--;
	} else if (who->in && m->renew != NULL) {
		who->word = draw_word(m);
		rsp_select_renew(&order, &who->node, old_words);
		m->renew(who, old_words[0]);
	}
}

/* Later loops begin where virtual time is about to be set back. */
START_TEST(nobody_can_tell_few_from_many)
{
	const struct model *m = &models[_i % COUNT(models)];
	unsigned crossed = 0;
	bool many = false;

	start(m->type);
	if (_i >= COUNT(models) && m->type == RSP_POLICY_WRR) {
		ck_assert_int_eq(rsp_select_small_reserve(&order, 1), RSP_OK);
		clock.now = (UINT64_C(1) << 62) - (UINT64_C(100) << 32);
		*rsp_select_small_view(&order).clock = clock;
	}
	for (int step = 0; step < STEPS; step++) {
		if (below(3) == 0)
			change(m, step);
		ask(m, below(3) == 0 ? below(MEMBERS) : 1, step);
		ck_assert_uint_eq(order.n, n);
		crossed += order.large != many;
		many = order.large;
	}
	ck_assert_uint_gt(crossed, 20);
	rsp_select_fini(&order);
}
END_TEST

static const uint32_t all[] = { RSP_POLICY_RR, RSP_POLICY_WRR, RSP_POLICY_RAND,
	RSP_POLICY_WRAND, RSP_POLICY_LUD };

static void
check_members(void)
{
	const struct rsp_select_node *node = NULL;
	uint32_t seen = 0;

	while ((node = rsp_select_next(&order, node)) != NULL) {
		ck_assert(RSP_CONTAINER(node, const struct member, node)->in);
		seen++;
	}
	ck_assert_uint_eq(seen, n);
	for (uint32_t i = 0; !order.large && i < MEMBERS; i++) {
		const struct rsp_select_node *found =
		    rsp_select_small_find(&order, 1000 + i);

		ck_assert_ptr_eq(found,
		    members[i].in ? &members[i].node : NULL);
	}
}

START_TEST(everybody_is_in_and_few_are_found)
{
	const struct model any = { .type = all[_i],
		.words = 7,
		.join = nothing,
		.leave = nothing };

	start(any.type);
	for (int step = 0; step < STEPS; step++) {
		change(&any, step);
		rsp_select_list(&order, below(20), &list, random32, NULL);
		rsp_select_selected(&order, &list, list.n);
		check_members();
	}
	rsp_select_fini(&order);
}
END_TEST

/* The lots of those that are left fall as if it had never been one of many. */
START_TEST(lots_keep_their_weights_when_many_become_few)
{
	unsigned counts[MEMBERS] = { 0 };

	start(RSP_POLICY_WRAND);
	for (unsigned i = 0; i < 20; i++) {
		members[i].word = i < 3 ? i + 1 : 5;
		ck_assert_int_eq(rsp_select_add(&order, &members[i].node),
		    RSP_OK);
	}
	ck_assert(order.large);
	for (unsigned i = 3; i < 20; i++)
		rsp_select_remove(&order, &members[i].node);
	ck_assert(!order.large);
	for (int p = 0; p < 12000; p++) {
		rsp_select_list(&order, 1 + below(2), &list, random32, NULL);
		counts[RSP_CONTAINER(rsp_select_listed(&list, 0), struct member,
			   node) -
		       members]++;
	}
	for (int i = 0; i < 3; i++)
		ck_assert_int_le(abs((int)counts[i] - 2000 * (i + 1)), 250);
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("few");
	TCase *t = tcase_create("few");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, nobody_can_tell_few_from_many, 0,
	    2 * COUNT(models));
	tcase_add_loop_test(t, everybody_is_in_and_few_are_found, 0,
	    COUNT(all));
	tcase_add_test(t, lots_keep_their_weights_when_many_become_few);
	suite_add_tcase(s, t);
	return run_suite(s);
}
