/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c - what is said to elements that a living peer suggests (draft
 * enrp-takeover)
 *
 * A keep-alive for each, which waits until the call is up.  What was said is
 * remembered for as long as the answer may take: a peer that repeats itself has
 * an element called once, and neither memory nor the element feels it.
 */
#include "rsp/core/registry/suggest.h"

#include <stdlib.h>

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/registry_inner.h"

/* Of all that is remembered, at most: beyond this the element comes by itself
 * when its home ends. */
#define BYTES_MAX ((size_t)16 << 20)

#define FIXED 40 /* of a keep-alive, beside the handle */

struct word {
	struct rsp_hash_node by_word; /* key: the element's identifier */
	struct rsp_list of_call;
	uint32_t pool; /* its number */
	bool said;
	rsp_time at;
	uint16_t len;
	size_t size;
	uint8_t bytes[];
};

static uint32_t
hash_of(const struct rsp_registry *r, const struct rsp_entry *e)
{
	return rsp_hash_pair(&r->space.seed, e->pool->number, rsp_entry_id(e));
}

static void
forget(struct rsp_registry *r, struct word *w)
{
	rsp_list_remove(&w->of_call);
	rsp_hash_remove(&r->enrp.by_word, &w->by_word);
	r->enrp.word_bytes -= w->size;
	free(w);
}

void
suggest_forget(struct rsp_registry *r, struct call *c)
{
	RSP_LIST_EACH(l, &c->words)
	forget(r, RSP_CONTAINER(l, struct word, of_call));
}

/* Who has not answered by now may be told again. */
static void
forget_old(struct rsp_registry *r, rsp_time now, struct call *c)
{
	RSP_LIST_EACH(l, &c->words)
	{
		struct word *w = RSP_CONTAINER(l, struct word, of_call);

		if (!w->said ||
		    now < rsp_time_add(w->at, r->config.keep_alive_timeout))
			return;
		forget(r, w);
	}
}

bool
suggest_is_told(struct rsp_registry *r, rsp_time now, struct call *c,
    const struct rsp_entry *e)
{
	struct rsp_hash_node *node;

	forget_old(r, now, c);
	node = rsp_hash_find(&r->enrp.by_word, hash_of(r, e), rsp_entry_id(e));
	for (; node != NULL; node = rsp_hash_find_next(node))
		if (RSP_CONTAINER(node, struct word, by_word)->pool ==
		    e->pool->number)
			return true;
	return false;
}

bool
suggest_note(struct rsp_registry *r, rsp_time now, struct call *c,
    const struct rsp_entry *e)
{
	size_t room = e->pool->handle_len + FIXED;
	struct rsp_builder b;
	struct word *w;

	if (r->enrp.word_bytes + sizeof(*w) + room > BYTES_MAX)
		return false;
	w = malloc(sizeof(*w) + room);
	if (w == NULL)
		return false;
	b = rsp_builder_into(w->bytes, room);
	registry_put_keep_alive(r, &b, e, RSP_FLAG_HOME);
	w->len = (uint16_t)rsp_builder_span(&b).len;
	w->size = sizeof(*w) + room;
	w->pool = e->pool->number;
	w->said = false;
	w->at = now;
	w->by_word.hash = hash_of(r, e);
	w->by_word.key = rsp_entry_id(e);
	rsp_hash_add(&r->enrp.by_word, &w->by_word);
	rsp_list_add(&c->words, &w->of_call);
	r->enrp.word_bytes += w->size;
	return true;
}

void
suggest_say(struct rsp_registry *r, struct call *c)
{
	RSP_LIST_EACH(l, &c->words)
	{
		struct word *w = RSP_CONTAINER(l, struct word, of_call);
		struct rsp_builder b;

		if (w->said)
			continue;
		w->said = true;
		b = rsp_outbox_open(&r->outbox);
		rsp_put_span(&b, (struct rsp_span){ w->bytes, w->len });
		registry_sent(r, c->assoc, &b);
	}
}
