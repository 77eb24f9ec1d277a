/* SPDX-License-Identifier: Apache-2.0 */
/* check_handlespace.c - claims about pools, elements, owners and checksums */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "rsp/core/pool/handlespace.h"
#include "tests/lib/repeatable.h"

static struct rsp_handlespace space;
static struct rsp_home home, other_home;
static struct rsp_owner owner, second, stranger;
static uint64_t state = UINT64_C(88172645463325252);

static uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

static void
start(void)
{
	ck_assert_int_eq(rsp_handlespace_init(&space, random32, NULL), RSP_OK);
	rsp_home_init(&home, 0x11111111);
	rsp_home_init(&other_home, 0x22222222);
	rsp_owner_init(&owner, &home);
	rsp_owner_init(&second, &home);
	rsp_owner_init(&stranger, &other_home);
}

static struct rsp_span
span(const char *text, size_t len)
{
	return (struct rsp_span){ (const uint8_t *)text, len };
}

static struct rsp_span
name(const char *text)
{
	return span(text, strlen(text));
}

static struct rsp_pe
pe_of(uint32_t id, uint32_t policy, uint32_t word)
{
	struct rsp_pe pe;

	memset(&pe, 0, sizeof(pe));
	pe.id = id;
	pe.life = 90;
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = 80;
	pe.user.n_addresses = 1;
	pe.user.addresses[0] = (struct rsp_address){ 4, { 10, 0, 0, 1 } };
	pe.policy.type = policy;
	pe.policy.n_words = rsp_policy_def(policy)->n_words;
	pe.policy.words[0] = word;
	return pe;
}

static struct rsp_entry *
add(struct rsp_span handle, uint32_t id)
{
	struct rsp_pe pe = pe_of(id, RSP_POLICY_RR, 0);
	struct rsp_entry *e;

	ck_assert_int_eq(rsp_entry_add(&space, handle, &pe, &owner, &e),
	    RSP_OK);
	return e;
}

/* Proves 5352-1.1-01, 5352-1.4.1-01. */
START_TEST(handles_are_bytes)
{
	struct rsp_span handles[] = { span("a", 1), span("a\0", 2),
		span("a\0b", 3), span("A", 1), span("\0", 1),
		name("K\xc3\xa4se/:%"), span("abcdefgh", 8),
		span("abcdefghi", 9) };
	const size_t n = sizeof(handles) / sizeof(handles[0]);

	start();
	ck_assert_ptr_null(rsp_pool_find(&space, handles[0]));
	for (size_t i = 0; i < n; i++)
		add(handles[i], (uint32_t)i);
	ck_assert_uint_eq(space.pools.n, n);
	for (size_t i = 0; i < n; i++) {
		struct rsp_pool *pool = rsp_pool_find(&space, handles[i]);

		ck_assert(rsp_span_equal(rsp_pool_handle(pool), handles[i]));
		ck_assert_ptr_nonnull(
		    rsp_entry_find(&space, pool, (uint32_t)i));
		ck_assert_ptr_null(
		    rsp_entry_find(&space, pool, (uint32_t)i + 1));
	}
	rsp_handlespace_fini(&space);
}
END_TEST

static void
expect_any_case(const char *asked, int err, const char *found)
{
	struct rsp_pool *pool;

	ck_assert_msg(rsp_pool_find_any_case(&space, name(asked), &pool) == err,
	    "%s", asked);
	ck_assert_int_eq(pool != NULL, found != NULL);
	if (found != NULL)
		ck_assert(rsp_span_equal(rsp_pool_handle(pool), name(found)));
}

START_TEST(any_case_finds_the_only_one_or_the_exact_one)
{
	struct rsp_entry *mixed, *lower, *upper;

	start();
	expect_any_case("web", RSP_ENOENT, NULL);
	mixed = add(name("Web"), 1);
	expect_any_case("web", RSP_OK, "Web");
	lower = add(name("web"), 1);
	upper = add(name("WEB"), 1);
	expect_any_case("web", RSP_OK, "web");
	expect_any_case("Web", RSP_OK, "Web");
	expect_any_case("wEb", RSP_EEXIST, NULL);
	expect_any_case("wEb ", RSP_ENOENT, NULL);
	/* The one that stands for all goes first; others go in its place. */
	rsp_entry_remove(&space, mixed);
	expect_any_case("wEb", RSP_EEXIST, NULL);
	rsp_entry_remove(&space, upper);
	expect_any_case("wEb", RSP_OK, "web");
	rsp_entry_remove(&space, lower);
	expect_any_case("web", RSP_ENOENT, NULL);
	ck_assert_uint_eq(space.folds.n, 0);
	rsp_handlespace_fini(&space);
}
END_TEST

/* Proves 5352-3.1-29 to 5352-3.1-33, 5352-3.2-15. */
START_TEST(pool_lives_as_long_as_it_has_elements)
{
	struct rsp_pe pe = pe_of(1, RSP_POLICY_LU, 77);
	struct rsp_entry *a, *b;
	struct rsp_pool *pool;

	start();
	pe.user.type = RSP_PARAM_SCTP;
	pe.user.use = 1;
	ck_assert_int_eq(rsp_entry_add(&space, name("p"), &pe, &owner, &a),
	    RSP_OK);
	pool = rsp_pool_find(&space, name("p"));
	ck_assert_uint_eq(pool->policy.type, RSP_POLICY_LU);
	ck_assert_uint_eq(pool->policy.words[0], 77);
	ck_assert_uint_eq(pool->transport, RSP_PARAM_SCTP);
	ck_assert_uint_eq(pool->use, 1);
	pe.id = 2;
	ck_assert_int_eq(rsp_entry_add(&space, name("p"), &pe, &owner, &b),
	    RSP_OK);
	ck_assert_ptr_eq(b->pool, pool);
	rsp_entry_remove(&space, a);
	ck_assert_ptr_eq(rsp_pool_find(&space, name("p")), pool);
	rsp_entry_remove(&space, b);
	ck_assert_ptr_null(rsp_pool_find(&space, name("p")));
	ck_assert_uint_eq(space.n_entries, 0);
	rsp_handlespace_fini(&space);
}
END_TEST

/* Of every shape that a Pool Element can have. */
static const struct {
	const char *name;
	uint16_t type, asap;
	unsigned n_addresses;
	uint8_t family;
	const char *opaque;
} transports[] = {
	{ "tcp", RSP_PARAM_TCP, RSP_PARAM_TCP, 1, 4, NULL },
	{ "tcp over IPv6", RSP_PARAM_TCP, 0, 1, 6, NULL },
	{ "udp", RSP_PARAM_UDP, RSP_PARAM_TCP, 1, 4, NULL },
	{ "udp-lite", RSP_PARAM_UDPLITE, 0, 1, 6, NULL },
	{ "dccp", RSP_PARAM_DCCP, RSP_PARAM_SCTP, 1, 4, NULL },
	{ "sctp", RSP_PARAM_SCTP, RSP_PARAM_SCTP, 32, 6, NULL },
	{ "opaque, odd", RSP_PARAM_OPAQUE, 0, 0, 0, "abcde" },
	{ "opaque, empty", RSP_PARAM_OPAQUE, RSP_PARAM_TCP, 0, 0, "" },
};

static void
fill(struct rsp_transport *t, uint16_t type, unsigned n, uint8_t family)
{
	t->type = type;
	t->port = 4711;
	t->n_addresses = n;
	for (unsigned i = 0; i < n; i++)
		t->addresses[i] =
		    (struct rsp_address){ family, { 10, (uint8_t)i } };
}

START_TEST(element_is_decoded_as_it_was_and_belongs_to_its_home)
{
	struct rsp_pe pe = pe_of(7, RSP_POLICY_LUD, 0x12345678), got;
	struct rsp_entry *e;
	uint32_t words[RSP_POLICY_WORDS];

	start();
	memset(&pe.user, 0, sizeof(pe.user));
	fill(&pe.user, transports[_i].type, transports[_i].n_addresses,
	    transports[_i].family);
	if (transports[_i].opaque != NULL) {
		pe.user.port = 0;
		pe.user.opaque = name(transports[_i].opaque);
	}
	if (transports[_i].asap != 0)
		fill(&pe.asap, transports[_i].asap, 1, 4);
	pe.policy.words[1] = 0x9abcdef0;
	ck_assert_int_eq(rsp_entry_add(&space, name("p"), &pe, &owner, &e),
	    RSP_OK);
	rsp_entry_decode(e, &got);
	ck_assert_uint_eq(got.id, 7);
	ck_assert_uint_eq(got.home, home.id);
	ck_assert_int_eq(got.life, 90);
	ck_assert_msg(rsp_transport_equal(&got.user, &pe.user), "%s: user",
	    transports[_i].name);
	ck_assert_msg(rsp_transport_equal(&got.asap, &pe.asap), "%s: asap",
	    transports[_i].name);
	ck_assert(rsp_policy_equal(&got.policy, &pe.policy));
	e->pool->select.words(&e->turn, words);
	ck_assert_uint_eq(words[0], 0x12345678);
	ck_assert_uint_eq(words[1], 0x9abcdef0);
	ck_assert_uint_eq(words[2], 0);
	rsp_handlespace_fini(&space);
}
END_TEST

START_TEST(element_too_long_is_refused)
{
	static const uint8_t bytes[RSP_ENTRY_MAX];
	struct rsp_pe pe = pe_of(7, RSP_POLICY_RR, 0);
	struct rsp_entry *e;
	bool changed;

	start();
	e = add(name("p"), 7);
	memset(&pe.user, 0, sizeof(pe.user));
	pe.user.type = RSP_PARAM_OPAQUE;
	pe.user.opaque = (struct rsp_span){ bytes, sizeof(bytes) };
	ck_assert_int_eq(rsp_entry_update(&space, &e, &pe, &owner, &changed),
	    RSP_ELIMIT);
	ck_assert_int_eq(rsp_entry_add(&space, name("q"), &pe, &owner, &e),
	    RSP_ELIMIT);
	ck_assert_ptr_null(e);
	ck_assert_uint_eq(space.pools.n, 1);
	rsp_handlespace_fini(&space);
}
END_TEST

static uint32_t
first_of(const char *handle)
{
	struct rsp_pool *pool = rsp_pool_find(&space, name(handle));
	uint32_t id;

	rsp_pool_list(&space, pool, 1, random32, NULL);
	id = rsp_entry_id(rsp_pool_listed(&space, 0));
	rsp_pool_selected(&space, pool, 1);
	return id;
}

/* Proves 5352-3.1-38, 5356-5.1-01. */
START_TEST(update_replaces_values_in_place_or_elsewhere)
{
	struct rsp_pe pe = pe_of(1, RSP_POLICY_LU, 10), got;
	struct rsp_entry *e[3];
	uint16_t checksum;
	bool changed;

	start();
	for (uint32_t i = 0; i < 3; i++) {
		pe = pe_of(i + 1, RSP_POLICY_LU, 10 * (i + 1));
		ck_assert_int_eq(rsp_entry_add(&space, name("p"), &pe, &owner,
				     &e[i]),
		    RSP_OK);
	}
	checksum = rsp_home_checksum(&home);
	ck_assert_uint_eq(first_of("p"), 1);
	ck_assert_int_eq(rsp_entry_update(&space, &e[2], &pe, &owner, &changed),
	    RSP_OK);
	ck_assert(!changed);
	pe.policy.words[0] = 5; /* same length */
	ck_assert_int_eq(rsp_entry_update(&space, &e[2], &pe, &second,
			     &changed),
	    RSP_OK);
	ck_assert(changed);
	ck_assert_uint_eq(first_of("p"), 3);
	fill(&pe.asap, RSP_PARAM_TCP, 1, 6); /* longer: it moves */
	pe.policy.words[0] = 15;
	ck_assert_int_eq(rsp_entry_update(&space, &e[2], &pe, &second,
			     &changed),
	    RSP_OK);
	ck_assert(changed);
	ck_assert_uint_eq(first_of("p"), 1);
	ck_assert_ptr_eq(rsp_entry_find(&space, e[2]->pool, 3), e[2]);
	ck_assert_ptr_eq(second.entries.next, &e[2]->owned);
	rsp_entry_decode(e[2], &got);
	ck_assert(rsp_transport_equal(&got.asap, &pe.asap));
	pe.asap.type = 0; /* and shorter again */
	ck_assert_int_eq(rsp_entry_update(&space, &e[2], &pe, &second,
			     &changed),
	    RSP_OK);
	rsp_entry_decode(e[2], &got);
	ck_assert_uint_eq(got.asap.type, 0);
	ck_assert_uint_eq(rsp_home_checksum(&home), checksum);
	rsp_handlespace_fini(&space);
}
END_TEST

/* Proves 5352-3.1-39, 5352-3.1-40 and 5353-3.6-12, 5353-3.6-13.
 * Proves 5353-1.1-02, 5353-1.1-03. */
START_TEST(owner_changes_home_and_checksum)
{
	struct rsp_pe pe;
	struct rsp_entry *a, *b;
	uint16_t both;

	start();
	ck_assert_uint_eq(rsp_home_checksum(&home), 0xffff);
	a = add(name("p"), 1);
	b = add(name("q"), 2);
	both = rsp_home_checksum(&home);
	rsp_entry_give(b, &second);
	ck_assert_uint_eq(rsp_home_checksum(&home), both);
	ck_assert_uint_eq(owner.n, 1);
	ck_assert_uint_eq(second.n, 1);
	rsp_entry_give(a, &stranger);
	rsp_entry_give(b, &stranger);
	rsp_entry_give(b, &stranger);
	ck_assert_uint_eq(rsp_home_checksum(&home), 0xffff);
	ck_assert_uint_eq(rsp_home_checksum(&other_home), both);
	ck_assert_uint_eq(other_home.n, 2);
	rsp_entry_decode(b, &pe);
	ck_assert_uint_eq(pe.home, other_home.id);
	rsp_entry_remove(&space, a);
	rsp_entry_give(b, &owner);
	ck_assert_uint_eq(rsp_home_checksum(&other_home), 0xffff);
	rsp_handlespace_fini(&space);
}
END_TEST

/* RFC 1071 over the blocks of RFC 5353 written one after the other; word by
 * word, with the carry added at once. */
static uint16_t
reference_checksum(const char *handle, size_t len, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t block[64] = { 0 };
		size_t end = (len + 3) / 4 * 4;
		uint32_t id = (i + 1) * 2654435761u;

		memcpy(block, handle, len);
		for (unsigned k = 0; k < 4; k++)
			block[end++] = (uint8_t)(id >> (24 - 8 * k));
		for (size_t at = 0; at < end; at += 2) {
			sum += (uint32_t)block[at] << 8 | block[at + 1];
			if (sum > 0xffff)
				sum -= 0xffff;
		}
	}
	return (uint16_t)~sum;
}

static const struct {
	const char *handle;
	uint32_t n;
	uint16_t known; /* 0: not known from elsewhere */
} checksums[] = {
	{ "Pool00000000", 26000, 0x4931 },
	{ "Pool00000000", 1, 0 },
	{ "a", 3, 0 },
	{ "ab", 3, 0 },
	{ "abc", 1000, 0 },
	{ "abcde", 40000, 0 },
};

/* Proves 5353-3.6-08, 5353-3.6-11.
 * Proves 5354-3.15-02. */
START_TEST(checksum_is_rfc_1071)
{
	struct rsp_span handle = name(checksums[_i].handle);
	uint32_t n = checksums[_i].n;
	uint16_t want = reference_checksum(checksums[_i].handle, handle.len, n);

	start();
	for (uint32_t i = 0; i < n; i++)
		add(handle, (i + 1) * 2654435761u);
	if (checksums[_i].known != 0)
		ck_assert_uint_eq(want, checksums[_i].known);
	ck_assert_uint_eq(rsp_home_checksum(&home), want);
	rsp_handlespace_fini(&space);
}
END_TEST

/* What stands behind a handle is not part of it. */
START_TEST(checksum_ends_with_the_handle)
{
	const uint8_t bytes[] = "Web and more";

	for (size_t n = 0; n < sizeof(bytes) - 2; n++) {
		char alone[sizeof(bytes)] = { 0 };
		struct rsp_span part = { bytes, n };
		struct rsp_span whole = { (const uint8_t *)alone, n };

		memcpy(alone, bytes, n);
		ck_assert_uint_eq(rsp_checksum_handle(part),
		    rsp_checksum_handle(whole));
		ck_assert_uint_eq(rsp_checksum_handle_swapped(part),
		    rsp_checksum_handle_swapped(whole));
		alone[n] = 1;
		whole.len++;
		ck_assert_uint_ne(rsp_checksum_handle(part),
		    rsp_checksum_handle(whole));
	}
}
END_TEST

/* Proves 5353-3.6-14. */
START_TEST(checksum_after_adding_and_removing_is_the_old_one)
{
	struct rsp_entry *e;
	char text[24];

	start();
	for (int i = 0; i < 3000; i++) {
		uint16_t before = rsp_home_checksum(&home);

		snprintf(text, sizeof(text), "%x", random32(NULL));
		e = add(name(text), random32(NULL));
		rsp_entry_remove(&space, e);
		ck_assert_uint_eq(rsp_home_checksum(&home), before);
		add(name(text), random32(NULL));
	}
	rsp_handlespace_fini(&space);
}
END_TEST

START_TEST(one_identifier_may_be_in_many_pools)
{
	struct rsp_entry *e[100];
	char text[24];

	start();
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "pool %d", i);
		e[i] = add(name(text), 42);
	}
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_eq(rsp_entry_find(&space, e[i]->pool, 42), e[i]);
	rsp_handlespace_fini(&space);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *s = suite_create("handlespace");
	TCase *t = tcase_create("handlespace");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, handles_are_bytes);
	tcase_add_test(t, any_case_finds_the_only_one_or_the_exact_one);
	tcase_add_test(t, pool_lives_as_long_as_it_has_elements);
	tcase_add_loop_test(t,
	    element_is_decoded_as_it_was_and_belongs_to_its_home, 0,
	    COUNT(transports));
	tcase_add_test(t, element_too_long_is_refused);
	tcase_add_test(t, update_replaces_values_in_place_or_elsewhere);
	tcase_add_test(t, owner_changes_home_and_checksum);
	tcase_add_loop_test(t, checksum_is_rfc_1071, 0, COUNT(checksums));
	tcase_add_test(t, checksum_ends_with_the_handle);
	tcase_add_test(t, checksum_after_adding_and_removing_is_the_old_one);
	tcase_add_test(t, one_identifier_may_be_in_many_pools);
	suite_add_tcase(s, t);
	return run_suite(s);
}
