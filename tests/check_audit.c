/* SPDX-License-Identifier: Apache-2.0 */
/* check_audit.c - claims about what peers say of elements: updates, checksums,
 * resynchronisation (RFC 5353 sections 3.3 and 3.6)
 */
#include "suite.h"

#include "net.h"
#include "net_element.h"
#include "net_handmade.h"
#include "net_look.h"
#include "net_registrar.h"
#include "rsp/core/registry_impl.h"

#define STRANGER 0x99990000u
#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static void
presence(unsigned end, uint32_t from, bool ours, int checksum)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = from;
	m.of_kind = ours;
	m.has_checksum = checksum >= 0;
	m.checksum = (uint16_t)checksum;
	net_say(end, &m);
}

/* `end` becomes a peer of registrar i; what it is greeted with is unheard,
 * and its own elements are none. */
static void
join(unsigned end, unsigned i, uint32_t id, bool ours)
{
	struct rsp_message m;

	net_open(end, i);
	presence(end, id, ours, -1);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = id;
	net_say(end, &m);
	while (net_hear(end, &m))
		;
}

static void
update(struct rsp_message *m, uint32_t from, uint16_t action, unsigned e,
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

static void
say_update(unsigned end, uint32_t from, uint16_t action, unsigned e,
    uint32_t home)
{
	struct rsp_message m;

	update(&m, from, action, e, home);
	net_say(end, &m);
}

static void
elements(unsigned first, unsigned n, unsigned home)
{
	for (unsigned e = first; e < first + n; e++)
		net_element(e, "P", 1u << home, true);
	net_run(1000);
}

static struct rsp_entry *
entry(unsigned i, unsigned e)
{
	struct rsp_pool *pool = rsp_pool_find(&net.reg[i]->space,
	    (struct rsp_span){ (const uint8_t *)"P", 1 });

	return pool == NULL ?
	    NULL :
	    rsp_entry_find(&net.reg[i]->space, pool, e + 1);
}

static void
lose(unsigned i, unsigned e)
{
	learn_drop(net.reg[i], entry(i, e), NULL, "lost by the test");
}

static unsigned
hear_all(unsigned end, uint8_t type)
{
	struct rsp_message m;
	unsigned n = 0;

	while (net_hear(end, &m))
		n += m.type == type;
	return n;
}

static uint64_t
sent(unsigned i, uint8_t type)
{
	return net.sent[i].messages[type];
}

static int64_t
fifth_of_a_second(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	return 200000;
}

/* Proves delay-2.2-03, delay-3.4-04. */
START_TEST(way_to_the_home_is_added_to_the_distance)
{
	struct rsp_message m;
	struct rsp_pe pe;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	net.reg[0]->config.round_trip = fifth_of_a_second;
	join(0, 0, STRANGER, true);
	update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.policy = (struct rsp_policy){ 0xb0002002, 3, { 1, 2, 50 } };
	net_say(0, &m);
	rsp_entry_decode(entry(0, 0), &pe);
	ck_assert_uint_eq(pe.policy.words[2], 150);
	m.pe.policy.words[2] = UINT32_MAX - 50;
	net_say(0, &m);
	rsp_entry_decode(entry(0, 0), &pe);
	ck_assert_uint_eq(pe.policy.words[2], UINT32_MAX);
	net_end();
}
END_TEST

/* Proves 5353-2.4-01, 5353-2.4-04, 5353-2.4-08, 5353-3.3-01, 5353-3.3-02,
 * 5353-3.3-03, 5353-3.3-04, 5353-3.3-05, 5353-3.3-12, 5353-3.3-13,
 * 5353-3.3-14, 5353-3.3-15, 5353-3.3-16, 5353-1.1-01, 5353-2.1-06. */
START_TEST(all_that_becomes_of_an_element_is_told)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	join(1, 0, STRANGER + 1, true);
	elements(0, 2, 0);
	net_element_load(1, 7);
	net_run(10);
	net_element_leave(1);
	net_run(10);
	net_element_kill(0);
	net_run(3000);
	for (unsigned end = 0; end < 2; end++) {
		static const struct {
			uint16_t action;
			unsigned id;
			uint32_t load;
		} told[] = { { RSP_UPDATE_ADD, 1, 0 }, { RSP_UPDATE_ADD, 2, 0 },
			{ RSP_UPDATE_ADD, 2, 7 }, { RSP_UPDATE_DEL, 2, 7 },
			{ RSP_UPDATE_DEL, 1, 0 } };

		for (int i = 0; i < COUNT(told); i++) {
			ck_assert(net_hear_type(end, RSP_ENRP_UPDATE, &m));
			ck_assert_uint_eq(m.sender, NET_ID(0));
			ck_assert_uint_eq(m.receiver, 0);
			ck_assert_uint_eq(m.flags, 0);
			ck_assert_uint_eq(m.action, told[i].action);
			ck_assert_uint_eq(m.pe.id, told[i].id);
			ck_assert_uint_eq(m.pe.home, NET_ID(0));
			ck_assert_int_eq(m.pe.life, 90);
			ck_assert_uint_eq(m.pe.user.port, 80);
			ck_assert_uint_eq(m.pe.asap.type, RSP_PARAM_TCP);
			ck_assert_uint_eq(m.pe.policy.words[0], told[i].load);
		}
		ck_assert(!net_hear_type(end, RSP_ENRP_UPDATE, &m));
	}
	net_end();
}
END_TEST

/* Proves 5353-3.3-06 to 5353-3.3-11, 5353-3.3-17, 5353-3.3-18, 5353-3.3-19,
 * 5353-3.6-13.
 * Proves 5353-3.2-32. */
START_TEST(what_is_told_is_believed)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 1, 0);
	ck_assert_uint_eq(net_elements(0), 2);
	ck_assert_uint_eq(net_owner(0, "P", 0), STRANGER);
	ck_assert_uint_eq(net_owner(0, "P", 1), STRANGER);
	update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.policy.words[0] = 55;
	m.pe.life = 7;
	net_say(0, &m);
	rsp_entry_decode(entry(0, 0), &m.pe);
	ck_assert_uint_eq(m.pe.policy.words[0], 55);
	ck_assert_int_eq(m.pe.life, 7);
	/* Its life is its home's to watch. */
	for (int i = 0; i < 20; i++) {
		net_run(1000);
		presence(0, STRANGER, true, -1);
	}
	ck_assert_uint_eq(net_elements(0), 2);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 0, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 1, STRANGER);
	say_update(0, STRANGER, RSP_UPDATE_DEL, 9, STRANGER);
	ck_assert_uint_eq(net_elements(0), 0);
	ck_assert_uint_eq(net.reg[0]->space.pools.n, 0);
	ck_assert_uint_eq(hear_all(0, RSP_ENRP_ERROR), 0);
	net_end();
}
END_TEST

/* Updates that are not the sender's to make. */
static const struct {
	const char *name;
	uint16_t action;
	uint32_t home;
} forged[] = {
	{ "adds in another's name", RSP_UPDATE_ADD, NET_ID(1) },
	{ "adds in the registrar's own name", RSP_UPDATE_ADD, NET_ID(0) },
	{ "removes in another's name", RSP_UPDATE_DEL, NET_ID(1) },
	{ "removes in its own name", RSP_UPDATE_DEL, STRANGER },
	{ "removes in nobody's name", RSP_UPDATE_DEL, 0 },
};

START_TEST(nobody_speaks_for_another_s_elements)
{
	rsp_time from;

	net_init();
	net_start_all(2);
	elements(0, 2, 0);
	elements(2, 2, 1);
	join(0, 0, STRANGER, true);
	from = net.now;
	for (unsigned e = 0; e < 6; e++)
		say_update(0, STRANGER, forged[_i].action, e, forged[_i].home);
	for (unsigned e = 0; e < 4; e++)
		ck_assert_msg(net_owner(0, "P", e) == NET_ID(e / 2), "%s: %u",
		    forged[_i].name, e);
	ck_assert_uint_eq(net_elements(0), 4);
	ck_assert_uint_eq(net_count(0, RSP_EVENT_PE_REMOVED, from), 0);
	net_end();
}
END_TEST

/* Whoever claims an element has it, until it is asked, or its home is. */
START_TEST(a_stolen_element_comes_back)
{
	net_init();
	net_start_all(2);
	elements(0, 2, 0);
	elements(2, 2, 1);
	join(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 4; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
	net_run(net.config[0].peer_heartbeat_cycle * 2);
	for (unsigned e = 0; e < 4; e++)
		ck_assert_uint_eq(net_owner(0, "P", e), NET_ID(e / 2));
	net_end();
}
END_TEST

/* An element of one registrar registers at another: the update moves it, and
 * the old home has nothing to say any more. */
START_TEST(an_element_belongs_where_it_registered_last)
{
	net_init();
	net_start_all(3);
	elements(0, 4, 0);
	/* The same elements again, elsewhere; the old ones are gone. */
	for (unsigned e = 0; e < 4; e++)
		net_element_kill(e);
	net_run(5);
	elements(0, 4, 1);
	net_run(10000);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(net_elements(i), 4);
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, 0), 0);
		for (unsigned e = 0; e < 4; e++)
			ck_assert_uint_eq(net_owner(i, "P", e), NET_ID(1));
	}
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* An element may say goodbye to any registrar, and all hear of it. */
START_TEST(a_goodbye_at_another_registrar_counts)
{
	struct rsp_message m;

	net_init();
	net_start_all(2);
	join(0, 1, STRANGER, true);
	net_element(0, "P", 3, true);
	net_run(100);
	while (net_hear(0, &m))
		;
	net_cut(0, 1, true);
	net_freeze(0, true);
	net_element_leave(0);
	for (int i = 0; i < 6; i++) {
		net_run(500);
		presence(0, STRANGER, true, -1);
	}
	ck_assert_uint_eq(net_elements(1), 0);
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.action, RSP_UPDATE_ADD);
	ck_assert_uint_eq(m.pe.home, NET_ID(1));
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.action, RSP_UPDATE_DEL);
	net_end();
}
END_TEST

/* Re-registrations that change nothing are told to those only who are not of
 * this kind, and need them. */
START_TEST(no_update_tells_nothing)
{
	struct rsp_message m;
	uint64_t before;

	net_init();
	net_start_all(2);
	elements(0, 10, 0);
	before = sent(0, RSP_ENRP_UPDATE);
	net_run(120000);
	ck_assert_uint_eq(sent(0, RSP_ENRP_UPDATE), before);
	join(0, 0, STRANGER, false);
	for (int i = 0; i < 40; i++) {
		net_run(1000);
		presence(0, STRANGER, false, -1);
	}
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_ge(hear_all(0, RSP_ENRP_UPDATE), 9);
	net_end();
}
END_TEST

/* Proves 5353-3.6-01, 5353-3.6-02, 5353-3.6-04, 5353-3.6-05, 5353-3.6-06,
 * 5353-3.6-07, 5353-3.6-08, 5353-3.6-12, 5353-3.6-15, 5353-3.6-17,
 * 5353-3.6-18, 5353-3.6-19. */
START_TEST(a_lost_update_is_repaired)
{
	uint64_t asked;
	rsp_time from;

	net_init();
	net_start_all(3);
	elements(0, 6, 0);
	elements(6, 6, 1);
	net_run(5000);
	asked = sent(2, RSP_ENRP_TABLE_REQUEST);
	from = net.now;
	net_run(10000);
	ck_assert_uint_eq(sent(2, RSP_ENRP_TABLE_REQUEST), asked);
	lose(2, 3);
	lose(2, 7);
	net_run(net.config[0].peer_heartbeat_cycle * 6 / 5);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_AUDIT_FAILED, from), 2);
	ck_assert_uint_eq(net_count(2, RSP_EVENT_RESYNCHRONISED, from), 2);
	ck_assert_uint_eq(sent(2, RSP_ENRP_TABLE_REQUEST), asked + 2);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves 5353-3.6-16, 5353-3.6-20, 5353-3.6-21, 5353-3.6-22: what is not at its
 * home goes without a word; other homes' elements stay. */
START_TEST(what_is_not_at_its_home_goes_silently)
{
	struct rsp_message m;
	uint64_t told;
	struct peer *p;

	net_init();
	net_start_all(2);
	elements(0, 3, 0);
	join(0, 1, STRANGER, true);
	say_update(0, STRANGER, RSP_UPDATE_ADD, 40, STRANGER);
	p = peer_find(net.reg[1], NET_ID(0));
	update(&m, NET_ID(0), RSP_UPDATE_ADD, 30, NET_ID(0));
	learn_update(net.reg[1], net.now, p, &m);
	lose(1, 0);
	rsp_entry_decode(entry(1, 2), &m.pe);
	m.pe.policy.words[0] = 99;
	m.pe.id = 3;
	learn_add(net.reg[1], p, NULL, m.handle, &m.pe, LEARN_TABLE);
	ck_assert_uint_eq(net_elements(1), 4);
	told = sent(1, RSP_ENRP_UPDATE);
	net_run(net.config[0].peer_heartbeat_cycle * 6 / 5);
	ck_assert_uint_eq(net_elements(1), 5);
	ck_assert_uint_eq(net_owner(1, "P", 30), 0);
	ck_assert_uint_eq(rsp_registry_checksum(net.reg[0]),
	    rsp_home_checksum(&p->home));
	net_run(net.config[0].peer_heartbeat_cycle * 3 / 2);
	ck_assert_uint_eq(net_elements(1), 4);
	ck_assert_ptr_null(entry(1, 30));
	ck_assert_uint_eq(net_owner(1, "P", 40), STRANGER);
	rsp_entry_decode(entry(1, 2), &m.pe);
	ck_assert_uint_eq(m.pe.policy.words[0], 0);
	ck_assert_uint_eq(sent(1, RSP_ENRP_UPDATE), told);
	net_end();
}
END_TEST

/* Proves 5353-3.6-23: a table refused, or in parts, or of somebody else's
 * elements. */
START_TEST(a_table_that_does_not_come_removes_nobody)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 3; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
	presence(0, STRANGER, true, 0x1234);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_OWN);
	ck_assert_uint_eq(m.receiver, STRANGER);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	m.flags = RSP_FLAG_REJECT;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	presence(0, STRANGER, true, 0x1234);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	m.flags = RSP_FLAG_MORE;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	ck_assert(net_hear_type(0, RSP_ENRP_TABLE_REQUEST, &m));
	/* No answer, and then one too late: its place in the table is not
	 * known, so it proves nothing. */
	net_run(1000);
	presence(0, STRANGER, true, -1);
	net_run(1100);
	presence(0, STRANGER, true, 0x1234);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_RESPONSE);
	m.sender = STRANGER;
	net_say(0, &m);
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 3);
	/* The next table is whole, and empty. */
	net_run(4000);
	presence(0, STRANGER, true, 0x1234);
	net_say(0, &m);
	net_run(3100);
	ck_assert_uint_eq(net_elements(0), 0);
	net_end();
}
END_TEST

/* Checksums that never agree: a pool that has two policies. */
START_TEST(what_cannot_be_agreed_on_does_not_storm)
{
	struct rsp_message m;
	unsigned asked = 0;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	for (int i = 0; i < 300; i++) {
		net_run(2000);
		presence(0, STRANGER, true, 0x1234);
		while (net_hear(0, &m)) {
			if (m.type != RSP_ENRP_TABLE_REQUEST)
				continue;
			asked++;
			rsp_message_init(&m, RSP_ENRP,
			    RSP_ENRP_TABLE_RESPONSE);
			m.sender = STRANGER;
			net_say(0, &m);
		}
	}
	ck_assert_uint_ge(asked, 8);
	ck_assert_uint_le(asked, 20);
	net_end();
}
END_TEST

/* Proves 5353-3.6-03, 5353-2.1-08, 5353-2.1-09, 5353-3.6-09, 5353-3.6-10,
 * 5353-3.6-11 by a sum made here. */
START_TEST(every_presence_has_the_checksum_of_the_moment)
{
	uint32_t sum = 0;
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	for (unsigned e = 0; e < 5; e++) {
		net_element(e, "Odd", 1, true);
		net_run(10);
		while (net_hear(0, &m))
			;
		sum += ('O' << 8) + 'd' + ('d' << 8) + e + 1;
		while (sum > 0xffff)
			sum = (sum & 0xffff) + (sum >> 16);
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
		m.sender = STRANGER;
		m.flags = RSP_FLAG_REPLY;
		net_say(0, &m);
		ck_assert(net_hear_type(0, RSP_ENRP_PRESENCE, &m));
		ck_assert(m.has_checksum);
		ck_assert_uint_eq(m.checksum, 0xffff - sum);
		ck_assert(m.has_server_info);
		ck_assert_uint_eq(m.server_info.id, NET_ID(0));
		ck_assert_uint_eq(m.receiver, STRANGER);
		ck_assert_uint_eq(m.flags, 0);
	}
	net_end();
}
END_TEST

static uint16_t
swap(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static uint16_t
fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* RSPLIB adds without the carry beyond 32 bits, in the byte order of its host:
 * as many elements as make it differ. */
START_TEST(rsplib_s_sums_are_known_from_rsplib_only)
{
	static const uint16_t handle[] = { 0xfedc, 0xba98, 0xf00d, 0xbabe,
		0xffee, 0xf1f2 };
	static const uint8_t bytes[] = "\xfe\xdc\xba\x98\xf0\x0d\xba\xbe"
				       "\xff\xee\xf1\xf2";
	struct rsp_span span = { bytes, 12 };
	uint32_t big = 0, little = 0, id = 0xf0e1d2c3;
	uint64_t sum = 0, swapped = 0, exact = 0;
	uint16_t rfc, b, l;

	for (unsigned n = 0; n < 30000; n++, id += 77777) {
		for (unsigned i = 0; i < 6; i++) {
			big += handle[i];
			little += swap(handle[i]);
			exact += handle[i];
		}
		big += (id >> 16) + (id & 0xffff);
		little += swap((uint16_t)(id >> 16));
		little += swap((uint16_t)id);
		exact += (id >> 16) + (id & 0xffff);
		sum += rsp_checksum_block(rsp_checksum_handle(span), id);
		swapped += rsp_checksum_block_swapped(
		    rsp_checksum_handle_swapped(span), id);
	}
	rfc = fold(exact);
	b = fold(big);
	l = swap(fold(little));
	ck_assert_uint_ne(rfc, b);
	ck_assert_uint_ne(rfc, l);
	ck_assert_uint_ne(b, l);
	for (int lenient = 0; lenient < 2; lenient++) {
		ck_assert(rsp_checksum_is(rfc, sum, swapped, lenient));
		ck_assert_int_eq(rsp_checksum_is(b, sum, swapped, lenient),
		    lenient);
		ck_assert_int_eq(rsp_checksum_is(l, sum, swapped, lenient),
		    lenient);
		ck_assert(!rsp_checksum_is(0x1111, sum, swapped, lenient));
	}
}
END_TEST

/* Values that no element can have, from a peer that says it has. */
static const struct {
	const char *name;
	int32_t life;
	uint32_t policy;
	size_t handle;
} absurd[] = {
	{ "life 0", 0, 0x40000001, 1 },
	{ "life below -1", -2, 0x40000001, 1 },
	{ "no such policy", 90, 0, 1 },
	{ "empty handle", 90, 0x40000001, 0 },
	{ "handle beyond the limit", 90, 0x40000001, 5000 },
};

START_TEST(absurd_elements_are_not_learned)
{
	static uint8_t handle[5000];
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net_start(0, 0);
	join(0, 0, STRANGER, true);
	update(&m, STRANGER, RSP_UPDATE_ADD, 0, STRANGER);
	m.pe.life = absurd[_i].life;
	m.pe.policy.type = absurd[_i].policy;
	m.handle = (struct rsp_span){ handle, absurd[_i].handle };
	net_say(0, &m);
	ck_assert_msg(net_elements(0) == 0, "%s", absurd[_i].name);
	net_end();
}
END_TEST

START_TEST(a_pool_has_one_policy_and_one_transport)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net.config[0].max_pools = 2;
	net.config[0].max_pes_per_pool = 3;
	net_start(0, 0);
	elements(0, 1, 0);
	join(0, 0, STRANGER, true);
	update(&m, STRANGER, RSP_UPDATE_ADD, 1, STRANGER);
	m.pe.policy.type = 0x00000001;
	m.pe.policy.n_words = 0;
	net_say(0, &m);
	update(&m, STRANGER, RSP_UPDATE_ADD, 1, STRANGER);
	m.pe.user.type = RSP_PARAM_UDP;
	net_say(0, &m);
	ck_assert_uint_eq(net_elements(0), 1);
	for (unsigned e = 0; e < 10; e++)
		say_update(0, STRANGER, RSP_UPDATE_ADD, e + 10, STRANGER);
	ck_assert_uint_eq(net_elements(0), 3);
	for (unsigned e = 0; e < 10; e++) {
		uint8_t name[] = { 'Q', (uint8_t)e };

		update(&m, STRANGER, RSP_UPDATE_ADD, e, STRANGER);
		m.handle = (struct rsp_span){ name, 2 };
		net_say(0, &m);
	}
	ck_assert_uint_eq(net.reg[0]->space.pools.n, 2);
	net_end();
}
END_TEST

/* Others get what RFC 5353 and 5354 have: no ASAP over TCP, and of it all no
 * more at a time than RSPLIB reads. */
START_TEST(plain_peers_get_plain_elements)
{
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_span handle;
	struct rsp_pe pe;
	unsigned n;

	net_init();
	net_prepare(0);
	net.config[0].interop_rsplib = _i == 1;
	net_start(0, 0);
	join(0, 0, STRANGER, false);
	elements(0, 1, 0);
	ck_assert(net_hear_type(0, RSP_ENRP_UPDATE, &m));
	ck_assert_uint_eq(m.pe.asap.type, 0);
	ck_assert_int_eq(m.pe.life, _i == 1 ? 90000 : 90);
	join(1, 0, STRANGER + 1, true);
	for (unsigned e = 10; e < 200; e++)
		say_update(1, STRANGER + 1, RSP_UPDATE_ADD, e, STRANGER + 1);
	net_element(1, "A handle of more than 32 bytes is death to it", 1,
	    true);
	net_run(100);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
	m.sender = STRANGER;
	net_say(0, &m);
	n = 0;
	do {
		unsigned in_one = 0;

		ck_assert(net_hear_type(0, RSP_ENRP_TABLE_RESPONSE, &m));
		c = rsp_cursor_over(m.elements);
		while (rsp_next_table_pe(&c, &handle, &pe, NULL)) {
			ck_assert_uint_eq(pe.asap.type, 0);
			ck_assert_int_eq(pe.life, _i == 1 ? 90000 : 90);
			ck_assert(_i == 0 || handle.len <= 32);
			in_one++;
		}
		ck_assert_uint_le(in_one, 128);
		n += in_one;
		if (m.flags != RSP_FLAG_MORE)
			break;
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
		m.sender = STRANGER;
		net_say(0, &m);
	} while (true);
	ck_assert_uint_eq(n, _i == 1 ? 191 : 192);
	/* and what it says is read in the same way */
	update(&m, STRANGER, RSP_UPDATE_ADD, 50, STRANGER);
	m.pe.life = 90500;
	m.pe.id = 999;
	net_say(0, &m);
	rsp_entry_decode(entry(0, 998), &pe);
	ck_assert_int_eq(pe.life, _i == 1 ? 91 : 90500);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("audit");

	tcase_add_test(t, way_to_the_home_is_added_to_the_distance);
	tcase_add_test(t, all_that_becomes_of_an_element_is_told);
	tcase_add_test(t, what_is_told_is_believed);
	tcase_add_loop_test(t, nobody_speaks_for_another_s_elements, 0,
	    COUNT(forged));
	tcase_add_test(t, a_stolen_element_comes_back);
	tcase_add_test(t, an_element_belongs_where_it_registered_last);
	tcase_add_test(t, a_goodbye_at_another_registrar_counts);
	tcase_add_test(t, no_update_tells_nothing);
	tcase_add_test(t, a_lost_update_is_repaired);
	tcase_add_test(t, what_is_not_at_its_home_goes_silently);
	tcase_add_test(t, a_table_that_does_not_come_removes_nobody);
	tcase_add_test(t, what_cannot_be_agreed_on_does_not_storm);
	tcase_add_test(t, every_presence_has_the_checksum_of_the_moment);
	tcase_add_test(t, rsplib_s_sums_are_known_from_rsplib_only);
	tcase_add_loop_test(t, absurd_elements_are_not_learned, 0,
	    COUNT(absurd));
	tcase_add_test(t, a_pool_has_one_policy_and_one_transport);
	tcase_add_loop_test(t, plain_peers_get_plain_elements, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
