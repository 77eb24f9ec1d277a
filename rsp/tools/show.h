/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - a pool and its elements, for people and as JSON */
#ifndef RSP_SHOW_H
#define RSP_SHOW_H

#include "rsp/core/user/cache.h"
#include "rsp/core/wire/param.h"
#include "rsp/core/base/span.h"
#include "rsp/tools/json.h"

struct show_pool {
	struct rsp_span handle; /* shown as rsp-resolve takes it: %XX */
	uint32_t policy;	/* its type */
	bool unknown;		/* to the registrar; there are no elements */
	const char *registrar;	/* NULL: this is what the cache has */
	unsigned n_elements;
	bool part; /* the answer is full: there may be more */
	/* of the cache's answer only: */
	int64_t age_ms; /* below 0: unknown */
	unsigned n_dead;
	uint64_t counters[RSP_CACHE_COUNTERS];
};

struct show_element {
	struct rsp_pe pe;
	bool dead; /* the cache has a mark; ignored when a registrar answered */
};

/* The name of a policy, "round-robin", or its number; returns `text`. */
const char *show_policy(uint32_t type, char text[40]);

/* What is said of an element everywhere: members of a JSON object, or a line
 * without its end. */
void show_pe_json(struct json *j, const struct rsp_pe *pe);
void show_pe_text(FILE *out, const struct rsp_pe *pe);

/* "tcp 192.0.2.1:9901", or members of a JSON object. */
void show_transport_json(struct json *j, const struct rsp_transport *t);
void show_transport_text(FILE *out, const struct rsp_transport *t);

/* Both of one answer's: does the message hold as much as a message can? */
bool show_is_part(struct rsp_span handle, struct rsp_span elements);

/* In this order: begin, the elements, end. */
struct show;
struct show *show_new(bool json);
void show_begin(struct show *s, const struct show_pool *p);
void show_element(struct show *s, const struct show_element *e);
void show_end(struct show *s); /* frees it */

#endif
