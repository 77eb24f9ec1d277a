/* SPDX-License-Identifier: Apache-2.0 */
/* cookie.c - one end of a control channel: cookies and business cards, kept and
 * sent */
#include "rsp/core/wire/cookie.h"

#include <stdlib.h>

#define REPORT_ROOM 1024

void
rsp_cookie_fini(struct rsp_cookie *c)
{
	free(c->cookie);
	free(c->card);
	memset(c, 0, sizeof(*c));
}

bool
rsp_cookie_is_possible(const struct rsp_transport *user)
{
	return user->type == RSP_PARAM_SCTP && user->use == 1;
}

/* Makes a copy, even of nothing. */
static uint8_t *
copy(struct rsp_span bytes)
{
	uint8_t *p = malloc(bytes.len > 0 ? bytes.len : 1);

	if (p != NULL && bytes.len > 0)
		memcpy(p, bytes.at, bytes.len);
	return p;
}

static int
keep_cookie(struct rsp_cookie *c, struct rsp_span cookie)
{
	uint8_t *p = copy(cookie);

	if (p == NULL)
		return RSP_ENOMEM;
	free(c->cookie);
	c->cookie = p;
	c->cookie_len = cookie.len;
	c->has_cookie = true;
	return RSP_OK;
}

static struct rsp_span
moved(struct rsp_span part, struct rsp_span from, const uint8_t *to)
{
	if (part.len == 0)
		return (struct rsp_span){ NULL, 0 };
	return (struct rsp_span){ to + (part.at - from.at), part.len };
}

static int
keep_card(struct rsp_cookie *c, struct rsp_span whole,
    const struct rsp_message *m)
{
	uint8_t *p = copy(whole);

	if (p == NULL)
		return RSP_ENOMEM;
	free(c->card);
	c->card = p;
	c->handle = moved(m->handle, whole, p);
	c->elements = moved(m->elements, whole, p);
	return RSP_OK;
}

static void
put_error(struct rsp_builder *b, const struct rsp_builder *report)
{
	struct rsp_message error;

	if (report->len == 0)
		return;
	rsp_message_init(&error, RSP_ASAP, RSP_ASAP_ERROR);
	error.has_error = true;
	error.causes = rsp_builder_span(report);
	rsp_message_encode(b, &error);
}

int
rsp_cookie_input(struct rsp_cookie *c, struct rsp_span message,
    enum rsp_cookie_event *event, struct rsp_span *cookie,
    struct rsp_builder *answer)
{
	uint8_t room[REPORT_ROOM];
	struct rsp_builder report = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;
	int err = rsp_message_decode(RSP_ASAP, message, &m, &report);

	*event = RSP_COOKIE_NOTHING;
	*cookie = (struct rsp_span){ NULL, 0 };
	if (m.type != RSP_ASAP_ERROR)
		put_error(answer, &report);
	if (err != RSP_OK)
		return err;
	switch (m.type) {
	case RSP_ASAP_COOKIE:
		err = keep_cookie(c, m.cookie);
		if (err == RSP_OK)
			*event = RSP_COOKIE_NEW;
		break;
	case RSP_ASAP_COOKIE_ECHO:
		*cookie = m.cookie;
		*event = RSP_COOKIE_ECHO;
		break;
	case RSP_ASAP_BUSINESS_CARD:
		err = keep_card(c, message, &m);
		if (err == RSP_OK)
			*event = RSP_COOKIE_CARD;
		break;
	}
	return err;
}

bool
rsp_cookie_get(const struct rsp_cookie *c, struct rsp_span *cookie)
{
	*cookie = (struct rsp_span){ c->cookie, c->cookie_len };
	return c->has_cookie;
}

struct rsp_span
rsp_cookie_handle(const struct rsp_cookie *c)
{
	return c->handle;
}

struct rsp_cursor
rsp_cookie_order(const struct rsp_cookie *c)
{
	return rsp_cursor_over(c->elements);
}

static void
put_cookie(struct rsp_builder *b, uint8_t type, struct rsp_span cookie)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.cookie = cookie;
	rsp_message_encode(b, &m);
}

void
rsp_cookie_put_echo(const struct rsp_cookie *c, struct rsp_builder *b)
{
	if (c->has_cookie)
		put_cookie(b, RSP_ASAP_COOKIE_ECHO,
		    (struct rsp_span){ c->cookie, c->cookie_len });
}

void
rsp_cookie_put(struct rsp_builder *b, struct rsp_span cookie)
{
	put_cookie(b, RSP_ASAP_COOKIE, cookie);
}

void
rsp_cookie_put_card(struct rsp_builder *b, struct rsp_span handle,
    struct rsp_span elements)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_BUSINESS_CARD);
	m.has_handle = true;
	m.handle = handle;
	m.elements = elements;
	rsp_message_encode(b, &m);
}
