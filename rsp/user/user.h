/* SPDX-License-Identifier: Apache-2.0 */
/* user.h - the pool user, as the shim and the tools call it
 *
 * One struct rsp_user per process, in storage of the caller.  It resolves pool
 * handles over ASAP, keeps the answers in the cache that all processes of the
 * user share (mapped file, or private memory, or none), chooses pool elements
 * by the pool's policy and remembers which are dead.
 *
 * Made to live in a stranger's process: no function starts a thread, takes a
 * signal, allocates from the heap, leaves a descriptor open, changes errno or
 * waits for another process.  All I/O is by system calls that no preload
 * library sees (sys.h).  Functions may be called from several threads at once
 * and, but for those said to ask a registrar, from a signal handler that
 * interrupted another of them.
 */
#ifndef RSP_USER_H
#define RSP_USER_H

#include <stdatomic.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/user/cache.h"
#include "rsp/core/wire/param.h"
#include "rsp/core/base/time.h"

#define RSP_REGISTRARS_MAX 16
#define RSP_CANDIDATES_MAX 128

enum rsp_cache_mode { RSP_CACHE_SHARED, RSP_CACHE_PRIVATE, RSP_CACHE_OFF };

/* Filled in by rsp_user_config_init() with the defaults of DESIGN, then by
 * rsp_user_config_env() from the environment; a bad value is one line in the
 * log and the default. */
struct rsp_user_config {
	unsigned n_registrars;
	struct rsp_endpoint registrars[RSP_REGISTRARS_MAX];
	int64_t connect_timeout_ms;	 /* RSP_CONNECT_TIMEOUT */
	int64_t ttl_ms, ttl_adaptive_ms; /* RSP_CACHE_TTL, _ADAPTIVE */
	enum rsp_cache_mode cache;	 /* RSP_CACHE */
	char domain[256];		 /* RSP_DOMAIN, no outer dots */
	char runtime_dir[256]; /* RSP_RUNTIME_DIR or what it falls to */
};

void rsp_user_config_init(struct rsp_user_config *c);

/* `get` is secure_getenv or a test's own. */
void rsp_user_config_env(struct rsp_user_config *c,
    char *(*get)(const char *name));

#define RSP_USER_BEFORE 4

struct rsp_user {
	struct rsp_user_config config;
	struct rsp_cache_id id;
	struct rsp_cache *cache; /* never NULL after init */
	_Atomic bool shared;	 /* false: private memory */
	_Atomic int64_t last_warning;
	/* blocks that have been left, since when, and how many */
	struct rsp_cache *before[RSP_USER_BEFORE];
	rsp_time since[RSP_USER_BEFORE];
	unsigned left;
};

/* Opens (or creates) the cache; whatever is wrong with the file ends in a
 * private cache and a line at level info.  RSP_ENOMEM only when there is not
 * even that. */
int rsp_user_init(struct rsp_user *u, const struct rsp_user_config *c);
void rsp_user_fini(struct rsp_user *u);

/* The cache, to look into it. */
struct rsp_cache *rsp_user_cache(struct rsp_user *u);

/* A pool as the cache knows it.  A value, valid for the life of the user. */
struct rsp_user_pool {
	uint32_t index;	    /* of the synthetic address, below 2^18 */
	uint16_t transport; /* RSP_PARAM_TCP, _UDP, _SCTP ...: the pool's */
	bool has_ipv4, has_ipv6; /* PEs by family, at the last answer */
};

/* Resolves a handle: cached answer if fresh, else a registrar is asked (within
 * 250 ms if there is an old answer, else within the connect timeout for each
 * registrar).  any_case: the handle came from a dotted name (parameter 0xbf01).
 * RSP_ENOENT: unknown pool.  RSP_ETIMEOUT: no registrar answers and nothing is
 * cached.  RSP_EEXIST (with any_case only): several handles differ in case
 * alone.  RSP_ELIMIT: the cache holds no more pools.  Each wrote a warn line
 * that says what was tried and what can be done, at most one a second. */
int rsp_user_find(struct rsp_user *u, struct rsp_span handle, bool any_case,
    struct rsp_user_pool *pool);

/* The pool's synthetic address: 239.192.0.0/14 or ff18::/16. */
void rsp_user_synthetic(const struct rsp_user_pool *pool, int family4or6,
    struct rsp_address *a);

/* Is it in one of the synthetic blocks (v4, v6, v4-mapped)?  No lookup. */
bool rsp_user_is_synthetic(const struct rsp_address *a);

/* The pool behind a synthetic address that this host's cache gave out;
 * RSP_ENOENT if none did. */
int rsp_user_by_address(struct rsp_user *u, const struct rsp_address *a,
    struct rsp_user_pool *pool);

/* The pool's handle, copied; returns its length, at most `size` is written. */
size_t rsp_user_handle(struct rsp_user *u, const struct rsp_user_pool *pool,
    void *buffer, size_t size);

/* One pool element to try. */
struct rsp_candidate {
	uint32_t pe_id;
	uint16_t transport; /* RSP_PARAM_TCP ... */
	uint16_t port;
	struct rsp_address address; /* SCTP: the first */
	bool marked; /* it has failed some time: tell if it answers now */
};

/* The elements for one connection in the order to try them: the policy's
 * choice first, elements under a dead mark left out unless all are (then they
 * come in order).  Advances the pool's shared position once.  Refreshes a stale
 * answer first, as rsp_user_find does.  Returns their number; 0: none known, or
 * a negative error as of rsp_user_find. */
int rsp_user_choose(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned max);

/* The same, for use right after rsp_user_by_address(), which has checked that
 * the cache's file is whole. */
int rsp_user_choose_found(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned max);

/* Behind the n of that list, those that it left out, in the answer's order: for
 * a caller that would rather try them than give up.  Returns the new number.
 * Asks no registrar. */
int rsp_user_choose_rest(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned n, unsigned max);

/* All addresses of a candidate, the first one first: more than that one for a
 * multi-homed element that the cache still holds.  Their number, at most `max`,
 * never 0.  Asks no registrar. */
unsigned rsp_user_addresses(struct rsp_user *u,
    const struct rsp_user_pool *pool, const struct rsp_candidate *candidate,
    struct rsp_address *list, unsigned max);

enum rsp_outcome {
	RSP_OUTCOME_ALIVE,   /* connected: clears the mark */
	RSP_OUTCOME_REFUSED, /* reset, refused: dead for 1 s, doubling to 60 */
	RSP_OUTCOME_TIMEOUT, /* silent: dead for 10 s, doubling to 60 */
	RSP_OUTCOME_OWN_FAULT, /* no route, family, permission: no mark, no
				  report */
};

/* What became of a candidate.  REFUSED and TIMEOUT also queue an endpoint
 * unreachable report in the cache. */
void rsp_user_outcome(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate, enum rsp_outcome outcome);

/* Sends queued reports if that costs no more than `budget_ms`; the rest stays
 * for the next call that asks a registrar.  Asks a registrar. */
void rsp_user_report(struct rsp_user *u, int budget_ms);

/* True if a mark says that the element is dead. */
bool rsp_user_is_dead(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate);

/* Is the element still in the pool?  Refreshes a stale answer first, as
 * rsp_user_find does, so it may ask a registrar; true when there is no answer
 * to tell.  For a caller that keeps an element longer than one connection: an
 * unconnected datagram socket. */
bool rsp_user_is_listed(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate);

/* The registrars in the order to ask them, with those that are announced in the
 * place of each group; If a group has none, it listens for one, for a few
 * seconds at most; with `again` also if the known ones do not answer.  Returns
 * their number. */
#define RSP_KNOWN_MAX (RSP_REGISTRARS_MAX + RSP_CACHE_REGISTRARS)
unsigned rsp_user_registrars(struct rsp_user *u, bool again,
    struct rsp_endpoint *list, unsigned max);

/* Counts a move of one of the pool's connections, or a failed move. */
void rsp_user_count(struct rsp_user *u, const struct rsp_user_pool *pool,
    enum rsp_cache_counter which);

/* Milliseconds of CLOCK_BOOTTIME. */
rsp_time rsp_user_now(void);

#endif
