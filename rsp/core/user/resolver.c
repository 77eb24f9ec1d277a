/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.c - handle resolution by a pool user: one question, asked of one
 * registrar after the other
 *
 * NEXT: the next registrar's turn begins, if there is one and there is time.
 * ASKING: connect, send all of `out` and `reports`, read until the answer is
 * whole.  A turn ends with an answer, an error, or T1; then NEXT again, unless
 * that settled the question: DONE.
 */
#include "rsp/core/user/resolver.h"

#include "rsp/core/base/hash.h"
#include "rsp/core/pool/policy.h"

enum { NEXT, ASKING, DONE };

int
rsp_resolver_init(struct rsp_resolver *r,
    const struct rsp_resolver_config *config, rsp_time now)
{
	struct rsp_builder b = rsp_builder_into(config->out, config->out_size);
	struct rsp_message m;

	memset(r, 0, sizeof(*r));
	r->config = *config;
	if (r->config.n_turns > RSP_RESOLVER_TURNS)
		r->config.n_turns = RSP_RESOLVER_TURNS;
	r->turn_ends = now;
	if (config->handle.len > 0) {
		rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
		m.has_handle = true;
		m.handle = config->handle;
		m.has_items = config->items != 0;
		m.items = config->items;
		m.any_case = config->any_case;
		rsp_message_encode(&b, &m);
	}
	r->to_send = config->reports.len + b.len;
	if (b.overflow)
		r->state = DONE;
	return b.overflow ? RSP_ESPACE : RSP_OK;
}

static void
settle(struct rsp_resolver *r, enum rsp_resolver_result result)
{
	r->result = result;
	r->state = DONE;
}

/* The turn is over without a positive answer. */
static void
end_turn(struct rsp_resolver *r, enum rsp_resolver_turn turn, int why)
{
	r->turns[r->turn].turn = turn;
	r->turns[r->turn].why = why;
	r->turn++;
	r->state = NEXT;
}

static void
begin_turn(struct rsp_resolver *r, rsp_time now)
{
	if (r->turn >= r->config.n_turns || r->config.deadline <= now) {
		r->state = DONE;
		return;
	}
	r->state = ASKING;
	r->connected = false;
	r->sent = 0;
	r->received = 0;
	r->turn_ends = rsp_time_min(r->config.deadline,
	    rsp_time_add(now, r->config.t1_ms));
}

static struct rsp_span
unsent(const struct rsp_resolver *r)
{
	struct rsp_span reports = r->config.reports;
	size_t question = r->to_send - reports.len;

	if (r->sent < reports.len)
		return (struct rsp_span){ reports.at + r->sent,
			reports.len - r->sent };
	return (struct rsp_span){ r->config.out + (r->sent - reports.len),
		question - (r->sent - reports.len) };
}

enum rsp_resolver_kind
rsp_resolver_step(struct rsp_resolver *r, rsp_time now,
    struct rsp_resolver_step *step)
{
	memset(step, 0, sizeof(*step));
	if (r->state == ASKING && rsp_time_reached(r->turn_ends, now))
		end_turn(r, RSP_TURN_SILENT, 0);
	if (r->state == NEXT)
		begin_turn(r, now);
	step->deadline = r->turn_ends;
	if (r->state == DONE) {
		step->kind = RSP_STEP_DONE;
		return step->kind;
	}
	step->registrar = r->config.turns[r->turn];
	step->room = r->config.in + r->received;
	step->room_size = r->config.in_size - r->received;
	if (!r->connected)
		step->kind = RSP_STEP_CONNECT;
	else if (r->sent < r->to_send) {
		step->kind = RSP_STEP_SEND;
		step->bytes = unsent(r);
	} else
		step->kind = RSP_STEP_WAIT;
	return step->kind;
}

/* Nothing to wait for: the reports were all there was to say. */
static void
look_if_delivered(struct rsp_resolver *r)
{
	if (r->state == ASKING && r->connected && r->config.handle.len == 0 &&
	    r->sent == r->to_send) {
		r->turns[r->turn].turn = RSP_TURN_ANSWERED;
		r->answered = r->turn;
		settle(r, RSP_RESOLVER_REPORTED);
	}
}

void
rsp_resolver_connected(struct rsp_resolver *r)
{
	if (r->state == ASKING)
		r->connected = true;
	look_if_delivered(r);
}

void
rsp_resolver_failed(struct rsp_resolver *r, int why)
{
	if (r->state == ASKING)
		end_turn(r, RSP_TURN_FAILED, why);
}

void
rsp_resolver_sent(struct rsp_resolver *r, size_t n)
{
	if (r->state != ASKING || n > r->to_send - r->sent)
		return;
	r->sent += n;
	look_if_delivered(r);
}

static bool
is_ours(const struct rsp_resolver *r, struct rsp_span handle)
{
	struct rsp_span asked = r->config.handle;

	return r->config.any_case ? rsp_span_equal_fold(handle, asked)
				  : rsp_span_equal(handle, asked);
}

/* Looks through the causes of an error.  *other is the first that is none of
 * the two, or unspecified. */
static bool
has_cause(struct rsp_span causes, uint16_t wanted, uint16_t *other)
{
	struct rsp_cursor c = rsp_cursor_over(causes);
	struct rsp_span information;
	uint16_t cause;
	bool found = false;

	*other = RSP_CAUSE_UNSPECIFIED;
	while (rsp_next_cause(&c, &cause, &information)) {
		if (cause == wanted)
			found = true;
		else if (*other == RSP_CAUSE_UNSPECIFIED)
			*other = cause;
	}
	return found;
}

static void
take_unknown(struct rsp_resolver *r, rsp_time now)
{
	r->result = RSP_RESOLVER_UNKNOWN;
	r->config.deadline = rsp_time_min(r->config.deadline,
	    rsp_time_add(now, RSP_RESOLVER_DOUBT_MS));
	end_turn(r, RSP_TURN_ANSWERED, 0);
}

/* Our registrar says by an unknown handle with invalid values besides that it
 * knows several pools. */
static void
take_error(struct rsp_resolver *r, rsp_time now, struct rsp_span causes)
{
	uint16_t other;

	if (!has_cause(causes, RSP_CAUSE_HANDLE, &other)) {
		end_turn(r, RSP_TURN_REFUSED, other);
		return;
	}
	if (!r->config.any_case || other != RSP_CAUSE_INVALID) {
		take_unknown(r, now);
		return;
	}
	r->turns[r->turn].turn = RSP_TURN_ANSWERED;
	settle(r, RSP_RESOLVER_SEVERAL);
}

static void
take_answer(struct rsp_resolver *r, rsp_time now, const struct rsp_message *m)
{
	if (m->has_error) {
		take_error(r, now, m->causes);
		return;
	}
	if (m->elements.len == 0) { /* RFC 5352 section 2.2.6 forbids it */
		take_unknown(r, now);
		return;
	}
	r->handle = m->handle;
	/* RFC 5352 section 2.2.6: no policy means round robin */
	r->policy = (struct rsp_policy){ .type = RSP_POLICY_RR };
	if (m->has_policy)
		r->policy = m->policy;
	r->elements = m->elements;
	r->answered = r->turn;
	r->turns[r->turn].turn = RSP_TURN_ANSWERED;
	settle(r, RSP_RESOLVER_FOUND);
}

/* Takes one whole message.  What is not the answer is passed over, as nobody
 * asked for it.  An ASAP_ERROR stands for an answer. */
static void
take_message(struct rsp_resolver *r, rsp_time now, struct rsp_span bytes)
{
	struct rsp_message m;
	int err = rsp_message_decode(RSP_ASAP, bytes, &m, NULL);

	uint16_t first;

	if (err == RSP_OK && m.type == RSP_ASAP_ERROR) {
		has_cause(m.causes, RSP_CAUSE_UNSPECIFIED, &first);
		end_turn(r, RSP_TURN_REFUSED, first);
	} else if (err != RSP_OK && m.type == RSP_ASAP_RESOLUTION_RESPONSE)
		end_turn(r, RSP_TURN_BAD, 0);
	else if (err == RSP_OK && m.type == RSP_ASAP_RESOLUTION_RESPONSE &&
		 is_ours(r, m.handle))
		take_answer(r, now, &m);
}

void
rsp_resolver_received(struct rsp_resolver *r, rsp_time now, size_t n)
{
	size_t at = 0;
	int len;

	if (r->state != ASKING || n > r->config.in_size - r->received)
		return;
	r->received += n;
	while (r->state == ASKING) {
		struct rsp_span left = { r->config.in + at, r->received - at };

		len = rsp_message_frame(left);
		if (len < 0 || (size_t)len > r->config.in_size) {
			end_turn(r, RSP_TURN_BAD, 0);
			return;
		}
		if (len == 0 || (size_t)len > left.len)
			break;
		take_message(r, now, (struct rsp_span){ left.at, (size_t)len });
		at += (size_t)len;
	}
	/* keep the rest at the front, so that there is always room */
	if (r->state == ASKING && at > 0) {
		memmove(r->config.in, r->config.in + at, r->received - at);
		r->received -= at;
	}
}

void
rsp_resolver_put_report(struct rsp_builder *b, struct rsp_span handle,
    uint32_t pe_id)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_UNREACHABLE);
	m.has_handle = true;
	m.handle = handle;
	m.has_pe_id = true;
	m.pe_id = pe_id;
	rsp_message_encode(b, &m);
}
