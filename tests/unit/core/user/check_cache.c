/* SPDX-License-Identifier: Apache-2.0 */
/* check_cache.c - claims about the shared cache's logic, on virtual time
 *
 * Proves 5352-3.3-14 to -18 as far as they are logic; what processes do to each
 * other is cache_torture.c.
 */
#include "tests/lib/suite.h"

#include <stdio.h>
#include <string.h>

#include "rsp/core/user/cache.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/pool/policy.h"
#include "tests/lib/repeatable.h"

static const struct rsp_cache_id id = { "a boot", 7 };
static struct rsp_cache *c;
static uint64_t words[3][RSP_ANSWER_WORDS];
static struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
static struct rsp_answer b = { words[1], RSP_ANSWER_WORDS, 0 };
static struct rsp_answer scratch = { words[2], RSP_ANSWER_WORDS, 0 };

static void
setup(void)
{
	c = calloc(1, rsp_cache_size());
	ck_assert_ptr_nonnull(c);
	rsp_cache_format(c, &id);
}

static void
teardown(void)
{
	free(c);
}

static struct rsp_span
text(const char *s)
{
	return (struct rsp_span){ (const uint8_t *)s, strlen(s) };
}

/* `n` elements with IDs from `first`, each with `n_addresses`. */
static void
make(struct rsp_answer *answer, uint32_t policy, uint32_t first, unsigned n,
    unsigned n_addresses)
{
	static uint8_t room[65536];
	struct rsp_builder e = rsp_builder_into(room, sizeof(room));
	struct rsp_policy p = { .type = policy };

	for (unsigned i = 0; i < n; i++) {
		struct rsp_pe pe = { .id = first + i, .life = 90 };

		pe.user.type = RSP_PARAM_SCTP;
		pe.user.port = (uint16_t)(1000 + i);
		pe.user.n_addresses = n_addresses;
		for (unsigned k = 0; k < n_addresses; k++)
			pe.user.addresses[k] =
			    (struct rsp_address){ k % 2 == 0 ? 4 : 6,
				    { 10, 0, 0, (uint8_t)k } };
		pe.policy =
		    (struct rsp_policy){ policy, policy == 1 ? 0 : 1, { 5 } };
		rsp_put_pe(&e, &pe);
	}
	rsp_answer_pack(answer, &p, rsp_builder_span(&e));
}

static int
publish(const char *handle, uint32_t first, unsigned n, rsp_time now)
{
	int slot = rsp_cache_claim(c, text(handle));

	ck_assert_int_ge(slot, 0);
	make(&a, RSP_POLICY_RR, first, n, 1);
	rsp_cache_publish(c, slot, &a, now, now, &scratch);
	return slot;
}

static uint32_t
first_id(int slot)
{
	struct rsp_answer_pe pe;
	unsigned at = 0;

	if (rsp_cache_read(c, slot, &b) != RSP_OK)
		return 0;
	return rsp_answer_next(&b, &at, &pe) ? pe.id : 0;
}

START_TEST(a_block_is_valid_for_its_own_only)
{
	struct rsp_cache_id other = id;

	ck_assert(rsp_cache_is_valid(c, &id));
	other.scope++;
	ck_assert(!rsp_cache_is_valid(c, &other));
	other = id;
	other.boot[3]++;
	ck_assert(!rsp_cache_is_valid(c, &other));
	for (int i = 0; i < 16; i++) { /* magic, version, size */
		((uint8_t *)c)[i] ^= 1;
		ck_assert(!rsp_cache_is_valid(c, &id));
		((uint8_t *)c)[i] ^= 1;
	}
}
END_TEST

START_TEST(a_handle_gets_one_slot_and_comes_back)
{
	uint8_t handle[8];
	int slot = rsp_cache_claim(c, text("Web"));

	ck_assert_int_ge(slot, 0);
	ck_assert_int_eq(rsp_cache_claim(c, text("Web")), slot);
	ck_assert_int_eq(rsp_cache_lookup(c, text("Web")), slot);
	ck_assert_int_eq(rsp_cache_lookup(c, text("web")), RSP_ENOENT);
	ck_assert_uint_eq(rsp_cache_handle(c, slot, handle, 8), 3);
	ck_assert(memcmp(handle, "Web", 3) == 0);
	memset(handle, 0, sizeof(handle));
	ck_assert_uint_eq(rsp_cache_handle(c, slot, handle, 1), 3);
	ck_assert(memcmp(handle, "W\0", 2) == 0);
	ck_assert_int_eq(rsp_cache_by_index(c, rsp_cache_index(c, slot)), slot);
	ck_assert_int_eq(rsp_cache_by_index(c,
			     rsp_cache_index(c, slot) ^ RSP_CACHE_SLOTS),
	    RSP_ENOENT);
	ck_assert_uint_eq(rsp_cache_handle(c, slot + 1, handle, 8), 0);
	ck_assert_int_eq(rsp_cache_by_index(c, (uint32_t)slot + 1), RSP_ENOENT);
	ck_assert_int_eq(rsp_cache_claim(c, text("")), RSP_ELIMIT);
}
END_TEST

START_TEST(indices_are_unique_until_the_table_is_full)
{
	static uint8_t seen[1 << 18];
	char name[20];
	unsigned i;
	int slot;

	for (i = 0; i < RSP_CACHE_SLOTS + 10; i++) {
		snprintf(name, sizeof(name), "pool %u", i);
		slot = rsp_cache_claim(c, text(name));
		if (slot < 0)
			break;
		ck_assert_uint_lt(rsp_cache_index(c, slot), sizeof(seen));
		ck_assert_uint_eq(seen[rsp_cache_index(c, slot)]++, 0);
	}
	ck_assert_uint_ge(i, RSP_CACHE_SLOTS * 9 / 10);
	ck_assert_int_eq(slot, RSP_ELIMIT);
	ck_assert_int_ge(rsp_cache_claim(c, text("pool 17")), 0);
	ck_assert_int_eq(rsp_cache_lookup(c, text("none")), RSP_ENOENT);
}
END_TEST

START_TEST(handles_have_room_until_it_is_used_up)
{
	static uint8_t handle[RSP_CACHE_HANDLE_MAX + 1];
	struct rsp_span h = { handle, RSP_CACHE_HANDLE_MAX };
	int slot;

	for (int i = 0; i < 3; i++) {
		handle[0]++;
		ck_assert_int_ge(slot = rsp_cache_claim(c, h), 0);
	}
	ck_assert_uint_eq(rsp_cache_handle(c, slot, handle, sizeof(handle)),
	    h.len);
	h.len++;
	ck_assert_int_eq(rsp_cache_claim(c, h), RSP_ELIMIT);
	h.len--;
	handle[0] = 77;
	ck_assert_int_ge(rsp_cache_claim(c, text("small")), 0);
	ck_assert_int_eq(rsp_cache_claim(c, h), RSP_ELIMIT);
	ck_assert_int_ge(rsp_cache_claim(c, text("small too")), 0);
}
END_TEST

START_TEST(an_answer_is_read_as_it_was_published)
{
	int slot = publish("Web", 7, 128, 1000);
	struct rsp_answer small = { words[1], 20, 0 };
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 0;

	ck_assert_int_eq(rsp_cache_read(c, slot, &b), RSP_OK);
	ck_assert(rsp_answer_equal(&a, &b));
	ck_assert_uint_eq(rsp_answer_count(&b), 128);
	ck_assert_uint_eq(rsp_answer_transport(&b), RSP_PARAM_SCTP);
	ck_assert(rsp_answer_has_family(&b, 4));
	ck_assert(!rsp_answer_has_family(&b, 6));
	while (rsp_answer_next(&b, &at, &pe)) {
		ck_assert_uint_eq(pe.id, 7 + n);
		ck_assert_uint_eq(pe.port, 1000 + n++);
		ck_assert_int_eq(pe.life, 90);
		ck_assert_uint_eq(pe.address.family, 4);
	}
	ck_assert_uint_eq(n, 128);
	ck_assert_int_eq(rsp_cache_read(c, slot, &small), RSP_ESPACE);
	ck_assert_uint_eq(small.n, a.n);
	ck_assert_int_eq(rsp_cache_read(c, slot + 1, &b), RSP_ENOENT);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot, 2000), 1000);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot, 999), RSP_NEVER);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot + 1, 999), RSP_NEVER);
}
END_TEST

START_TEST(all_addresses_are_kept_and_what_is_too_much_is_left_out)
{
	struct rsp_answer_pe pe;
	unsigned at = 0;
	int slot = rsp_cache_claim(c, text("Web"));

	make(&a, RSP_POLICY_RR, 1, 40, 32);
	ck_assert_uint_eq(rsp_answer_count(&a), 20);
	ck_assert_uint_le(a.n, RSP_ANSWER_WORDS);
	rsp_cache_publish(c, slot, &a, 1, 1, &scratch);
	ck_assert_int_eq(rsp_cache_read(c, slot, &b), RSP_OK);
	ck_assert(rsp_answer_has_family(&b, 6));
	ck_assert(rsp_answer_next(&b, &at, &pe));
	ck_assert_uint_eq(pe.n_addresses, 32);
	ck_assert_uint_eq(rsp_answer_address(&b, &pe, 31).bytes[3], 31);
	ck_assert_uint_eq(rsp_answer_address(&b, &pe, 31).family, 6);
	ck_assert_uint_eq(rsp_answer_address(&b, &pe, 32).family, 0);
	a.size = 5;
	make(&a, RSP_POLICY_RR, 1, 1, 1);
	ck_assert_uint_eq(rsp_answer_count(&a), 0);
	a.size = RSP_ANSWER_WORDS;
}
END_TEST

START_TEST(the_same_answer_again_only_renews_it)
{
	int slot = publish("Web", 1, 3, 1000);
	static uint8_t before[1 << 16];
	const uint8_t *ring =
	    (const uint8_t *)c + rsp_cache_size() - 256 * 1024 - 1024 * 1024;

	memcpy(before, ring, sizeof(before));
	publish("Web", 1, 3, 2000);
	ck_assert(memcmp(before, ring, sizeof(before)) == 0);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot, 3000), 2000);
	/* said late of an earlier time */
	make(&a, RSP_POLICY_RR, 1, 3, 1);
	rsp_cache_publish(c, slot, &a, 1500, 3000, &scratch);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot, 3000), 2000);
}
END_TEST

START_TEST(an_answer_older_than_the_present_one_is_dropped)
{
	int slot = publish("Web", 1, 3, 5000);

	make(&a, RSP_POLICY_RR, 50, 3, 1);
	rsp_cache_publish(c, slot, &a, 4000, 9000, &scratch);
	ck_assert_uint_eq(first_id(slot), 1);
	/* but a time from the future is no time */
	rsp_cache_publish(c, slot, &a, 4000, 4000, &scratch);
	ck_assert_uint_eq(first_id(slot), 50);
	ck_assert_int_eq(rsp_cache_confirmed(c, slot, 4000), 4000);
}
END_TEST

START_TEST(answers_in_use_outlive_the_ring)
{
	int kept = publish("kept", 1, 3, 1), large;
	rsp_time now = 2;

	make(&a, RSP_POLICY_RR, 1, 128, 1);
	large = rsp_cache_claim(c, text("large"));
	rsp_cache_publish(c, large, &a, 1, 1, &scratch);
	/* five times around */
	for (unsigned i = 0; i < 6000; i++)
		publish("busy", i * 3 + 2, 13, now++);
	ck_assert_uint_eq(first_id(kept), 1);
	ck_assert_int_eq(rsp_cache_read(c, large, &b), RSP_OK);
	ck_assert_uint_eq(rsp_answer_count(&b), 128);
}
END_TEST

START_TEST(more_than_the_ring_holds_loses_answers_and_nothing_else)
{
	char name[20];
	unsigned n = 0;

	for (unsigned i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "pool %u", i);
		publish(name, i * 1000 + 1, 128, 1 + i);
		ck_assert_uint_eq(first_id(rsp_cache_lookup(c, text(name))),
		    i * 1000 + 1);
	}
	for (unsigned i = 0; i < 600; i++) {
		uint32_t first;

		snprintf(name, sizeof(name), "pool %u", i);
		first = first_id(rsp_cache_lookup(c, text(name)));
		ck_assert(first == 0 || first == i * 1000 + 1);
		n += first != 0;
	}
	ck_assert_uint_gt(n, 30);
	ck_assert_uint_lt(n, 150);
}
END_TEST

START_TEST(turns_go_on_behind_the_last_when_the_list_changes)
{
	int slot = publish("Web", 10, 3, 1); /* 10 11 12 */
	struct rsp_answer_pe pe;
	unsigned at = 0;
	uint64_t position = 0;

	for (int i = 0; i < 5; i++) /* 10 11 12 10 11 */
		position = rsp_cache_advance(c, slot);
	ck_assert_uint_eq(position, 4);
	publish("Web", 9, 5, 2); /* 9 10 11 12 13 */
	ck_assert_int_eq(rsp_cache_read(c, slot, &b), RSP_OK);
	position = rsp_cache_advance(c, slot) + rsp_answer_offset(&b);
	for (uint64_t i = 0; i <= position % 5; i++)
		rsp_answer_next(&b, &at, &pe);
	ck_assert_uint_eq(pe.id, 12);
	/* the last one gone: on with the first above it */
	publish("Web", 13, 2, 3); /* 13 14 */
	ck_assert_int_eq(rsp_cache_read(c, slot, &b), RSP_OK);
	position = rsp_cache_advance(c, slot) + rsp_answer_offset(&b);
	ck_assert_uint_eq(position % 2, 0);
	/* none above it: on with the first of all */
	publish("Web", 1, 2, 4);
	ck_assert_int_eq(rsp_cache_read(c, slot, &b), RSP_OK);
	position = rsp_cache_advance(c, slot) + rsp_answer_offset(&b);
	ck_assert_uint_eq(position % 2, 0);
}
END_TEST

START_TEST(each_pool_has_counters_of_its_own)
{
	int web = publish("Web", 10, 3, 1), mail = publish("Mail", 20, 1, 1);

	for (int i = 0; i < 3; i++)
		rsp_cache_count(c, web, RSP_CACHE_MOVES);
	rsp_cache_count(c, mail, RSP_CACHE_HITS);
	rsp_cache_count(c, RSP_ENOENT, RSP_CACHE_HITS);
	ck_assert_uint_eq(rsp_cache_counted(c, web, RSP_CACHE_MOVES), 3);
	ck_assert_uint_eq(rsp_cache_counted(c, web, RSP_CACHE_HITS), 0);
	ck_assert_uint_eq(rsp_cache_counted(c, mail, RSP_CACHE_HITS), 1);
	ck_assert_uint_eq(rsp_cache_counted(c, mail, RSP_CACHE_LOST), 0);
	publish("Web", 10, 4, 2); /* outlives the answer */
	ck_assert_uint_eq(rsp_cache_counted(c, web, RSP_CACHE_MOVES), 3);
	ck_assert_uint_eq(rsp_cache_counted(c, -1, RSP_CACHE_HITS), 0);
}
END_TEST

START_TEST(ranked_answers_keep_the_registrars_order)
{
	uint8_t room[1024];
	struct rsp_builder e = rsp_builder_into(room, sizeof(room));
	struct rsp_policy p = { .type = _i == 0 ? 1u : RSP_POLICY_LU };
	struct rsp_answer_pe pe;
	unsigned at = 0;

	for (uint32_t i = 3; i > 0; i--) {
		struct rsp_pe one = { .id = i, .policy = { 1, 0, { 0 } } };

		one.user = (struct rsp_transport){ .type = RSP_PARAM_TCP,
			.n_addresses = 1,
			.addresses = { { 4, { 1 } } } };
		rsp_put_pe(&e, &one);
	}
	ck_assert_int_eq(rsp_answer_pack(&a, &p, rsp_builder_span(&e)), RSP_OK);
	ck_assert(rsp_answer_next(&a, &at, &pe));
	ck_assert_uint_eq(pe.id, _i == 0 ? 1 : 3);
	ck_assert_uint_eq(rsp_answer_policy(&a), p.type);
}
END_TEST

/* What registrars say, second by second: + known, - unknown, . nobody there,
 * a space nothing asked.  The answer is gone after the last character iff
 * `gone`, and never before. */
static const struct {
	const char *name;
	const char *said;
	bool gone;
} histories[] = {
	{ "ten seconds of unknown", "+-----------", true },
	{ "nine seconds", "+----------", false },
	{ "confirmed in between", "+-----+-----------", true },
	{ "confirmed in between, and not long ago", "+---------+----------",
	    false },
	{ "an outage in between", "+---------.-----", false },
	{ "ten after an outage", "+---------.-----------", true },
	{ "after a long outage", "+....................-", false },
	{ "just stale, then a restart", "+     .-", false },
	{ "with pauses", "+-    -    -", true },
	{ "asked twice, a minute apart",
	    "+-                                                           -",
	    true },
	{ "asked twice, much longer apart",
	    "+-                                                              -",
	    false },
	{ "never confirmed again", "+--------------------", true },
};

START_TEST(an_answer_outlives_a_registrar_that_forgot)
{
	int slot = publish("Web", 1, 3, 1000);
	rsp_time now = 1000;
	bool gone = false;

	for (const char *s = histories[_i].said; *s != '\0'; s++, now += 1000) {
		bool last = s[1] == '\0' || gone;

		if (*s == '+')
			publish("Web", 1, 3, now);
		else if (*s == '.')
			rsp_cache_nobody(c, slot);
		else if (*s == '-')
			gone = rsp_cache_unknown(c, slot, now);
		ck_assert_msg(!gone || last || s[1] == '-',
		    "%s: gone too early", histories[_i].name);
	}
	ck_assert_msg(gone == histories[_i].gone, "%s: %s", histories[_i].name,
	    gone ? "gone" : "still there");
	ck_assert_int_eq(rsp_cache_has_answer(c, slot), !gone);
}
END_TEST

START_TEST(a_pool_without_answer_is_unknown_at_once)
{
	int slot = rsp_cache_claim(c, text("Web"));

	ck_assert(rsp_cache_unknown(c, slot, 1000));
}
END_TEST

START_TEST(long_ago_two_unknowns_are_enough_however_far_apart)
{
	int slot = publish("Web", 1, 3, 1000);

	ck_assert(!rsp_cache_unknown(c, slot, 700000));
	ck_assert(rsp_cache_unknown(c, slot, 1400000));
}
END_TEST

START_TEST(a_lease_is_one_processes_until_it_ends)
{
	int slot = rsp_cache_claim(c, text("Web"));
	uint64_t mine, other;

	ck_assert(rsp_cache_lease(c, slot, 1000, 500, &mine));
	ck_assert(!rsp_cache_lease(c, slot, 1000, 500, &other));
	ck_assert(!rsp_cache_lease(c, slot, 1499, 500, &other));
	ck_assert(rsp_cache_lease(c, slot, 1500, 500, &other));
	rsp_cache_hold(c, slot, mine, 0); /* too late: another's now */
	ck_assert(!rsp_cache_lease(c, slot, 1600, 500, &mine));
	rsp_cache_hold(c, slot, other, 5000);
	ck_assert(!rsp_cache_lease(c, slot, 4999, 500, &mine));
	ck_assert(rsp_cache_lease(c, slot, 5000, 500, &mine));
	rsp_cache_hold(c, slot, mine, 0);
	ck_assert(rsp_cache_lease(c, slot, 5000, 1000000, &mine));
	ck_assert(rsp_cache_lease(c, slot, 65000, 500, &mine));
	/* a lease that ends beyond reason is none */
	rsp_cache_hold(c, slot, mine, 1000000);
	ck_assert(rsp_cache_lease(c, slot, 66000, 500, &mine));
}
END_TEST

START_TEST(other_case_is_found_if_it_is_unambiguous)
{
	const rsp_time now = INT64_C(0x700000003); /* beyond 32 bits */
	int web = publish("Web", 1, 1, 1);
	rsp_time since;

	ck_assert_int_eq(rsp_cache_lookup_nocase(c, text("wEB")), web);
	ck_assert_int_eq(rsp_cache_lookup_nocase(c, text("wEc")), RSP_ENOENT);
	publish("WEB", 1, 1, 1);
	ck_assert_int_eq(rsp_cache_lookup_nocase(c, text("web")), RSP_EEXIST);
	ck_assert_int_lt(rsp_cache_alias(c, text("web"), now, &since), 0);
	rsp_cache_set_alias(c, text("web"), web, now - 7);
	ck_assert_int_eq(rsp_cache_alias(c, text("web"), now, &since), web);
	ck_assert_int_eq(since, now - 7);
	/* it holds no slot, and leads to the same name only */
	ck_assert_int_eq(rsp_cache_lookup(c, text("web")), RSP_ENOENT);
	rsp_cache_set_alias(c, text("Wob"), web, now);
	ck_assert_int_lt(rsp_cache_alias(c, text("Wob"), now, &since), 0);
}
END_TEST

/* Does everything that there is, whatever the block holds. */
static void
exercise(rsp_time now)
{
	uint8_t handle[100];
	uint64_t token;
	rsp_time since;
	uint32_t pe;
	int slot = rsp_cache_claim(c, text("Web")), other;

	rsp_cache_lookup_nocase(c, text("WEB"));
	rsp_cache_by_index(c, (uint32_t)now & 0x3ffff);
	for (int i = -1; i < 3; i++) {
		int s = i < 0 ? slot : (int)(now + i) & 0xfff;

		rsp_cache_index(c, s);
		rsp_cache_handle(c, s, handle, sizeof(handle));
		rsp_cache_used(c, s, now);
		rsp_cache_set_alias(c, text("web"), s, now);
		rsp_cache_alias(c, text("web"), now, &since);
		if (rsp_cache_read(c, s, &b) == RSP_OK) {
			struct rsp_answer_pe e;
			unsigned at = 0, n = 0;

			while (rsp_answer_next(&b, &at, &e))
				n++;
			ck_assert_uint_le(n, RSP_ANSWER_WORDS);
			rsp_answer_continue(&a, &b, rsp_cache_advance(c, s));
		}
		if (rsp_cache_lease(c, s, now, 100, &token))
			rsp_cache_hold(c, s, token, 0);
		rsp_cache_unknown(c, s, now);
	}
	if (slot >= 0) {
		make(&a, RSP_POLICY_RR, (uint32_t)now, 3, 1);
		rsp_cache_publish(c, slot, &a, now, now, &scratch);
	}
	rsp_cache_mark_dead(c, (uint64_t)now * 77, now, 1, 60);
	rsp_cache_probe(c, (uint64_t)now * 77, now + 1000, 100);
	rsp_cache_use(c, (uint64_t)now * 99);
	rsp_cache_report(c, slot, 1, now);
	rsp_cache_take_report(c, &other, &pe, now);
	rsp_cache_handle(c, other, handle, sizeof(handle));
	rsp_cache_was_unknown(c, (uint64_t)now, now, 1000);
}

/* Words anywhere in the block are replaced by numbers of all sizes. */
START_TEST(a_scribbled_block_is_survived)
{
	uint64_t seed = 0x5eed + (uint64_t)_i, *block = (uint64_t *)c;
	size_t n = rsp_cache_size() / 8;

	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 20; k++) {
			size_t at = repeatable64(&seed) % n;

			if (k < 8) /* the front, where the words count most */
				at = repeatable64(&seed) % 64;
			block[at] =
			    repeatable64(&seed) >> repeatable64(&seed) % 64;
		}
		exercise(1000000 + i * 10);
	}
}
END_TEST

START_TEST(any_bits_are_survived)
{
	memset(c, _i == 0 ? 0xff : 0, rsp_cache_size());
	for (int i = 0; i < 100; i++)
		exercise(1000000 + i * 10);
}
END_TEST

#define COUNT(x) (int)(sizeof(x) / sizeof((x)[0]))

int
main(void)
{
	Suite *s = suite_create("cache");
	TCase *t = tcase_create("cache");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_block_is_valid_for_its_own_only);
	tcase_add_test(t, a_handle_gets_one_slot_and_comes_back);
	tcase_add_test(t, indices_are_unique_until_the_table_is_full);
	tcase_add_test(t, handles_have_room_until_it_is_used_up);
	tcase_add_test(t, an_answer_is_read_as_it_was_published);
	tcase_add_test(t,
	    all_addresses_are_kept_and_what_is_too_much_is_left_out);
	tcase_add_test(t, the_same_answer_again_only_renews_it);
	tcase_add_test(t, an_answer_older_than_the_present_one_is_dropped);
	tcase_add_test(t, answers_in_use_outlive_the_ring);
	tcase_add_test(t,
	    more_than_the_ring_holds_loses_answers_and_nothing_else);
	tcase_add_test(t, turns_go_on_behind_the_last_when_the_list_changes);
	tcase_add_test(t, each_pool_has_counters_of_its_own);
	tcase_add_loop_test(t, ranked_answers_keep_the_registrars_order, 0, 2);
	tcase_add_loop_test(t, an_answer_outlives_a_registrar_that_forgot, 0,
	    COUNT(histories));
	tcase_add_test(t, a_pool_without_answer_is_unknown_at_once);
	tcase_add_test(t, long_ago_two_unknowns_are_enough_however_far_apart);
	tcase_add_test(t, a_lease_is_one_processes_until_it_ends);
	tcase_add_test(t, other_case_is_found_if_it_is_unambiguous);
	tcase_add_loop_test(t, a_scribbled_block_is_survived, 0, 4);
	tcase_add_loop_test(t, any_bits_are_survived, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
