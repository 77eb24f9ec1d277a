/* SPDX-License-Identifier: Apache-2.0 */
/* handlespace.h - handlespace: pools, and the pool elements in them
 *
 * A pool element's entry is one allocation.  Its intrusive nodes put it into
 * its pool's order of selection, into the list of its owner and, as the
 * registrar likes, into a heap of deadlines.  In a small pool an element is
 * found by its identifier in the order itself.  Elements of all large pools are
 * found in one table.  An entry keeps its values as they stand in the Pool
 * Element parameter of an answer, so that an answer is a copy.  A caller that
 * needs the values decodes them.
 *
 * A pool exists as long as it has elements.  Its policy, transport type and
 * transport use are those of its first element (RFC 5352 section 3.1).  The
 * caller that adds further elements has compared them.
 *
 * An owner is what answers for an element: an association of a registrar's own,
 * or a peer.  Several owners may share a home, the registrar whose elements
 * they are.  Each home has its PE checksum.
 */
#ifndef RSP_HANDLESPACE_H
#define RSP_HANDLESPACE_H

#include "rsp/core/pool/checksum.h"
#include "rsp/core/base/hash.h"
#include "rsp/core/pool/select.h"
#include "rsp/core/base/time.h"

struct subscribed;

struct rsp_home {
	uint32_t id;	  /* ENRP server ID */
	uint64_t n;	  /* elements */
	uint64_t sum;	  /* of their checksum */
	uint64_t swapped; /* the same in the other byte order */
	/* Elements by their `at_home`, the latest at the end.  Not walked here:
	 * others may put marks between them. */
	struct rsp_list entries;
};

struct rsp_owner {
	uint8_t kind; /* the registrar's */
	struct rsp_home *home;
	struct rsp_list entries; /* by their `owned` */
	uint32_t n;
};

/* Fields that a resolution reads stand together, at the end. */
struct rsp_pool {
	struct rsp_hash_node by_fold; /* key: length */
	struct rsp_list alike;	      /* ring of the pools equal but for case */
	bool leads; /* stands for these in the table of folded handles */
	uint16_t transport, use; /* of its elements' user transports */
	uint32_t handle_sum;	 /* for the checksum */
	uint32_t handle_swapped;
	struct rsp_policy policy;
	/* The registrar's; NULL at first, untouched here. */
	struct subscribed *subscribed;
	struct rsp_hash_node by_handle; /* key: length */
	uint32_t number;		/* for the elements' hashes */
	uint32_t handle_len;
	struct rsp_select select;
	uint8_t handle[];
};

/* Fields that an answer reads stand together at the end, and before them those
 * that a re-registration reads. */
struct rsp_entry {
	struct rsp_list owned, at_home;
	/* The registrar's; zero at first, untouched here. */
	rsp_time expires;
	struct rsp_pool *pool;
	struct rsp_select_node turn;
	struct rsp_heap_node timer; /* the registrar's, as the next four */
	unsigned keep_alive : 3;
	bool values_unsure : 1; /* inherited: peers may know other values */
	unsigned round : 4;	/* of the last table that it stood in */
	uint8_t reports;
	uint16_t len;
	struct rsp_hash_node
	    by_id; /* key: the PE identifier; small: unlinked */
	struct rsp_owner *owner;
	uint8_t values[]; /* of the parameter all behind the home's ID */
};

/* Longer ones are refused: an opaque transport could fill a message. */
#define RSP_ENTRY_MAX 4096

struct rsp_handlespace {
	struct rsp_hash pools, folds;
	struct rsp_hash ids; /* elements of large pools */
	struct rsp_hash_seed seed;
	uint32_t next_number;
	uint32_t n_entries;
	struct rsp_select_list list;
};

/* `random` is called for the seed only.  RSP_ENOMEM. */
int rsp_handlespace_init(struct rsp_handlespace *h, rsp_random_fn *random,
    void *ctx);

/* Frees every pool and element; owners and homes are not looked at. */
void rsp_handlespace_fini(struct rsp_handlespace *h);

void rsp_home_init(struct rsp_home *home, uint32_t id);
void rsp_owner_init(struct rsp_owner *o, struct rsp_home *home);

static inline uint16_t
rsp_home_checksum(const struct rsp_home *home)
{
	return rsp_checksum_fold(home->sum);
}

/* NULL when there is none. */
struct rsp_pool *rsp_pool_find(const struct rsp_handlespace *h,
    struct rsp_span handle);

/* Without regard to ASCII case; an exact match wins.  RSP_ENOENT: none.
 * RSP_EEXIST: several, and none is exact. */
int rsp_pool_find_any_case(const struct rsp_handlespace *h,
    struct rsp_span handle, struct rsp_pool **pool);

static inline struct rsp_span
rsp_pool_handle(const struct rsp_pool *p)
{
	return (struct rsp_span){ p->handle, p->handle_len };
}

/* All elements of a pool, the first after NULL; NULL behind the last. */
struct rsp_entry *rsp_pool_next(const struct rsp_pool *p,
    const struct rsp_entry *e);

/* NULL when there is none. */
struct rsp_entry *rsp_entry_find(const struct rsp_handlespace *h,
    const struct rsp_pool *pool, uint32_t id);

/* Adds an element, and its pool if that is new.  Its home becomes the owner's.
 * RSP_ENOMEM, RSP_ELIMIT (too long): nothing has changed.  The identifier is
 * not in the pool yet. */
int rsp_entry_add(struct rsp_handlespace *h, struct rsp_span handle,
    const struct rsp_pe *pe, struct rsp_owner *owner, struct rsp_entry **e);

/* Gives an element new values, of the same identifier, and an owner.  The
 * element may move in memory: `*e` is where it is then.  `changed` is true when
 * anything but the owner is different now.  Errors as above. */
int rsp_entry_update(struct rsp_handlespace *h, struct rsp_entry **e,
    const struct rsp_pe *pe, struct rsp_owner *owner, bool *changed);

/* Changes the owner and nothing else. */
void rsp_entry_give(struct rsp_entry *e, struct rsp_owner *owner);

/* Frees the element, and its pool if the element was the last. */
void rsp_entry_remove(struct rsp_handlespace *h, struct rsp_entry *e);

static inline uint32_t
rsp_entry_id(const struct rsp_entry *e)
{
	return e->by_id.key;
}

/* What is kept encoded: all but the identifiers, its own and its home's. */
static inline struct rsp_span
rsp_entry_values(const struct rsp_entry *e)
{
	return (struct rsp_span){ e->values, e->len };
}

/* The Pool Element parameter, and how long it is without padding. */
void rsp_put_entry(struct rsp_builder *b, const struct rsp_entry *e);
size_t rsp_entry_len(const struct rsp_entry *e);

/* Spans in `pe` borrow the element. */
void rsp_entry_decode(const struct rsp_entry *e, struct rsp_pe *pe);

/* Lists up to `max` elements by the pool's policy, first choice first; then
 * `h->list.n` of them are there.  Nothing changes until rsp_pool_selected()
 * says how many of these went out. */
void rsp_pool_list(struct rsp_handlespace *h, struct rsp_pool *pool,
    uint32_t max, rsp_random_fn *random, void *ctx);
struct rsp_entry *rsp_pool_listed(const struct rsp_handlespace *h, uint32_t i);
void rsp_pool_selected(struct rsp_handlespace *h, struct rsp_pool *pool,
    uint32_t n);

#endif
