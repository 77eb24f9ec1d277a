/* SPDX-License-Identifier: Apache-2.0 */
/* every_message.c - a capture with all there is on the wire
 *
 *	every_message CAPTURE
 *
 * Walks the tables of the codec: every message with every subset of its flags
 * and optional parts, every parameter, kind of transport, policy and error
 * cause.  What has come out is read again and ticked off, so that a new row of
 * a table of which nothing was written is an error here.  Prints one line per
 * message, as messages_to_pcap does.
 */
#include <stdlib.h>

#include "rsp/core/wire/message_def.h"
#include "rsp/core/pool/policy.h"
#include "tests/lib/pcap.h"

#define FLAGS 2 /* bits of flags that any message has */

static const uint16_t users[] = { RSP_PARAM_DCCP, RSP_PARAM_SCTP, RSP_PARAM_TCP,
	RSP_PARAM_UDP, RSP_PARAM_UDPLITE, RSP_PARAM_OPAQUE };
static const uint16_t asaps[] = { 0, RSP_PARAM_SCTP, RSP_PARAM_TCP };

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct {
	bool param[65536], cause[65536];
	bool policy[64]; /* by row */
	/* of each message: flags; slots filled, slots left empty */
	uint8_t flags[2][256], with[2][256], without[2][256];
} seen;

static struct pcap capture;
static int missing;

static void
fail(const char *what, const char *name, unsigned number)
{
	fprintf(stderr, "every_message: %s %s (0x%x)\n", what, name, number);
	missing = 1;
}

/* What has been written, read again. */

static void see_params(struct rsp_cursor c);

static void
see_causes(struct rsp_cursor c)
{
	struct rsp_span information;
	uint16_t cause;

	while (rsp_next_cause(&c, &cause, &information))
		seen.cause[cause] = true;
}

static void
see_policy(struct rsp_cursor c)
{
	const struct rsp_policy_def *row;
	uint32_t type = rsp_get_u32(&c);

	for (unsigned i = 0; (row = rsp_policy_row(i)) != NULL; i++)
		if (row->type == type)
			seen.policy[i] = true;
}

static void
see_param(uint16_t type, struct rsp_cursor c)
{
	seen.param[type] = true;
	switch (type) {
	case RSP_PARAM_DCCP:
		rsp_get_u32(&c); /* fallthrough */
	case RSP_PARAM_SCTP:
	case RSP_PARAM_TCP:
	case RSP_PARAM_UDP:
	case RSP_PARAM_UDPLITE:
	case RSP_PARAM_SERVER:
		rsp_get_u32(&c);
		see_params(c);
		break;
	case RSP_PARAM_PE:
		rsp_get_span(&c, 12);
		see_params(c);
		break;
	case RSP_PARAM_KIND:
		see_params(c);
		break;
	case RSP_PARAM_POLICY:
		see_policy(c);
		break;
	case RSP_PARAM_ERROR:
		see_causes(c);
		break;
	}
}

static void
see_params(struct rsp_cursor c)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(&c, &type, &value, NULL))
		see_param(type, value);
}

static void
see(const struct rsp_message_def *d, enum rsp_protocol protocol,
    struct rsp_span bytes)
{
	struct rsp_cursor c = rsp_cursor_over(bytes);

	rsp_get_u8(&c);
	seen.flags[protocol][d->type] |= rsp_get_u8(&c);
	rsp_get_u16(&c);
	if (protocol == RSP_ENRP)
		rsp_get_span(&c, 8);
	if (d->fields != NOTHING)
		rsp_get_u32(&c);
	see_params(c);
}

/* What is written. */

static void
put(const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	const struct rsp_message_def *d =
	    rsp__message_def(m->protocol, m->type);
	struct rsp_message back;

	rsp_message_encode(&b, m);
	if (b.overflow || rsp_message_decode(m->protocol, rsp_builder_span(&b),
			      &back, NULL) != RSP_OK)
		fail("cannot be encoded and decoded:", d->name, m->type);
	see(d, m->protocol, rsp_builder_span(&b));
	pcap_message(&capture, m->protocol, rsp_builder_span(&b));
	printf("%s %u %s\n", m->protocol == RSP_ASAP ? "asap" : "enrp", m->type,
	    d->name);
}

static struct rsp_transport
transport(uint16_t type, unsigned variant)
{
	static const struct rsp_address addresses[] = {
		{ 4, { 192, 0, 2, 1 } },
		{ 6, { 0x20, 1, 0x0d, 0xb8, [15] = 1 } },
		{ 4, { 192, 0, 2, 2 } },
	};
	struct rsp_transport t;

	rsp_clear_transport(&t);
	t.type = type;
	if (type == RSP_PARAM_OPAQUE)
		t.opaque =
		    (struct rsp_span){ (const uint8_t *)"opaque", 3 + variant };
	if (type == 0 || type == RSP_PARAM_OPAQUE)
		return t;
	t.port = 8001;
	t.use = type == RSP_PARAM_SCTP ? variant % 2 : 0;
	t.service_code = type == RSP_PARAM_DCCP ? 0x52535021 : 0;
	t.n_addresses = type == RSP_PARAM_SCTP ? 1 + variant % N(addresses) : 1;
	for (unsigned i = 0; i < t.n_addresses; i++)
		t.addresses[i] = addresses[(variant + i) % N(addresses)];
	return t;
}

/* A policy of the table, or behind it one of nobody's. */
static struct rsp_policy
policy(unsigned row)
{
	const struct rsp_policy_def *def = rsp_policy_row(row);
	struct rsp_policy p = { 0xc0000077, 2, { 1, 2, 3, 4 } };

	if (def != NULL)
		p = (struct rsp_policy){ def->type, def->n_words,
			{ 0x40000000, 0x10000000, 50 } };
	return p;
}

static void
fill_pe(struct rsp_pe *pe, unsigned variant)
{
	pe->id = 0x1000 + variant;
	pe->home = variant % 2 == 0 ? 0 : 0x11111111;
	pe->life = variant % 5 == 0 ? RSP_LIFE_FOREVER : 90;
	pe->user = transport(users[variant % N(users)], variant % 4);
	pe->policy = policy(variant / 2 % 12);
	pe->asap = transport(asaps[variant % N(asaps)], variant % 4);
	pe->asap.use = 0;
}

/* The information of a cause, as RFC 5354 section 3.12 wants it. */
static void
put_cause(struct rsp_builder *b, uint16_t cause)
{
	static const uint8_t unknown_param[] = { 0xc0, 0x11, 0, 5, 'x' },
			     unknown_message[] = { 0x41, 0, 0, 4 };
	struct rsp_span what = { NULL, 0 };
	uint8_t room[256];
	struct rsp_builder inner = rsp_builder_into(room, sizeof(room));
	struct rsp_policy p = policy(1);
	struct rsp_transport t = transport(RSP_PARAM_TCP, 0);

	switch (cause) {
	case RSP_CAUSE_PARAM:
		what = (struct rsp_span){ unknown_param, 5 };
		break;
	case RSP_CAUSE_MESSAGE:
		what = (struct rsp_span){ unknown_message, 4 };
		break;
	case RSP_CAUSE_POLICY:
		rsp_put_policy(&inner, &p);
		what = rsp_builder_span(&inner);
		break;
	case RSP_CAUSE_INVALID:
	case RSP_CAUSE_TRANSPORT:
		rsp_put_transport(&inner, &t);
		what = rsp_builder_span(&inner);
		break;
	}
	rsp_put_cause(b, cause, what);
}

#define PUT_CAUSE(name, number, text) put_cause(&causes, name);

/* Fills all that a message may have. */
static void
fill(struct rsp_message *m, const struct rsp_message_def *d)
{
	static uint8_t cause_room[1024], list_room[8192], server_room[512],
	    transport_room[512];
	struct rsp_builder causes =
			       rsp_builder_into(cause_room, sizeof(cause_room)),
			   list =
			       rsp_builder_into(list_room, sizeof(list_room)),
			   servers = rsp_builder_into(server_room,
			       sizeof(server_room)),
			   transports = rsp_builder_into(transport_room,
			       sizeof(transport_room));
	static struct rsp_pe pe;
	bool pools = d->slots[0].type == POOLS;
	size_t mark;

	m->sender = 0x11111111;
	m->receiver = 0x22222222;
	m->server = 0x33333333;
	m->handle = (struct rsp_span){ (const uint8_t *)"EchoPool!", 9 };
	m->pe_id = 0x1a2b3c4d;
	m->policy = policy(0);
	m->items = 0xffffffff;
	m->checksum = 0x1234;
	m->cookie = (struct rsp_span){ (const uint8_t *)"abcde", 5 };
	m->server_info.id = 0x11111111;
	m->server_info.transport = transport(RSP_PARAM_SCTP, 2);
	fill_pe(&m->pe, 1);
	RSP_CAUSES(PUT_CAUSE)
	m->causes = rsp_builder_span(&causes);
	for (unsigned i = 0; i < 24; i++) {
		if (pools && i % 8 == 0) {
			mark = rsp_open_param(&list, RSP_PARAM_HANDLE);
			rsp_put_span(&list, m->handle);
			rsp_close_param(&list, mark);
		}
		fill_pe(&pe, i);
		rsp_put_pe(&list, &pe);
	}
	m->elements = rsp_builder_span(&list);
	rsp_put_server_info(&servers, &m->server_info);
	m->servers = rsp_builder_span(&servers);
	rsp_put_transport(&transports, &m->server_info.transport);
	m->server_info.transport = transport(RSP_PARAM_SCTP, 1);
	rsp_put_server_info(&servers, &m->server_info);
	m->servers = rsp_builder_span(&servers);
	m->server_info.transport = transport(RSP_PARAM_TCP, 1);
	rsp_put_transport(&transports, &m->server_info.transport);
	m->transports = rsp_builder_span(&transports);
	m->server_info.transport = transport(RSP_PARAM_SCTP, 1);
}

/* Has the message what the slot is for?  Lists are cleared where they shall be
 * empty. */
static void
choose(struct rsp_message *m, const struct rsp_slot *s, bool with)
{
	const struct rsp_span nothing = { NULL, 0 };

	switch (s->type) {
	case RSP_PARAM_PE_ID:
		m->has_pe_id = with;
		break;
	case RSP_PARAM_POLICY:
		m->has_policy = with;
		break;
	case RSP_PARAM_ITEMS:
		m->has_items = with;
		break;
	case RSP_PARAM_ANYCASE:
		m->any_case = with;
		break;
	case RSP_PARAM_CHECKSUM:
		m->has_checksum = with;
		break;
	case RSP_PARAM_SERVER:
		m->has_server_info = with;
		if (!with)
			m->servers = nothing;
		break;
	case RSP_PARAM_KIND:
		m->is_rspool = with;
		break;
	case RSP_PARAM_ERROR:
		m->has_error = with;
		break;
	case TRANSPORTS:
		if (!with)
			m->transports = nothing;
		break;
	case POOLS:
	case RSP_PARAM_PE:
		if (!with)
			m->elements = nothing;
		break;
	default:
		fail("optional, and not known here:",
		    rsp_param_name((uint16_t)s->type), s->type);
	}
}

static bool
is_optional(const struct rsp_slot *s)
{
	return s->times == OPT || s->times == ANY;
}

/* Every subset of the optional parts. */
static void
put_variants(const struct rsp_message_def *d, enum rsp_protocol protocol,
    uint8_t flags)
{
	static struct rsp_message m;
	unsigned with;

	for (with = 0; with < 1u << RSP_SLOTS; with++) {
		bool whole = true;

		rsp_message_init(&m, protocol, d->type);
		fill(&m, d);
		m.flags = flags;
		for (unsigned i = 0; i < RSP_SLOTS; i++) {
			const struct rsp_slot *s = &d->slots[i];
			bool there = (with & 1u << i) != 0;

			if (is_optional(s))
				choose(&m, s, there);
			else if (!there) /* always there */
				whole = false;
		}
		if (!whole)
			continue;
		for (m.action = 0; m.action <= (d->fields == ACTION);
		     m.action++)
			put(&m);
		seen.with[protocol][d->type] |= (uint8_t)with;
		seen.without[protocol][d->type] |= (uint8_t)~with;
	}
}

static void
put_all(enum rsp_protocol protocol)
{
	const struct rsp_message_def *d;

	for (unsigned type = 0; type < 256; type++) {
		d = rsp__message_def(protocol, (uint8_t)type);
		for (uint8_t flags = 0; d != NULL && flags < 1 << FLAGS;
		     flags++)
			if ((flags & ~d->flags) == 0)
				put_variants(d, protocol, flags);
	}
}

/* Every kind of pool element, with every policy. */
static void
put_registrations(void)
{
	static struct rsp_message m;
	const struct rsp_message_def *d =
	    rsp__message_def(RSP_ASAP, RSP_ASAP_REGISTRATION);

	for (unsigned user = 0; user < N(users); user++)
		for (unsigned row = 0; row == 0 || rsp_policy_row(row - 1);
		     row++) {
			rsp_message_init(&m, RSP_ASAP, RSP_ASAP_REGISTRATION);
			fill(&m, d);
			m.pe.user = transport(users[user], row % 4);
			m.pe.policy = policy(row);
			put(&m);
		}
}

/* Each cause alone, too. */
static void
put_error(uint16_t cause)
{
	static struct rsp_message m;
	uint8_t room[256];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ERROR);
	put_cause(&b, cause);
	m.has_error = true;
	m.causes = rsp_builder_span(&b);
	put(&m);
}

/* Is everything ticked off, and nothing else there? */

#define TICK_PARAM(name, number, text)                                         \
	if (!seen.param[number])                                               \
		fail("never written: parameter", text, number);                \
	seen.param[number] = false;
#define TICK_CAUSE(name, number, text)                                         \
	if (!seen.cause[number])                                               \
		fail("never written: cause", text, number);                    \
	seen.cause[number] = false;

static void
tick_messages(enum rsp_protocol protocol)
{
	const struct rsp_message_def *d;

	for (unsigned type = 0; type < 256; type++) {
		d = rsp__message_def(protocol, (uint8_t)type);
		if (d == NULL)
			continue;
		if (seen.flags[protocol][type] != d->flags)
			fail("a flag never set, or one too many:", d->name,
			    d->flags);
		for (unsigned i = 0; i < RSP_SLOTS; i++) {
			if (!is_optional(&d->slots[i]))
				continue;
			if ((seen.with[protocol][type] & 1 << i) == 0 ||
			    (seen.without[protocol][type] & 1 << i) == 0)
				fail("an optional part never there, or never "
				     "left out:",
				    d->name, i);
		}
	}
}

static void
tick_off(void)
{
	const struct rsp_policy_def *row;

	RSP_PARAMS(TICK_PARAM)
	RSP_CAUSES(TICK_CAUSE)
	for (unsigned i = 0; i < 65536; i++) {
		if (seen.param[i])
			fail("in no table: parameter", "", i);
		if (seen.cause[i])
			fail("in no table: cause", "", i);
	}
	for (unsigned i = 0; (row = rsp_policy_row(i)) != NULL; i++)
		if (!seen.policy[i])
			fail("never written: policy", row->name, row->type);
	tick_messages(RSP_ASAP);
	tick_messages(RSP_ENRP);
}

#define PUT_ERROR(name, number, text) put_error(name);

int
main(int argc, char **argv)
{
	if (argc != 2 || !pcap_open(&capture, argv[1])) {
		fail("needs a capture that can be written:",
		    argc < 2 ? "" : argv[1], 0);
		return EXIT_FAILURE;
	}
	put_all(RSP_ASAP);
	put_all(RSP_ENRP);
	put_registrations();
	RSP_CAUSES(PUT_ERROR)
	tick_off();
	if (!pcap_close(&capture))
		fail("cannot be written:", argv[1], 0);
	return missing == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
