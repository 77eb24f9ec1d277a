/* SPDX-License-Identifier: Apache-2.0 */
/* message_decode.c - decoder of ASAP and ENRP messages: it walks the table over
 * received bytes
 *
 * get_param() and get_element() alone know which member of struct rsp_message
 * belongs to which parameter.
 */
#include "rsp/core/wire/message_def.h"

static bool
fits(const struct rsp_slot *s, uint16_t type)
{
	switch (s->type) {
	case TRANSPORTS:
		return type == RSP_PARAM_SCTP || type == RSP_PARAM_TCP;
	case POOLS:
		return type == RSP_PARAM_HANDLE || type == RSP_PARAM_PE;
	}
	return s->type == type;
}

/* Finds the slot for a parameter, at `from` or behind; NULL when there is none.
 * The RFC's parameters have their order; extensions may stand anywhere. */
static const struct rsp_slot *
find_slot(const struct rsp_message_def *d, unsigned from, uint16_t type)
{
	unsigned i = rsp_param_stops(type) ? from : 0;

	for (; i < RSP_SLOTS && d->slots[i].times != NONE; i++)
		if (fits(&d->slots[i], type))
			return &d->slots[i];
	return NULL;
}

/* Makes `list` reach from its first parameter to the end of `whole`. */
static void
extend(struct rsp_span *list, struct rsp_span whole)
{
	if (list->len == 0)
		list->at = whole.at;
	list->len = (size_t)(whole.at - list->at) + whole.len;
}

static void
get_causes(struct rsp_cursor *c, struct rsp_message *m)
{
	struct rsp_cursor value;
	struct rsp_span whole;
	uint16_t cause;

	m->has_error = true;
	while (rsp_next_param(c, &cause, &value, &whole))
		extend(&m->causes, whole);
	if (m->causes.len == 0)
		rsp_cursor_fail(c, RSP_EMISSING);
}

/* Transports that do not fit into the one Server Information. */
static void
get_kind(struct rsp_cursor *c, struct rsp_message *m)
{
	struct rsp_transport t;
	struct rsp_cursor value;
	struct rsp_span whole;
	uint16_t type;

	m->is_rspool = true;
	while (rsp_next_param(c, &type, &value, &whole)) {
		if (!rsp_is_transport(type)) {
			rsp_unknown_param(c, type, whole);
			continue;
		}
		rsp_get_transport(&value, type, &t);
		if (value.err == RSP_OK)
			extend(&m->transports, whole);
		else
			rsp_cursor_fail(c, value.err);
	}
}

static void
get_integer(struct rsp_cursor *c, bool *has, uint32_t *v)
{
	*v = rsp_get_u32(c);
	*has = c->err == RSP_OK;
}

/* Checks a parameter of a list and leaves it encoded. */
static void
get_element(struct rsp_cursor *c, uint16_t type, struct rsp_span whole,
    struct rsp_message *m)
{
	struct rsp_pe pe;
	struct rsp_server_info info;
	struct rsp_span *list = &m->elements;

	if (type == RSP_PARAM_PE) {
		rsp_get_pe(c, &pe);
	} else if (type == RSP_PARAM_SERVER) {
		rsp_get_server_info(c, &info);
		list = &m->servers;
	} else if (rsp_is_transport(type)) {
		rsp_get_transport(c, type, &info.transport);
		list = &m->transports;
	} else {
		rsp_get_rest(c); /* a pool handle */
	}
	if (c->err == RSP_OK)
		extend(list, whole);
}

static void
get_param(struct rsp_cursor *c, uint16_t type, struct rsp_message *m)
{
	uint32_t checksum;

	switch (type) {
	case RSP_PARAM_HANDLE:
		m->has_handle = true;
		m->handle = rsp_get_rest(c);
		break;
	case RSP_PARAM_PE:
		m->has_pe = true;
		rsp_get_pe(c, &m->pe);
		break;
	case RSP_PARAM_PE_ID:
		get_integer(c, &m->has_pe_id, &m->pe_id);
		break;
	case RSP_PARAM_POLICY:
		m->has_policy = true;
		rsp_get_policy(c, &m->policy);
		break;
	case RSP_PARAM_ITEMS:
		get_integer(c, &m->has_items, &m->items);
		break;
	case RSP_PARAM_ANYCASE:
		m->any_case = true;
		break;
	case RSP_PARAM_KIND:
		get_kind(c, m);
		break;
	case RSP_PARAM_CHECKSUM:
		checksum = rsp_get_u16(c);
		m->has_checksum = c->err == RSP_OK;
		m->checksum = (uint16_t)checksum;
		break;
	case RSP_PARAM_SERVER:
		m->has_server_info = true;
		rsp_get_server_info(c, &m->server_info);
		break;
	case RSP_PARAM_COOKIE:
		m->cookie = rsp_get_rest(c);
		break;
	case RSP_PARAM_ERROR:
		get_causes(c, m);
		break;
	}
	if (c->left != 0)
		rsp_cursor_fail(c, RSP_EMALFORMED);
}

/* A pool handle stands before its PEs and never alone (RFC 5353 section 2.3).
 * `last` is the parameter before in the list, 0 at its start; `type` is 0 at
 * its end. */
static bool
is_pool_entry(uint16_t last, uint16_t type)
{
	if (type == RSP_PARAM_PE)
		return last != 0;
	return last != RSP_PARAM_HANDLE;
}

struct walk {
	unsigned at;   /* first slot that may come */
	unsigned seen; /* a bit for each slot */
	uint16_t last; /* parameter before this one */
};

static void
get_slot(struct rsp_cursor *c, const struct rsp_message_def *d,
    const struct rsp_slot *s, struct walk *w, uint16_t type,
    struct rsp_cursor *value, struct rsp_span whole, struct rsp_message *m)
{
	unsigned i = (unsigned)(s - d->slots);
	bool list = s->times == ANY || s->times == SOME;

	w->seen |= 1u << i;
	/* An extension in front does not stand for those that it overtakes. */
	if (i >= w->at && rsp_param_stops(type))
		w->at = list ? i : i + 1;
	if (s->type == POOLS && !is_pool_entry(w->last, type)) {
		rsp_cursor_fail(c, RSP_EMALFORMED);
		return;
	}
	w->last = type;
	if (list)
		get_element(value, type, whole, m);
	else
		get_param(value, type, m);
	if (value->err == RSP_OK)
		return;
	/* A cause for an unrecognized parameter inside has been written
	 * already. */
	if (value->err != RSP_EPARAM)
		rsp_report(c->report, RSP_CAUSE_INVALID, whole);
	rsp_cursor_fail(c, value->err);
}

static void
get_params(struct rsp_cursor *c, const struct rsp_message_def *d,
    struct rsp_message *m)
{
	struct walk w = { 0, 0, 0 };
	struct rsp_cursor value;
	const struct rsp_slot *s;
	struct rsp_span whole;
	uint16_t type;
	unsigned i;

	while (rsp_next_param(c, &type, &value, &whole)) {
		s = find_slot(d, w.at, type);
		if (s != NULL) {
			get_slot(c, d, s, &w, type, &value, whole, m);
			continue;
		}
		rsp_unknown_param(c, type, whole);
		if (c->err ==
		    RSP_EMALFORMED) /* known, and in its wrong place */
			rsp_report(c->report, RSP_CAUSE_INVALID, whole);
	}
	for (i = 0; i < RSP_SLOTS; i++)
		if ((d->slots[i].times == ONE || d->slots[i].times == SOME) &&
		    (w.seen & 1u << i) == 0)
			rsp_cursor_fail(c, RSP_EMISSING);
	if (d->slots[0].type == POOLS && !is_pool_entry(w.last, 0))
		rsp_cursor_fail(c, RSP_EMALFORMED);
}

static void
get_fields(struct rsp_cursor *c, const struct rsp_message_def *d,
    struct rsp_message *m)
{
	switch (d->fields) {
	case NOTHING:
		break;
	case SERVER:
		m->server = rsp_get_u32(c);
		break;
	case ACTION:
		m->action = rsp_get_u16(c);
		rsp_get_u16(c); /* reserved: ignored */
		if (m->action > RSP_UPDATE_DEL)
			rsp_cursor_fail(c, RSP_EINVALID);
		break;
	}
}

/* The bytes that the header's length names.  Behind them only padding may
 * stand.  A length that counts the padding (RSPLIB) and a missing padding are
 * both accepted. */
static struct rsp_cursor
get_value(struct rsp_span bytes, struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(bytes), value;
	size_t len;

	m->type = rsp_get_u8(&c);
	m->flags = rsp_get_u8(&c);
	len = rsp_get_u16(&c);
	if (len < RSP_MESSAGE_HEADER) {
		rsp_cursor_fail(&c, RSP_EMALFORMED);
		return c;
	}
	value = c;
	value.left = rsp_get_span(&c, len - RSP_MESSAGE_HEADER).len;
	if (c.err == RSP_OK && c.left > -len % 4)
		rsp_cursor_fail(&c, RSP_EMALFORMED);
	if (c.err != RSP_OK)
		rsp_cursor_fail(&value, c.err);
	return value;
}

/* RFC 5354 section 4: 01 asks for a report; 10 and 11 are reserved. */
static bool
unknown_reports(uint8_t type)
{
	return type >> 6 == 1;
}

int
rsp_message_decode(enum rsp_protocol protocol, struct rsp_span bytes,
    struct rsp_message *m, struct rsp_builder *report)
{
	const struct rsp_message_def *d;
	struct rsp_cursor c;

	rsp_message_init(m, protocol, 0);
	c = get_value(bytes, m);
	c.report = report;
	if (protocol == RSP_ENRP) {
		m->sender = rsp_get_u32(&c);
		m->receiver = rsp_get_u32(&c);
	}
	d = rsp__message_def(protocol, m->type);
	if (d != NULL) {
		m->flags &= d->flags;
		get_fields(&c, d, m);
		get_params(&c, d, m);
		return c.err;
	}
	if (c.err == RSP_OK && unknown_reports(m->type))
		rsp_report(report, RSP_CAUSE_MESSAGE, bytes);
	rsp_cursor_fail(&c, RSP_EMESSAGE);
	return c.err;
}
