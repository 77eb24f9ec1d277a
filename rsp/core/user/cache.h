/* SPDX-License-Identifier: Apache-2.0 */
/* cache.h - shared cache of pool users: the memory that all processes of one
 * user share
 *
 * In a block of memory, processes keep what they know about pools.  Each of
 * them may be killed or stopped between any two instructions.  The one idea: no
 * process ever waits and nothing is ever half done, for everything that matters
 * is one atomic word.
 *
 * - A pool is a slot in a hash table.  The slot is claimed once, by one compare
 *   and swap, and stays.  Its number is in the pool's synthetic address.
 * - Handles lie in an area that only grows.  When there is no room for one more
 *   pool another block takes over (cache_renew.c).
 * - Answers lie in a ring of words.  A writer takes its words by advancing the
 *   ring's position, so that no two writers ever have the same.  It writes the
 *   words, and publishes them by one store into the slot.  A reader copies the
 *   words out.  Then it looks whether the ring went around meanwhile, and
 *   whether the checksum is right; if not, the answer never was.  Before the
 *   ring goes around over an answer in use, the answer is copied forward.
 * - The process that refreshes a pool has a lease: a word with the time at
 *   which it ends.  So a killed or stopped holder delays no process for longer.
 * - Positions, marks, counters and reports are single words.
 *
 * Another process of the same user may write anything into the block: no index,
 * length or time found there is trusted.
 *
 * No I/O here: memory and time come in.  The block must be zeros when it is
 * formatted, and aligned to 8.
 */
#ifndef RSP_CACHE_H
#define RSP_CACHE_H

#include "rsp/core/user/answer.h"
#include "rsp/core/base/time.h"

#define RSP_CACHE_SLOTS 4096u
#define RSP_CACHE_HANDLE_MAX 65531u

/* Longest time of a mark; the shortest are the caller's. */
#define RSP_CACHE_MARK_MAX_S 60u

struct rsp_cache;

size_t rsp_cache_size(void);

/* Which processes may use a block: `boot` names the boot of the host, `scope`
 * whatever else has to be equal (configured registrars, network namespace). */
struct rsp_cache_id {
	uint8_t boot[40];
	uint64_t scope;
};

void rsp_cache_format(struct rsp_cache *c, const struct rsp_cache_id *id);

/* What processes must have in common to meet in one block. */
uint64_t rsp_cache_layout(void);
bool rsp_cache_is_valid(const struct rsp_cache *c,
    const struct rsp_cache_id *id);

uint64_t rsp_cache_hash(struct rsp_span bytes, uint64_t seed);

/* Slots.  All functions return a slot or a negative error and take any number
 * for a slot: one that is not in use is like an empty pool. */
int rsp_cache_lookup(struct rsp_cache *c, struct rsp_span handle);
int rsp_cache_claim(struct rsp_cache *c, struct rsp_span handle); /* ELIMIT */

/* The only slot with an answer whose handle is this one but for case.
 * RSP_EEXIST if there are several, RSP_ENOENT if there is none. */
int rsp_cache_lookup_nocase(struct rsp_cache *c, struct rsp_span handle);

/* The 18 bits of a synthetic address, and back. */
uint32_t rsp_cache_index(struct rsp_cache *c, int slot);
int rsp_cache_by_index(struct rsp_cache *c, uint32_t index);

/* Copies the handle; its length, at most `size` bytes are written.  0: none. */
size_t rsp_cache_handle(struct rsp_cache *c, int slot, void *buffer,
    size_t size);

/* Another handle for a pool: the one that a program asked for in some other
 * case.  It holds no slot, and is forgotten when there are many. */
int rsp_cache_alias(struct rsp_cache *c, struct rsp_span handle, rsp_time now,
    rsp_time *since);
void rsp_cache_set_alias(struct rsp_cache *c, struct rsp_span handle,
    int target, rsp_time now);

/* Notes that the pool has been asked for, or a connection to it made. */
void rsp_cache_used(struct rsp_cache *c, int slot, rsp_time now);

/* A block without room for one more pool is followed by another one.  renew()
 * writes what is worth keeping of it, under the same numbers, into a formatted
 * block that no other process has yet; scratch has room for any answer.
 * retire() is true for the one process of all that may tell the others. */
void rsp_cache_renew(struct rsp_cache *to, struct rsp_cache *from, rsp_time now,
    struct rsp_answer *scratch);
bool rsp_cache_retire(struct rsp_cache *c);
bool rsp_cache_is_retired(const struct rsp_cache *c);

/* Answers.  Reads a copy.  Returns its words, RSP_ENOENT, or RSP_ESPACE with
 * the number of words that are needed in a->n. */
int rsp_cache_read(struct rsp_cache *c, int slot, struct rsp_answer *a);

bool rsp_cache_has_answer(struct rsp_cache *c, int slot);

/* Publishes what was received at `received`.  An answer equal to the present
 * one only renews its confirmation.  One that is older than the present one's
 * confirmation (the publisher was stopped) is dropped.  `scratch` has room for
 * any answer. */
void rsp_cache_publish(struct rsp_cache *c, int slot, struct rsp_answer *a,
    rsp_time received, rsp_time now, struct rsp_answer *scratch);

/* When the answer was last confirmed; RSP_NEVER: never. */
rsp_time rsp_cache_confirmed(struct rsp_cache *c, int slot, rsp_time now);

/* A registrar said that it does not know the pool, or none said anything.  An
 * answer is dropped only after `unknown` was said for RSP_UNKNOWN_MS on end,
 * without an outage between, and that long after its last confirmation.  True:
 * it is gone now. */
#define RSP_UNKNOWN_MS 10000
bool rsp_cache_unknown(struct rsp_cache *c, int slot, rsp_time now);
void rsp_cache_nobody(struct rsp_cache *c, int slot);

/* Only one process at a time refreshes a pool: `lease` is true for the one that
 * has it for the next `for_ms`.  The holder moves the end by `hold`, with the
 * token that lease gave: to 0 when done, into the future when a retry should
 * wait. */
bool rsp_cache_lease(struct rsp_cache *c, int slot, rsp_time now,
    int64_t for_ms, uint64_t *token);
void rsp_cache_hold(struct rsp_cache *c, int slot, uint64_t token,
    rsp_time until);

/* Handles that were unknown a moment ago.  They have no slot for that. */
void rsp_cache_note_unknown(struct rsp_cache *c, uint64_t key, rsp_time now);
bool rsp_cache_was_unknown(struct rsp_cache *c, uint64_t key, rsp_time now,
    int64_t within_ms);

/* Advances the pool's position by one.  Returns what it was before. */
uint64_t rsp_cache_advance(struct rsp_cache *c, int slot);

/* Counters of own selections.  A key that was not seen for long may start again
 * from 0. */
uint32_t rsp_cache_uses(struct rsp_cache *c, uint64_t key);
void rsp_cache_use(struct rsp_cache *c, uint64_t key);

/* What became of a pool's users, counted over all processes. */
enum rsp_cache_counter {
	RSP_CACHE_HITS,	 /* the answer that was there served */
	RSP_CACHE_ASKED, /* a registrar was asked */
	RSP_CACHE_MOVES, /* connections that went on at another element */
	RSP_CACHE_LOST,	 /* connections that were to, and found none */
	RSP_CACHE_COUNTERS
};

void rsp_cache_count(struct rsp_cache *c, int slot,
    enum rsp_cache_counter which);
uint64_t rsp_cache_counted(struct rsp_cache *c, int slot,
    enum rsp_cache_counter which);

/* Marks: which elements or registrars did not answer, by key.  DUE: the time is
 * over, and one process shall try. */
enum rsp_mark { RSP_MARK_NONE, RSP_MARK_DEAD, RSP_MARK_DUE };

enum rsp_mark rsp_cache_mark(struct rsp_cache *c, uint64_t key, rsp_time now);

/* Marks for `first_s`.  A mark that was due is made again for twice as long as
 * before, at most `most_s`.  True if this call made or renewed the mark, false
 * if it merely stands. */
bool rsp_cache_mark_dead(struct rsp_cache *c, uint64_t key, rsp_time now,
    unsigned first_s, unsigned most_s);
void rsp_cache_mark_alive(struct rsp_cache *c, uint64_t key);

/* True for the one process that shall try.  The mark counts as DEAD for the
 * others until it is made again, is cleared, or `within_ms` have passed. */
bool rsp_cache_probe(struct rsp_cache *c, uint64_t key, rsp_time now,
    int64_t within_ms);

/* Addresses that the host behind a key had when it was looked up.  Returns as
 * many as there are; 0: none known.  Keeping n = 0 forgets them. */
#define RSP_CACHE_HOSTS 4
void rsp_cache_set_hosts(struct rsp_cache *c, uint64_t key,
    const struct rsp_address *hosts, unsigned n, rsp_time now);
unsigned rsp_cache_hosts(struct rsp_cache *c, uint64_t key,
    struct rsp_address hosts[RSP_CACHE_HOSTS], rsp_time *since);

/* Registrars that announced themselves to a group.  heard() keeps one if there
 * is room for it among those that were heard within that time, and is false if
 * not. */
#define RSP_CACHE_REGISTRARS 16u
struct rsp_cache_registrar {
	uint64_t group; /* a key of the caller's */
	uint32_t server;
	uint16_t transport; /* RSP_PARAM_TCP, RSP_PARAM_SCTP */
	uint16_t port;
	unsigned n_hosts;
	struct rsp_address hosts[RSP_CACHE_HOSTS];
	struct rsp_address from; /* the sender */
	rsp_time heard;
};
bool rsp_cache_heard(struct rsp_cache *c, const struct rsp_cache_registrar *r,
    rsp_time now, int64_t within_ms);
unsigned rsp_cache_registrars(struct rsp_cache *c, uint64_t group, rsp_time now,
    int64_t within_ms, struct rsp_cache_registrar *list, unsigned max);

/* Reports of unreachable elements that wait for the next conversation. */
void rsp_cache_report(struct rsp_cache *c, int slot, uint32_t pe_id,
    rsp_time now);
bool rsp_cache_has_reports(struct rsp_cache *c);
bool rsp_cache_take_report(struct rsp_cache *c, int *slot, uint32_t *pe_id,
    rsp_time now);

#endif
