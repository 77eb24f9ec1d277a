/* SPDX-License-Identifier: Apache-2.0 */
/* check_message_rsplib.c - claims about the messages that RSPLIB was seen to
 * send, and where they depart from the RFCs
 *
 * vectors/rsplib.hex has one message of each structure in captures of its
 * programs at work.  Every one decodes without a report, encodes as the same
 * bytes, and departs from the RFCs in what its name says and in nothing else
 * that the table below knows.  rsplib.txt tells what is done about it.
 */
#include "tests/lib/suite.h"

#include <string.h>

#include "tests/lib/vector.h"
#include "tests/lib/test_data.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Lives of an hour and more are none that an element of RFC 5354 would have in
 * these captures. */
static bool
is_in_milliseconds(int32_t life)
{
	return life >= 3600;
}

static bool
life_in_milliseconds(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct rsp_span handle;
	struct rsp_pe pe;

	while (rsp_next_table_pe(&c, &handle, &pe, NULL))
		if (is_in_milliseconds(pe.life))
			return true;
	return m->has_pe && is_in_milliseconds(m->pe.life);
}

/* RFC 5352 section 2.2.7 has the handle and nothing behind it. */
static bool
keep_alive_with_identifier(const struct rsp_message *m)
{
	return m->protocol == RSP_ASAP && m->type == RSP_ASAP_KEEP_ALIVE &&
	       m->has_pe_id;
}

static bool
has_cause(const struct rsp_message *m, uint16_t wanted, bool empty)
{
	struct rsp_cursor c = rsp_cursor_over(m->causes);
	struct rsp_span information;
	uint16_t cause;

	while (rsp_next_cause(&c, &cause, &information))
		if (cause == wanted && (!empty || information.len == 0))
			return true;
	return false;
}

/* RFC 5354 section 3.12.6 encloses the pool's policy. */
static bool
policy_cause_alone(const struct rsp_message *m)
{
	return has_cause(m, RSP_CAUSE_POLICY, true);
}

/* Causes of its own, beyond the 0xa of RFC 5354. */
#define OWN_CAUSE(function, number)                                            \
	static bool function(const struct rsp_message *m)                      \
	{                                                                      \
		return has_cause(m, number, false);                            \
	}
OWN_CAUSE(bad_message, 0x10)
OWN_CAUSE(bad_value, 0x11)
OWN_CAUSE(bad_policy, 0x100b)
OWN_CAUSE(no_usable_address, 0xf008)

static const struct {
	const char *name;
	bool (*is_in)(const struct rsp_message *m);
	int times; /* in how many of the vectors */
} deviations[] = {
	{ "life in milliseconds", life_in_milliseconds, 44 },
	{ "PE identifier appended", keep_alive_with_identifier, 7 },
	{ "cause 5 without the policy", policy_cause_alone, 1 },
	{ "cause 0x10", bad_message, 1 },
	{ "cause 0x11", bad_value, 2 },
	{ "cause 0x100b", bad_policy, 1 },
	{ "cause 0xf008", no_usable_address, 1 },
};

static FILE *
open_vectors(void)
{
	FILE *f = fopen(test_data("data/vectors/rsplib.hex"), "r");

	ck_assert_ptr_nonnull(f);
	return f;
}

/* What RSPLIB sends is read whole: nothing to report, nothing lost. */
static void
decode(const struct vector *v, struct rsp_message *m)
{
	static uint8_t room[2048], causes[1024];
	struct rsp_builder report = rsp_builder_into(causes, sizeof(causes));
	struct rsp_builder again = rsp_builder_into(room, sizeof(room));
	int err = rsp_message_decode(v->protocol, vector_bytes(v), m, &report);

	ck_assert_msg(err == RSP_OK && report.len == 0, "%s: %s", v->name,
	    rsp_strerror(err));
	rsp_message_encode(&again, m);
	ck_assert_msg(rsp_span_equal(rsp_builder_span(&again), vector_bytes(v)),
	    "%s: encodes as other bytes", v->name);
}

START_TEST(messages_depart_from_the_rfcs_as_their_names_say)
{
	FILE *f = open_vectors();
	struct rsp_message m;
	struct vector v;
	const char *said;
	unsigned n = 0;

	for (; vector_next(f, &v); n++) {
		decode(&v, &m);
		said = strstr(v.name, ": ");
		said = said == NULL ? "" : said + 2;
		for (int i = 0; i < COUNT(deviations); i++)
			ck_assert_msg(deviations[i].is_in(&m) ==
					  (strcmp(said, deviations[i].name) ==
					      0),
			    "%s: %s", v.name, deviations[i].name);
	}
	ck_assert_uint_eq(n, 92);
	fclose(f);
}
END_TEST

START_TEST(every_deviation_was_seen)
{
	FILE *f = open_vectors();
	struct rsp_message m;
	struct vector v;
	int times = 0;

	while (vector_next(f, &v)) {
		decode(&v, &m);
		times += deviations[_i].is_in(&m);
	}
	ck_assert_msg(times == deviations[_i].times, "%s: %d times",
	    deviations[_i].name, times);
	fclose(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rsplib");
	TCase *t = tcase_create("rsplib");

	tcase_add_test(t, messages_depart_from_the_rfcs_as_their_names_say);
	tcase_add_loop_test(t, every_deviation_was_seen, 0, COUNT(deviations));
	suite_add_tcase(s, t);
	return run_suite(s);
}
