/* SPDX-License-Identifier: Apache-2.0 */
/* registry_driver.c - driver of a registry on virtual time: a registrar's shell
 * without a world around it */
#include "tests/lib/registry_driver.h"
#include "tests/lib/repeatable.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct talk talk;

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "talk: %s\n", what);
	abort();
}

void
talk_init(void)
{
	memset(&talk, 0, sizeof(talk));
	rsp_registry_config_init(&talk.config);
	talk.state = UINT64_C(88172645463325252);
	talk.config.server_id = 0x5e53e700;
	talk.config.random = repeatable;
	talk.config.ctx = &talk.state;
	talk.now = 1000000;
}

void
talk_start(void)
{
	talk.registry = rsp_registry_new(&talk.config);
	if (talk.registry == NULL)
		fail("no registry");
}

void
talk_begin(void)
{
	talk_init();
	talk_start();
}

static void
forget_messages(struct talk_end *e)
{
	for (unsigned i = e->taken; i < e->n; i++)
		free(e->messages[i].bytes);
	free(e->last);
	e->last = NULL;
	e->n = e->taken = 0;
}

void
talk_end(void)
{
	for (unsigned i = 0; i < talk.n_ends; i++)
		forget_messages(&talk.ends[i]);
	rsp_registry_free(talk.registry);
	talk.registry = NULL;
}

struct rsp_address
talk_address(const char *text)
{
	struct rsp_address a = { 0 };

	a.family = strchr(text, ':') == NULL ? 4 : 6;
	if (inet_pton(a.family == 4 ? AF_INET : AF_INET6, text, a.bytes) != 1)
		fail(text);
	return a;
}

struct rsp_span
talk_span(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

static void
keep_message(struct talk_end *e, struct rsp_span bytes)
{
	if (e->n == TALK_MESSAGES)
		fail("too many messages");
	e->messages[e->n].len = bytes.len;
	e->messages[e->n].bytes = malloc(bytes.len);
	memcpy(e->messages[e->n++].bytes, bytes.at, bytes.len);
}

static void
keep_event(const struct rsp_out *out)
{
	struct talk_event *e = &talk.events[talk.n_events];

	if (talk.n_events++ == TALK_EVENTS)
		fail("too many events");
	*e = (struct talk_event){ out->event, out->pe_id, out->cause,
		out->reason, out->pe == NULL ? 0 : out->pe->life };
}

static void
drain(void)
{
	struct rsp_out out;

	while (rsp_registry_output(talk.registry, &out)) {
		struct talk_end *e = out.user;

		switch (out.kind) {
		case RSP_OUT_SEND:
			keep_message(e, out.bytes);
			break;
		case RSP_OUT_HANGUP:
			e->hung_up = true;
			break;
		case RSP_OUT_EVENT:
			keep_event(&out);
			break;
		default:
			break;
		}
	}
}

struct talk_end *
talk_open(uint16_t type, const char *addresses, bool local)
{
	struct talk_end *e = &talk.ends[talk.n_ends++];
	struct rsp_assoc_info info = { .protocol = RSP_ASAP, .local = local };
	char text[256], *save, *word;

	if (talk.n_ends > TALK_ENDS)
		fail("too many ends");
	info.remote.type = type;
	info.remote.port = 40000;
	snprintf(text, sizeof(text), "%s", addresses);
	word = strtok_r(text, " ", &save);
	for (; word != NULL; word = strtok_r(NULL, " ", &save))
		info.remote.addresses[info.remote.n_addresses++] =
		    talk_address(word);
	e->assoc = rsp_registry_open(talk.registry, talk.now, &info, e);
	if (e->assoc == NULL)
		fail("no association");
	return e;
}

struct talk_end *
talk_tcp(const char *address)
{
	return talk_open(RSP_PARAM_TCP, address, false);
}

void
talk_close(struct talk_end *e)
{
	rsp_registry_close(talk.registry, talk.now, e->assoc);
	e->assoc = NULL;
	drain();
}

void
talk_bytes(struct talk_end *e, const void *bytes, size_t len)
{
	e->result = rsp_registry_input(talk.registry, talk.now, e->assoc,
	    (struct rsp_span){ bytes, len });
	drain();
}

void
talk_say(struct talk_end *e, const struct rsp_message *m)
{
	static uint8_t room[70000];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	if (b.overflow)
		fail("message too long");
	talk_bytes(e, room, b.len);
}

bool
talk_hear(struct talk_end *e, struct rsp_message *m)
{
	free(e->last);
	e->last = NULL;
	rsp_message_init(m, RSP_ASAP, 0);
	if (e->taken == e->n) {
		e->taken = e->n = 0;
		return false;
	}
	e->last = e->messages[e->taken].bytes;
	if (rsp_message_decode(RSP_ASAP,
		(struct rsp_span){ e->last, e->messages[e->taken].len }, m,
		NULL) != RSP_OK)
		fail("the registry sent nonsense");
	e->taken++;
	return true;
}

const struct talk_event *
talk_event(void)
{
	return talk.seen == talk.n_events ? NULL : &talk.events[talk.seen++];
}

void
talk_wait(int64_t ms)
{
	rsp_time end = talk.now + ms, next;

	while ((next = rsp_registry_deadline(talk.registry)) <= end) {
		if (next > talk.now)
			talk.now = next;
		rsp_registry_tick(talk.registry, talk.now);
		drain();
	}
	talk.now = end;
}

void
talk_registration(struct rsp_message *m, const char *handle, uint32_t id,
    const char *address)
{
	rsp_message_init(m, RSP_ASAP, RSP_ASAP_REGISTRATION);
	m->handle = talk_span(handle);
	m->pe.id = id;
	m->pe.life = 90;
	m->pe.user.type = RSP_PARAM_TCP;
	m->pe.user.port = 80;
	m->pe.user.n_addresses = 1;
	m->pe.user.addresses[0] =
	    talk_address(address == NULL ? "10.0.0.1" : address);
	m->pe.policy.type = 1;
}

void
talk_request(struct rsp_message *m, uint8_t type, const char *handle,
    uint32_t id)
{
	rsp_message_init(m, RSP_ASAP, type);
	m->handle = talk_span(handle);
	m->pe_id = id;
}

int
talk_causes(const struct rsp_message *m, uint16_t *enclosed, unsigned *n)
{
	struct rsp_cursor c = rsp_cursor_over(m->causes);
	struct rsp_span information;
	uint16_t cause;
	int first = NO_CAUSE;

	*enclosed = 0;
	for (*n = 0; rsp_next_cause(&c, &cause, &information); ++*n) {
		if (*n > 0)
			continue;
		first = cause;
		if (information.len >= 2)
			*enclosed = (uint16_t)(information.at[0] << 8 |
					       information.at[1]);
	}
	return first;
}

static int
first_cause(const struct rsp_message *m)
{
	uint16_t enclosed;
	unsigned n;

	return talk_causes(m, &enclosed, &n);
}

int
talk_register(struct talk_end *e, const struct rsp_message *m)
{
	struct rsp_message answer;

	talk_say(e, m);
	if (!talk_hear(e, &answer) ||
	    answer.type != RSP_ASAP_REGISTRATION_RESPONSE ||
	    answer.pe_id != m->pe.id ||
	    !rsp_span_equal(answer.handle, m->handle))
		return -1;
	if ((answer.flags & RSP_FLAG_REJECT) == 0)
		return 0;
	return first_cause(&answer);
}

int
talk_deregister(struct talk_end *e, const char *handle, uint32_t id)
{
	struct rsp_message m;

	talk_request(&m, RSP_ASAP_DEREGISTRATION, handle, id);
	talk_say(e, &m);
	if (!talk_hear(e, &m) || m.type != RSP_ASAP_DEREGISTRATION_RESPONSE ||
	    m.pe_id != id || !rsp_span_equal(m.handle, talk_span(handle)))
		return -1;
	return first_cause(&m);
}

void
talk_join(struct talk_end *e, const char *handle, uint32_t id)
{
	struct rsp_message m;

	talk_registration(&m, handle, id, NULL);
	if (talk_register(e, &m) != NO_CAUSE)
		fail("a registration is not granted");
}

int
talk_resolve(struct talk_end *e, const char *handle, uint32_t items,
    uint32_t *ids)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe;
	int n = 0;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	m.has_items = items > 0;
	m.items = items;
	talk_say(e, &m);
	if (!talk_hear(e, &m) || m.type != RSP_ASAP_RESOLUTION_RESPONSE)
		fail("no answer to a resolution");
	if (m.has_error)
		return -first_cause(&m);
	c = rsp_cursor_over(m.elements);
	for (; rsp_next_pe(&c, &pe, NULL); n++)
		if (ids != NULL)
			ids[n] = pe.id;
	return n;
}

struct rsp_pe
talk_only_element(struct talk_end *e, const char *handle)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe, more;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	talk_say(e, &m);
	if (!talk_hear(e, &m))
		fail("no answer to a resolution");
	c = rsp_cursor_over(m.elements);
	if (!rsp_next_pe(&c, &pe, NULL) || rsp_next_pe(&c, &more, NULL))
		fail("the pool has not one element");
	return pe;
}

uint64_t
talk_elements(void)
{
	struct rsp_registry_counts counts;

	rsp_registry_count(talk.registry, &counts);
	return counts.elements;
}
