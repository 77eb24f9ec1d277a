/* SPDX-License-Identifier: Apache-2.0 */
/* check_policy.c - claims about the table of policies and its text form */
#include "tests/lib/suite.h"

#include "rsp/core/pool/policy.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Proves 5356-4.1-09, 4.2-06, 4.3-05, 4.4-06, 4.5-05, 5.1-09, 5.2-08, 5.3-09,
 * 5.4-04 (numbers and words; the bytes are the codec's) and 5356-3.1-01. */
static const struct {
	const char *spec;
	uint32_t type;
	unsigned n_words;
	uint32_t words[3];
	const char *text; /* NULL: as `spec` */
} specs[] = {
	{ "rr", 0x00000001, 0, { 0 }, NULL },
	{ "wrr:3", 0x00000002, 1, { 3 }, NULL },
	{ "wrr:0", 0x00000002, 1, { 0 }, NULL },
	{ "random", 0x00000003, 0, { 0 }, NULL },
	{ "wrandom:4294967295", 0x00000004, 1, { 0xffffffff }, NULL },
	{ "priority:10", 0x00000005, 1, { 10 }, NULL },
	{ "lu:0", 0x40000001, 1, { 0 }, NULL },
	{ "lu:50", 0x40000001, 1, { 0x80000000 }, NULL },
	{ "lu:100", 0x40000001, 1, { 0xffffffff }, NULL },
	{ "lu:100.000", 0x40000001, 1, { 0xffffffff }, "lu:100" },
	{ "lu:012.50", 0x40000001, 1, { 0x20000000 }, "lu:12.5" },
	{ "lu:0.000001", 0x40000001, 1, { 43 }, NULL },
	{ "lud:25,6.25", 0x40000002, 2, { 0x40000000, 0x10000000 }, NULL },
	{ "plu:75,1", 0x40000003, 2, { 0xbfffffff, 0x028f5c29 }, NULL },
	{ "rlu:1", 0x40000004, 1, { 0x028f5c29 }, NULL },
	/* Proves delay-3.4-02: the distance is 0. */
	{ "lu-dpf:50,0.001", 0xb0002002, 3, { 0x80000000, 42950, 0 }, NULL },
	{ "lu-dpf-draft:0,100", 0x40000010, 3, { 0, 0xffffffff, 0 }, NULL },
};

START_TEST(specification_is_parsed)
{
	const char *what = NULL;
	struct rsp_policy p;

	ck_assert_msg(rsp_policy_parse(specs[_i].spec, &p, &what) == RSP_OK,
	    "%s: %s", specs[_i].spec, what);
	ck_assert_msg(p.type == specs[_i].type, "%s: type %x", specs[_i].spec,
	    p.type);
	ck_assert_msg(p.n_words == specs[_i].n_words, "%s: %u words",
	    specs[_i].spec, p.n_words);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_msg(p.words[i] == specs[_i].words[i],
		    "%s: word %u is %x", specs[_i].spec, i, p.words[i]);
	ck_assert_msg(rsp_policy_is_valid(&p), "%s: invalid", specs[_i].spec);
}
END_TEST

START_TEST(text_is_the_shortest_specification)
{
	const char *want = specs[_i].text, *what;
	char text[RSP_POLICY_TEXT];
	struct rsp_policy p;

	if (want == NULL)
		want = specs[_i].spec;
	ck_assert_int_eq(rsp_policy_parse(specs[_i].spec, &p, &what), RSP_OK);
	ck_assert_str_eq(rsp_policy_text(&p, text), want);
}
END_TEST

static const char *const bad_specs[] = {
	"",
	"r",
	"rrr",
	"RR",
	"rr:",
	"rr:1",
	"wrr",
	"wrr:",
	"wrr:x",
	"wrr:-1",
	"wrr:4294967296",
	"wrr:99999999999999999999",
	"wrr:1,2",
	"wrr:1 ",
	"wrr,1",
	"random:1",
	"lu",
	"lu:",
	"lu:101",
	"lu:100.000001",
	"lu:1.",
	"lu:.5",
	"lu:1.0000001",
	"lu:1e1",
	"lu:1,",
	"lu:auto",
	"lu:auto:cpu",
	"lud:1",
	"lud:1,",
	"lud:1,2,3",
	"lud:1:2",
	"plu:1,101",
	"lu-dpf:1,2,3",
};

START_TEST(bad_specification_is_explained)
{
	struct rsp_policy p = { .type = 77 };
	const char *what = NULL;

	ck_assert_msg(rsp_policy_parse(bad_specs[_i], &p, &what) ==
			  RSP_EINVALID,
	    "accepted: %s", bad_specs[_i]);
	ck_assert_ptr_nonnull(what);
	ck_assert_uint_eq(p.type, RSP_POLICY_RR);
}
END_TEST

/* The text is for whoever has written it. */
static const struct {
	const char *spec, *what;
} complaints[] = {
	{ "nosuch:1", "no such policy" },
	{ "wrr", "wants values after a colon" },
	{ "wrr:x", "wants a number up to 4294967295" },
	{ "wrr:auto", "wants a number up to 4294967295" },
	{ "lu:auto", "automatic load is not supported" },
	{ "lu:auto:cpu", "automatic load is not supported" },
	{ "lu:aut",
	    "wants a load in percent, 0 to 100 with up to six decimals" },
	{ "lu:x", "wants a load in percent, 0 to 100 with up to six decimals" },
	{ "lud:1", "wants another value after a comma" },
	{ "lud:1,2,3", "has something behind its last value" },
};

START_TEST(each_fault_has_its_complaint)
{
	struct rsp_policy p;
	const char *what = NULL;

	ck_assert_int_eq(rsp_policy_parse(complaints[_i].spec, &p, &what),
	    RSP_EINVALID);
	ck_assert_str_eq(what, complaints[_i].what);
}
END_TEST

START_TEST(every_load_survives_its_text)
{
	char text[RSP_WORD_TEXT], spec[32] = "lu:";
	const char *what;
	struct rsp_policy p;

	for (uint32_t m = 0; m <= 100000000; m += 999983) {
		strcpy(spec + 3,
		    rsp_word_text(RSP_WORD_LOAD, rsp_load_of(m), text));
		ck_assert_int_eq(rsp_policy_parse(spec, &p, &what), RSP_OK);
		ck_assert_uint_eq(p.words[0], rsp_load_of(m));
	}
}
END_TEST

/* Proves 5356-7.1-03, 5356-7.1-04, 5356-7.1-05, 5354-3.8-01, 5354-3.8-03. */
static const struct {
	const char *name;
	struct rsp_policy policy;
	bool valid;
} validities[] = {
	{ "type 0", { 0, 0, { 0 } }, false },
	{ "type 0x40000000", { 0x40000000, 1, { 0 } }, false },
	{ "reserved type", { 0x00000006, 0, { 0 } }, true },
	{ "reserved adaptive type", { 0x7fffffff, 2, { 0 } }, true },
	{ "private type", { 0x80000000, 4, { 0 } }, true },
	{ "round robin with a word", { 1, 1, { 0 } }, false },
	{ "weighted random without weight", { 4, 0, { 0 } }, false },
	{ "least used without load", { 0x40000001, 0, { 0 } }, false },
	{ "least used with two words", { 0x40000001, 2, { 0 } }, false },
	{ "degradation", { 0x40000002, 2, { 0 } }, true },
};

START_TEST(validity_is_type_and_number_of_words)
{
	ck_assert_msg(rsp_policy_is_valid(&validities[_i].policy) ==
			  validities[_i].valid,
	    "%s", validities[_i].name);
}
END_TEST

START_TEST(unknown_types_are_served_in_turn)
{
	struct rsp_policy p = { 0xb0001001, 2, { 1, 0xffffffff } };
	char text[RSP_POLICY_TEXT];

	ck_assert_int_eq(rsp_policy_def(p.type)->selection, RSP_SELECT_RR);
	ck_assert_ptr_null(rsp_policy_def(p.type)->name);
	ck_assert_str_eq(rsp_policy_text(&p, text), "0xb0001001:1,4294967295");
	ck_assert(!rsp_policy_is_adaptive(p.type));	   /* though it is */
	ck_assert(rsp_policy_is_adaptive(RSP_POLICY_LUD)); /* 5356-7.1-02 */
}
END_TEST

START_TEST(rows_are_whole_and_distinct)
{
	const struct rsp_policy_def *a, *b;

	for (unsigned i = 0; (a = rsp_policy_row(i)) != NULL; i++) {
		ck_assert_ptr_nonnull(a->name);
		ck_assert_uint_le(a->n_given, a->n_words);
		for (unsigned w = 0; w < a->n_words; w++)
			ck_assert_ptr_nonnull(a->words[w].name);
		ck_assert(
		    (a->selection == RSP_SELECT_RANKED) == (a->rank != NULL));
		for (unsigned j = 0; j < i; j++) {
			b = rsp_policy_row(j);
			ck_assert_uint_ne(a->type, b->type);
			ck_assert_str_ne(a->spec, b->spec);
			ck_assert_str_ne(a->name, b->name);
		}
	}
}
END_TEST

/* Proves the 64 bits of 5356-5.2-06 and 5356-5.3-03, the order of 5356-4.5-05,
 * 5356-5.4-01 and of both readings of delay-3.2-06. */
static const struct {
	const char *name;
	uint32_t type;
	uint32_t low[3], high[3];
	uint32_t low_selections, high_selections;
} ranks[] = {
	{ "priority", 5, { 0xffffffff }, { 1 }, 0, 0 },
	{ "load", 0x40000001, { 1 }, { 2 }, 9, 0 },
	{ "degradation counts", 0x40000002, { 10, 5 }, { 10, 5 }, 1, 2 },
	{ "degradation beyond 32 bits", 0x40000002, { 0xffffffff, 0 },
	    { 1, 0xffffffff }, 9, 0xffffffff },
	{ "load beyond 32 bits", 0x40000003, { 0xfffffffe, 1 },
	    { 0xffffffff, 1 }, 0, 0 },
	{ "50 + 10 before 50 + 50", 0x40000003, { 50, 10 }, { 50, 50 }, 0, 0 },
	{ "draft: load first", 0x40000010, { 1, 9, 9 }, { 2, 9, 1 }, 0, 0 },
	{ "draft: then distance", 0x40000010, { 1, 9, 1 }, { 1, 0, 2 }, 0, 0 },
	{ "private: distance is load", 0xb0002002, { 2, 9, 1 }, { 1, 9, 2 }, 0,
	    0 },
	{ "private: saturates", 0xb0002002, { 0xffffffff, 0xffffffff, 1 },
	    { 0xffffffff, 0xffffffff, 0xffffffff }, 0, 0 },
};

START_TEST(rank_orders_elements)
{
	const struct rsp_policy_def *def = rsp_policy_def(ranks[_i].type);

	ck_assert_msg(def->rank(ranks[_i].low, ranks[_i].low_selections) <
			  def->rank(ranks[_i].high, ranks[_i].high_selections),
	    "%s", ranks[_i].name);
}
END_TEST

START_TEST(unload_is_a_weight_and_never_nothing)
{
	const struct rsp_policy_def *def = rsp_policy_def(RSP_POLICY_RLU);
	uint32_t loads[] = { 0, 0xfffffffe, 0xffffffff };

	ck_assert_uint_eq(def->weight(&loads[0]), 0xffffffff);
	ck_assert_uint_eq(def->weight(&loads[1]), 1);
	ck_assert_uint_eq(def->weight(&loads[2]), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");

	tcase_add_loop_test(t, specification_is_parsed, 0, COUNT(specs));
	tcase_add_loop_test(t, text_is_the_shortest_specification, 0,
	    COUNT(specs));
	tcase_add_loop_test(t, each_fault_has_its_complaint, 0,
	    (int)(sizeof(complaints) / sizeof(complaints[0])));
	tcase_add_loop_test(t, bad_specification_is_explained, 0,
	    COUNT(bad_specs));
	tcase_add_test(t, every_load_survives_its_text);
	tcase_add_loop_test(t, validity_is_type_and_number_of_words, 0,
	    COUNT(validities));
	tcase_add_test(t, unknown_types_are_served_in_turn);
	tcase_add_test(t, rows_are_whole_and_distinct);
	tcase_add_loop_test(t, rank_orders_elements, 0, COUNT(ranks));
	tcase_add_test(t, unload_is_a_weight_and_never_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
