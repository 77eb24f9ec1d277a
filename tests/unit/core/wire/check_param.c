/* SPDX-License-Identifier: Apache-2.0 */
/* check_param.c - claims about parameter values by themselves.  What messages
 * show of them is in check_message.c.
 *
 * Proves 5354-3-02, 5354-3-03, 5354-3-04, 5354-3-05, 5354-3-06, 5354-3-07.
 */
#include "tests/lib/suite.h"

#include "rsp/core/wire/param.h"
#include "tests/lib/sample.h"

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	uint16_t type;
	bool stops;
	bool reports;
	enum rsp_error err;
	size_t causes; /* bytes */
} classes[] = {
	{ 0x0000, true, false, RSP_EPARAM, 0 },
	{ 0x0001, true, false, RSP_EMALFORMED, 0 }, /* known, misplaced */
	{ 0x0010, true, false, RSP_EMALFORMED, 0 },
	{ 0x0011, true, false, RSP_EPARAM, 0 },
	{ 0x3fff, true, false, RSP_EPARAM, 0 },
	{ 0x4000, true, true, RSP_EPARAM, 8 },
	{ 0x7fff, true, true, RSP_EPARAM, 8 },
	{ 0x8000, false, false, RSP_OK, 0 },
	{ 0x803f, false, false, RSP_OK, 0 }, /* known, misplaced */
	{ 0xbfff, false, false, RSP_OK, 0 },
	{ 0xc000, false, true, RSP_OK, 8 },
	{ 0xffff, false, true, RSP_OK, 8 },
};

START_TEST(two_top_bits_decide_about_the_unknown)
{
	uint16_t type = classes[_i].type;
	uint8_t whole[4] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 4 };
	uint8_t room[16];
	struct rsp_builder report = rsp_builder_into(room, sizeof(room));
	struct rsp_cursor c = { .at = whole, .left = 4, .report = &report };

	rsp_unknown_param(&c, type, (struct rsp_span){ whole, 4 });
	ck_assert_msg(rsp_param_stops(type) == classes[_i].stops, "%x", type);
	ck_assert_msg(rsp_param_reports(type) == classes[_i].reports, "%x",
	    type);
	ck_assert_msg(c.err == classes[_i].err, "%x: %s", type,
	    rsp_strerror(c.err));
	ck_assert_msg(report.len == classes[_i].causes, "%x: %zu", type,
	    report.len);
	c = (struct rsp_cursor){ .at = whole, .left = 4 };
	rsp_unknown_param(&c, type, (struct rsp_span){ whole, 4 });
	ck_assert_msg(c.err == classes[_i].err, "%x unreported", type);
}
END_TEST

static const struct {
	const char *address; /* family, then bytes */
	bool loopback;
	bool wildcard;
} addresses[] = {
	{ "04 7f000001", true, false },
	{ "04 7fffffff", true, false },
	{ "04 80000001", false, false },
	{ "04 00000000", false, true },
	{ "04 c0000201", false, false },
	{ "06 00000000 00000000 00000000 00000001", true, false },
	{ "06 00000000 00000000 00000000 00000000", false, true },
	{ "06 00000000 00000000 0000ffff 7f000001", true, false },
	{ "06 00000000 00000000 0000ffff 00000000", false, true },
	{ "06 00000000 00000000 0000ffff c0000201", false, false },
	{ "06 20010db8 00000000 00000000 00000001", false, false },
	{ "06 7f000001 00000000 00000000 00000000", false, false },
	{ "00 7f000001", false, false },
	{ "00 00000000", false, false },
};

START_TEST(loopback_and_wildcard_are_known)
{
	struct rsp_address a = { 0 };
	uint8_t bytes[17];
	size_t len = hex(addresses[_i].address, bytes);

	a.family = bytes[0];
	memcpy(a.bytes, bytes + 1, len - 1);
	ck_assert_msg(rsp_address_is_loopback(&a) == addresses[_i].loopback,
	    "%s", addresses[_i].address);
	ck_assert_msg(rsp_address_is_wildcard(&a) == addresses[_i].wildcard,
	    "%s", addresses[_i].address);
}
END_TEST

static void
set_family(struct rsp_transport *t)
{
	t->addresses[1].family = 6;
}

static void
set_port(struct rsp_transport *t)
{
	t->port++;
}

static void
set_use(struct rsp_transport *t)
{
	t->use = 0;
}

static void
set_type(struct rsp_transport *t)
{
	t->type = RSP_PARAM_TCP;
}

static void
set_code(struct rsp_transport *t)
{
	t->service_code = 1;
}

static void
set_count(struct rsp_transport *t)
{
	t->n_addresses = 1;
}

static void
set_opaque(struct rsp_transport *t)
{
	t->opaque = (struct rsp_span){ (const uint8_t *)"x", 1 };
}

static void
set_unused(struct rsp_transport *t)
{
	t->addresses[2].family = 4;
}

static const struct {
	const char *name;
	void (*change)(struct rsp_transport *t);
	bool equal;
} changes[] = {
	{ "type", set_type, false },
	{ "port", set_port, false },
	{ "use", set_use, false },
	{ "service code", set_code, false },
	{ "number of addresses", set_count, false },
	{ "an address", set_family, false },
	{ "opaque bytes", set_opaque, false },
	{ "beyond the last address", set_unused, true },
};

START_TEST(transports_are_equal_in_all_or_not)
{
	struct rsp_transport a = { .type = RSP_PARAM_SCTP,
		.port = 7,
		.use = 1,
		.n_addresses = 2,
		.addresses = { { 4, { 1, 2, 3, 4 } }, { 4, { 5, 6, 7, 8 } } } };
	struct rsp_transport b = a;

	ck_assert(rsp_transport_equal(&a, &b));
	changes[_i].change(&b);
	ck_assert_msg(rsp_transport_equal(&a, &b) == changes[_i].equal, "%s",
	    changes[_i].name);
}
END_TEST

START_TEST(policies_are_equal_in_all_or_not)
{
	struct rsp_policy a = { 2, 1, { 3 } }, b = a;

	ck_assert(rsp_policy_equal(&a, &b));
	b.words[1] = 1; /* not counted */
	ck_assert(rsp_policy_equal(&a, &b));
	b.words[0] = 1;
	ck_assert(!rsp_policy_equal(&a, &b));
	b = (struct rsp_policy){ 4, 1, { 3 } };
	ck_assert(!rsp_policy_equal(&a, &b));
	b = (struct rsp_policy){ 2, 0, { 3 } };
	ck_assert(!rsp_policy_equal(&a, &b));
}
END_TEST

START_TEST(an_element_comes_back)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	uint8_t opaque[16], room[4096];
	struct rsp_builder b;
	struct rsp_cursor all, value;
	struct rsp_pe pe, back;
	uint16_t type;
	unsigned i;

	for (i = 0; i < 200; i++) {
		sample_pe(&pe, &seed, opaque);
		b = rsp_builder_into(room, sizeof(room));
		rsp_put_pe(&b, &pe);
		all = rsp_cursor_over(rsp_builder_span(&b));
		ck_assert(rsp_next_param(&all, &type, &value, NULL));
		ck_assert_uint_eq(type, RSP_PARAM_PE);
		rsp_get_pe(&value, &back);
		ck_assert_int_eq(value.err, RSP_OK);
		ck_assert(same_pe(&pe, &back));
	}
}
END_TEST

/* A reader that follows n_addresses meets no garbage, whatever was there. */
START_TEST(a_bad_element_leaves_safe_members)
{
	static const uint8_t bytes[] = { 0, 0, 0, 1, 0, 0, 0 };
	struct rsp_cursor c =
	    rsp_cursor_over((struct rsp_span){ bytes, sizeof(bytes) });
	struct rsp_pe pe;

	memset(&pe, 0xa5, sizeof(pe));
	rsp_get_pe(&c, &pe);
	ck_assert_int_eq(c.err, RSP_ETRUNC);
	ck_assert_uint_eq(pe.id, 1);
	ck_assert_uint_eq(pe.home, 0);
	ck_assert_int_eq(pe.life, 0);
	ck_assert_uint_eq(pe.user.type, 0);
	ck_assert_uint_eq(pe.user.n_addresses, 0);
	ck_assert_uint_eq(pe.user.opaque.len, 0);
	ck_assert_uint_eq(pe.asap.n_addresses, 0);
	ck_assert_uint_eq(pe.policy.n_words, 0);
}
END_TEST

START_TEST(everything_has_a_name)
{
	ck_assert_str_eq(rsp_param_name(RSP_PARAM_HANDLE), "pool-handle");
	ck_assert_str_eq(rsp_param_name(RSP_PARAM_ANYCASE), "match-any-case");
	ck_assert_str_eq(rsp_param_name(0), "unknown");
	ck_assert_str_eq(rsp_param_name(0xffff), "unknown");
	ck_assert_str_eq(rsp_transport_word(RSP_PARAM_TCP), "tcp");
	ck_assert_str_eq(rsp_transport_name(RSP_PARAM_UDPLITE), "UDP-Lite");
	for (uint16_t type = 0; type < 0x100; type++)
		ck_assert_int_eq(strcmp(rsp_transport_word(type), "unknown") !=
				     0,
		    type >= RSP_PARAM_DCCP && type <= RSP_PARAM_OPAQUE &&
			(type <= RSP_PARAM_UDPLITE ||
			    type == RSP_PARAM_OPAQUE));
	ck_assert_str_eq(rsp_cause_text(RSP_CAUSE_HANDLE),
	    "unknown pool handle");
	ck_assert_str_eq(rsp_cause_text(0x100b), "unknown error cause");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("param");
	TCase *t = tcase_create("param");

	tcase_add_loop_test(t, two_top_bits_decide_about_the_unknown, 0,
	    N(classes));
	tcase_add_loop_test(t, loopback_and_wildcard_are_known, 0,
	    N(addresses));
	tcase_add_loop_test(t, transports_are_equal_in_all_or_not, 0,
	    N(changes));
	tcase_add_test(t, policies_are_equal_in_all_or_not);
	tcase_add_test(t, an_element_comes_back);
	tcase_add_test(t, a_bad_element_leaves_safe_members);
	tcase_add_test(t, everything_has_a_name);
	suite_add_tcase(s, t);
	return run_suite(s);
}
