/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_registry.c - fuzz target: any order of events for one registrar
 *
 * The input is a program for a shell with a few associations: which of them
 * connect and hang up, what comes in, how much time passes.  The shell keeps
 * its own books by what the registrar reports.  It aborts when both differ,
 * when a request has no answer or two, or when something outlives its life
 * line.  What cannot be seen from there is audited after every step.
 */
#include "rsp/core/registry/registry.h"
#include "tests/lib/registry_audit.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASSOCS 5
#define POOLS 4
#define IDS 6

enum op {
	OPEN,
	CLOSE,
	REGISTER,
	DEREGISTER,
	RESOLVE,
	ACKNOWLEDGE,
	REPORT,
	RAW,
	TICK,
	PASS,
	CONFIGURE,
	OPS,
};

struct shell {
	struct rsp_registry *r;
	struct rsp_registry_config config;
	struct rsp_cursor program;
	rsp_time now;
	struct rsp_assoc *assocs[ASSOCS];
	bool subscribed[ASSOCS][POOLS + 1];
	bool there[POOLS][IDS]; /* by the events */
	uint32_t dice;
	struct rsp_assoc *sender; /* of the request under way */
	uint8_t response;	  /* the type that it must have */
	unsigned answers;	  /* of that type to that sender */
};

static uint32_t
dice(void *ctx)
{
	struct shell *s = ctx;

	return fuzz_random(&s->dice);
}

/* Handles that differ in case only, among others. */
static const char *const handles[POOLS] = { "P", "Echo", "echo", "ECHO" };

static struct rsp_span
handle_of(unsigned pool)
{
	return (struct rsp_span){ (const uint8_t *)handles[pool],
		strlen(handles[pool]) };
}

/* POOLS: none of ours (raw input may bring others). */
static unsigned
pool_of(struct rsp_span handle)
{
	unsigned i;

	for (i = 0; i < POOLS; i++)
		if (rsp_span_equal(handle, handle_of(i)))
			break;
	return i;
}

static void
on_event(struct shell *s, const struct rsp_out *out)
{
	unsigned pool = pool_of(out->handle);
	bool *there;

	if (pool == POOLS || out->pe_id >= IDS)
		return;
	there = &s->there[pool][out->pe_id];
	switch (out->event) {
	case RSP_EVENT_PE_ADDED:
		promise(!*there, "only a stranger is added");
		promise(out->pe != NULL && out->pe->id == out->pe_id,
		    "who is added has values");
		*there = true;
		break;
	case RSP_EVENT_PE_UPDATED:
		promise(*there && out->pe != NULL, "only a member is updated");
		break;
	case RSP_EVENT_PE_REMOVED:
		promise(*there, "only a member is removed");
		promise(out->reason != NULL, "there is a reason to remove");
		*there = false;
		break;
	case RSP_EVENT_REPORT:
		promise(*there, "only a member is reported");
		break;
	case RSP_EVENT_REJECTED:
	default:
		break;
	}
}

static void
check_answer(const struct shell *s, const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	unsigned pool = pool_of(m->handle), n = 0;
	bool seen[IDS] = { false };
	struct rsp_pe pe;

	for (; rsp_next_pe(&c, &pe, NULL); n++) {
		if (pool == POOLS || pe.id >= IDS)
			continue;
		promise(s->there[pool][pe.id], "answers list members");
		promise(!seen[pe.id], "answers list nobody twice");
		promise(pe.policy.type == m->policy.type,
		    "members have their pool's policy");
		seen[pe.id] = true;
	}
	promise((n == 0) == m->has_error, "an answer lists or refuses");
}

/* Is it to be told of changes?  Pools of raw input are one. */
static bool *
subscription(struct shell *s, const struct rsp_assoc *a, struct rsp_span handle)
{
	unsigned i;

	for (i = 0; i < ASSOCS - 1 && s->assocs[i] != a; i++)
		;
	return &s->subscribed[i][pool_of(handle)];
}

static void
on_send(struct shell *s, const struct rsp_out *out)
{
	struct rsp_message m;
	bool asked, *subscribed;

	promise(rsp_message_decode(RSP_ASAP, out->bytes, &m, NULL) == RSP_OK,
	    "what is sent is a message");
	if (out->assoc == s->sender && m.type == s->response)
		s->answers++;
	asked = out->assoc == s->sender && m.type == s->response;
	switch (m.type) {
	case RSP_ASAP_RESOLUTION_RESPONSE:
		check_answer(s, &m);
		subscribed = subscription(s, out->assoc, m.handle);
		promise(asked || *subscribed,
		    "who did not ask or subscribe gets no answer");
		*subscribed = (m.flags & RSP_FLAG_ACCEPT_UPDATES) != 0;
		break;
	case RSP_ASAP_REGISTRATION_RESPONSE:
		promise(asked, "who did not ask gets no answer");
		break;
	case RSP_ASAP_DEREGISTRATION_RESPONSE: /* also when a life ends */
	case RSP_ASAP_ERROR:
	case RSP_ASAP_KEEP_ALIVE:
		break;
	default:
		promise(false, "a registrar sends no such message");
	}
}

static void
drain(struct shell *s)
{
	struct rsp_registry_counts counts;
	struct rsp_out out;
	unsigned i;

	while (rsp_registry_output(s->r, &out)) {
		if (out.assoc != NULL) {
			for (i = 0; i < ASSOCS; i++)
				if (s->assocs[i] == out.assoc)
					break;
			promise(i < ASSOCS, "there is such an association");
			promise(out.user == &s->assocs[i], "it is that user's");
		}
		if (out.kind == RSP_OUT_EVENT)
			on_event(s, &out);
		else
			promise(out.assoc != NULL, "it is sent to somebody");
		if (out.kind == RSP_OUT_SEND)
			on_send(s, &out);
	}
	rsp_registry_count(s->r, &counts);
	promise(counts.pools <= counts.elements, "no pool is empty");
}

static void
open_assoc(struct shell *s, unsigned i, uint8_t how)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP,
		.local = (how & 0x10) != 0 };
	static const uint16_t types[] = { RSP_PARAM_TCP, RSP_PARAM_SCTP, 0 };

	if (s->assocs[i] != NULL)
		return;
	info.remote.type = types[how % 3];
	info.remote.port = 1000;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] =
	    (struct rsp_address){ 4, { 10, 0, 0, how & 3 } };
	s->assocs[i] = rsp_registry_open(s->r, s->now, &info, &s->assocs[i]);
}

static void
close_assoc(struct shell *s, unsigned i)
{
	struct rsp_assoc *a = s->assocs[i];

	if (a == NULL)
		return;
	s->assocs[i] = NULL;
	memset(s->subscribed[i], 0, sizeof(s->subscribed[i]));
	rsp_registry_close(s->r, s->now, a);
}

static int
input(struct shell *s, unsigned i, struct rsp_span bytes, uint8_t response)
{
	int err;

	if (s->assocs[i] == NULL)
		return RSP_ESTATE;
	s->sender = s->assocs[i];
	s->response = response;
	s->answers = 0;
	err = rsp_registry_input(s->r, s->now, s->sender, bytes);
	drain(s);
	s->sender = NULL;
	if (err != RSP_OK)
		close_assoc(s, i);
	return err;
}

/* `response` 0: there is none. */
static void
send(struct shell *s, unsigned i, const struct rsp_message *m, uint8_t response)
{
	uint8_t room[256];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	if (input(s, i, rsp_builder_span(&b), response) == RSP_OK)
		promise(s->answers == (response != 0),
		    "a request has one answer");
}

static void
send_registration(struct shell *s, unsigned i, struct rsp_message *m)
{
	static const uint32_t policies[] = { 0, 1, 2, 3, 4, 5, 0x40000001,
		0x40000002, 0x40000003, 0x40000004, 0xb0002002, 0x80000099 };
	uint8_t how = rsp_get_u8(&s->program), x = rsp_get_u8(&s->program);
	struct rsp_pe *pe = &m->pe;

	pe->id = m->pe_id;
	pe->life = (int8_t)rsp_get_u8(&s->program);
	pe->user.type = RSP_PARAM_TCP + how / 16 % 2;
	if ((how & 0x20) != 0) {
		pe->user.type = RSP_PARAM_SCTP;
		pe->user.use = how / 4 % 4; /* 2 and 3: invalid values */
	}
	pe->user.port = how / 64; /* 0: invalid */
	pe->user.n_addresses = pe->user.type == RSP_PARAM_SCTP ? 2 : 1;
	pe->user.addresses[0] =
	    (struct rsp_address){ 4, { 10, 0, 0, how & 3 } };
	pe->user.addresses[1] = (struct rsp_address){ 4, { 10, 0, 0, 1 } };
	pe->policy.type = policies[x % 12];
	pe->policy.n_words = x / 16 % 4;
	pe->policy.words[0] = rsp_get_u8(&s->program);
	send(s, i, m, RSP_ASAP_REGISTRATION_RESPONSE);
}

static void
request(struct shell *s, unsigned i, uint8_t type, uint8_t x)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.handle = handle_of(x % POOLS);
	m.pe_id = x / POOLS % IDS;
	switch (type) {
	case RSP_ASAP_REGISTRATION:
		send_registration(s, i, &m);
		break;
	case RSP_ASAP_RESOLUTION:
		m.has_items = (x & 0x80) != 0;
		m.items = x & 0x60 ? 2 : 0xffffffff;
		m.any_case = (x & 0x10) != 0;
		m.flags = (x & 8) != 0 ? RSP_FLAG_SUBSCRIBE : 0;
		send(s, i, &m, RSP_ASAP_RESOLUTION_RESPONSE);
		break;
	case RSP_ASAP_DEREGISTRATION:
		send(s, i, &m, RSP_ASAP_DEREGISTRATION_RESPONSE);
		break;
	default:
		send(s, i, &m, 0);
	}
}

/* Bytes of the program, as they are. */
static void
raw(struct shell *s, unsigned i, uint8_t len)
{
	struct rsp_span bytes = rsp_get_span(&s->program,
	    len < s->program.left ? len : s->program.left);
	uint8_t response = 0;

	if (bytes.len > 0 && bytes.at[0] == RSP_ASAP_REGISTRATION)
		response = RSP_ASAP_REGISTRATION_RESPONSE;
	if (bytes.len > 0 && bytes.at[0] == RSP_ASAP_RESOLUTION)
		response = RSP_ASAP_RESOLUTION_RESPONSE;
	input(s, i, bytes, response);
}

static void
pass(struct shell *s, rsp_time at)
{
	if (at != RSP_NEVER && at > s->now)
		s->now = at;
	rsp_registry_tick(s->r, s->now);
	drain(s);
	promise(rsp_registry_deadline(s->r) > s->now,
	    "what is due is done in one tick");
}

static void
configure(struct shell *s, uint8_t x)
{
	s->config.third_party = (x & 1) != 0;
	s->config.max_pools = x & 2 ? 2 : 100;
	s->config.max_pes_per_pool = x & 4 ? 1 : 100;
	s->config.max_pes_per_association = x & 8 ? 1 : 100;
	s->config.max_bad_pe_report = x & 16 ? 1 : 3;
	s->config.keep_alive_interval = x & 32 ? 1000 : 30000;
	rsp_registry_configure(s->r, &s->config);
}

static void
step(struct shell *s)
{
	uint8_t op = rsp_get_u8(&s->program), x = rsp_get_u8(&s->program);
	unsigned i = op / OPS % ASSOCS;

	switch ((enum op)(op % OPS)) {
	case OPEN:
		open_assoc(s, i, x);
		break;
	case CLOSE:
		close_assoc(s, i);
		break;
	case REGISTER:
		request(s, i, RSP_ASAP_REGISTRATION, x);
		break;
	case DEREGISTER:
		request(s, i, RSP_ASAP_DEREGISTRATION, x);
		break;
	case RESOLVE:
		request(s, i, RSP_ASAP_RESOLUTION, x);
		break;
	case ACKNOWLEDGE:
		request(s, i, RSP_ASAP_KEEP_ALIVE_ACK, x);
		break;
	case REPORT:
		request(s, i, RSP_ASAP_UNREACHABLE, x);
		break;
	case RAW:
		raw(s, i, x);
		break;
	case TICK:
		pass(s, rsp_registry_deadline(s->r));
		break;
	case PASS:
		pass(s, s->now + x * 50);
		break;
	case CONFIGURE:
		configure(s, x);
		break;
	case OPS:
		break;
	}
	registry_audit(s->r);
	drain(s);
}

/* All hang up: after the grace nobody is left. */
static void
end(struct shell *s)
{
	struct rsp_registry_counts counts;
	unsigned i, k;

	for (i = 0; i < ASSOCS; i++)
		close_assoc(s, i);
	drain(s);
	pass(s, s->now + s->config.lifeline_grace);
	rsp_registry_count(s->r, &counts);
	promise(counts.elements == 0 && counts.pools == 0,
	    "nobody outlives the life line");
	promise(counts.associations == 0, "associations are counted");
	for (i = 0; i < POOLS; i++)
		for (k = 0; k < IDS; k++)
			promise(!s->there[i][k], "every end is reported");
	rsp_registry_free(s->r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell s = { .dice = 1 };

	rsp_registry_config_init(&s.config);
	s.config.server_id = 0x11111111;
	s.config.random = dice;
	s.config.ctx = &s;
	s.r = rsp_registry_new(&s.config);
	if (s.r == NULL)
		return 0;
	s.program = rsp_cursor_over((struct rsp_span){ data, size });
	while (s.program.left > 0)
		step(&s);
	end(&s);
	return 0;
}
