/* SPDX-License-Identifier: Apache-2.0 */
/* sample.c - valid messages made up from a seed.  Members that the type does
 * not have are left empty, as a decoder leaves them, so that whole messages can
 * be compared. */
#include "tests/lib/sample.h"
#include "tests/lib/repeatable.h"

uint32_t
sample_random(uint64_t *seed)
{
	return repeatable(seed);
}

static uint32_t
below(uint32_t n, uint64_t *seed)
{
	return sample_random(seed) % n;
}

static struct rsp_span
bytes(uint8_t *room, uint32_t max, uint64_t *seed)
{
	uint32_t i, len = below(max + 1, seed);

	for (i = 0; i < len; i++)
		room[i] = (uint8_t)sample_random(seed);
	return (struct rsp_span){ room, len };
}

static void
sample_transport(struct rsp_transport *t, uint16_t type, uint64_t *seed,
    uint8_t opaque[16])
{
	uint32_t len;
	unsigned i;

	rsp_clear_transport(t);
	t->type = type;
	if (type == RSP_PARAM_OPAQUE) {
		t->opaque = bytes(opaque, 16, seed);
		return;
	}
	t->port = (uint16_t)sample_random(seed);
	if (type == RSP_PARAM_DCCP)
		t->service_code = sample_random(seed);
	if (type == RSP_PARAM_SCTP)
		t->use = (uint16_t)below(2, seed);
	t->n_addresses =
	    type == RSP_PARAM_SCTP ? 1 + below(RSP_ADDRESSES_MAX, seed) : 1;
	for (i = 0; i < t->n_addresses; i++) {
		struct rsp_address *a = &t->addresses[i];

		memset(a, 0, sizeof(*a));
		a->family = below(2, seed) == 0 ? 4 : 6;
		for (len = 0; len < (a->family == 4 ? 4 : 16); len++)
			a->bytes[len] = (uint8_t)sample_random(seed);
	}
}

static void
sample_policy(struct rsp_policy *p, uint64_t *seed)
{
	unsigned i;

	memset(p, 0, sizeof(*p));
	p->type = sample_random(seed);
	p->n_words = below(RSP_POLICY_WORDS + 1, seed);
	for (i = 0; i < p->n_words; i++)
		p->words[i] = sample_random(seed);
}

void
sample_pe(struct rsp_pe *pe, uint64_t *seed, uint8_t opaque[16])
{
	static const uint16_t users[] = { RSP_PARAM_DCCP, RSP_PARAM_SCTP,
		RSP_PARAM_TCP, RSP_PARAM_UDP, RSP_PARAM_UDPLITE,
		RSP_PARAM_OPAQUE };
	static const uint16_t asaps[] = { 0, RSP_PARAM_SCTP, RSP_PARAM_TCP };

	rsp_clear_pe(pe);
	pe->id = sample_random(seed);
	pe->home = sample_random(seed);
	pe->life = (int32_t)sample_random(seed);
	sample_transport(&pe->user, users[below(6, seed)], seed, opaque);
	sample_policy(&pe->policy, seed);
	if (below(2, seed) == 0)
		sample_transport(&pe->asap, asaps[1 + below(2, seed)], seed,
		    NULL);
}

static void
sample_server(struct rsp_server_info *info, uint64_t *seed)
{
	info->id = sample_random(seed);
	sample_transport(&info->transport,
	    below(2, seed) == 0 ? RSP_PARAM_SCTP : RSP_PARAM_TCP, seed, NULL);
}

static struct rsp_span
elements(struct sample *s, uint32_t min, bool pools, uint64_t *seed)
{
	struct rsp_builder b = rsp_builder_into(s->list, sizeof(s->list));
	uint32_t n = min + below(8, seed);
	struct rsp_pe pe;
	size_t mark;

	while (n-- > 0) {
		if (pools && (b.len == 0 || below(2, seed) == 0)) {
			mark = rsp_open_param(&b, RSP_PARAM_HANDLE);
			rsp_put_span(&b, bytes(s->handle, 64, seed));
			rsp_close_param(&b, mark);
		}
		sample_pe(&pe, seed, s->opaque);
		rsp_put_pe(&b, &pe);
	}
	return rsp_builder_span(&b);
}

static struct rsp_span
servers(struct sample *s, bool announce, uint64_t *seed)
{
	struct rsp_builder b = rsp_builder_into(s->list, sizeof(s->list));
	uint32_t n = below(8, seed);
	struct rsp_server_info info;

	while (n-- > 0) {
		sample_server(&info, seed);
		if (announce)
			rsp_put_transport(&b, &info.transport);
		else
			rsp_put_server_info(&b, &info);
	}
	return rsp_builder_span(&b);
}

static struct rsp_span
causes(struct sample *s, uint64_t *seed)
{
	struct rsp_builder b = rsp_builder_into(s->causes, sizeof(s->causes));
	uint32_t n = 1 + below(4, seed);
	uint8_t information[32];

	while (n-- > 0)
		rsp_put_cause(&b, (uint16_t)sample_random(seed),
		    bytes(information, sizeof(information), seed));
	return rsp_builder_span(&b);
}

static void
sample_asap(struct sample *s, uint64_t *seed)
{
	struct rsp_message *m = &s->m;

	switch (m->type) {
	case RSP_ASAP_REGISTRATION:
		m->has_pe = true;
		sample_pe(&m->pe, seed, s->opaque);
		break;
	case RSP_ASAP_REGISTRATION_RESPONSE:
	case RSP_ASAP_RESOLUTION_RESPONSE:
		m->flags = (uint8_t)below(2, seed);
		/* fall through */
	case RSP_ASAP_DEREGISTRATION_RESPONSE:
		m->has_error = below(2, seed) == 0;
		break;
	case RSP_ASAP_RESOLUTION:
		m->flags = (uint8_t)below(2, seed);
		m->has_items = below(2, seed) == 0;
		m->items = m->has_items ? sample_random(seed) : 0;
		m->any_case = below(2, seed) == 0;
		break;
	case RSP_ASAP_KEEP_ALIVE:
		m->flags = (uint8_t)below(2, seed);
		m->has_pe_id = below(2, seed) == 0;
		m->server = sample_random(seed);
		break;
	case RSP_ASAP_ANNOUNCE:
		m->server = sample_random(seed);
		m->transports = servers(s, true, seed);
		break;
	case RSP_ASAP_COOKIE:
	case RSP_ASAP_COOKIE_ECHO:
		m->cookie = bytes(s->list, 2000, seed);
		break;
	case RSP_ASAP_BUSINESS_CARD:
		m->elements = elements(s, 1, false, seed);
		break;
	case RSP_ASAP_ERROR:
		m->has_error = true;
		break;
	}
	if (m->type == RSP_ASAP_RESOLUTION_RESPONSE) {
		m->elements = elements(s, 0, false, seed);
		m->has_policy = below(2, seed) == 0;
		if (m->has_policy)
			sample_policy(&m->policy, seed);
	}
	m->has_handle =
	    m->type < RSP_ASAP_ANNOUNCE || m->type == RSP_ASAP_BUSINESS_CARD;
	m->has_pe_id |= m->type == RSP_ASAP_DEREGISTRATION ||
			m->type == RSP_ASAP_REGISTRATION_RESPONSE ||
			m->type == RSP_ASAP_DEREGISTRATION_RESPONSE ||
			m->type == RSP_ASAP_KEEP_ALIVE_ACK ||
			m->type == RSP_ASAP_UNREACHABLE;
}

static void
sample_enrp(struct sample *s, uint64_t *seed)
{
	struct rsp_message *m = &s->m;

	m->sender = sample_random(seed);
	m->receiver = sample_random(seed);
	switch (m->type) {
	case RSP_ENRP_PRESENCE:
		m->flags = (uint8_t)below(2, seed);
		m->has_checksum = below(2, seed) == 0;
		if (m->has_checksum)
			m->checksum = (uint16_t)sample_random(seed);
		m->has_server_info = below(2, seed) == 0;
		if (m->has_server_info)
			sample_server(&m->server_info, seed);
		m->is_rspool = below(2, seed) == 0;
		if (m->is_rspool)
			m->transports = servers(s, true, seed);
		break;
	case RSP_ENRP_TABLE_REQUEST:
		m->flags = (uint8_t)below(2, seed);
		break;
	case RSP_ENRP_TABLE_RESPONSE:
		m->flags = (uint8_t)below(4, seed);
		m->elements = elements(s, 0, true, seed);
		break;
	case RSP_ENRP_UPDATE:
		m->flags = (uint8_t)below(2, seed);
		m->action = (uint16_t)below(2, seed);
		m->has_handle = true;
		m->has_pe = true;
		sample_pe(&m->pe, seed, s->opaque);
		break;
	case RSP_ENRP_LIST_RESPONSE:
		m->flags = (uint8_t)below(2, seed);
		m->servers = servers(s, false, seed);
		break;
	case RSP_ENRP_INIT_TAKEOVER:
	case RSP_ENRP_INIT_TAKEOVER_ACK:
	case RSP_ENRP_TAKEOVER_SERVER:
		m->server = sample_random(seed);
		break;
	case RSP_ENRP_ERROR:
		m->has_error = true;
		break;
	}
}

void
sample_message(struct sample *s, enum rsp_protocol protocol, uint8_t type,
    uint64_t *seed)
{
	struct rsp_message *m = &s->m;

	rsp_message_init(m, protocol, type);
	if (protocol == RSP_ASAP)
		sample_asap(s, seed);
	else
		sample_enrp(s, seed);
	if (m->has_handle)
		m->handle = bytes(s->handle, 64, seed);
	if (m->has_pe_id)
		m->pe_id = sample_random(seed);
	if (m->has_error)
		m->causes = causes(s, seed);
}

bool
same_pe(const struct rsp_pe *a, const struct rsp_pe *b)
{
	return a->id == b->id && a->home == b->home && a->life == b->life &&
	       rsp_transport_equal(&a->user, &b->user) &&
	       rsp_policy_equal(&a->policy, &b->policy) &&
	       rsp_transport_equal(&a->asap, &b->asap);
}

static bool
same_lists(const struct rsp_message *a, const struct rsp_message *b)
{
	return rsp_span_equal(a->elements, b->elements) &&
	       rsp_span_equal(a->servers, b->servers) &&
	       rsp_span_equal(a->transports, b->transports) &&
	       rsp_span_equal(a->causes, b->causes) &&
	       rsp_span_equal(a->handle, b->handle) &&
	       rsp_span_equal(a->cookie, b->cookie);
}

static bool
same_presence(const struct rsp_message *a, const struct rsp_message *b)
{
	return a->has_handle == b->has_handle && a->has_pe_id == b->has_pe_id &&
	       a->has_policy == b->has_policy && a->has_items == b->has_items &&
	       a->any_case == b->any_case && a->is_rspool == b->is_rspool &&
	       a->has_checksum == b->has_checksum &&
	       a->has_error == b->has_error && a->has_pe == b->has_pe &&
	       a->has_server_info == b->has_server_info;
}

bool
same_message(const struct rsp_message *a, const struct rsp_message *b)
{
	return a->protocol == b->protocol && a->type == b->type &&
	       a->flags == b->flags && a->sender == b->sender &&
	       a->receiver == b->receiver && a->server == b->server &&
	       a->action == b->action && a->pe_id == b->pe_id &&
	       a->items == b->items && a->checksum == b->checksum &&
	       same_presence(a, b) && same_lists(a, b) &&
	       rsp_policy_equal(&a->policy, &b->policy) &&
	       same_pe(&a->pe, &b->pe) &&
	       a->server_info.id == b->server_info.id &&
	       rsp_transport_equal(&a->server_info.transport,
		   &b->server_info.transport);
}
