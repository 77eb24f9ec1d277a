/* SPDX-License-Identifier: Apache-2.0 */
/* cache_block.h - memory layout of the shared cache, for its own files only
 *
 * A change here needs another RSP_CACHE_VERSION: processes with different
 * layouts must not meet in one file.
 */
#ifndef RSP_CACHE_BLOCK_H
#define RSP_CACHE_BLOCK_H

#include <stdatomic.h>

#include "rsp/core/user/cache.h"
#include "rsp/core/base/error.h"

#define RSP_CACHE_MAGIC UINT64_C(0x5253504361636865) /* "RSPCache" */
#ifndef RSP_CACHE_VERSION /* a test builds another one */
#define RSP_CACHE_VERSION 5u
#endif

#define RING_WORDS 131072u  /* 1 MiB */
#define HANDLE_UNITS 32768u /* 256 KiB in units of 8 bytes */
#define MARKS 4096u
#define MARK_WAYS 8u
#define USES 8192u
#define UNKNOWNS 1024u
#define ALIASES 1024u
#define REPORTS 32u
#define HOSTS 32u
#define HOST_WORDS (4u + 2u * RSP_CACHE_HOSTS)
#define REGISTRARS RSP_CACHE_REGISTRARS
#define REGISTRAR_WORDS (5u + 2u * (RSP_CACHE_HOSTS + 1u))

/* Locks inside atomics would belong to one process, and hang the others. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics without locks");

typedef _Atomic uint64_t word;

struct rsp_cache_slot {
	word key;	/* tag of the hash << 32 | 1 + unit of the handle */
	word answer;	/* position of the answer in the ring, 0: none */
	word position;	/* choices made */
	word confirmed; /* time of the last positive answer */
	word unknown_since, unknown_last;
	word lease; /* end of the refresher's lease */
	word used;  /* time of the last use, or a little before */
	word counters[RSP_CACHE_COUNTERS];
};

struct rsp_cache {
	uint64_t magic;
	uint32_t version, size;
	struct rsp_cache_id id;
	word reserved;	   /* words taken in the ring so far, ever; starts at
			    * RING_WORDS, so that no position is 0 */
	word handle_units; /* taken */
	word retired;	   /* not 0: another block follows it */
	word reports[REPORTS];
	word hosts[HOSTS][HOST_WORDS];
	word registrars[REGISTRARS][REGISTRAR_WORDS];
	word marks[MARKS];
	word uses[USES];
	word unknowns[UNKNOWNS];
	word aliases[ALIASES];
	uint8_t gone[RSP_CACHE_SLOTS]; /* of the pool that was there before */
	struct rsp_cache_slot slots[RSP_CACHE_SLOTS];
	word ring[RING_WORDS];
	uint64_t handles[HANDLE_UNITS];
};

static inline struct rsp_cache_slot *
cache_slot(struct rsp_cache *c, int slot)
{
	return &c->slots[(unsigned)slot % RSP_CACHE_SLOTS];
}

/* The part of the hash that is in an address beside the slot's number; never
 * 0. */
static inline uint8_t
cache_gone(uint64_t hash)
{
	return (uint8_t)(0x80 | hash / RSP_CACHE_SLOTS % 64);
}

/* For cache_renew.c: the handle in a slot.  False: none. */
bool cache_handle_at(const struct rsp_cache *c, int slot,
    struct rsp_span *handle);
uint64_t cache_units(size_t handle_len);
/* Puts it into a block that no other process has yet.  False: no room. */
bool cache_place(struct rsp_cache *c, int slot, struct rsp_span handle);
void cache_put_answer(struct rsp_cache *c, int slot, struct rsp_answer *a);

/* A test stops the process behind each access of shared memory in turn. */
#ifdef RSP_CACHE_STEPS
void cache_step(void);
#else
static inline void
cache_step(void)
{
}
#endif

static inline uint64_t
cache_load(const word *w)
{
	cache_step();
	return atomic_load_explicit(w, memory_order_acquire);
}

static inline void
cache_store(word *w, uint64_t v)
{
	cache_step();
	atomic_store_explicit(w, v, memory_order_release);
}

static inline bool
cache_swap(word *w, uint64_t from, uint64_t to)
{
	cache_step();
	return atomic_compare_exchange_strong_explicit(w, &from, to,
	    memory_order_acq_rel, memory_order_acquire);
}

static inline uint64_t
cache_add(word *w, uint64_t n)
{
	cache_step();
	return atomic_fetch_add_explicit(w, n, memory_order_acq_rel);
}

/* A word whose order follows from the accesses around it. */
static inline uint64_t
cache_peek(const word *w)
{
	cache_step();
	return atomic_load_explicit(w, memory_order_relaxed);
}

#endif
