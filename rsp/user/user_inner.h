/* SPDX-License-Identifier: Apache-2.0 */
/* user_inner.h - declarations that the pool user's own files share */
#ifndef RSP_USER_INNER_H
#define RSP_USER_INNER_H

#include "rsp/user/ask_registrars.h"
#include "rsp/user/user.h"
#include "rsp/core/user/answer.h"
#include "rsp/core/user/cache.h"

/* What a refresh may cost a caller that has an old answer. */
#define RSP_HURRY_MS 250

/* How long a pool is not refreshed again after an unsuccessful refresh. */
#define RSP_RETRY_MS 1000

/* How long a pool without an answer counts as unknown. */
#define RSP_UNKNOWN_TTL_MS 1000

/* Answers of usual size are read onto the stack, others into scratch. */
#define RSP_SMALL_WORDS 256

/* Room for a conversation: mapped for its time, because a signal handler's
 * stack is too small and the heap must not be used.  A page costs only when it
 * is touched.
 */
struct rsp_scratch {
	uint64_t answer[RSP_ANSWER_WORDS], other[RSP_ANSWER_WORDS];
	uint8_t in[RSP_MESSAGE_MAX + 1];
	uint8_t out[RSP_MESSAGE_MAX + 1];
	uint8_t reports[16384];
	uint8_t handle[RSP_CACHE_HANDLE_MAX];
	uint8_t real[RSP_CACHE_HANDLE_MAX];
	struct rsp_resolver resolver;
	/* The registrars to ask: configured ones, with those that were
	 * announced in the place of each group. */
	unsigned n_registrars;
	struct rsp_endpoint registrars[RSP_KNOWN_MAX];
};

struct rsp_scratch *rsp_scratch_open(void);
void rsp_scratch_close(struct rsp_scratch *s);

/* Asks the registrars; afterwards s->resolver holds the result.  budget_ms 0:
 * each is given the connect timeout; else all of them together have no more,
 * and those that did not answer lately are left out.  An empty handle: only
 * queued reports are delivered. */
enum rsp_resolver_result rsp_user_ask(struct rsp_user *u, struct rsp_cache *c,
    struct rsp_scratch *s, struct rsp_span handle, bool any_case,
    int64_t budget_ms);

/* What is asked, and how long that may take: until a time, or without a limit
 * if budget_ms is 0. */
struct rsp_question {
	struct rsp_span handle;
	bool any_case;
	int64_t budget_ms;
	rsp_time until;
	bool hunted; /* registrars have been listened for */
};

/* Fills in s->registrars.  If a group stands first and none of its registrars
 * is known, listens to the group. */
void rsp_hunt_before(struct rsp_user *u, struct rsp_cache *c,
    struct rsp_scratch *s, struct rsp_question *q);

/* Called after a conversation.  True if no registrar answered and others have
 * been heard since; these are in s->registrars now.  Sometimes it listens to
 * hear which others there are. */
bool rsp_hunt_after(struct rsp_user *u, struct rsp_cache *c,
    struct rsp_scratch *s, struct rsp_question *q);

/* Is the slot's answer, which was read, young enough to be used? */
bool rsp_user_is_fresh(struct rsp_user *u, struct rsp_cache *c, int slot,
    const struct rsp_answer *a, rsp_time now);

/* What a program asked for, and what is known of it. */
struct rsp_wanted {
	struct rsp_span handle;
	bool any_case;
	int slot;   /* the pool that it is taken for; -1: none yet */
	bool alias; /* ... because it is the same in another case, */
	bool stale; /* and that was found long ago */
};

/* Brings the answer for `w` into *a (over s->answer), from a registrar or, if
 * there is none, an old one from the cache; w->slot is set.  Errors as of
 * rsp_user_find. */
int rsp_user_refresh(struct rsp_user *u, struct rsp_cache *c,
    struct rsp_scratch *s, struct rsp_wanted *w, struct rsp_answer *a);

/* Says why there is no answer, at most once a second. */
void rsp_user_complain(struct rsp_user *u, const struct rsp_scratch *s,
    struct rsp_span handle, int err);

/* The cache that comes after a full one, which is left. */
struct rsp_cache *rsp_user_renew(struct rsp_user *u, struct rsp_cache *old);

/* The slot behind an address, also one of a block that was left. */
int rsp_user_slot(struct rsp_user *u, struct rsp_cache *c, uint32_t index);

/* The key under which an element's mark is kept; `index` is its pool's. */
uint64_t rsp_user_element_key(uint32_t index, const struct rsp_candidate *e);

/* The number in a synthetic address; false: the address is none. */
bool rsp_user_index(const struct rsp_address *a, uint32_t *index);

uint64_t rsp_user_registrar_key(const struct rsp_endpoint *e);

#endif
