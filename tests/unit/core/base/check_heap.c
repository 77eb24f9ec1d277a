/* SPDX-License-Identifier: Apache-2.0 */
/* check_heap.c - claims about the heap, the hash table and random draws: random
 * operations beside a plain array that knows what is right */
#include "tests/lib/suite.h"

#include "rsp/core/base/error.h"
#include "rsp/core/base/hash.h"
#include "rsp/core/base/heap.h"
#include "rsp/core/base/list.h"
#include "rsp/core/pool/select_random.h"
#include "tests/lib/repeatable.h"

#define MEMBERS 300

static uint64_t state;

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

struct member {
	struct rsp_heap_node node;
	uint32_t tie;
	uint64_t key;
	bool in;
};

static struct member members[MEMBERS];

static void
start(void)
{
	state = UINT64_C(88172645463325252);
	memset(members, 0, sizeof(members));
}

static bool
tie_before(const struct rsp_heap_node *a, const struct rsp_heap_node *b)
{
	return RSP_CONTAINER(a, struct member, node)->tie <
	       RSP_CONTAINER(b, struct member, node)->tie;
}

static int
compare(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a;
	const struct member *y = *(struct member *const *)b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->tie < y->tie ? -1 : x->tie > y->tie;
}

/* What the heap should list. */
static uint32_t
sorted(struct member **out)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < MEMBERS; i++)
		if (members[i].in)
			out[n++] = &members[i];
	qsort(out, n, sizeof(*out), compare);
	return n;
}

static void
heap_step(struct rsp_heap *h, struct member *m)
{
	m->key = below(20);
	if (!m->in) {
		ck_assert_int_eq(rsp_heap_reserve(h, h->n + 1), RSP_OK);
		rsp_heap_add(h, &m->node, m->key);
		m->in = true;
	} else if (below(2) == 0) {
		rsp_heap_remove(h, &m->node);
		rsp_heap_remove(h, &m->node); /* harmless */
		m->in = false;
	} else {
		m->tie = random32(NULL);
		rsp_heap_move(h, &m->node, m->key);
	}
	for (uint32_t i = 0; i < h->n; i++)
		ck_assert_uint_eq(h->entries[i].node->slot, i + 1);
}

START_TEST(heap_lists_in_order_whatever_was_done_to_it)
{
	struct rsp_heap h = { .before = tie_before };
	struct member *want[MEMBERS];
	struct rsp_heap_node *got[MEMBERS];
	uint32_t scratch[RSP_HEAP_SCRATCH(MEMBERS)], n, max;

	start();
	ck_assert_ptr_null(rsp_heap_first(&h));
	ck_assert(rsp_heap_first_key(&h) == UINT64_MAX);
	for (unsigned i = 0; i < MEMBERS; i++)
		members[i].tie = i;
	for (int step = 0; step < 2000; step++) {
		heap_step(&h, &members[below(MEMBERS)]);
		if (step % 8 != 0)
			continue;
		n = sorted(want);
		max = below(MEMBERS);
		ck_assert_uint_eq(rsp_heap_list(&h, max, got, scratch),
		    max < n ? max : n);
		for (uint32_t i = 0; i < n && i < max; i++)
			ck_assert_ptr_eq(got[i], &want[i]->node);
		if (n > 0)
			ck_assert_ptr_eq(rsp_heap_first(&h), &want[0]->node);
	}
	rsp_heap_fini(&h);
}
END_TEST

START_TEST(heap_can_be_sorted_shifted_and_have_nodes_replaced)
{
	struct rsp_heap h = { .before = tie_before };
	struct member copy, *want[MEMBERS];
	struct rsp_heap_node *got[MEMBERS];
	uint32_t scratch[RSP_HEAP_SCRATCH(MEMBERS)];

	start();
	ck_assert_int_eq(rsp_heap_reserve(&h, MEMBERS), RSP_OK);
	for (unsigned i = 0; i < MEMBERS; i++) {
		members[i] = (struct member){ .key = 100 + below(5),
			.tie = random32(NULL),
			.in = true };
		rsp_heap_add(&h, &members[i].node, members[i].key);
	}
	rsp_heap_sort(&h);
	rsp_heap_shift(&h, 100);
	sorted(want);
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_ptr_eq(h.entries[i].node, &want[i]->node);
		ck_assert_uint_eq(want[i]->node.slot, i + 1);
	}
	rsp_heap_list(&h, MEMBERS, got, scratch);
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_ptr_eq(got[i], &want[i]->node);
		ck_assert(rsp_heap_key(&h, got[i]) == want[i]->key - 100);
	}
	copy = *want[0];
	rsp_heap_replace(&h, &copy.node);
	ck_assert_ptr_eq(rsp_heap_first(&h), &copy.node);
	copy.node.slot = 0;
	rsp_heap_replace(&h, &copy.node); /* in no heap: nothing happens */
	rsp_heap_fini(&h);
}
END_TEST

struct entry {
	struct rsp_hash_node node;
	bool in;
};

START_TEST(hash_finds_what_is_in_and_nothing_else)
{
	static struct entry entries[2000];
	struct rsp_hash t;
	struct rsp_hash_node *found;
	struct entry *e, copy;

	start();
	memset(entries, 0, sizeof(entries));
	ck_assert_int_eq(rsp_hash_init(&t), RSP_OK);
	for (unsigned i = 0; i < 2000; i++) {
		entries[i].node.key = i;
		/* Few hashes: chains hold many, in different ways. */
		entries[i].node.hash = i % 2 == 0 ? i / 7 : random32(NULL);
	}
	for (int step = 0; step < 10000; step++) {
		e = &entries[below(2000)];
		found = rsp_hash_find(&t, e->node.hash, e->node.key);
		ck_assert_ptr_eq(found, e->in ? &e->node : NULL);
		if (found != NULL)
			ck_assert_ptr_null(rsp_hash_find_next(found));
		if (e->in)
			rsp_hash_remove(&t, &e->node);
		else
			rsp_hash_add(&t, &e->node);
		e->in = !e->in;
	}
	for (e = entries; !e->in; e++)
		;
	copy = *e;
	rsp_hash_replace(&t, &e->node, &copy.node);
	ck_assert_ptr_eq(rsp_hash_find(&t, copy.node.hash, copy.node.key),
	    &copy.node);
	rsp_hash_fini(&t);
}
END_TEST

START_TEST(hash_keeps_chains_short_as_it_grows)
{
	static struct rsp_hash_node nodes[20000];
	struct rsp_hash_seed seed;
	struct rsp_hash t;
	unsigned longest = 0, length;

	start();
	rsp_hash_seed_init(&seed, random32, NULL);
	ck_assert_int_eq(rsp_hash_init(&t), RSP_OK);
	for (uint32_t i = 0; i < 20000; i++) {
		nodes[i].hash = rsp_hash_pair(&seed, i << 12, i & 3);
		rsp_hash_add(&t, &nodes[i]);
	}
	ck_assert_uint_ge(t.n_chains, 19000);
	for (uint32_t i = 0; i < t.n_chains; i++) {
		length = 0;
		for (struct rsp_hash_node *n = t.chains[i]; n; n = n->next)
			length++;
		longest = length > longest ? length : longest;
	}
	ck_assert_uint_lt(longest, 20);
	rsp_hash_fini(&t);
}
END_TEST

START_TEST(two_nodes_with_one_key_are_both_found)
{
	struct rsp_hash_node a = { NULL, 5, 6 }, b = a;
	struct rsp_hash_node *found;
	struct rsp_hash t;

	ck_assert_int_eq(rsp_hash_init(&t), RSP_OK);
	rsp_hash_add(&t, &a);
	rsp_hash_add(&t, &b);
	found = rsp_hash_find(&t, 5, 6);
	ck_assert_ptr_nonnull(found);
	ck_assert_ptr_eq(rsp_hash_find_next(found), found == &a ? &b : &a);
	ck_assert_ptr_null(rsp_hash_find(&t, 5, 7));
	rsp_hash_fini(&t);
}
END_TEST

static struct rsp_span
span(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

START_TEST(hash_of_bytes_folds_ascii_case_only_when_asked)
{
	struct rsp_hash_seed seed = { { 1, 2, 3, 4 } }, other = { { 2, 2 } };
	struct rsp_span a = span("DownloadPool"), b = span("downloadpool");
	struct rsp_span none = { NULL, 0 };

	ck_assert_uint_ne(rsp_hash_bytes(&seed, a, false),
	    rsp_hash_bytes(&seed, b, false));
	ck_assert_uint_eq(rsp_hash_bytes(&seed, a, true),
	    rsp_hash_bytes(&seed, b, true));
	ck_assert_uint_ne(rsp_hash_bytes(&seed, a, true),
	    rsp_hash_bytes(&other, a, true));
	ck_assert_uint_ne(rsp_hash_bytes(&seed, span("\xc4"), true),
	    rsp_hash_bytes(&seed, span("\xe4"), true));
	ck_assert_uint_eq(rsp_hash_bytes(&seed, none, true),
	    rsp_hash_bytes(&seed, none, false));
	ck_assert(rsp_span_equal_fold(a, b));
	ck_assert(!rsp_span_equal_fold(span("a@"), span("a`")));
	ck_assert(!rsp_span_equal_fold(span("a"), span("ab")));
}
END_TEST

/* SipHash-1-3 of the bytes 0, 1, ... under the key 0, 1, ... 15, folded to 32
 * bits; computed by an independent program (Python). */
static const uint32_t siphashes[] = {
	0x050fc4dc,
	0x7d57ca93,
	0x4dc7d44d,
	0xe7ddf7fb,
	0x88d38328,
	0x49533b67,
	0xc59f22a7,
	0x9bb11140,
	0x8d299a8e,
	0x6c063de4,
	0x92ff097f,
	0xf94dc352,
	0x57b4d9a2,
	0x1229ffa7,
	0xc0f95d34,
	0x2a519956,
	0x7d908b66,
	0x63dbd80c,
};

START_TEST(hash_of_bytes_is_siphash)
{
	struct rsp_hash_seed seed = { { UINT64_C(0x0706050403020100),
	    UINT64_C(0x0f0e0d0c0b0a0908) } };
	uint8_t bytes[32];

	for (uint8_t i = 0; i < 32; i++)
		bytes[i] = i;
	ck_assert_uint_eq(rsp_hash_bytes(&seed,
			      (struct rsp_span){ bytes, (size_t)_i }, false),
	    siphashes[_i]);
}
END_TEST

static uint64_t
lots_sum(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MEMBERS; i++)
		if (members[i].in)
			sum += members[i].key;
	return sum;
}

static void
lots_step(struct rsp_select_random *l, struct member *m)
{
	uint32_t weight = below(4) == 0 ? 0 : random32(NULL);

	if (m->in && below(2) == 0) {
		rsp_select_random_remove(l, &m->node);
		rsp_select_random_remove(l, &m->node); /* harmless */
		m->in = false;
		return;
	}
	if (m->in) {
		rsp_select_random_set(l, &m->node, weight);
	} else {
		ck_assert_int_eq(rsp_select_random_reserve(l, l->n + 1),
		    RSP_OK);
		rsp_select_random_add(l, &m->node, weight);
	}
	m->in = true;
	m->key = l->equal ? 1 : weight;
}

static void
check_draw(struct rsp_select_random *l, uint32_t max,
    struct rsp_heap_node *first)
{
	struct rsp_heap_node *drawn[MEMBERS];
	uint32_t weights[MEMBERS], n, able = 0;
	bool seen[MEMBERS] = { false };

	for (unsigned i = 0; i < MEMBERS; i++)
		able += members[i].in && members[i].key > 0;
	n = rsp_select_random_draw(l, max, first, drawn, weights, random32,
	    NULL);
	ck_assert_uint_eq(n, max < able ? max : able);
	for (uint32_t i = 0; i < n; i++) {
		struct member *m = RSP_CONTAINER(drawn[i], struct member, node);

		ck_assert(m->in && m->key > 0 && !seen[m - members]);
		seen[m - members] = true;
	}
	if (n == 0 || first != NULL)
		return;
	first = drawn[below(n)]; /* and now who has been drawn already */
	check_draw(l, max, first);
	rsp_select_random_draw(l, max, first, drawn, weights, random32, NULL);
	ck_assert_ptr_eq(drawn[0], first);
}

/* Runs once with weights and once without. */
START_TEST(lots_keep_their_sums_and_draw_nobody_twice)
{
	struct rsp_select_random l = { .equal = _i == 1 };

	start();
	for (int step = 0; step < 2000; step++) {
		lots_step(&l, &members[below(MEMBERS)]);
		if (step % 10 == 0)
			check_draw(&l, below(MEMBERS), NULL);
		ck_assert(rsp_select_random_sum(&l) == lots_sum());
	}
	for (unsigned i = 0; i < MEMBERS; i++)
		if (members[i].in)
			ck_assert_uint_eq(rsp_select_random_weight(&l,
					      &members[i].node),
			    members[i].key);
	rsp_select_random_fini(&l);
}
END_TEST

START_TEST(lots_have_nodes_replaced)
{
	struct rsp_select_random l = { 0 };
	struct member copy;
	struct rsp_heap_node *drawn;
	uint32_t weight;

	start();
	ck_assert_int_eq(rsp_select_random_reserve(&l, 1), RSP_OK);
	rsp_select_random_add(&l, &members[0].node, 7);
	copy = members[0];
	rsp_select_random_replace(&l, &copy.node);
	rsp_select_random_draw(&l, 1, NULL, &drawn, &weight, random32, NULL);
	ck_assert_ptr_eq(drawn, &copy.node);
	copy.node.slot = 0;
	rsp_select_random_replace(&l, &copy.node); /* not in: nothing happens */
	rsp_select_random_fini(&l);
}
END_TEST

START_TEST(lists_are_joined_in_order)
{
	struct rsp_list a, b, nodes[4];

	rsp_list_init(&a);
	rsp_list_init(&b);
	rsp_list_join(&a, &b);
	ck_assert(rsp_list_is_empty(&a));
	for (int i = 0; i < 4; i++)
		rsp_list_add(i < 2 ? &a : &b, &nodes[i]);
	rsp_list_join(&a, &b);
	ck_assert(rsp_list_is_empty(&b));
	ck_assert_ptr_eq(nodes[1].next, &nodes[2]);
	ck_assert_ptr_eq(nodes[3].next, &a);
	ck_assert_ptr_eq(a.prev, &nodes[3]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("heap");
	TCase *t = tcase_create("heap");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, heap_lists_in_order_whatever_was_done_to_it);
	tcase_add_test(t, heap_can_be_sorted_shifted_and_have_nodes_replaced);
	tcase_add_test(t, hash_finds_what_is_in_and_nothing_else);
	tcase_add_test(t, hash_keeps_chains_short_as_it_grows);
	tcase_add_test(t, two_nodes_with_one_key_are_both_found);
	tcase_add_test(t, hash_of_bytes_folds_ascii_case_only_when_asked);
	tcase_add_loop_test(t, hash_of_bytes_is_siphash, 0,
	    (int)(sizeof(siphashes) / sizeof(siphashes[0])));
	tcase_add_loop_test(t, lots_keep_their_sums_and_draw_nobody_twice, 0,
	    2);
	tcase_add_test(t, lots_have_nodes_replaced);
	tcase_add_test(t, lists_are_joined_in_order);
	suite_add_tcase(s, t);
	return run_suite(s);
}
