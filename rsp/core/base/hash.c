/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - hash table by linear hashing, and the keyed hash functions
 * (SipHash-1-3 and multiply-shift) */
#include "rsp/core/base/hash.h"

#include <stdlib.h>

#include "rsp/core/base/ascii.h"
#include "rsp/core/base/error.h"

#define LEAST_SIZE 16u
#define CACHE_LINE 64

/* Let p be the greatest power of two that is at most the number of chains.  The
 * chains below p that have been split, and the chains that came of them, use
 * one bit more of the hash than the others. */
static uint32_t
chain_of(const struct rsp_hash *t, uint32_t hash)
{
	uint32_t mask = t->n_chains - 1, i;

	for (unsigned shift = 1; shift < 32; shift *= 2)
		mask |= mask >> shift;
	i = hash & mask;
	return i < t->n_chains ? i : i & mask >> 1;
}

int
rsp_hash_init(struct rsp_hash *t)
{
	*t = (struct rsp_hash){ 0 };
	t->chains = calloc(LEAST_SIZE, sizeof(struct rsp_hash_node *));
	if (t->chains == NULL)
		return RSP_ENOMEM;
	t->n_chains = t->size = LEAST_SIZE;
	return RSP_OK;
}

void
rsp_hash_fini(struct rsp_hash *t)
{
	free(t->chains);
	*t = (struct rsp_hash){ 0 };
}

static bool
has_room(struct rsp_hash *t)
{
	struct rsp_hash_node **chains;
	uint32_t size = t->size * 2;

	if (t->n_chains < t->size)
		return true;
	if (size < t->size)
		return false;
	chains = realloc(t->chains, size * sizeof(struct rsp_hash_node *));
	if (chains == NULL)
		return false;
	t->chains = chains;
	t->size = size;
	return true;
}

/* Splits the chain that is next in turn: it lies before the new chain, by the
 * greatest power of two that is at most the new chain's number. */
static void
split(struct rsp_hash *t)
{
	uint32_t fresh = t->n_chains, old = fresh, bit = 1;
	struct rsp_hash_node *node, **link;

	while (bit <= fresh / 2)
		bit *= 2;
	old -= bit;
	/* the next one's turn comes soon, and its memory is far away */
	__builtin_prefetch(t->chains[old + 1]);
	t->n_chains++;
	t->chains[fresh] = NULL;
	for (link = &t->chains[old]; (node = *link) != NULL;) {
		if (chain_of(t, node->hash) == old) {
			link = &node->next;
			continue;
		}
		*link = node->next;
		node->next = t->chains[fresh];
		t->chains[fresh] = node;
	}
}

void
rsp_hash_add(struct rsp_hash *t, struct rsp_hash_node *node)
{
	struct rsp_hash_node **link;

	if (t->n++ >= t->n_chains && has_room(t))
		split(t);
	link = &t->chains[chain_of(t, node->hash)];
	node->next = *link;
	*link = node;
}

/* Returns the pointer that points to `node`. */
static struct rsp_hash_node **
link_to(const struct rsp_hash *t, const struct rsp_hash_node *node)
{
	struct rsp_hash_node **link = &t->chains[chain_of(t, node->hash)];

	while (*link != node)
		link = &(*link)->next;
	return link;
}

void
rsp_hash_remove(struct rsp_hash *t, struct rsp_hash_node *node)
{
	*link_to(t, node) = node->next;
	node->next = NULL;
	t->n--;
}

void
rsp_hash_replace(struct rsp_hash *t, const struct rsp_hash_node *old,
    struct rsp_hash_node *node)
{
	*link_to(t, old) = node;
}

/* Prefetches what stands behind a node: its owner reads that next, and it has
 * been out of the cache for as long as the node. */
static struct rsp_hash_node *
match(struct rsp_hash_node *node, uint32_t hash, uint32_t key)
{
	for (; node != NULL; node = node->next) {
		__builtin_prefetch((const char *)node + CACHE_LINE);
		if (node->hash == hash && node->key == key)
			break;
	}
	return node;
}

struct rsp_hash_node *
rsp_hash_find(const struct rsp_hash *t, uint32_t hash, uint32_t key)
{
	return match(t->chains[chain_of(t, hash)], hash, key);
}

struct rsp_hash_node *
rsp_hash_find_next(const struct rsp_hash_node *node)
{
	return match(node->next, node->hash, node->key);
}

void
rsp_hash_seed_init(struct rsp_hash_seed *s, rsp_random_fn *random, void *ctx)
{
	for (unsigned i = 0; i < 4; i++)
		s->k[i] = rsp_random_u64(random, ctx);
}

struct sip {
	uint64_t a, b, c, d;
};

static uint64_t
rotl(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void
sip_round(struct sip *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotl(s->b, 13) ^ s->a;
	s->d = rotl(s->d, 16) ^ s->c;
	s->a = rotl(s->a, 32) + s->d;
	s->c += s->b;
	s->d = rotl(s->d, 21) ^ s->a;
	s->b = rotl(s->b, 17) ^ s->c;
	s->c = rotl(s->c, 32);
}

static void
sip_word(struct sip *s, uint64_t word)
{
	s->d ^= word;
	sip_round(s);
	s->a ^= word;
}

/* Up to 8 bytes as a little-endian word. */
static uint64_t
word_of(const uint8_t *p, size_t len, bool fold)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)(fold ? rsp_ascii_lower(p[i]) : p[i])
			<< 8 * i;
	return word;
}

/* The same for 8 bytes as they are.  Compilers make one load of it. */
static uint64_t
whole_word(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

uint32_t
rsp_hash_bytes(const struct rsp_hash_seed *seed, struct rsp_span bytes,
    bool fold)
{
	struct sip s = { seed->k[0] ^ UINT64_C(0x736f6d6570736575),
		seed->k[1] ^ UINT64_C(0x646f72616e646f6d),
		seed->k[0] ^ UINT64_C(0x6c7967656e657261),
		seed->k[1] ^ UINT64_C(0x7465646279746573) };
	size_t at = 0;

	for (; bytes.len - at >= 8; at += 8)
		sip_word(&s, fold ? word_of(bytes.at + at, 8, true)
				  : whole_word(bytes.at + at));
	sip_word(&s, word_of(bytes.len == 0 ? NULL : bytes.at + at,
			 bytes.len - at, fold) |
			 (uint64_t)bytes.len << 56);
	s.c ^= 0xff;
	for (unsigned i = 0; i < 3; i++)
		sip_round(&s);
	return (uint32_t)(s.a ^ s.b ^ s.c ^ s.d);
}

bool
rsp_span_equal_fold(struct rsp_span a, struct rsp_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (rsp_ascii_lower(a.at[i]) != rsp_ascii_lower(b.at[i]))
			return false;
	return true;
}
