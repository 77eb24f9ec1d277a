/* SPDX-License-Identifier: Apache-2.0 */
/* message_encode.c - encoder of ASAP and ENRP messages: it walks the table over
 * a struct rsp_message */
#include "rsp/core/wire/message_def.h"

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

static void
put_kind(struct rsp_builder *b, struct rsp_span transports)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_KIND);

	rsp_put_span(b, transports);
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
	case RSP_PARAM_KIND:
		return m->is_rspool;
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
	case RSP_PARAM_KIND:
		put_kind(b, m->transports);
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
put_slot(struct rsp_builder *b, const struct rsp_slot *s,
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
	const struct rsp_message_def *d =
	    rsp__message_def(m->protocol, m->type);
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
	for (i = 0; i < RSP_SLOTS; i++)
		put_slot(b, &d->slots[i], m);
	rsp_close_message(b, mark);
}
