/* SPDX-License-Identifier: Apache-2.0 */
/* show.c - one row per element, or one JSON object for all */
#include "rsp/tools/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/wire/pool_name.h"
#include "rsp/core/pool/policy.h"
#include "rsp/tools/json.h"

struct show {
	bool as_json;
	bool cached;
	struct json json;
};

/* The largest multiple of 4 that a message's length can say. */
#define MESSAGE_MOST 65532

/* Message and parameter headers, in front of the handle. */
#define IN_FRONT 8

bool
show_is_part(struct rsp_span handle, struct rsp_span elements)
{
	const uint8_t *end = elements.at + elements.len;
	struct rsp_cursor c = rsp_cursor_over(elements);
	struct rsp_span whole;
	size_t longest = 0;
	struct rsp_pe pe;

	while (rsp_next_pe(&c, &pe, &whole))
		if (whole.len > longest)
			longest = whole.len;
	return longest > 0 && elements.at > handle.at &&
	       (size_t)(end - handle.at) + IN_FRONT + longest > MESSAGE_MOST;
}

struct show *
show_new(bool json)
{
	struct show *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->as_json = json;
		s->json.out = stdout;
	}
	return s;
}

const char *
show_policy(uint32_t type, char text[40])
{
	const char *name = rsp_policy_def(type)->name;

	if (name != NULL)
		snprintf(text, 40, "%s", name);
	else
		snprintf(text, 40, "0x%08" PRIx32, type);
	return text;
}

/* In the order of enum rsp_cache_counter. */
static const struct {
	const char *member, *one, *many;
} counters[RSP_CACHE_COUNTERS] = {
	{ "hits", "hit", "hits" },
	{ "asked", "question", "questions" },
	{ "moves", "move", "moves" },
	{ "lost", "failed move", "failed moves" },
};

static void
cache_json(struct json *j, const struct show_pool *p)
{
	json_raw(j, "registrar", "null");
	if (p->age_ms < 0)
		json_raw(j, "age", "null");
	else
		json_number(j, "age", p->age_ms / 1000);
	for (unsigned i = 0; i < RSP_CACHE_COUNTERS; i++)
		json_number(j, counters[i].member, (int64_t)p->counters[i]);
}

static void
begin_json(struct show *s, const struct show_pool *p, const char *handle,
    const char *policy)
{
	struct json *j = &s->json;

	json_open(j, NULL, '{');
	json_string(j, "pool", handle);
	if (p->unknown)
		json_raw(j, "policy", "null");
	else
		json_string(j, "policy", policy);
	if (p->registrar != NULL)
		json_string(j, "registrar", p->registrar);
	else
		cache_json(j, p);
	if (p->part)
		json_bool(j, "part", true);
	json_open(j, "elements", '[');
}

/* "from the cache, 0.250 s old, 1 known to be dead; 12 hits, 2 questions, ..."
 */
static void
cache_text(const struct show_pool *p)
{
	printf("from the cache");
	if (p->age_ms >= 0)
		printf(", %" PRId64 ".%03d s old", p->age_ms / 1000,
		    (int)(p->age_ms % 1000));
	if (p->n_dead > 0)
		printf(", %u known to be dead", p->n_dead);
	for (unsigned i = 0; i < RSP_CACHE_COUNTERS; i++)
		printf("%s %" PRIu64 " %s", i == 0 ? ";" : ",", p->counters[i],
		    p->counters[i] == 1 ? counters[i].one : counters[i].many);
	putchar('\n');
}

static void
begin_text(const struct show_pool *p, const char *handle, const char *policy)
{
	if (p->unknown) {
		printf("%s: no such pool, from %s\n", handle, p->registrar);
		return;
	}
	printf("%s: %s, %u element%s%s, ", handle, policy, p->n_elements,
	    p->n_elements == 1 ? "" : "s",
	    p->part ? " (as many as an answer holds, there may be more)" : "");
	if (p->registrar != NULL)
		printf("from %s\n", p->registrar);
	else
		cache_text(p);
}

void
show_begin(struct show *s, const struct show_pool *p)
{
	char *handle = malloc(RSP_POOL_NAME_ESCAPED(p->handle.len) + 4);
	char policy[40];

	s->cached = p->registrar == NULL;
	if (handle == NULL)
		return;
	rsp_pool_name_escape(p->handle, handle,
	    RSP_POOL_NAME_ESCAPED(p->handle.len) + 4);
	show_policy(p->policy, policy);
	if (s->as_json)
		begin_json(s, p, handle, policy);
	else
		begin_text(p, handle, policy);
	free(handle);
}

static void
policy_json(struct json *j, const struct rsp_policy *p)
{
	const struct rsp_policy_def *def = rsp_policy_def(p->type);
	char text[40], word[RSP_WORD_TEXT];

	json_open(j, "policy", '{');
	json_string(j, "type", show_policy(p->type, text));
	if (def->name == NULL && p->n_words > 0) {
		json_open(j, "words", '[');
		for (unsigned i = 0; i < p->n_words; i++)
			json_number(j, NULL, p->words[i]);
		json_close(j, ']');
	}
	for (unsigned i = 0; def->name != NULL && i < def->n_words; i++)
		json_raw(j, def->words[i].name,
		    rsp_word_text(def->words[i].kind, p->words[i], word));
	json_close(j, '}');
}

/* The bytes of an opaque transport in hex, allocated; NULL when there is no
 * memory. */
static char *
opaque_text(struct rsp_span bytes)
{
	char *text = calloc(2, bytes.len + 1);

	for (size_t i = 0; text != NULL && i < bytes.len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.at[i]);
	return text;
}

static void
opaque_json(struct json *j, struct rsp_span bytes)
{
	char *text = opaque_text(bytes);

	json_string(j, "opaque", text != NULL ? text : "");
	free(text);
}

/* What only some transports have. */
static void
show_rest_text(FILE *out, const struct rsp_transport *t)
{
	char *text;

	if (t->type == RSP_PARAM_OPAQUE) {
		text = opaque_text(t->opaque);
		fputs(text != NULL ? text : "", out);
		free(text);
	}
	if (t->use != 0)
		fputs(" (data and control)", out);
	if (t->type == RSP_PARAM_DCCP)
		fprintf(out, " (service 0x%08" PRIx32 ")", t->service_code);
}

void
show_transport_json(struct json *j, const struct rsp_transport *t)
{
	char text[RSP_SOCKADDR_TEXT];

	json_string(j, "transport", rsp_transport_word(t->type));
	json_open(j, "addresses", '[');
	for (unsigned i = 0; i < t->n_addresses; i++)
		json_string(j, NULL, rsp_address_text(&t->addresses[i], text));
	json_close(j, ']');
	if (t->type == RSP_PARAM_OPAQUE)
		opaque_json(j, t->opaque);
	else
		json_number(j, "port", t->port);
	if (t->type == RSP_PARAM_SCTP)
		json_string(j, "use",
		    t->use == 0 ? "data" : "data-and-control");
	if (t->type == RSP_PARAM_DCCP)
		json_hex(j, "service", t->service_code);
}

void
show_transport_text(FILE *out, const struct rsp_transport *t)
{
	char text[RSP_SOCKADDR_TEXT];

	fprintf(out, "%s ", rsp_transport_word(t->type));
	for (unsigned i = 0; i < t->n_addresses; i++)
		fprintf(out, "%s%s", i > 0 ? "," : "",
		    rsp_hostport_text(&t->addresses[i], t->port, text));
	show_rest_text(out, t);
}

void
show_pe_json(struct json *j, const struct rsp_pe *pe)
{
	json_hex(j, "id", pe->id);
	json_hex(j, "home", pe->home);
	show_transport_json(j, &pe->user);
	policy_json(j, &pe->policy);
	json_number(j, "life", pe->life);
}

void
show_pe_text(FILE *out, const struct rsp_pe *pe)
{
	char policy[RSP_POLICY_TEXT];

	fprintf(out, "  0x%08" PRIx32 "  ", pe->id);
	show_transport_text(out, &pe->user);
	fprintf(out, "  %s  home 0x%08" PRIx32,
	    rsp_policy_text(&pe->policy, policy), pe->home);
	if (pe->life == RSP_LIFE_FOREVER)
		fputs("  life unlimited", out);
	else
		fprintf(out, "  life %" PRId32 " s", pe->life);
}

static void
element_json(struct json *j, const struct show_element *e, bool cached)
{
	json_open(j, NULL, '{');
	show_pe_json(j, &e->pe);
	if (cached)
		json_bool(j, "dead", e->dead);
	json_close(j, '}');
}

static void
element_text(const struct show_element *e, bool cached)
{
	show_pe_text(stdout, &e->pe);
	puts(cached && e->dead ? "  dead" : "");
}

void
show_element(struct show *s, const struct show_element *e)
{
	if (s->as_json)
		element_json(&s->json, e, s->cached);
	else
		element_text(e, s->cached);
}

void
show_end(struct show *s)
{
	if (s->as_json) {
		json_close(&s->json, ']');
		json_close(&s->json, '}');
		putchar('\n');
	}
	free(s);
}
