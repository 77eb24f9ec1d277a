/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_resolver.c - fuzz target: the pool user, with registrars that may answer
 * anything
 *
 * The input is a program for a shell around a resolver, the cache and the
 * choice: questions, what becomes of the connections, answers well made, bent
 * or cut to pieces, time, and other processes that write into the cache.  The
 * shell aborts when a step is one that resolver.h rules out, when a question
 * does not end, when an answer comes out of the cache as another one, or when
 * an order of choice is none.
 */
#include <stdlib.h>

#include "rsp/core/user/cache.h"
#include "rsp/core/pool/select_user.h"
#include "rsp/core/base/error.h"
#include "rsp/core/user/resolver.h"
#include "tests/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op {
	ASK,
	STEP,
	PASS, /* some time */
	CONNECTED,
	FAILED,
	ANSWER, /* with elements */
	ERROR,	/* with a cause */
	RAW,	/* bytes of the input */
	CHOOSE, /* from what the cache has */
	REPORT,
	SCRIBBLE, /* another process writes into the cache */
	OPS,
};

#define TURNS 3
#define ANSWER_ROOM 2048
#define POOLS 4

static const char *const names[POOLS] = { "Web", "wEB", "Cache", "x" };

struct shell {
	struct rsp_cursor program;
	rsp_time now;
	uint32_t dice;

	struct rsp_resolver r;
	bool asking;
	unsigned pool;
	unsigned asked; /* registrars that a connection was asked to */
	uint8_t out[128], in[ANSWER_ROOM], reports[64];

	struct rsp_cache *cache; /* NULL until it is needed: it is large */
	bool trusted;		 /* nobody else has written into it */
};

static uint64_t words[3][RSP_ANSWER_WORDS];

static struct rsp_span
name_of(unsigned pool)
{
	return (struct rsp_span){ (const uint8_t *)names[pool],
		strlen(names[pool]) };
}

static struct rsp_cache *
cache(struct shell *s)
{
	static const struct rsp_cache_id id = { "boot", 1 };

	if (s->cache == NULL) {
		s->cache = calloc(1, rsp_cache_size());
		if (s->cache == NULL)
			abort();
		rsp_cache_format(s->cache, &id);
	}
	return s->cache;
}

static void
ask(struct shell *s, uint8_t how)
{
	struct rsp_resolver_config config = {
		.n_turns = 1 + how % TURNS,
		.turns = { 0, 1, 2 },
		.t1_ms = 100,
		.deadline = s->now + 250,
		.any_case = (how & 4) != 0,
		.items = how & 8 ? 128 : 0,
		.out = s->out,
		.out_size = sizeof(s->out),
		.in = s->in,
		.in_size = sizeof(s->in),
	};
	struct rsp_builder b = rsp_builder_into(s->reports, sizeof(s->reports));

	s->pool = how >> 6;
	if ((how & 16) == 0)
		config.handle = name_of(s->pool);
	if ((how & 32) != 0)
		rsp_resolver_put_report(&b, name_of(s->pool), how);
	config.reports = rsp_builder_span(&b);
	promise(rsp_resolver_init(&s->r, &config, s->now) == RSP_OK,
	    "a short question fits");
	s->asking = true;
	s->asked = 0;
}

/* What was published is what is read, but for a cache that others write. */
static void
publish(struct shell *s)
{
	struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
	struct rsp_answer b = { words[1], RSP_ANSWER_WORDS, 0 };
	struct rsp_answer other = { words[2], RSP_ANSWER_WORDS, 0 };
	int slot;

	if (rsp_answer_pack(&a, &s->r.policy, s->r.elements) != RSP_OK)
		return;
	promise(rsp_answer_count(&a) > 0, "an answer has an element");
	slot = rsp_cache_claim(cache(s), s->r.handle);
	if (slot < 0)
		return;
	rsp_cache_publish(s->cache, slot, &a, s->now, s->now, &other);
	if (!s->trusted)
		return;
	promise(rsp_cache_read(s->cache, slot, &b) == RSP_OK,
	    "what was published is there");
	promise(rsp_answer_equal(&a, &b), "and is what was published");
}

static void
done(struct shell *s)
{
	const struct rsp_resolver *r = &s->r;
	int slot;

	s->asking = false;
	switch (r->result) {
	case RSP_RESOLVER_FOUND:
		promise(r->config.handle.len > 0, "nobody answers no question");
		promise(r->turns[r->answered].turn == RSP_TURN_ANSWERED,
		    "who answered has answered");
		promise(r->elements.at >= s->in &&
			    r->elements.at + r->elements.len <=
				s->in + sizeof(s->in),
		    "an answer lies in its room");
		publish(s);
		break;
	case RSP_RESOLVER_UNKNOWN:
		slot = rsp_cache_lookup(cache(s), name_of(s->pool));
		if (slot >= 0)
			rsp_cache_unknown(s->cache, slot, s->now);
		break;
	case RSP_RESOLVER_REPORTED:
		promise(r->config.handle.len == 0, "a question has an answer");
		break;
	case RSP_RESOLVER_NOBODY:
	case RSP_RESOLVER_SEVERAL:
		break;
	}
}

/* One step; bytes to be sent go out in pieces. */
static void
step(struct shell *s)
{
	struct rsp_resolver_step st;

	if (!s->asking)
		return;
	switch (rsp_resolver_step(&s->r, s->now, &st)) {
	case RSP_STEP_CONNECT:
		promise(st.registrar < s->r.config.n_turns,
		    "there is such a registrar");
		promise(st.registrar + 1 >= s->asked, "nobody is asked twice");
		s->asked = st.registrar + 1;
		break;
	case RSP_STEP_SEND:
		promise(st.bytes.len > 0, "there is something to send");
		rsp_resolver_sent(&s->r,
		    1 + fuzz_random(&s->dice) % st.bytes.len);
		break;
	case RSP_STEP_WAIT:
		promise(st.room_size > 0, "there is room for more");
		break;
	case RSP_STEP_DONE:
		done(s);
		return;
	}
	promise(st.deadline <= s->r.config.deadline, "no step outlasts it all");
	promise(st.deadline > s->now, "a deadline is ahead");
}

/* Into the room that the last step offered, as the shell's read would. */
static void
receive(struct shell *s, struct rsp_span bytes)
{
	struct rsp_resolver_step st;
	size_t n;

	while (s->asking && bytes.len > 0) {
		if (rsp_resolver_step(&s->r, s->now, &st) != RSP_STEP_WAIT)
			return;
		n = 1 + fuzz_random(&s->dice) % bytes.len;
		n = n < st.room_size ? n : st.room_size;
		memcpy(st.room, bytes.at, n);
		rsp_resolver_received(&s->r, s->now, n);
		bytes.at += n;
		bytes.len -= n;
	}
}

static void
put_elements(struct shell *s, struct rsp_builder *b, unsigned n, uint32_t type)
{
	for (unsigned i = 0; i < n; i++) {
		const uint8_t kind = rsp_get_u8(&s->program);
		struct rsp_pe pe = { .id = kind & 15, .life = 90 };

		pe.user.type = kind & 16 ? RSP_PARAM_SCTP : RSP_PARAM_TCP;
		pe.user.port = kind;
		pe.user.n_addresses = kind & 16 ? 1 + (kind >> 5) : 1;
		for (unsigned k = 0; k < pe.user.n_addresses; k++)
			pe.user.addresses[k] =
			    (struct rsp_address){ kind & 32 ? 6 : 4,
				    { 10, (uint8_t)k, kind } };
		pe.policy.type = type;
		pe.policy.n_words = rsp_policy_def(type)->n_words;
		for (unsigned k = 0; k < pe.policy.n_words; k++)
			pe.policy.words[k] =
			    kind & 64 ? 0 : fuzz_random(&s->dice);
		rsp_put_pe(b, &pe);
	}
}

static void
answer(struct shell *s, uint8_t how)
{
	uint8_t room[ANSWER_ROOM], elements[1500];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_builder e = rsp_builder_into(elements, sizeof(elements));
	const struct rsp_policy_def *row = rsp_policy_row(how >> 4);
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION_RESPONSE);
	m.has_handle = true;
	m.handle = name_of((how & 8) != 0 ? s->pool : how % POOLS);
	m.has_policy = row != NULL;
	if (row != NULL)
		m.policy.type = row->type;
	put_elements(s, &e, how & 7, row != NULL ? row->type : RSP_POLICY_RR);
	if (e.overflow)
		return;
	m.elements = rsp_builder_span(&e);
	rsp_message_encode(&b, &m);
	receive(s, rsp_builder_span(&b));
}

static void
error(struct shell *s, uint8_t how)
{
	uint8_t room[256], causes[64];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_builder c = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP,
	    how & 128 ? RSP_ASAP_ERROR : RSP_ASAP_RESOLUTION_RESPONSE);
	m.has_handle = (how & 128) == 0;
	m.handle = name_of(s->pool);
	m.has_error = true;
	rsp_put_cause(&c, how & 31, (struct rsp_span){ 0 });
	if ((how & 32) != 0)
		rsp_put_cause(&c, RSP_CAUSE_INVALID, (struct rsp_span){ 0 });
	m.causes = rsp_builder_span(&c);
	rsp_message_encode(&b, &m);
	receive(s, rsp_builder_span(&b));
}

static void
choose(struct shell *s, uint8_t how)
{
	struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
	struct rsp_choice list[RSP_CHOICE_MAX];
	uint8_t order[RSP_CHOICE_MAX];
	bool seen[RSP_CHOICE_MAX] = { false };
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 0, found;
	int slot = rsp_cache_lookup(cache(s), name_of(how % POOLS));

	if (slot < 0 || rsp_cache_read(s->cache, slot, &a) != RSP_OK)
		return;
	while (n < RSP_CHOICE_MAX && rsp_answer_next(&a, &at, &pe)) {
		for (unsigned i = 0; i < pe.n_addresses; i++)
			rsp_answer_address(&a, &pe, i);
		list[n] = (struct rsp_choice){ .pe_id = pe.id, .uses = how };
		memcpy(list[n].words, pe.policy.words, sizeof(list[n].words));
		n++;
	}
	promise(n > 0 || !s->trusted, "who is cached has an element");
	found = rsp_choose(rsp_answer_policy(&a), list, n,
	    rsp_cache_advance(s->cache, slot) + rsp_answer_offset(&a),
	    fuzz_random, &s->dice, order);
	promise(found <= n, "no more are chosen than there are");
	for (unsigned i = 0; i < found; i++) {
		promise(order[i] < n && !seen[order[i]], "each at most once");
		seen[order[i]] = true;
	}
}

static void
report(struct shell *s, uint8_t how)
{
	int slot = rsp_cache_lookup(cache(s), name_of(how % POOLS));
	uint32_t id;

	if (slot >= 0 && how >= 128)
		rsp_cache_report(s->cache, slot, how, s->now);
	else if (rsp_cache_take_report(s->cache, &slot, &id, s->now))
		promise(slot >= 0, "a report is about a pool");
}

static void
scribble(struct shell *s)
{
	uint16_t at = rsp_get_u16(&s->program);
	uint32_t what = rsp_get_u32(&s->program);
	size_t size = rsp_cache_size() / 4, slot = (at * (size_t)40503) % size;

	s->trusted = false;
	/* the front, where the slots are, more often than the rest */
	memcpy((uint8_t *)cache(s) + (at & 1 ? slot : at % size) * 4, &what, 4);
}

static void
pass(struct shell *s, uint8_t ms)
{
	s->now += ms;
}

static void
run(struct shell *s)
{
	uint8_t op = rsp_get_u8(&s->program), x = rsp_get_u8(&s->program);

	switch ((enum op)(op % OPS)) {
	case ASK:
		ask(s, x);
		break;
	case STEP:
		step(s);
		break;
	case PASS:
		pass(s, x);
		break;
	case CONNECTED:
		rsp_resolver_connected(&s->r);
		break;
	case FAILED:
		rsp_resolver_failed(&s->r, x);
		break;
	case ANSWER:
		answer(s, x);
		break;
	case ERROR:
		error(s, x);
		break;
	case RAW:
		receive(s, rsp_get_span(&s->program,
			       x < s->program.left ? x : s->program.left));
		break;
	case CHOOSE:
		choose(s, x);
		break;
	case REPORT:
		report(s, x);
		break;
	case SCRIBBLE:
		scribble(s);
		break;
	case OPS:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shell s;

	memset(&s, 0, sizeof(s));
	s.now = 1000000;
	s.dice = 1;
	s.trusted = true;
	ask(&s, 0);
	s.program = rsp_cursor_over((struct rsp_span){ data, size });
	while (s.program.left > 0)
		run(&s);
	/* Nobody says anything more: it ends at its deadline. */
	s.now = rsp_time_add(s.now, 251);
	step(&s);
	promise(!s.asking, "a question ends at its deadline");
	free(s.cache);
	return 0;
}
