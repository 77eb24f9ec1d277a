/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_element.c - fuzz target: any order of events for one pool element
 *
 * The input is a program for a shell with three links: what comes up, breaks,
 * comes in, how much time passes.  The shell keeps its own books and aborts
 * when the element asks for something that element.h rules out, sends bytes
 * that are no message, or does not end when told to leave.
 */
#include "rsp/core/element/element.h"
#include "tests/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op {
	TICK, /* at the deadline */
	PASS, /* some time */
	OPENED,
	CLOSED,
	ANSWER,	  /* a response to its element */
	STRANGER, /* the same about another one */
	KEEP_ALIVE,
	RAW, /* bytes of the input */
	JOIN,
	LEAVE,
	HEALTH,
	CHANGE,
	OPS,
};

struct shell {
	struct rsp_element *e;
	struct rsp_cursor program;
	rsp_time now;
	bool up[RSP_LINKS];
	bool connecting;
	bool leaving;
	bool garbage; /* the last input was an error */
};

static void
on_output(struct shell *s, const struct rsp_element_out *out)
{
	struct rsp_message m;

	promise(out->link < RSP_LINKS, "there is such a link");
	switch (out->kind) {
	case RSP_ELEMENT_CONNECT:
		promise(!s->connecting && !s->up[RSP_LINK_OUT],
		    "one outgoing link at a time");
		promise(out->endpoint < 3, "there is such a registrar");
		s->connecting = true;
		break;
	case RSP_ELEMENT_SEND:
		promise(s->up[out->link], "who is sent to is connected");
		promise(rsp_message_decode(RSP_ASAP, out->bytes, &m, NULL) ==
			    RSP_OK,
		    "what is sent is a message");
		break;
	case RSP_ELEMENT_HANGUP:
		promise(s->up[out->link] ||
			    (out->link == RSP_LINK_OUT && s->connecting),
		    "who is hung up on is connected");
		s->up[out->link] = false;
		if (out->link == RSP_LINK_OUT)
			s->connecting = false;
		break;
	case RSP_ELEMENT_EVENT:
		if (out->event == RSP_ELEMENT_DEREGISTERED) {
			promise(s->leaving, "nobody leaves unasked");
			s->leaving = false;
		}
		break;
	}
}

static void
drain(struct shell *s)
{
	struct rsp_element_out out;
	int home;

	while (rsp_element_output(s->e, &out))
		on_output(s, &out);
	home = rsp_element_home(s->e);
	promise(home == RSP_LINK_NONE || (home < RSP_LINKS && s->up[home]),
	    "home is a link that is up");
	promise(!rsp_element_is_member(s->e) || home != RSP_LINK_NONE,
	    "a member has a home");
}

static void
closed(struct shell *s, unsigned link)
{
	if (!s->up[link] && !(link == RSP_LINK_OUT && s->connecting))
		return;
	s->up[link] = false;
	if (link == RSP_LINK_OUT)
		s->connecting = false;
	rsp_element_closed(s->e, s->now, link);
}

static void
opened(struct shell *s, unsigned link)
{
	if (s->up[link] || (link == RSP_LINK_OUT && !s->connecting))
		return;
	s->up[link] = true;
	if (link == RSP_LINK_OUT)
		s->connecting = false;
	rsp_element_opened(s->e, s->now, link);
}

static void
input(struct shell *s, unsigned link, struct rsp_span bytes)
{
	if (!s->up[link])
		return;
	s->garbage = rsp_element_input(s->e, s->now, link, bytes) != RSP_OK;
	drain(s);
	if (s->garbage)
		closed(s, link);
}

static void
respond(struct shell *s, unsigned link, uint8_t type, bool ours)
{
	static const uint8_t no_resources[] = { 0, 6, 0, 4 };
	uint8_t room[64], flags = rsp_get_u8(&s->program);
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.flags = flags;
	m.has_handle = m.has_pe_id = true;
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.pe_id = ours ? 7 : 8;
	m.has_error = (flags & 2) != 0;
	m.causes = (struct rsp_span){ no_resources, sizeof(no_resources) };
	rsp_message_encode(&b, &m);
	input(s, link, rsp_builder_span(&b));
}

static void
change(struct shell *s, uint8_t how)
{
	struct rsp_pe pe = *rsp_element_pe(s->e);

	pe.life = (int8_t)how;
	pe.policy.words[0] = how;
	rsp_element_change(s->e, s->now, &pe);
}

static void
pass(struct shell *s, rsp_time at)
{
	if (at != RSP_NEVER && at > s->now)
		s->now = at;
	rsp_element_tick(s->e, s->now);
}

static void
step(struct shell *s)
{
	uint8_t op = rsp_get_u8(&s->program), x = rsp_get_u8(&s->program);
	unsigned link = x % RSP_LINKS;

	switch ((enum op)(op % OPS)) {
	case TICK:
		pass(s, rsp_element_deadline(s->e));
		break;
	case PASS:
		pass(s, s->now + x * 100);
		break;
	case OPENED:
		opened(s, link);
		break;
	case CLOSED:
		closed(s, link);
		break;
	case ANSWER:
	case STRANGER:
		respond(s, link,
		    x & 0x80 ? RSP_ASAP_DEREGISTRATION_RESPONSE
			     : RSP_ASAP_REGISTRATION_RESPONSE,
		    op % OPS == ANSWER);
		break;
	case KEEP_ALIVE:
		respond(s, link, RSP_ASAP_KEEP_ALIVE, true);
		break;
	case RAW:
		input(s, link,
		    rsp_get_span(&s->program,
			x < s->program.left ? x : s->program.left));
		break;
	case JOIN:
		rsp_element_join(s->e, s->now);
		break;
	case LEAVE:
		s->leaving = true;
		rsp_element_leave(s->e, s->now);
		break;
	case HEALTH:
		rsp_element_set_healthy(s->e, s->now, (x & 1) != 0);
		break;
	case CHANGE:
		change(s, x);
		break;
	case OPS:
		break;
	}
	drain(s);
}

/* Nobody answers any more: leaving ends all the same. */
static void
end(struct shell *s)
{
	unsigned n;

	if (!s->leaving) {
		s->leaving = true;
		rsp_element_leave(s->e, s->now);
		drain(s);
	}
	for (n = 0; s->leaving && n < 100; n++) {
		promise(rsp_element_deadline(s->e) != RSP_NEVER,
		    "who leaves has a deadline");
		pass(s, rsp_element_deadline(s->e));
		drain(s);
	}
	promise(!s->leaving, "leaving ends");
	rsp_element_free(s->e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t dice = 1;
	struct rsp_element_config config;
	struct rsp_pe pe = { .id = 7,
		.life = 90,
		.user = { .type = RSP_PARAM_OPAQUE },
		.policy = { .type = 2, .n_words = 1 } };
	struct shell s = { 0 };

	rsp_element_config_init(&config);
	config.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	config.n_endpoints = 3;
	config.random = fuzz_random;
	config.ctx = &dice;
	s.e = rsp_element_new(&config, &pe);
	if (s.e == NULL)
		return 0;
	s.program = rsp_cursor_over((struct rsp_span){ data, size });
	while (s.program.left > 0)
		step(&s);
	end(&s);
	return 0;
}
