/* SPDX-License-Identifier: Apache-2.0 */
/* peer_fixture.c - test fixture of a peer that a test makes by hand, and what
 * it says of elements */
#include "tests/lib/peer_fixture.h"

#include "tests/sim/net.h"
#include "tests/sim/net_handmade.h"
#include "rsp/core/registry/registry_inner.h"

void
say_presence(unsigned end, uint32_t from, bool ours, int checksum)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = from;
	m.is_rspool = ours;
	m.has_checksum = checksum >= 0;
	m.checksum = (uint16_t)checksum;
	net_say(end, &m);
}

void
become_peer(unsigned end, unsigned i, uint32_t id, bool ours)
{
	struct rsp_message m;

	net_open(end, i);
	say_presence(end, id, ours, -1);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = id;
	net_say(end, &m);
	while (net_hear(end, &m))
		;
}

void
make_update(struct rsp_message *m, uint32_t from, uint16_t action, unsigned e,
    uint32_t home)
{
	rsp_message_init(m, RSP_ENRP, RSP_ENRP_UPDATE);
	m->sender = from;
	m->action = action;
	m->has_handle = m->has_pe = true;
	m->handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m->pe.id = e + 1;
	m->pe.home = home;
	m->pe.life = 90;
	m->pe.user.type = RSP_PARAM_TCP;
	m->pe.user.port = 80;
	m->pe.user.n_addresses = 1;
	m->pe.user.addresses[0].family = 4;
	m->pe.user.addresses[0].bytes[0] = 10;
	m->pe.policy.type = 0x40000001;
	m->pe.policy.n_words = 1;
}

void
say_update(unsigned end, uint32_t from, uint16_t action, unsigned e,
    uint32_t home)
{
	struct rsp_message m;

	make_update(&m, from, action, e, home);
	net_say(end, &m);
}

void
say_table(unsigned end, uint32_t from, uint8_t flags, unsigned first,
    unsigned n, uint32_t home)
{
	static uint8_t room[8192];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	size_t mark = rsp_open_param(&b, RSP_PARAM_HANDLE);
	struct rsp_message m, element;

	rsp_put_span(&b, (struct rsp_span){ (const uint8_t *)"P", 1 });
	rsp_close_param(&b, mark);
	for (unsigned e = first; e < first + n; e++) {
		make_update(&element, from, RSP_UPDATE_ADD, e, home);
		rsp_put_padding(&b);
		rsp_put_pe(&b, &element.pe);
	}
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = from;
	m.flags = flags;
	if (n > 0)
		m.elements = rsp_builder_span(&b);
	net_say(end, &m);
}

struct rsp_entry *
find_entry(unsigned i, unsigned e)
{
	struct rsp_pool *pool = rsp_pool_find(&net.reg[i]->space,
	    (struct rsp_span){ (const uint8_t *)"P", 1 });

	return pool == NULL ? NULL
			    : rsp_entry_find(&net.reg[i]->space, pool, e + 1);
}
