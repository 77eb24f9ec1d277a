/* SPDX-License-Identifier: Apache-2.0 */
/* check_room.c - claims about working memory for the time of a call */
#include "tests/lib/suite.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include "rsp/net/sys.h"
#include "rsp/user/room.h"

#define MANY 32

static void *rooms[MANY];

static void
open_many(void)
{
	for (int i = 0; i < MANY; i++) {
		rooms[i] = rsp_room_open();
		ck_assert_ptr_nonnull(rooms[i]);
	}
}

START_TEST(rooms_that_are_open_are_apart_and_whole)
{
	open_many();
	for (int i = 0; i < MANY; i++)
		memset(rooms[i], i, RSP_ROOM_BYTES);
	for (int i = 0; i < MANY; i++) {
		const uint8_t *bytes = rooms[i];

		ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t at = 0; at < RSP_ROOM_BYTES; at++)
			ck_assert(bytes[at] == i);
	}
}
END_TEST

START_TEST(one_that_was_given_back_is_found_again)
{
	void *room = rsp_room_open();

	ck_assert_ptr_nonnull(room);
	rsp_room_close(room);
	ck_assert_ptr_eq(rsp_room_open(), room);
}
END_TEST

START_TEST(some_are_kept_and_the_others_are_given_back)
{
	int kept = 0;

	open_many();
	for (int i = 0; i < MANY; i++)
		rsp_room_close(rooms[i]);
	for (int i = 0; i < MANY; i++)
		kept += sys_readable(rooms[i]);
	ck_assert_int_ge(kept, 1);
	ck_assert_int_le(kept, 8);
}
END_TEST

/* The process may map no more; puts the old limit back. */
static int
open_without_memory(void)
{
	struct rlimit before, none;
	int n = 0;

	getrlimit(RLIMIT_AS, &before);
	none = before;
	none.rlim_cur = 1;
	setrlimit(RLIMIT_AS, &none);
	errno = EDOM;
	while (n < MANY && (rooms[n] = rsp_room_open()) != NULL)
		n++;
	setrlimit(RLIMIT_AS, &before);
	return n;
}

START_TEST(without_memory_there_is_no_room)
{
	ck_assert_int_eq(open_without_memory(), 0);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

START_TEST(what_was_prepared_is_there)
{
	int n;

	rsp_room_prepare();
	n = open_without_memory();
	ck_assert_int_ge(n, 2);
	ck_assert_int_lt(n, MANY);
	for (int i = 0; i < n; i++)
		memset(rooms[i], 1, RSP_ROOM_BYTES);
}
END_TEST

START_TEST(no_room_can_be_given_back)
{
	void *room;

	rsp_room_close(NULL);
	room = rsp_room_open();
	ck_assert_ptr_nonnull(room);
	rsp_room_close(room);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("room");
	TCase *t = tcase_create("room");

	tcase_add_test(t, rooms_that_are_open_are_apart_and_whole);
	tcase_add_test(t, one_that_was_given_back_is_found_again);
	tcase_add_test(t, some_are_kept_and_the_others_are_given_back);
	tcase_add_test(t, without_memory_there_is_no_room);
	tcase_add_test(t, what_was_prepared_is_there);
	tcase_add_test(t, no_room_can_be_given_back);
	suite_add_tcase(s, t);
	return run_suite(s);
}
