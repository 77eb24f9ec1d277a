/* SPDX-License-Identifier: Apache-2.0 */
/* sim_trace.c - trace of a simulation: one line for each message, event and
 * scene */
#include "tests/sim/sim_trace.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_scenario.h"
#include "tests/sim/sim_registrar.h"

#include <stdio.h>

#define TEXT 240

static bool
is_on(const struct sim_trace *t)
{
	return t->w->clock.now >= t->from;
}

static void
begin_line(const struct sim_trace *t)
{
	fprintf(stderr, "%11.6f ", (double)t->w->clock.now / SIM_S);
}

/* "r2", "e17", "u1" */
static const char *
name(const struct sim_trace *t, const struct sim_host *h, char *text,
    size_t size)
{
	unsigned n = h->number, r = t->w->config.registrars;
	unsigned e = t->w->config.elements;

	if (n < r)
		snprintf(text, size, "r%u", n + 1);
	else if (n < r + e)
		snprintf(text, size, "e%u", n - r + 1);
	else
		snprintf(text, size, "u%u", n - r - e + 1);
	return text;
}

static void
on_message(void *ctx, const struct sim_host *from, const struct sim_host *to,
    enum rsp_protocol protocol, struct rsp_span bytes)
{
	struct sim_trace *t = ctx;
	struct rsp_message m;
	char text[TEXT], a[16], b[16];

	if (!is_on(t))
		return;
	begin_line(t);
	if (rsp_message_decode(protocol, bytes, &m, NULL) == RSP_OK)
		rsp_message_text(&m, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "unreadable");
	fprintf(stderr, "%s>%s %s %s\n", name(t, from, a, sizeof(a)),
	    name(t, to, b, sizeof(b)), protocol == RSP_ENRP ? "enrp" : "asap",
	    text);
}

void
sim_trace_init(struct sim_trace *t, struct sim_world *w, uint64_t from)
{
	t->w = w;
	t->from = from;
	if (from == SIM_NEVER)
		return;
	w->net.watch = on_message;
	w->net.ctx = t;
}

void
sim_trace_scene(const struct sim_trace *t, const struct sim_scene *scene)
{
	char text[TEXT];

	if (!is_on(t))
		return;
	sim_scene_text(scene, text, sizeof(text));
	fprintf(stderr, "---- %s\n", text);
}

void
sim_trace_event(const struct sim_trace *t, const struct sim_registrar *r,
    const struct rsp_out *out)
{
	if (!is_on(t))
		return;
	begin_line(t);
	fprintf(stderr, "r%u %08x: %s", r->number + 1, r->id,
	    rsp_registry_event_text(out->event));
	if (out->pe_id != 0)
		fprintf(stderr, " %.*s/%08x", (int)out->handle.len,
		    (const char *)out->handle.at, out->pe_id);
	fprintf(stderr, " server %08x other %08x n %u%s%s\n", out->server_id,
	    out->other_id, (unsigned)out->n, out->reason == NULL ? "" : ": ",
	    out->reason == NULL ? "" : out->reason);
}
