/* SPDX-License-Identifier: Apache-2.0 */
/* param.c - parameters and error causes of RFC 5354: values read through
 * cursors and written by builders
 *
 * Every walk over nested parameters ends in rsp_unknown_param() for what it
 * does not expect, so the rule for unknown types holds at every depth.
 */
#include "rsp/core/wire/param.h"

#define STOP_OR_SKIP 0x8000 /* the two top bits of a type */
#define REPORT 0x4000

const char *
rsp_param_name(uint16_t type)
{
	switch (type) {
#define PARAM_NAME(name, number, text)                                         \
	case name:                                                             \
		return text;
		RSP_PARAMS(PARAM_NAME)
#undef PARAM_NAME
	}
	return "unknown";
}

struct transport_name {
	uint16_t type;
	const char *word, *name;
};

static const struct transport_name *
transport_of(uint16_t type)
{
	static const struct transport_name rows[] = {
		{ RSP_PARAM_TCP, "tcp", "TCP" },
		{ RSP_PARAM_UDP, "udp", "UDP" },
		{ RSP_PARAM_SCTP, "sctp", "SCTP" },
		{ RSP_PARAM_UDPLITE, "udplite", "UDP-Lite" },
		{ RSP_PARAM_DCCP, "dccp", "DCCP" },
		{ RSP_PARAM_OPAQUE, "opaque", "opaque" },
		{ 0, "unknown", "unknown" },
	};
	const struct transport_name *row = rows;

	while (row->type != 0 && row->type != type)
		row++;
	return row;
}

const char *
rsp_transport_word(uint16_t type)
{
	return transport_of(type)->word;
}

const char *
rsp_transport_name(uint16_t type)
{
	return transport_of(type)->name;
}

const char *
rsp_cause_text(uint16_t cause)
{
	switch (cause) {
#define CAUSE_TEXT(name, number, text)                                         \
	case name:                                                             \
		return text;
		RSP_CAUSES(CAUSE_TEXT)
#undef CAUSE_TEXT
	}
	return "unknown error cause";
}

bool
rsp_param_stops(uint16_t type)
{
	return (type & STOP_OR_SKIP) == 0;
}

bool
rsp_param_reports(uint16_t type)
{
	return (type & REPORT) != 0;
}

bool
rsp_is_transport(uint16_t type)
{
	return (type >= RSP_PARAM_DCCP && type <= RSP_PARAM_UDPLITE) ||
	       type == RSP_PARAM_OPAQUE;
}

void
rsp_unknown_param(struct rsp_cursor *c, uint16_t type, struct rsp_span whole)
{
	if (type >= RSP_PARAM_IPV4 && type <= RSP_PARAM_OPAQUE) {
		rsp_cursor_fail(c, RSP_EMALFORMED);
		return;
	}
	if (rsp_param_reports(type))
		rsp_report(c->report, RSP_CAUSE_PARAM, whole);
	if (rsp_param_stops(type))
		rsp_cursor_fail(c, RSP_EPARAM);
}

void
rsp_report(struct rsp_builder *report, uint16_t cause, struct rsp_span what)
{
	struct rsp_builder before;

	if (report == NULL)
		return;
	before = *report;
	rsp_put_cause(report, cause, what);
	if (!report->overflow)
		return;
	*report = before;
	rsp_put_cause(report, cause, (struct rsp_span){ NULL, 0 });
	if (report->overflow)
		*report = before;
}

void
rsp_clear_transport(struct rsp_transport *t)
{
	memset(t, 0, offsetof(struct rsp_transport, addresses));
}

void
rsp_clear_pe(struct rsp_pe *pe)
{
	pe->id = 0;
	pe->home = 0;
	pe->life = 0;
	rsp_clear_transport(&pe->user);
	memset(&pe->policy, 0, sizeof(pe->policy));
	rsp_clear_transport(&pe->asap);
}

void
rsp_get_address(struct rsp_cursor *c, uint16_t type, struct rsp_address *a)
{
	size_t len = type == RSP_PARAM_IPV4 ? 4 : 16;
	struct rsp_span bytes = rsp_get_span(c, len);

	memset(a, 0, sizeof(*a));
	if (c->left != 0)
		rsp_cursor_fail(c, RSP_EMALFORMED);
	if (c->err != RSP_OK)
		return;
	a->family = type == RSP_PARAM_IPV4 ? 4 : 6;
	memcpy(a->bytes, bytes.at, len);
}

static void
get_addresses(struct rsp_cursor *c, struct rsp_transport *t)
{
	unsigned max = t->type == RSP_PARAM_SCTP ? RSP_ADDRESSES_MAX : 1;
	struct rsp_cursor value;
	struct rsp_span whole;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, &whole)) {
		if (type != RSP_PARAM_IPV4 && type != RSP_PARAM_IPV6) {
			rsp_unknown_param(c, type, whole);
			continue;
		}
		if (t->n_addresses == max) {
			rsp_cursor_fail(c, RSP_EMALFORMED);
			return;
		}
		rsp_get_address(&value, type, &t->addresses[t->n_addresses]);
		if (value.err != RSP_OK) {
			rsp_cursor_fail(c, value.err);
			return;
		}
		t->n_addresses++;
	}
	if (t->n_addresses == 0)
		rsp_cursor_fail(c, RSP_EMISSING);
}

void
rsp_get_transport(struct rsp_cursor *c, uint16_t type, struct rsp_transport *t)
{
	uint16_t second;

	rsp_clear_transport(t);
	t->type = type;
	if (type == RSP_PARAM_OPAQUE) {
		t->opaque = rsp_get_rest(c);
		return;
	}
	t->port = rsp_get_u16(c);
	/* Reserved but for SCTP, and ignored then: RSPLIB writes the transport
	 * use for TCP there (RFC 5354 section 3.5: TCP is data only). */
	second = rsp_get_u16(c);
	if (type == RSP_PARAM_SCTP)
		t->use = second;
	if (type == RSP_PARAM_DCCP)
		t->service_code = rsp_get_u32(c);
	get_addresses(c, t);
	if (t->use > 1)
		rsp_cursor_fail(c, RSP_EINVALID);
}

void
rsp_get_policy(struct rsp_cursor *c, struct rsp_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->type = rsp_get_u32(c);
	if (c->left % 4 != 0 || c->left / 4 > RSP_POLICY_WORDS)
		rsp_cursor_fail(c, RSP_EINVALID);
	while (c->left > 0)
		p->words[p->n_words++] = rsp_get_u32(c);
}

/* The policy between them tells the user transport from the ASAP transport. */
static void
get_pe_param(struct rsp_cursor *c, uint16_t type, struct rsp_cursor *value,
    struct rsp_pe *pe, bool *has_policy)
{
	if (rsp_is_transport(type) && pe->user.type == 0) {
		rsp_get_transport(value, type, &pe->user);
	} else if (type == RSP_PARAM_POLICY && pe->user.type != 0 &&
		   !*has_policy) {
		*has_policy = true;
		rsp_get_policy(value, &pe->policy);
	} else if (rsp_is_transport(type) && *has_policy &&
		   pe->asap.type == 0) {
		rsp_get_transport(value, type, &pe->asap);
	} else {
		rsp_cursor_fail(c,
		    pe->user.type == 0 ? RSP_EMISSING : RSP_EMALFORMED);
	}
	if (value->err != RSP_OK)
		rsp_cursor_fail(c, value->err);
}

void
rsp_get_pe(struct rsp_cursor *c, struct rsp_pe *pe)
{
	uint32_t id = rsp_get_u32(c), home = rsp_get_u32(c);

	rsp_get_pe_values(c, pe);
	pe->id = id;
	pe->home = home;
}

void
rsp_get_pe_values(struct rsp_cursor *c, struct rsp_pe *pe)
{
	struct rsp_cursor value;
	struct rsp_span whole;
	bool has_policy = false;
	uint16_t type;

	rsp_clear_pe(pe);
	pe->life = (int32_t)rsp_get_u32(c);
	while (rsp_next_param(c, &type, &value, &whole)) {
		if (rsp_is_transport(type) || type == RSP_PARAM_POLICY)
			get_pe_param(c, type, &value, pe, &has_policy);
		else
			rsp_unknown_param(c, type, whole);
	}
	if (!has_policy) /* and so perhaps no user transport either */
		rsp_cursor_fail(c, RSP_EMISSING);
	/* TCP is our addition: without SCTP, registrars call the PE there. */
	if (pe->asap.type != 0 && pe->asap.type != RSP_PARAM_SCTP &&
	    pe->asap.type != RSP_PARAM_TCP)
		rsp_cursor_fail(c, RSP_EINVALID);
}

void
rsp_get_server_info(struct rsp_cursor *c, struct rsp_server_info *s)
{
	struct rsp_cursor value;
	struct rsp_span whole;
	uint16_t type;

	rsp_clear_transport(&s->transport);
	s->id = rsp_get_u32(c);
	while (rsp_next_param(c, &type, &value, &whole)) {
		if (s->transport.type != 0 ||
		    (type != RSP_PARAM_SCTP && type != RSP_PARAM_TCP)) {
			rsp_unknown_param(c, type, whole);
			continue;
		}
		rsp_get_transport(&value, type, &s->transport);
		if (value.err != RSP_OK)
			rsp_cursor_fail(c, value.err);
	}
	if (s->transport.type == 0)
		rsp_cursor_fail(c, RSP_EMISSING);
}

void
rsp_put_address(struct rsp_builder *b, const struct rsp_address *a)
{
	uint16_t type = a->family == 4 ? RSP_PARAM_IPV4 : RSP_PARAM_IPV6;
	size_t mark = rsp_open_param(b, type);

	rsp_put_span(b,
	    (struct rsp_span){ a->bytes, type == RSP_PARAM_IPV4 ? 4 : 16 });
	rsp_close_param(b, mark);
}

void
rsp_put_transport(struct rsp_builder *b, const struct rsp_transport *t)
{
	size_t mark;
	unsigned i;

	if (t->type == 0)
		return;
	mark = rsp_open_param(b, t->type);
	if (t->type == RSP_PARAM_OPAQUE) {
		rsp_put_span(b, t->opaque);
	} else {
		rsp_put_u16(b, t->port);
		rsp_put_u16(b, t->type == RSP_PARAM_SCTP ? t->use : 0);
		if (t->type == RSP_PARAM_DCCP)
			rsp_put_u32(b, t->service_code);
		for (i = 0; i < t->n_addresses; i++)
			rsp_put_address(b, &t->addresses[i]);
	}
	rsp_close_param(b, mark);
}

void
rsp_put_policy(struct rsp_builder *b, const struct rsp_policy *p)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_POLICY);
	unsigned i;

	rsp_put_u32(b, p->type);
	for (i = 0; i < p->n_words; i++)
		rsp_put_u32(b, p->words[i]);
	rsp_close_param(b, mark);
}

void
rsp_put_pe(struct rsp_builder *b, const struct rsp_pe *pe)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_PE);

	rsp_put_u32(b, pe->id);
	rsp_put_u32(b, pe->home);
	rsp_put_u32(b, (uint32_t)pe->life);
	rsp_put_transport(b, &pe->user);
	rsp_put_policy(b, &pe->policy);
	rsp_put_transport(b, &pe->asap);
	rsp_close_param(b, mark);
}

void
rsp_put_server_info(struct rsp_builder *b, const struct rsp_server_info *s)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_SERVER);

	rsp_put_u32(b, s->id);
	rsp_put_transport(b, &s->transport);
	rsp_close_param(b, mark);
}

void
rsp_put_cause(struct rsp_builder *b, uint16_t cause,
    struct rsp_span information)
{
	size_t mark = rsp_open_param(b, cause);

	rsp_put_span(b, information);
	rsp_close_param(b, mark);
}

bool
rsp_address_equal(const struct rsp_address *a, const struct rsp_address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The IPv4 address in `a`, also one mapped into IPv6; NULL when there is none.
 */
static const uint8_t *
ipv4_in(const struct rsp_address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == 4)
		return a->bytes;
	if (a->family == 6 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0)
		return a->bytes + sizeof(mapped);
	return NULL;
}

bool
rsp_address_is_loopback(const struct rsp_address *a)
{
	static const uint8_t one[16] = { [15] = 1 };
	const uint8_t *v4 = ipv4_in(a);

	if (v4 != NULL)
		return v4[0] == 127;
	return a->family == 6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

bool
rsp_address_is_wildcard(const struct rsp_address *a)
{
	static const uint8_t zero[16];
	const uint8_t *v4 = ipv4_in(a);

	if (v4 != NULL)
		return memcmp(v4, zero, 4) == 0;
	return a->family == 6 && memcmp(a->bytes, zero, sizeof(zero)) == 0;
}

bool
rsp_transport_equal(const struct rsp_transport *a,
    const struct rsp_transport *b)
{
	unsigned i;

	if (a->type != b->type || a->port != b->port || a->use != b->use ||
	    a->service_code != b->service_code ||
	    a->n_addresses != b->n_addresses ||
	    !rsp_span_equal(a->opaque, b->opaque))
		return false;
	for (i = 0; i < a->n_addresses; i++)
		if (!rsp_address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	return true;
}

bool
rsp_policy_equal(const struct rsp_policy *a, const struct rsp_policy *b)
{
	return a->type == b->type && a->n_words == b->n_words &&
	       memcmp(a->words, b->words, a->n_words * sizeof(a->words[0])) ==
		   0;
}
