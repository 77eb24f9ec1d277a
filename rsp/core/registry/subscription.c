/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.c - lists of what has changed and of who is owed a word */
#include "rsp/core/registry/subscription.h"

#include <stdlib.h>

#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/quotas.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/response.h"

/* What one tick tells, so that it ends: messages, and bytes that wait. */
#define AT_ONCE 1024
#define BYTES_AT_ONCE ((size_t)4 << 20)

struct subscription {
	struct rsp_list of_pool, of_assoc;
	struct rsp_list owed; /* in the registry's or the association's, or
			       * alone */
	struct rsp_pool *pool;
	struct rsp_assoc *assoc;
	uint32_t items;
};

void
subscriptions_init(struct subscriptions *s)
{
	rsp_list_init(&s->changed);
	rsp_list_init(&s->resting);
	rsp_list_init(&s->owed);
}

void
subscriber_init(struct subscriber *s)
{
	rsp_list_init(&s->all);
	rsp_list_init(&s->owed);
}

static struct subscription *
find(const struct rsp_assoc *a, const struct rsp_pool *pool)
{
	RSP_LIST_EACH(l, &a->subscriber.all)
	{
		struct subscription *s =
		    RSP_CONTAINER(l, struct subscription, of_assoc);

		if (s->pool == pool)
			return s;
	}
	return NULL;
}

static struct subscribed *
new_subscribed(struct rsp_pool *pool)
{
	struct subscribed *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->pool = pool;
	rsp_list_init(&p->all);
	rsp_list_init(&p->turn);
	return p;
}

static struct subscription *
add(struct rsp_registry *r, struct rsp_assoc *a, struct rsp_pool *pool)
{
	struct subscription *s;

	if (a->subscriber.n >= r->config.max_subscriptions_per_association ||
	    r->subscriptions.n >= r->config.max_subscriptions)
		return NULL;
	s = malloc(sizeof(*s));
	if (s == NULL)
		return NULL;
	if (pool->subscribed == NULL)
		pool->subscribed = new_subscribed(pool);
	if (pool->subscribed == NULL) {
		free(s);
		return NULL;
	}
	pool->subscribed->n++;
	a->subscriber.n++;
	r->subscriptions.n++;
	*s = (struct subscription){ .pool = pool, .assoc = a };
	rsp_list_add(&pool->subscribed->all, &s->of_pool);
	rsp_list_add(&a->subscriber.all, &s->of_assoc);
	rsp_list_init(&s->owed);
	return s;
}

/* The pool waits for nothing any more. */
static void
forget_pool(struct subscribed *p)
{
	rsp_list_remove(&p->turn);
	p->resting = p->dirty = false;
}

static void
end(struct rsp_registry *r, struct subscription *s)
{
	struct subscribed *p = s->pool->subscribed;

	rsp_list_remove(&s->of_pool);
	rsp_list_remove(&s->of_assoc);
	rsp_list_remove(&s->owed);
	if (--p->n == 0) {
		forget_pool(p);
		p->pool->subscribed = NULL;
		free(p);
	}
	s->assoc->subscriber.n--;
	r->subscriptions.n--;
	free(s);
}

void
unsubscribe(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_pool *pool)
{
	struct subscription *s = find(a, pool);

	if (s != NULL)
		end(r, s);
}

bool
subscribe(struct rsp_registry *r, struct rsp_assoc *a, struct rsp_pool *pool,
    const struct rsp_message *m)
{
	struct subscription *s = find(a, pool);

	if ((m->flags & RSP_FLAG_SUBSCRIBE) == 0) {
		unsubscribe(r, a, pool);
		return false;
	}
	if (s == NULL)
		s = add(r, a, pool);
	if (s == NULL)
		return false;
	s->items = registry_items(r, m);
	rsp_list_remove(&s->owed);
	return true;
}

void
subscriber_fini(struct rsp_registry *r, struct rsp_assoc *a)
{
	RSP_LIST_EACH(l, &a->subscriber.all)
	end(r, RSP_CONTAINER(l, struct subscription, of_assoc));
}

void
subscribed_changed(struct rsp_registry *r, struct rsp_pool *pool)
{
	struct subscribed *p = pool->subscribed;

	if (p == NULL)
		return;
	if (p->resting)
		p->dirty = true;
	else if (rsp_list_is_empty(&p->turn))
		rsp_list_add(&r->subscriptions.changed, &p->turn);
}

/* Its last element is about to go, and so is the pool. */
static void
subscribed_ends(struct rsp_registry *r, struct rsp_pool *pool)
{
	/* the last one takes the list along, but not the pool */
	while (pool->subscribed != NULL) {
		struct subscription *s =
		    RSP_CONTAINER(pool->subscribed->all.next,
			struct subscription, of_pool);
		struct rsp_assoc *a = s->assoc;

		end(r, s);
		registry_refuse_handle(r, a, 0, rsp_pool_handle(pool),
		    RSP_CAUSE_HANDLE, 0);
	}
}

static void
owe(struct rsp_registry *r, struct subscribed *p, rsp_time now)
{
	RSP_LIST_EACH(l, &p->all)
	{
		struct subscription *s =
		    RSP_CONTAINER(l, struct subscription, of_pool);

		if (rsp_list_is_empty(&s->owed))
			rsp_list_add(s->assoc->subscriber.held
					 ? &s->assoc->subscriber.owed
					 : &r->subscriptions.owed,
			    &s->owed);
	}
	rsp_list_remove(&p->turn);
	rsp_list_add(&r->subscriptions.resting, &p->turn);
	p->resting = true;
	p->dirty = false;
	p->told = now;
}

static struct subscribed *
pool_at(struct rsp_list *turn)
{
	return RSP_CONTAINER(turn, struct subscribed, turn);
}

static rsp_time
rested_at(const struct rsp_registry *r)
{
	struct rsp_list *first = r->subscriptions.resting.next;

	if (first == &r->subscriptions.resting)
		return RSP_NEVER;
	return rsp_time_add(pool_at(first)->told, r->config.update_interval);
}

/* RFC 5352 gives a client no way to ask for fewer, so pacing is ours. */
static void
look_at_pools(struct rsp_registry *r, rsp_time now)
{
	while (rsp_time_reached(rested_at(r), now)) {
		struct subscribed *p = pool_at(r->subscriptions.resting.next);
		bool dirty = p->dirty;

		forget_pool(p);
		if (dirty)
			subscribed_changed(r, p->pool);
	}
	while (!rsp_list_is_empty(&r->subscriptions.changed))
		owe(r, pool_at(r->subscriptions.changed.next), now);
}

/* An update is no selection: round robin stays where it is. */
static void
tell(struct rsp_registry *r, struct subscription *s)
{
	rsp_list_remove(&s->owed);
	if (!rsp_list_is_empty(&s->assoc->broken))
		return;
	if (!registry_answer(r, s->assoc, s->pool, s->items,
		RSP_FLAG_ACCEPT_UPDATES, false))
		registry_refuse_handle(r, s->assoc, RSP_FLAG_ACCEPT_UPDATES,
		    rsp_pool_handle(s->pool), RSP_CAUSE_RESOURCES, 0);
}

void
subscriptions_run(struct rsp_registry *r, rsp_time now)
{
	struct rsp_list *owed = &r->subscriptions.owed;
	unsigned left = AT_ONCE;

	look_at_pools(r, now);
	for (; left > 0 && r->outbox.len < BYTES_AT_ONCE &&
	       !rsp_list_is_empty(owed);
	     left--)
		tell(r, RSP_CONTAINER(owed->next, struct subscription, owed));
}

rsp_time
subscriptions_first(const struct rsp_registry *r)
{
	if (!rsp_list_is_empty(&r->subscriptions.owed) ||
	    !rsp_list_is_empty(&r->subscriptions.changed))
		return 0; /* at once */
	return rested_at(r);
}

void
rsp_registry_hold(struct rsp_registry *r, struct rsp_assoc *a, bool held)
{
	struct subscriber *s = &a->subscriber;

	s->held = held;
	if (held)
		RSP_LIST_EACH(l, &s->all)
		{
			struct subscription *one =
			    RSP_CONTAINER(l, struct subscription, of_assoc);

			if (rsp_list_is_empty(&one->owed))
				continue;
			rsp_list_remove(&one->owed);
			rsp_list_add(&s->owed, &one->owed);
		}
	else
		rsp_list_join(&r->subscriptions.owed, &s->owed);
	if (!held)
		table_go_on(r, a);
}

void
subscribed_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct rsp_entry *e)
{
	if (event == RSP_EVENT_PE_REMOVED && e->pool->select.n == 1) {
		quotas_pool_ends(r, e->pool);
		subscribed_ends(r, e->pool);
	} else
		subscribed_changed(r, e->pool);
}
