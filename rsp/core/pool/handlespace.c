/* SPDX-License-Identifier: Apache-2.0 */
/* handlespace.c - handlespace: pools, and the pool elements in them.  Every
 * element is in its tables, lists and orders from add to remove: join() and
 * part() are the only functions that put it there and take it out. */
#include "rsp/core/pool/handlespace.h"

#include <stdlib.h>

#include "rsp/core/pool/select_small.h"

/* Of fields in an encoded Pool Element parameter. */
enum {
	LENGTH_AT = 2,
	VALUES_AT = 12,
	USER_AT = 4,	     /* in the values */
	POLICY_WORDS_AT = 8, /* in the policy parameter */
	USUAL_VALUES = 40,   /* with one IPv4 address, about */
};

static uint16_t
load_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
load_u32(const uint8_t *p)
{
	return (uint32_t)load_u16(p) << 16 | load_u16(p + 2);
}

static struct rsp_entry *
entry_at(const struct rsp_select_node *turn)
{
	return RSP_CONTAINER(turn, struct rsp_entry, turn);
}

/* Prefetches the parts that answers and re-registrations look at. */
static void
fetch(const struct rsp_entry *e)
{
	__builtin_prefetch(&e->turn);
	__builtin_prefetch(&e->owner);
	__builtin_prefetch(e->values + USUAL_VALUES);
}

/* The policy parameter stands behind the user transport and its padding. */
static uint32_t
words_of(const struct rsp_select_node *turn, uint32_t *words)
{
	const uint8_t *user = entry_at(turn)->values + USER_AT;
	const uint8_t *policy =
	    user + (load_u16(user + LENGTH_AT) + 3u) / 4 * 4;
	unsigned n = (load_u16(policy + LENGTH_AT) - POLICY_WORDS_AT) / 4u;

	for (unsigned i = 0; i < RSP_POLICY_WORDS; i++)
		words[i] =
		    i < n ? load_u32(policy + POLICY_WORDS_AT + i * 4) : 0;
	return rsp_entry_id(entry_at(turn));
}

int
rsp_handlespace_init(struct rsp_handlespace *h, rsp_random_fn *random,
    void *ctx)
{
	struct rsp_hash *tables[] = { &h->pools, &h->folds, &h->ids };

	*h = (struct rsp_handlespace){ 0 };
	rsp_hash_seed_init(&h->seed, random, ctx);
	for (unsigned i = 0; i < 3; i++) {
		if (rsp_hash_init(tables[i]) == RSP_OK)
			continue;
		while (i > 0)
			rsp_hash_fini(tables[--i]);
		return RSP_ENOMEM;
	}
	return RSP_OK;
}

static void
free_pool(struct rsp_pool *pool)
{
	struct rsp_entry *e = rsp_pool_next(pool, NULL), *next;

	for (; e != NULL; e = next) {
		next = rsp_pool_next(pool, e);
		free(e);
	}
	rsp_select_fini(&pool->select);
	free(pool);
}

void
rsp_handlespace_fini(struct rsp_handlespace *h)
{
	for (uint32_t i = 0; i < h->pools.n_chains; i++) {
		struct rsp_hash_node *node = h->pools.chains[i], *next;

		for (; node != NULL; node = next) {
			next = node->next;
			free_pool(
			    RSP_CONTAINER(node, struct rsp_pool, by_handle));
		}
	}
	rsp_hash_fini(&h->pools);
	rsp_hash_fini(&h->folds);
	rsp_hash_fini(&h->ids);
}

void
rsp_home_init(struct rsp_home *home, uint32_t id)
{
	*home = (struct rsp_home){ .id = id };
	rsp_list_init(&home->entries);
}

void
rsp_owner_init(struct rsp_owner *o, struct rsp_home *home)
{
	o->kind = 0;
	o->home = home;
	o->n = 0;
	rsp_list_init(&o->entries);
}

struct rsp_pool *
rsp_pool_find(const struct rsp_handlespace *h, struct rsp_span handle)
{
	struct rsp_hash_node *node;

	node = rsp_hash_find(&h->pools, rsp_hash_bytes(&h->seed, handle, false),
	    (uint32_t)handle.len);
	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct rsp_pool *pool =
		    RSP_CONTAINER(node, struct rsp_pool, by_handle);

		if (rsp_span_equal(rsp_pool_handle(pool), handle))
			return pool;
	}
	return NULL;
}

static struct rsp_pool *
find_leader(const struct rsp_handlespace *h, struct rsp_span handle)
{
	struct rsp_hash_node *node;

	node = rsp_hash_find(&h->folds, rsp_hash_bytes(&h->seed, handle, true),
	    (uint32_t)handle.len);
	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct rsp_pool *pool =
		    RSP_CONTAINER(node, struct rsp_pool, by_fold);

		if (rsp_span_equal_fold(rsp_pool_handle(pool), handle))
			return pool;
	}
	return NULL;
}

int
rsp_pool_find_any_case(const struct rsp_handlespace *h, struct rsp_span handle,
    struct rsp_pool **pool)
{
	*pool = rsp_pool_find(h, handle);
	if (*pool != NULL)
		return RSP_OK;
	*pool = find_leader(h, handle);
	if (*pool == NULL)
		return RSP_ENOENT;
	if (rsp_list_is_empty(&(*pool)->alike))
		return RSP_OK;
	*pool = NULL;
	return RSP_EEXIST;
}

struct rsp_entry *
rsp_pool_next(const struct rsp_pool *pool, const struct rsp_entry *e)
{
	struct rsp_select_node *turn =
	    rsp_select_next(&pool->select, e == NULL ? NULL : &e->turn);

	return turn == NULL ? NULL : entry_at(turn);
}

static struct rsp_pool *
new_pool(struct rsp_handlespace *h, struct rsp_span handle,
    const struct rsp_pe *pe)
{
	struct rsp_pool *pool = calloc(1, sizeof(*pool) + handle.len);
	struct rsp_pool *leader;

	if (pool == NULL)
		return NULL;
	pool->number = h->next_number++;
	pool->policy = pe->policy;
	pool->transport = pe->user.type;
	pool->use = pe->user.use;
	pool->handle_len = (uint32_t)handle.len;
	memcpy(pool->handle, handle.at, handle.len);
	pool->handle_sum = rsp_checksum_handle(handle);
	pool->handle_swapped = rsp_checksum_handle_swapped(handle);
	rsp_select_init(&pool->select, rsp_policy_def(pe->policy.type),
	    words_of);

	pool->by_handle.hash = rsp_hash_bytes(&h->seed, handle, false);
	pool->by_fold.hash = rsp_hash_bytes(&h->seed, handle, true);
	pool->by_handle.key = pool->by_fold.key = (uint32_t)handle.len;
	rsp_hash_add(&h->pools, &pool->by_handle);
	leader = find_leader(h, handle);
	pool->leads = leader == NULL;
	rsp_list_init(&pool->alike);
	if (pool->leads)
		rsp_hash_add(&h->folds, &pool->by_fold);
	else
		rsp_list_add(&leader->alike, &pool->alike);
	return pool;
}

static void
remove_pool(struct rsp_handlespace *h, struct rsp_pool *pool)
{
	struct rsp_list *next = pool->alike.next;

	rsp_hash_remove(&h->pools, &pool->by_handle);
	if (pool->leads)
		rsp_hash_remove(&h->folds, &pool->by_fold);
	if (pool->leads && next != &pool->alike) {
		struct rsp_pool *heir =
		    RSP_CONTAINER(next, struct rsp_pool, alike);

		heir->leads = true;
		rsp_hash_add(&h->folds, &heir->by_fold);
	}
	rsp_list_remove(&pool->alike);
	free_pool(pool);
}

static struct rsp_entry *
find_in_large(const struct rsp_handlespace *h, const struct rsp_pool *pool,
    uint32_t id)
{
	struct rsp_hash_node *node;

	node = rsp_hash_find(&h->ids, rsp_hash_pair(&h->seed, id, pool->number),
	    id);
	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct rsp_entry *e =
		    RSP_CONTAINER(node, struct rsp_entry, by_id);

		if (e->pool == pool)
			return e;
	}
	return NULL;
}

struct rsp_entry *
rsp_entry_find(const struct rsp_handlespace *h, const struct rsp_pool *pool,
    uint32_t id)
{
	struct rsp_select_node *turn;

	if (pool->select.large)
		return find_in_large(h, pool, id);
	rsp_select_small_fetch(&pool->select);
	turn = rsp_select_small_find(&pool->select, id);
	if (turn == NULL)
		return NULL;
	fetch(entry_at(turn));
	return entry_at(turn);
}

/* Writes the parameter.  Returns the length of its values, or RSP_ELIMIT. */
static int
encode(const struct rsp_pe *pe, uint8_t buffer[RSP_ENTRY_MAX])
{
	struct rsp_builder b = rsp_builder_into(buffer, RSP_ENTRY_MAX);

	rsp_put_pe(&b, pe);
	if (b.overflow)
		return RSP_ELIMIT;
	return load_u16(buffer + LENGTH_AT) - VALUES_AT;
}

static struct rsp_entry *
new_entry(const uint8_t *values, int len)
{
	struct rsp_entry *e = malloc(sizeof(*e) + (size_t)len);

	if (e == NULL)
		return NULL;
	memset(e, 0, sizeof(*e));
	e->len = (uint16_t)len;
	memcpy(e->values, values, (size_t)len);
	return e;
}

static void
join_owner(struct rsp_entry *e, struct rsp_owner *owner)
{
	e->owner = owner;
	rsp_list_add(&owner->entries, &e->owned);
	owner->n++;
	rsp_list_add(&owner->home->entries, &e->at_home);
	owner->home->n++;
	owner->home->sum +=
	    rsp_checksum_block(e->pool->handle_sum, rsp_entry_id(e));
	owner->home->swapped +=
	    rsp_checksum_block_swapped(e->pool->handle_swapped,
		rsp_entry_id(e));
}

static void
part_owner(struct rsp_entry *e)
{
	struct rsp_owner *owner = e->owner;

	rsp_list_remove(&e->owned);
	rsp_list_remove(&e->at_home);
	owner->n--;
	owner->home->n--;
	owner->home->sum -=
	    rsp_checksum_block(e->pool->handle_sum, rsp_entry_id(e));
	owner->home->swapped -=
	    rsp_checksum_block_swapped(e->pool->handle_swapped,
		rsp_entry_id(e));
}

static void
add_id(struct rsp_handlespace *h, struct rsp_entry *e)
{
	e->by_id.hash =
	    rsp_hash_pair(&h->seed, rsp_entry_id(e), e->pool->number);
	rsp_hash_add(&h->ids, &e->by_id);
}

static int
join(struct rsp_handlespace *h, struct rsp_entry *e, struct rsp_pool *pool,
    struct rsp_owner *owner, uint32_t id)
{
	bool many = pool->select.large;
	struct rsp_entry *other = NULL;
	int err;

	e->pool = pool;
	e->by_id.key = id;
	err = rsp_select_add(&pool->select, &e->turn);
	if (err != RSP_OK)
		return err;
	if (many)
		add_id(h, e);
	else if (pool->select.large) /* since now */
		while ((other = rsp_pool_next(pool, other)) != NULL)
			add_id(h, other);
	h->n_entries++;
	join_owner(e, owner);
	return RSP_OK;
}

static void
part(struct rsp_handlespace *h, struct rsp_entry *e)
{
	struct rsp_pool *pool = e->pool;
	bool many = pool->select.large;
	struct rsp_entry *other = NULL;

	part_owner(e);
	h->n_entries--;
	if (many)
		rsp_hash_remove(&h->ids, &e->by_id);
	rsp_select_remove(&pool->select, &e->turn);
	if (many && !pool->select.large)
		while ((other = rsp_pool_next(pool, other)) != NULL)
			rsp_hash_remove(&h->ids, &other->by_id);
}

int
rsp_entry_add(struct rsp_handlespace *h, struct rsp_span handle,
    const struct rsp_pe *pe, struct rsp_owner *owner, struct rsp_entry **e)
{
	uint8_t param[RSP_ENTRY_MAX];
	struct rsp_pool *pool;
	int len, err;

	*e = NULL;
	len = encode(pe, param);
	if (len < 0)
		return len;
	*e = new_entry(param + VALUES_AT, len);
	if (*e == NULL)
		return RSP_ENOMEM;
	pool = rsp_pool_find(h, handle);
	if (pool == NULL)
		pool = new_pool(h, handle, pe);
	err = pool == NULL ? RSP_ENOMEM : join(h, *e, pool, owner, pe->id);
	if (err == RSP_OK)
		return RSP_OK;
	if (pool != NULL && pool->select.n == 0)
		remove_pool(h, pool);
	free(*e);
	*e = NULL;
	return err;
}

/* Makes a copy of the element with longer values, in the element's place.
 * NULL: out of memory. */
static struct rsp_entry *
move_to_larger(struct rsp_handlespace *h, struct rsp_entry *e, int len)
{
	struct rsp_entry *copy = malloc(sizeof(*copy) + (size_t)len);

	if (copy == NULL)
		return NULL;
	memcpy(copy, e, sizeof(*e) + e->len);
	rsp_list_replace(&copy->owned);
	rsp_list_replace(&copy->at_home);
	if (e->pool->select.large)
		rsp_hash_replace(&h->ids, &e->by_id, &copy->by_id);
	rsp_select_replace(&e->pool->select, &e->turn, &copy->turn);
	free(e);
	return copy;
}

int
rsp_entry_update(struct rsp_handlespace *h, struct rsp_entry **e,
    const struct rsp_pe *pe, struct rsp_owner *owner, bool *changed)
{
	uint32_t old_words[RSP_POLICY_WORDS];
	uint8_t param[RSP_ENTRY_MAX];
	const uint8_t *values = param + VALUES_AT;
	struct rsp_entry *moved;
	int len = encode(pe, param);

	*changed = false;
	if (len < 0)
		return len;
	if (len > (*e)->len) {
		moved = move_to_larger(h, *e, len);
		if (moved == NULL)
			return RSP_ENOMEM;
		*e = moved;
	}
	rsp_entry_give(*e, owner);
	*changed =
	    len != (*e)->len || memcmp((*e)->values, values, (size_t)len);
	words_of(&(*e)->turn, old_words);
	memcpy((*e)->values, values, (size_t)len);
	(*e)->len = (uint16_t)len;
	rsp_select_renew(&(*e)->pool->select, &(*e)->turn, old_words);
	return RSP_OK;
}

void
rsp_entry_give(struct rsp_entry *e, struct rsp_owner *owner)
{
	if (e->owner == owner)
		return;
	part_owner(e);
	join_owner(e, owner);
}

void
rsp_entry_remove(struct rsp_handlespace *h, struct rsp_entry *e)
{
	struct rsp_pool *pool = e->pool;

	part(h, e);
	free(e);
	if (pool->select.n == 0)
		remove_pool(h, pool);
}

void
rsp_put_entry(struct rsp_builder *b, const struct rsp_entry *e)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_PE);

	rsp_put_u32(b, rsp_entry_id(e));
	rsp_put_u32(b, e->owner->home->id);
	rsp_put_span(b, rsp_entry_values(e));
	rsp_close_param(b, mark);
}

size_t
rsp_entry_len(const struct rsp_entry *e)
{
	return (size_t)e->len + VALUES_AT;
}

void
rsp_entry_decode(const struct rsp_entry *e, struct rsp_pe *pe)
{
	struct rsp_cursor c = rsp_cursor_over(rsp_entry_values(e));

	rsp_get_pe_values(&c, pe);
	pe->id = rsp_entry_id(e);
	pe->home = e->owner->home->id;
}

/* Prefetch the next first choice.  Not for small pools: other pools evict it
 * before it is used. */
static void
fetch_ahead(const struct rsp_select *o)
{
	if (o->large && o->first != NULL)
		fetch(entry_at(o->first));
}

/* Prefetch all listed elements at once, with what rsp_pool_selected() reads
 * beside them: they lie anywhere in memory, and often nothing has read them
 * lately. */
void
rsp_pool_list(struct rsp_handlespace *h, struct rsp_pool *pool, uint32_t max,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_select *o = &pool->select;

	if (o->first != NULL)
		fetch(entry_at(o->first));
	if (!o->large)
		rsp_select_small_fetch(o);
	rsp_select_list(o, max, &h->list, random, ctx);
	if (!o->large || o->def->selection == RSP_SELECT_RANDOM)
		for (uint32_t i = 0; i < h->list.n; i++)
			fetch(rsp_pool_listed(h, i));
	fetch_ahead(o);
}

struct rsp_entry *
rsp_pool_listed(const struct rsp_handlespace *h, uint32_t i)
{
	return entry_at(rsp_select_listed(&h->list, i));
}

void
rsp_pool_selected(struct rsp_handlespace *h, struct rsp_pool *pool, uint32_t n)
{
	rsp_select_selected(&pool->select, &h->list, n);
	fetch_ahead(&pool->select);
}
