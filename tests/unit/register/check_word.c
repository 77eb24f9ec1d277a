/* SPDX-License-Identifier: Apache-2.0 */
/* check_word.c - claims about what a server says about itself */
#include "tests/lib/suite.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/register/word.h"

#define S(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	const char *left;
	size_t left_len;
	double load; /* below 0: none */
	int ready;   /* below 0: nothing said */
	bool trouble;
} words[] = {
	{ S("X_RSP_LOAD=37"), S(""), 37, -1, false },
	{ S("X_RSP_LOAD=37.5%\n"), S(""), 37.5, -1, false },
	{ S("X_RSP_LOAD=1e9"), S(""), 100, -1, false },
	{ S("X_RSP_LOAD=37\0"), S(""), 37, -1, false },
	{ S("X_RSP_READY=0\nX_RSP_READY=1"), S(""), -1, 1, false },
	{ S("X_RSP_READY=0\0"), S(""), -1, 0, false },
	{ S("READY=1\nX_RSP_LOAD=5\nSTATUS=a\nX_RSP_READY=0\nB"),
	    S("READY=1\nSTATUS=a\nB"), 5, 0, false },
	{ S("\n\0\nA\0X_RSP_LOAD=5"), S("\n\0\nA\0X_RSP_LOAD=5"), -1, -1,
	    false },
	{ S("X_RSP_LOAD="), S(""), -1, -1, true },
	{ S("X_RSP_LOAD=-1"), S(""), -1, -1, true },
	{ S("X_RSP_LOAD=nan"), S(""), -1, -1, true },
	{ S("X_RSP_LOAD=4 2"), S(""), -1, -1, true },
	{ S("X_RSP_LOAD=4\0002"), S(""), -1, -1, true },
	{ S("X_RSP_LOAD=0000000000000000000000000000000000000001"), S(""), -1,
	    -1, true },
	{ S("X_RSP_READY=yes"), S(""), -1, -1, true },
	{ S("X_RSP_READY=01"), S(""), -1, -1, true },
	{ S("X_RSP_"), S(""), -1, -1, true },
	{ S("X_RSP_OTHER=1"), S(""), -1, -1, true },
	{ S("X_RSP"), S("X_RSP"), -1, -1, false },
	{ S(""), S(""), -1, -1, false },
};
#define N_WORDS (int)(sizeof(words) / sizeof(words[0]))

START_TEST(lines_of_ours_are_taken_out)
{
	/* To the byte, for ASan. */
	char *text = malloc(words[_i].len > 0 ? words[_i].len : 1);
	struct word w = { 0 };
	size_t len;

	memcpy(text, words[_i].text, words[_i].len);
	len = word_take(&w, text, words[_i].len);
	ck_assert_uint_eq(len, words[_i].left_len);
	ck_assert_mem_eq(text, words[_i].left, len);
	ck_assert_int_eq(w.has_load, words[_i].load >= 0);
	if (w.has_load)
		ck_assert_double_eq(w.load, words[_i].load);
	ck_assert_int_eq(w.has_ready, words[_i].ready >= 0);
	if (w.has_ready)
		ck_assert_int_eq(w.ready, words[_i].ready);
	ck_assert_int_eq(w.trouble != NULL, words[_i].trouble);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("word");
	TCase *t = tcase_create("word");

	tcase_add_loop_test(t, lines_of_ours_are_taken_out, 0, N_WORDS);
	suite_add_tcase(s, t);
	return run_suite(s);
}
