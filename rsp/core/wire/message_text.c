/* SPDX-License-Identifier: Apache-2.0 */
/* message_text.c - text form of ASAP and ENRP messages for logs: one line of
 * names and values */
#include "rsp/core/wire/message_def.h"
#include "rsp/core/wire/pool_name.h"

#define HANDLE_TEXT 80 /* longer handles are cut */

struct line {
	char *text;
	size_t len;
	size_t size; /* at least 1 */
};

static void
add(struct line *l, const char *text)
{
	for (; *text != '\0' && l->len + 1 < l->size; text++)
		l->text[l->len++] = *text;
	l->text[l->len] = '\0';
}

static void
add_hex(struct line *l, const char *key, uint32_t v)
{
	static const char digits[] = "0123456789abcdef";
	char text[11] = "0x";
	int i;

	for (i = 0; i < 8; i++)
		text[2 + i] = digits[v >> (28 - 4 * i) & 15];
	text[10] = '\0';
	add(l, key);
	add(l, text);
}

static void
add_number(struct line *l, const char *key, uint32_t v)
{
	char text[11];
	char *p = text + sizeof(text) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	add(l, key);
	add(l, p);
}

static void
add_count(struct line *l, const char *key, struct rsp_span list, uint16_t type)
{
	struct rsp_cursor c = rsp_cursor_over(list), value;
	uint16_t found;
	uint32_t n = 0;

	while (rsp_next_param(&c, &found, &value, NULL))
		n += found == type || type == 0;
	if (n > 0)
		add_number(l, key, n);
}

static void
add_causes(struct line *l, struct rsp_span causes)
{
	struct rsp_cursor c = rsp_cursor_over(causes);
	struct rsp_span information;
	uint16_t cause;

	while (rsp_next_cause(&c, &cause, &information)) {
		add(l, " error=\"");
		add(l, rsp_cause_text(cause));
		add(l, "\"");
	}
}

static void
add_servers(struct line *l, const struct rsp_message *m,
    const struct rsp_message_def *d)
{
	if (m->protocol == RSP_ENRP) {
		add_hex(l, " from=", m->sender);
		add_hex(l, " to=", m->receiver);
	}
	if (d != NULL && d->fields == SERVER)
		add_hex(l, " server=", m->server);
	if (d != NULL && d->fields == ACTION)
		add(l, m->action == RSP_UPDATE_ADD ? " add" : " delete");
}

const char *
rsp_message_text(const struct rsp_message *m, char *text, size_t size)
{
	const struct rsp_message_def *d =
	    rsp__message_def(m->protocol, m->type);
	struct line l = { text, 0, size };
	char handle[HANDLE_TEXT];

	add(&l, d == NULL ? "unknown" : d->name);
	if (d == NULL)
		add_number(&l, " type=", m->type);
	if (m->flags != 0)
		add_number(&l, " flags=", m->flags);
	add_servers(&l, m, d);
	if (m->has_handle) {
		add(&l, " handle=");
		add(&l,
		    rsp_pool_name_escape(m->handle, handle, sizeof(handle)));
	}
	if (m->has_pe || m->has_pe_id)
		add_hex(&l, " pe=", m->has_pe ? m->pe.id : m->pe_id);
	if (m->has_items)
		add_number(&l, " items=", m->items);
	if (m->has_checksum)
		add_number(&l, " checksum=", m->checksum);
	if (m->cookie.len > 0)
		add_number(&l, " cookie-bytes=", (uint32_t)m->cookie.len);
	add_count(&l, " elements=", m->elements, RSP_PARAM_PE);
	add_count(&l, " servers=", m->servers, RSP_PARAM_SERVER);
	add_count(&l, " transports=", m->transports, 0);
	add_causes(&l, m->causes);
	return text;
}
