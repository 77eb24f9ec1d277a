/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - hash table of intrusive nodes, and keyed hash functions
 *
 * Linear hashing: with every node added at most one chain is split, so that a
 * table of any size grows without a pause, and adding cannot fail: without
 * memory the chains merely get longer.
 *
 * Handles and identifiers are chosen by strangers.  Both functions are keyed
 * by random numbers, so that nobody can choose ones that meet in one chain.
 */
#ifndef RSP_HASH_H
#define RSP_HASH_H

#include "rsp/core/base/random.h"
#include "rsp/core/base/span.h"

struct rsp_hash_node {
	struct rsp_hash_node *next;
	uint32_t hash;
	uint32_t key; /* the owner's; a lookup compares it too */
};

struct rsp_hash {
	struct rsp_hash_node **chains;
	uint32_t n_chains; /* in use */
	uint32_t size;	   /* allocated */
	uint32_t n;	   /* nodes */
};

/* RSP_ENOMEM. */
int rsp_hash_init(struct rsp_hash *t);

/* The nodes are the owner's. */
void rsp_hash_fini(struct rsp_hash *t);

/* `node` has its hash and key set. */
void rsp_hash_add(struct rsp_hash *t, struct rsp_hash_node *node);
void rsp_hash_remove(struct rsp_hash *t, struct rsp_hash_node *node);

/* `node`, a copy of `old`, takes its place. */
void rsp_hash_replace(struct rsp_hash *t, const struct rsp_hash_node *old,
    struct rsp_hash_node *node);

/* The first node, or the next one behind `node`, with this hash and key; NULL
 * when there is none. */
struct rsp_hash_node *rsp_hash_find(const struct rsp_hash *t, uint32_t hash,
    uint32_t key);
struct rsp_hash_node *rsp_hash_find_next(const struct rsp_hash_node *node);

/* Keys of the functions. */
struct rsp_hash_seed {
	uint64_t k[4];
};

void rsp_hash_seed_init(struct rsp_hash_seed *s, rsp_random_fn *random,
    void *ctx);

/* SipHash-1-3 of bytes; with `fold`, of the bytes with ASCII upper case made
 * lower. */
uint32_t rsp_hash_bytes(const struct rsp_hash_seed *s, struct rsp_span bytes,
    bool fold);

/* Multiply and shift over two numbers (Dietzfelbinger).  No two pairs have
 * equal hashes with a probability above 2^-32. */
static inline uint32_t
rsp_hash_pair(const struct rsp_hash_seed *s, uint32_t a, uint32_t b)
{
	return (uint32_t)((s->k[0] * a + s->k[1] * b + s->k[2]) >> 32);
}

/* Equal but for ASCII case. */
bool rsp_span_equal_fold(struct rsp_span a, struct rsp_span b);

#endif
