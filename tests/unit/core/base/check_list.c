/* SPDX-License-Identifier: Apache-2.0 */
/* check_list.c - claims about intrusive lists */
#include "rsp/core/base/list.h"
#include "tests/lib/suite.h"

struct member {
	struct rsp_list node;
	char name;
};

static struct member members[5];
static struct rsp_list list, other;

static void
start(unsigned n)
{
	rsp_list_init(&list);
	rsp_list_init(&other);
	for (unsigned i = 0; i < n; i++) {
		members[i].name = (char)('a' + i);
		rsp_list_add(&list, &members[i].node);
	}
}

/* Forwards and backwards. */
static void
expect(const struct rsp_list *l, const char *want)
{
	size_t n = strlen(want), i = 0;

	RSP_LIST_EACH(at, l)
	{
		ck_assert_uint_lt(i, n);
		ck_assert_int_eq(RSP_CONTAINER(at, struct member, node)->name,
		    want[i++]);
		ck_assert_ptr_eq(at->next->prev, at);
	}
	ck_assert_uint_eq(i, n);
	for (const struct rsp_list *at = l->prev; at != l; at = at->prev)
		ck_assert_int_eq(RSP_CONTAINER(at, const struct member, node)
				     ->name,
		    want[--i]);
	ck_assert_uint_eq(i, 0);
	ck_assert_int_eq(rsp_list_is_empty(l), n == 0);
}

START_TEST(members_stand_in_the_order_of_adding)
{
	start(0);
	expect(&list, "");
	start(3);
	expect(&list, "abc");
	rsp_list_add(&members[1].node, &members[3].node); /* in front of b */
	members[3].name = 'd';
	expect(&list, "adbc");
}
END_TEST

START_TEST(a_member_may_be_removed_twice)
{
	start(3);
	rsp_list_remove(&members[1].node);
	rsp_list_remove(&members[1].node);
	expect(&list, "ac");
	ck_assert(rsp_list_is_empty(&members[1].node));
	rsp_list_remove(&members[0].node);
	rsp_list_remove(&members[2].node);
	expect(&list, "");
}
END_TEST

START_TEST(a_visited_member_may_leave)
{
	start(4);
	RSP_LIST_EACH(at, &list)
	if (RSP_CONTAINER(at, struct member, node)->name % 2 == 0)
		rsp_list_remove(at);
	expect(&list, "ac");
}
END_TEST

START_TEST(a_copy_takes_its_originals_place)
{
	start(3);
	members[4] = members[1];
	rsp_list_replace(&members[4].node);
	memset(&members[1], 0xaa, sizeof(members[1]));
	expect(&list, "abc");
	ck_assert_ptr_eq(list.next->next, &members[4].node);
}
END_TEST

START_TEST(joined_lists_are_one_and_the_other_is_empty)
{
	start(2);
	rsp_list_join(&list, &other); /* nothing */
	expect(&list, "ab");
	rsp_list_join(&other, &list); /* to nothing */
	expect(&other, "ab");
	expect(&list, "");
	members[2].name = 'c';
	rsp_list_add(&list, &members[2].node);
	rsp_list_join(&other, &list);
	expect(&other, "abc");
	expect(&list, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("list");
	TCase *t = tcase_create("list");

	tcase_add_test(t, members_stand_in_the_order_of_adding);
	tcase_add_test(t, a_member_may_be_removed_twice);
	tcase_add_test(t, a_visited_member_may_leave);
	tcase_add_test(t, a_copy_takes_its_originals_place);
	tcase_add_test(t, joined_lists_are_one_and_the_other_is_empty);
	suite_add_tcase(s, t);
	return run_suite(s);
}
