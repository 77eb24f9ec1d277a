/* SPDX-License-Identifier: Apache-2.0 */
/* select_fixture.c - test fixture of a pool's order of selection: members that
 * join, leave and are asked for */
#include "tests/lib/select_fixture.h"

#include "tests/lib/suite.h"
#include "tests/lib/repeatable.h"

struct rsp_select order;
struct rsp_select_list list;
struct member members[MEMBERS];
static uint64_t state;

uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

uint32_t
below(uint32_t bound)
{
	return (uint32_t)rsp_random_below(random32, NULL, bound);
}

static uint32_t
words_of(const struct rsp_select_node *node, uint32_t *words)
{
	const struct member *m = RSP_CONTAINER(node, struct member, node);

	memcpy(words, m->words, sizeof(m->words));
	return (uint32_t)(m - members);
}

void
start(uint32_t type)
{
	state = UINT64_C(88172645463325252);
	memset(members, 0, sizeof(members));
	rsp_select_init(&order, rsp_policy_def(type), words_of);
}

void
join(unsigned i, uint32_t word0, uint32_t word1)
{
	members[i].words[0] = word0;
	members[i].words[1] = word1;
	members[i].in = true;
	members[i].selections = 0;
	ck_assert_int_eq(rsp_select_add(&order, &members[i].node), RSP_OK);
}

void
leave(unsigned i)
{
	rsp_select_remove(&order, &members[i].node);
	members[i].in = false;
}

unsigned
index_of(uint32_t place)
{
	return (unsigned)(RSP_CONTAINER(rsp_select_listed(&list, place),
			      struct member, node) -
			  members);
}

int
ask(uint32_t max)
{
	bool seen[MEMBERS] = { false };

	rsp_select_list(&order, max, &list, random32, NULL);
	ck_assert_uint_le(list.n, max);
	for (uint32_t i = 0; i < list.n; i++) {
		ck_assert_msg(!seen[index_of(i)], "%u twice", index_of(i));
		ck_assert_msg(members[index_of(i)].in, "%u has left",
		    index_of(i));
		seen[index_of(i)] = true;
	}
	rsp_select_selected(&order, &list, list.n);
	return list.n == 0 ? -1 : (int)index_of(0);
}

void
expect(uint32_t max, const char *want)
{
	char got[MEMBERS + 1] = "";

	ask(max);
	for (uint32_t i = 0; i < list.n; i++)
		got[i] = (char)('a' + index_of(i));
	ck_assert_str_eq(got, want);
}

void
fill(uint32_t word)
{
	for (unsigned i = MEMBERS - RSP_SELECT_SMALL_MAX - 1; i < MEMBERS; i++)
		join(i, word, 0);
	ck_assert(order.large);
}
