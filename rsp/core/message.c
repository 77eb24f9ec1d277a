/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - the table of messages, and the code that walks it both ways
 *
 * A row says what stands between the header and the end: the fixed fields,
 * then the parameters in their order.  Only get_param() and put_param() know
 * which member of struct rsp_message belongs to which parameter.
 */
#include "rsp/core/message.h"

enum times {
	NONE, /* end of the row */
	ONE,
	OPT,
	ANY,  /* a list, perhaps empty */
	SOME, /* a list of at least one */
};

/* Lists of more than one type of parameter have numbers of their own, out of
 * the reach of the wire. */
enum {
	TRANSPORTS = 0x10000, /* SCTP and TCP transports */
	POOLS,		      /* pool handles, each with its PEs behind it */
};

enum fields {
	NOTHING,
	SERVER, /* a server ID */
	ACTION, /* update action and 16 reserved bits */
};

#define MAX_PARAMS 4

struct slot {
	uint32_t type;
	enum times times;
};

struct def {
	const char *name;
	uint8_t type;
	uint8_t flags; /* those that mean something */
	enum fields fields;
	struct slot slots[MAX_PARAMS];
};

/* clang-format off */
#define HANDLE	{ RSP_PARAM_HANDLE, ONE }
#define PE	{ RSP_PARAM_PE, ONE }
#define PE_ID	{ RSP_PARAM_PE_ID, ONE }
#define ERROR	{ RSP_PARAM_ERROR, ONE }
#define FAILURE	{ RSP_PARAM_ERROR, OPT }
#define COOKIE	{ RSP_PARAM_COOKIE, ONE }

/* RFC 5352 section 2.2; 0x803f is of draft-dreibholz-rserpool-asap-hropt. */
static const struct def asap[] = {
	{ "registration", RSP_ASAP_REGISTRATION, 0, NOTHING,
	    { HANDLE, PE } },
	{ "deregistration", RSP_ASAP_DEREGISTRATION, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "registration-response", RSP_ASAP_REGISTRATION_RESPONSE,
	    RSP_FLAG_REJECT, NOTHING, { HANDLE, PE_ID, FAILURE } },
	{ "deregistration-response", RSP_ASAP_DEREGISTRATION_RESPONSE, 0,
	    NOTHING, { HANDLE, PE_ID, FAILURE } },
	{ "handle-resolution", RSP_ASAP_RESOLUTION, RSP_FLAG_SUBSCRIBE,
	    NOTHING, { HANDLE, { RSP_PARAM_ITEMS, OPT },
	    { RSP_PARAM_ANYCASE, OPT } } },
	{ "handle-resolution-response", RSP_ASAP_RESOLUTION_RESPONSE,
	    RSP_FLAG_ACCEPT_UPDATES, NOTHING, { HANDLE,
	    { RSP_PARAM_POLICY, OPT }, { RSP_PARAM_PE, ANY }, FAILURE } },
	/* RSPLIB appends a PE identifier, and acknowledges for all its PEs
	 * without one. */
	{ "endpoint-keep-alive", RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, SERVER,
	    { HANDLE, { RSP_PARAM_PE_ID, OPT } } },
	{ "endpoint-keep-alive-ack", RSP_ASAP_KEEP_ALIVE_ACK, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "endpoint-unreachable", RSP_ASAP_UNREACHABLE, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "server-announce", RSP_ASAP_ANNOUNCE, 0, SERVER,
	    { { TRANSPORTS, ANY } } },
	{ "cookie", RSP_ASAP_COOKIE, 0, NOTHING, { COOKIE } },
	{ "cookie-echo", RSP_ASAP_COOKIE_ECHO, 0, NOTHING, { COOKIE } },
	/* RSPLIB puts the pool's policy into it. */
	{ "business-card", RSP_ASAP_BUSINESS_CARD, 0, NOTHING,
	    { HANDLE, { RSP_PARAM_POLICY, OPT }, { RSP_PARAM_PE, SOME } } },
	{ "error", RSP_ASAP_ERROR, 0, NOTHING, { ERROR } },
	{ NULL, 0, 0, NOTHING, { { 0, NONE } } }
};

/* RFC 5353 section 2, behind the two server IDs that all of them have. */
static const struct def enrp[] = {
	/* The RFC draws no flag here, but its procedures need one; RSPLIB and
	 * Wireshark have it in this bit. */
	{ "presence", RSP_ENRP_PRESENCE, RSP_FLAG_REPLY, NOTHING,
	    { { RSP_PARAM_CHECKSUM, OPT }, { RSP_PARAM_SERVER, OPT } } },
	{ "handle-table-request", RSP_ENRP_TABLE_REQUEST, RSP_FLAG_OWN,
	    NOTHING, { { 0, NONE } } },
	{ "handle-table-response", RSP_ENRP_TABLE_RESPONSE,
	    RSP_FLAG_REJECT | RSP_FLAG_MORE, NOTHING, { { POOLS, ANY } } },
	{ "handle-update", RSP_ENRP_UPDATE, RSP_FLAG_SUGGEST, ACTION,
	    { HANDLE, PE } },
	{ "list-request", RSP_ENRP_LIST_REQUEST, 0, NOTHING,
	    { { 0, NONE } } },
	{ "list-response", RSP_ENRP_LIST_RESPONSE, RSP_FLAG_REJECT, NOTHING,
	    { { RSP_PARAM_SERVER, ANY } } },
	{ "init-takeover", RSP_ENRP_INIT_TAKEOVER, 0, SERVER,
	    { { 0, NONE } } },
	{ "init-takeover-ack", RSP_ENRP_INIT_TAKEOVER_ACK, 0, SERVER,
	    { { 0, NONE } } },
	{ "takeover-server", RSP_ENRP_TAKEOVER_SERVER, 0, SERVER,
	    { { 0, NONE } } },
	{ "error", RSP_ENRP_ERROR, 0, NOTHING, { ERROR } },
	{ NULL, 0, 0, NOTHING, { { 0, NONE } } }
};
/* clang-format on */

static const struct def *
find_def(enum rsp_protocol protocol, uint8_t type)
{
	const struct def *d;

	for (d = protocol == RSP_ASAP ? asap : enrp; d->name != NULL; d++)
		if (d->type == type)
			return d;
	return NULL;
}

const char *
rsp_message_name(enum rsp_protocol protocol, uint8_t type)
{
	const struct def *d = find_def(protocol, type);

	return d == NULL ? NULL : d->name;
}

void
rsp_message_init(struct rsp_message *m, enum rsp_protocol protocol,
    uint8_t type)
{
	memset(m, 0, offsetof(struct rsp_message, pe));
	rsp_clear_pe(&m->pe);
	m->server_info.id = 0;
	rsp_clear_transport(&m->server_info.transport);
	m->protocol = protocol;
	m->type = type;
}

int
rsp_message_frame(struct rsp_span stream)
{
	size_t len;

	if (stream.len < RSP_MESSAGE_HEADER)
		return 0;
	len = (size_t)stream.at[2] << 8 | stream.at[3];
	if (len < RSP_MESSAGE_HEADER)
		return RSP_EMALFORMED;
	return (int)((len + 3) / 4 * 4);
}

static bool
fits(const struct slot *s, uint16_t type)
{
	switch (s->type) {
	case TRANSPORTS:
		return type == RSP_PARAM_SCTP || type == RSP_PARAM_TCP;
	case POOLS:
		return type == RSP_PARAM_HANDLE || type == RSP_PARAM_PE;
	}
	return s->type == type;
}

/* The slot for a parameter, at `from` or behind; NULL when there is none.  The
 * RFC's parameters have their order, extensions stand anywhere. */
static const struct slot *
find_slot(const struct def *d, unsigned from, uint16_t type)
{
	unsigned i = rsp_param_stops(type) ? from : 0;

	for (; i < MAX_PARAMS && d->slots[i].times != NONE; i++)
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

static void
get_integer(struct rsp_cursor *c, bool *has, uint32_t *v)
{
	*v = rsp_get_u32(c);
	*has = c->err == RSP_OK;
}

/* A parameter of a list: checked, and left encoded. */
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
get_slot(struct rsp_cursor *c, const struct def *d, const struct slot *s,
    struct walk *w, uint16_t type, struct rsp_cursor *value,
    struct rsp_span whole, struct rsp_message *m)
{
	unsigned i = (unsigned)(s - d->slots);
	bool list = s->times == ANY || s->times == SOME;

	w->seen |= 1u << i;
	if (i >= w->at)
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
	/* An unrecognized parameter inside has had its cause already. */
	if (value->err != RSP_EPARAM)
		rsp_report(c->report, RSP_CAUSE_INVALID, whole);
	rsp_cursor_fail(c, value->err);
}

static void
get_params(struct rsp_cursor *c, const struct def *d, struct rsp_message *m)
{
	struct walk w = { 0, 0, 0 };
	struct rsp_cursor value;
	const struct slot *s;
	struct rsp_span whole;
	uint16_t type;
	unsigned i;

	while (rsp_next_param(c, &type, &value, &whole)) {
		s = find_slot(d, w.at, type);
		if (s == NULL)
			rsp_unknown_param(c, type, whole);
		else
			get_slot(c, d, s, &w, type, &value, whole, m);
	}
	for (i = 0; i < MAX_PARAMS; i++)
		if ((d->slots[i].times == ONE || d->slots[i].times == SOME) &&
		    (w.seen & 1u << i) == 0)
			rsp_cursor_fail(c, RSP_EMISSING);
	if (d->slots[0].type == POOLS && !is_pool_entry(w.last, 0))
		rsp_cursor_fail(c, RSP_EMALFORMED);
}

static void
get_fields(struct rsp_cursor *c, const struct def *d, struct rsp_message *m)
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
 * stand; a length that counts the padding (RSPLIB) and a missing padding are
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
	const struct def *d;
	struct rsp_cursor c;

	rsp_message_init(m, protocol, 0);
	c = get_value(bytes, m);
	c.report = report;
	if (protocol == RSP_ENRP) {
		m->sender = rsp_get_u32(&c);
		m->receiver = rsp_get_u32(&c);
	}
	d = find_def(protocol, m->type);
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

static void
put_u32_param(struct rsp_builder *b, uint16_t type, uint32_t v)
{
	size_t mark = rsp_open_param(b, type);

	rsp_put_u32(b, v);
	rsp_close_param(b, mark);
}

static void
put_span_param(struct rsp_builder *b, uint16_t type, struct rsp_span bytes)
{
	size_t mark = rsp_open_param(b, type);

	rsp_put_span(b, bytes);
	rsp_close_param(b, mark);
}

static void
put_checksum(struct rsp_builder *b, uint16_t checksum)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_CHECKSUM);

	rsp_put_u16(b, checksum);
	rsp_close_param(b, mark);
}

static bool
is_there(uint32_t type, const struct rsp_message *m)
{
	switch (type) {
	case RSP_PARAM_PE_ID:
		return m->has_pe_id;
	case RSP_PARAM_POLICY:
		return m->has_policy;
	case RSP_PARAM_ITEMS:
		return m->has_items;
	case RSP_PARAM_ANYCASE:
		return m->any_case;
	case RSP_PARAM_CHECKSUM:
		return m->has_checksum;
	case RSP_PARAM_SERVER:
		return m->has_server_info;
	case RSP_PARAM_ERROR:
		return m->has_error;
	}
	return true;
}

static void
put_param(struct rsp_builder *b, uint16_t type, const struct rsp_message *m)
{
	switch (type) {
	case RSP_PARAM_HANDLE:
		put_span_param(b, type, m->handle);
		break;
	case RSP_PARAM_PE:
		rsp_put_pe(b, &m->pe);
		break;
	case RSP_PARAM_PE_ID:
		put_u32_param(b, type, m->pe_id);
		break;
	case RSP_PARAM_POLICY:
		rsp_put_policy(b, &m->policy);
		break;
	case RSP_PARAM_ITEMS:
		put_u32_param(b, type, m->items);
		break;
	case RSP_PARAM_ANYCASE:
		rsp_close_param(b, rsp_open_param(b, type));
		break;
	case RSP_PARAM_CHECKSUM:
		put_checksum(b, m->checksum);
		break;
	case RSP_PARAM_SERVER:
		rsp_put_server_info(b, &m->server_info);
		break;
	case RSP_PARAM_COOKIE:
		put_span_param(b, type, m->cookie);
		break;
	case RSP_PARAM_ERROR:
		put_span_param(b, type, m->causes);
		break;
	}
}

static void
put_list(struct rsp_builder *b, struct rsp_span list)
{
	if (list.len == 0)
		return; /* and no padding, which would count */
	rsp_put_padding(b);
	rsp_put_span(b, list);
}

static void
put_slot(struct rsp_builder *b, const struct slot *s,
    const struct rsp_message *m)
{
	if (s->times == ONE || (s->times == OPT && is_there(s->type, m))) {
		put_param(b, (uint16_t)s->type, m);
		return;
	}
	if (s->times != ANY && s->times != SOME)
		return;
	if (s->type == TRANSPORTS)
		put_list(b, m->transports);
	else if (s->type == RSP_PARAM_SERVER)
		put_list(b, m->servers);
	else
		put_list(b, m->elements);
}

void
rsp_message_encode(struct rsp_builder *b, const struct rsp_message *m)
{
	const struct def *d = find_def(m->protocol, m->type);
	size_t mark;
	unsigned i;

	if (d == NULL) {
		b->overflow = true;
		return;
	}
	mark = rsp_open_message(b, m->type, m->flags & d->flags);
	if (m->protocol == RSP_ENRP) {
		rsp_put_u32(b, m->sender);
		rsp_put_u32(b, m->receiver);
	}
	if (d->fields == SERVER)
		rsp_put_u32(b, m->server);
	if (d->fields == ACTION) {
		rsp_put_u16(b, m->action);
		rsp_put_u16(b, 0);
	}
	for (i = 0; i < MAX_PARAMS; i++)
		put_slot(b, &d->slots[i], m);
	rsp_close_message(b, mark);
}

bool
rsp_next_pe(struct rsp_cursor *c, struct rsp_pe *pe, struct rsp_span *whole)
{
	struct rsp_span handle;

	return rsp_next_table_pe(c, &handle, pe, whole);
}

bool
rsp_next_table_pe(struct rsp_cursor *c, struct rsp_span *handle,
    struct rsp_pe *pe, struct rsp_span *whole)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, whole)) {
		if (type == RSP_PARAM_HANDLE)
			*handle = rsp_get_rest(&value);
		if (type != RSP_PARAM_PE)
			continue;
		rsp_get_pe(&value, pe);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	rsp_clear_pe(pe);
	return false;
}

bool
rsp_next_server(struct rsp_cursor *c, struct rsp_server_info *s)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, NULL)) {
		if (type != RSP_PARAM_SERVER)
			continue;
		rsp_get_server_info(&value, s);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	s->id = 0;
	rsp_clear_transport(&s->transport);
	return false;
}

bool
rsp_next_transport(struct rsp_cursor *c, struct rsp_transport *t)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, NULL)) {
		if (!rsp_is_transport(type))
			continue;
		rsp_get_transport(&value, type, t);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	rsp_clear_transport(t);
	return false;
}

bool
rsp_next_cause(struct rsp_cursor *c, uint16_t *cause,
    struct rsp_span *information)
{
	struct rsp_cursor value;
	bool more = rsp_next_param(c, cause, &value, NULL);

	*information = rsp_get_rest(&value);
	return more;
}
