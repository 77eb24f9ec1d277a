/* SPDX-License-Identifier: Apache-2.0 */
/* check_strangers.c - claims about what others can make a registrar do: peers
 * that repeat themselves, object, or want what another has
 *
 * Every end speaks over an association of its own; what comes out to it is
 * counted by type, and the last message of each type kept.
 */
#include "tests/lib/suite.h"

#include <string.h>

#include "tests/lib/repeatable.h"
#include "rsp/core/registry/registry.h"

#define OWN_ID 0x5e53e700u
#define ENDS 8
#define TYPES 16
#define KEPT 512

struct end {
	struct rsp_assoc *assoc;
	enum rsp_protocol protocol;
	unsigned n[TYPES]; /* messages by type */
	uint8_t last[TYPES][KEPT];
	size_t len[TYPES];
};

static struct rsp_registry_config config;
static struct rsp_registry *registry;
static rsp_time now;
static uint64_t state;
static struct end ends[ENDS];
static struct end *clogged;
static uint32_t connecting; /* of the last call that was asked for */
static unsigned dials, won, added, removed;

static bool
is_clogged(void *ctx, void *user)
{
	(void)ctx;
	return user == clogged;
}

static void
see(const struct rsp_out *out)
{
	struct end *e = out->user;
	uint8_t type;

	if (out->kind == RSP_OUT_CONNECT) {
		connecting = out->connecting;
		dials++;
	}
	if (out->kind == RSP_OUT_EVENT) {
		won += out->event == RSP_EVENT_TAKEOVER_WON;
		added += out->event == RSP_EVENT_PE_ADDED;
		removed += out->event == RSP_EVENT_PE_REMOVED;
	}
	if (out->kind != RSP_OUT_SEND)
		return;
	type = out->bytes.at[0] % TYPES;
	e->n[type]++;
	e->len[type] = out->bytes.len < KEPT ? out->bytes.len : 0;
	memcpy(e->last[type], out->bytes.at, e->len[type]);
}

static void
drain(void)
{
	struct rsp_out out;

	while (rsp_registry_output(registry, &out))
		see(&out);
}

static void
begin(void)
{
	memset(ends, 0, sizeof(ends));
	clogged = NULL;
	dials = won = added = removed = 0;
	state = 42;
	now = 1000000;
	rsp_registry_config_init(&config);
	config.server_id = OWN_ID;
	config.random = repeatable;
	config.ctx = &state;
	config.is_clogged = is_clogged;
	registry = rsp_registry_new(&config);
	ck_assert_ptr_nonnull(registry);
}

static struct rsp_address
address(unsigned last)
{
	struct rsp_address a = { .family = 4, .bytes = { 10, 0, 0 } };

	a.bytes[3] = (uint8_t)last;
	return a;
}

static struct end *
open_end(unsigned i, enum rsp_protocol protocol, uint16_t type, uint32_t number)
{
	struct rsp_assoc_info info = { .protocol = protocol,
		.connecting = number };
	struct end *e = &ends[i];

	info.remote.type = type;
	info.remote.port = 4000;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] = address(i);
	e->protocol = protocol;
	e->assoc = rsp_registry_open(registry, now, &info, e);
	ck_assert_ptr_nonnull(e->assoc);
	drain();
	return e;
}

static void
say(struct end *e, const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	ck_assert(!b.overflow);
	rsp_registry_input(registry, now, e->assoc, rsp_builder_span(&b));
	drain();
}

static void
tick(int64_t ms)
{
	rsp_time until = now + ms, next;

	while ((next = rsp_registry_deadline(registry)) <= until) {
		now = next > now ? next : now;
		rsp_registry_tick(registry, now);
		drain();
	}
	now = until;
}

static void
presence(struct end *e, uint32_t id)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = id;
	m.is_rspool = true;
	say(e, &m);
}

/* The pool "P"'s element 1 at 10.0.0.`last`. */
static void
set_pe(struct rsp_pe *pe, unsigned last)
{
	pe->id = 1;
	pe->life = 90;
	pe->user.type = RSP_PARAM_TCP;
	pe->user.port = 80;
	pe->user.n_addresses = 1;
	pe->user.addresses[0] = address(last);
	pe->policy.type = 1;
}

static void
update(struct end *e, uint32_t from, uint32_t home, unsigned last,
    uint8_t flags)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_UPDATE);
	m.sender = from;
	m.flags = flags;
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	set_pe(&m.pe, last);
	m.pe.home = home;
	m.pe.asap = m.pe.user;
	say(e, &m);
}

/* The cause of the rejection; 0: granted; -1: no answer. */
static int
join(struct end *e, unsigned last)
{
	unsigned before = e->n[RSP_ASAP_REGISTRATION_RESPONSE];
	struct rsp_span information, bytes;
	struct rsp_message m;
	struct rsp_cursor c;
	uint16_t cause = 0;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_REGISTRATION);
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	set_pe(&m.pe, last);
	say(e, &m);
	if (e->n[RSP_ASAP_REGISTRATION_RESPONSE] == before)
		return -1;
	bytes.at = e->last[RSP_ASAP_REGISTRATION_RESPONSE];
	bytes.len = e->len[RSP_ASAP_REGISTRATION_RESPONSE];
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, bytes, &m, NULL), RSP_OK);
	if ((m.flags & RSP_FLAG_REJECT) == 0)
		return 0;
	c = rsp_cursor_over(m.causes);
	rsp_next_cause(&c, &cause, &information);
	return cause;
}

static uint64_t
elements(void)
{
	struct rsp_registry_counts counts;

	rsp_registry_count(registry, &counts);
	return counts.elements;
}

static bool
answer_keep_alive(struct end *e)
{
	struct rsp_message m;

	if (e->n[RSP_ASAP_KEEP_ALIVE] == 0)
		return false;
	e->n[RSP_ASAP_KEEP_ALIVE] = 0;
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_KEEP_ALIVE_ACK);
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.has_pe_id = true;
	m.pe_id = 1;
	say(e, &m);
	return true;
}

/* Every association that a peer has is a peer's. */
START_TEST(every_association_of_a_peer_is_one)
{
	begin();
	for (unsigned i = 0; i < 3; i++) {
		open_end(i, RSP_ENRP, RSP_PARAM_TCP, 0);
		ck_assert(!rsp_assoc_is_peer(ends[i].assoc));
		presence(&ends[i], 0x7);
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert(rsp_assoc_is_peer(ends[i].assoc));
	open_end(3, RSP_ASAP, RSP_PARAM_TCP, 0);
	ck_assert_int_eq(join(&ends[3], 3), 0);
	ck_assert(!rsp_assoc_is_peer(ends[3].assoc));
	rsp_registry_free(registry);
}
END_TEST

/* One of two peers is given up while the other, which lives, acknowledges
 * nothing: that is an objection, whoever of them became known first. */
START_TEST(no_takeover_is_won_against_an_objection)
{
	const uint32_t silent = 0xA, objects = 0xB, target = 0x7;
	unsigned s = _i == 0 ? 1 : 2, o = _i == 0 ? 2 : 1;

	begin();
	for (unsigned i = 1; i <= 3; i++)
		open_end(i, RSP_ENRP, RSP_PARAM_TCP, 0);
	for (unsigned i = 1; i <= 2; i++)
		presence(&ends[i], i == s ? silent : objects);
	presence(&ends[3], target);
	for (int i = 0; i < 6; i++) {
		tick(500);
		presence(&ends[s], silent);
		presence(&ends[o], objects);
		presence(&ends[3], target);
	}
	rsp_registry_close(registry, now, ends[3].assoc);
	drain();
	for (int i = 0; i < 16; i++) {
		tick(500);
		presence(&ends[o], objects);
		if (i < 4)
			presence(&ends[s], silent);
	}
	ck_assert_uint_eq(won, 0);
	rsp_registry_free(registry);
}
END_TEST

/* However often a peer says it, and however long its call takes. */
START_TEST(element_is_suggested_once)
{
	const uint32_t id = 0xA;

	begin();
	open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	presence(&ends[1], id);
	for (int i = 0; i < 1000; i++)
		update(&ends[1], id, id, 9, RSP_FLAG_SUGGEST);
	ck_assert_uint_eq(dials, 1);
	open_end(2, RSP_ASAP, RSP_PARAM_TCP, connecting);
	ck_assert_uint_eq(ends[2].n[RSP_ASAP_KEEP_ALIVE], 1);
	for (int i = 0; i < 1000; i++)
		update(&ends[1], id, id, 9, RSP_FLAG_SUGGEST);
	ck_assert_uint_eq(ends[2].n[RSP_ASAP_KEEP_ALIVE], 1);
	/* there is no answer, and it is suggested again */
	for (int i = 0; i < 11; i++) {
		tick(500);
		presence(&ends[1], id);
	}
	for (int i = 0; i < 3; i++)
		update(&ends[1], id, id, 9, RSP_FLAG_SUGGEST);
	ck_assert_uint_eq(ends[2].n[RSP_ASAP_KEEP_ALIVE], 2);
	ck_assert(answer_keep_alive(&ends[2]));
	ck_assert_uint_eq(rsp_registry_own_elements(registry), 1);
	rsp_registry_free(registry);
}
END_TEST

/* Who does not read gets no further part; no question is lost. */
START_TEST(tables_wait_for_who_does_not_read)
{
	struct rsp_message m;
	struct end *e;
	unsigned *n;

	begin();
	e = open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	presence(e, 0xA);
	n = &e->n[RSP_ENRP_TABLE_RESPONSE];
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
	m.sender = 0xA;
	say(e, &m);
	ck_assert_uint_eq(*n, 1);
	clogged = e;
	rsp_registry_hold(registry, e->assoc, true);
	for (int i = 0; i < 3; i++)
		say(e, &m);
	tick(10);
	ck_assert_uint_eq(*n, 1);
	clogged = NULL;
	for (unsigned i = 2; i <= 4; i++) {
		rsp_registry_hold(registry, e->assoc, false);
		tick(10);
		ck_assert_uint_eq(*n, i);
	}
	rsp_registry_hold(registry, e->assoc, false);
	tick(10);
	ck_assert_uint_eq(*n, 4);
	/* a flood is not remembered */
	clogged = e;
	for (int i = 0; i < 1000; i++)
		say(e, &m);
	clogged = NULL;
	for (int i = 0; i < 1000; i++) {
		rsp_registry_hold(registry, e->assoc, false);
		tick(1);
	}
	ck_assert_uint_ge(*n, 5);
	ck_assert_uint_le(*n, 20);
	rsp_registry_close(registry, now, e->assoc);
	rsp_registry_free(registry);
}
END_TEST

/* SCTP says for certain that the far end is gone, but not when this one went.
 */
START_TEST(own_end_of_an_association_removes_nobody)
{
	bool own = _i == 1;

	begin();
	open_end(1, RSP_ASAP, RSP_PARAM_SCTP, 0);
	open_end(2, RSP_ENRP, RSP_PARAM_SCTP, 0);
	presence(&ends[2], 0xA);
	ck_assert_int_eq(join(&ends[1], 1), 0);
	ends[2].n[RSP_ENRP_UPDATE] = 0;
	if (own)
		rsp_assoc_end(ends[1].assoc);
	rsp_registry_close(registry, now, ends[1].assoc);
	drain();
	ck_assert_uint_eq(elements(), own ? 1 : 0);
	ck_assert_uint_eq(ends[2].n[RSP_ENRP_UPDATE], own ? 0 : 1);
	tick(config.lifeline_grace);
	ck_assert_uint_eq(elements(), 0);
	rsp_registry_free(registry);
}
END_TEST

/* An element of another registrar's has its identifier here, too; its home is
 * asked whether it is there. */
START_TEST(identifier_is_protected_at_peers)
{
	struct rsp_message m;
	struct rsp_span bytes;
	struct end *peer;

	begin();
	peer = open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	open_end(2, RSP_ASAP, RSP_PARAM_TCP, 0);
	presence(peer, 0xA);
	update(peer, 0xA, 0xA, 3, 0);
	peer->n[RSP_ENRP_UPDATE] = 0;
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(join(&ends[2], 2), RSP_CAUSE_PE_ID);
	ck_assert_uint_eq(rsp_registry_own_elements(registry), 0);
	ck_assert_uint_eq(peer->n[RSP_ENRP_UPDATE], 1);
	bytes.at = peer->last[RSP_ENRP_UPDATE];
	bytes.len = peer->len[RSP_ENRP_UPDATE];
	ck_assert_int_eq(rsp_message_decode(RSP_ENRP, bytes, &m, NULL), RSP_OK);
	ck_assert_uint_eq(m.pe.home, 0xA);
	ck_assert((m.flags & RSP_FLAG_SUGGEST) != 0);
	/* the element itself may come here */
	open_end(3, RSP_ASAP, RSP_PARAM_TCP, 0);
	ck_assert_int_eq(join(&ends[3], 3), 0);
	ck_assert_uint_eq(rsp_registry_own_elements(registry), 1);
	rsp_registry_free(registry);
}
END_TEST

/* The other side of it: the home asks, and an element that is gone goes. */
START_TEST(home_asks_an_element_whose_identifier_is_wanted)
{
	bool lives = _i == 1;
	struct end *peer;

	begin();
	peer = open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	open_end(3, RSP_ASAP, RSP_PARAM_TCP, 0);
	presence(peer, 0xA);
	ck_assert_int_eq(join(&ends[3], 3), 0);
	for (int i = 0; i < 20; i++)
		update(peer, 0xA, OWN_ID, 3, RSP_FLAG_SUGGEST);
	ck_assert_uint_eq(ends[3].n[RSP_ASAP_KEEP_ALIVE], 1);
	if (lives)
		ck_assert(answer_keep_alive(&ends[3]));
	tick(config.keep_alive_timeout + 10);
	ck_assert_uint_eq(elements(), lives ? 1 : 0);
	rsp_registry_free(registry);
}
END_TEST

/* A peer says that the element is another one, at home there. */
START_TEST(who_has_been_here_stays)
{
	struct end *peer;

	begin();
	peer = open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	open_end(3, RSP_ASAP, RSP_PARAM_TCP, 0);
	ck_assert_int_eq(join(&ends[3], 3), 0);
	tick(config.max_time_last_heard);
	presence(peer, 0xfffffffe);
	peer->n[RSP_ENRP_UPDATE] = 0;
	for (int i = 0; i < 50; i++)
		update(peer, 0xfffffffe, 0xfffffffe, 4, 0);
	ck_assert_uint_eq(rsp_registry_own_elements(registry), 1);
	/* it is told whose it is, once */
	ck_assert_uint_eq(peer->n[RSP_ENRP_UPDATE], 1);
	ck_assert(answer_keep_alive(&ends[3]));
	/* the same element somewhere else is another matter */
	update(peer, 0xfffffffe, 0xfffffffe, 3, 0);
	ck_assert_uint_eq(rsp_registry_own_elements(registry), 0);
	rsp_registry_free(registry);
}
END_TEST

/* Both have just come: the greater ID has it, and after one more attempt the
 * other one is refused. */
START_TEST(two_at_once_do_not_change_for_ever)
{
	uint32_t id = _i == 0 ? 0xA : 0xfffffffe;
	struct end *peer;
	unsigned changes;

	begin();
	peer = open_end(1, RSP_ENRP, RSP_PARAM_TCP, 0);
	open_end(3, RSP_ASAP, RSP_PARAM_TCP, 0);
	presence(peer, id);
	ck_assert_int_eq(join(&ends[3], 3), 0);
	for (changes = 0; changes < 10; changes++) {
		update(peer, id, id, 4, 0);
		if (rsp_registry_own_elements(registry) == 1)
			break;
		if (join(&ends[3], 3) != 0)
			break;
	}
	if (id < OWN_ID) {
		ck_assert_uint_eq(changes, 0);
		ck_assert_uint_eq(rsp_registry_own_elements(registry), 1);
	} else {
		ck_assert_uint_eq(changes, 1);
		ck_assert_uint_eq(rsp_registry_own_elements(registry), 0);
		ck_assert_int_eq(join(&ends[3], 3), RSP_CAUSE_PE_ID);
	}
	rsp_registry_free(registry);
}
END_TEST

/* Extensions may stand anywhere in a message, in front of the pool handle, too.
 */
static const char *const extended[] = {
	"05000014 00090005 57000000 803f0008 00000001",
	"05000014 803f0008 00000001 00090005 57000000",
};

START_TEST(an_extension_stands_anywhere)
{
	uint8_t bytes[32];
	struct rsp_span s = { bytes, hex(extended[_i], bytes) };
	struct rsp_message m;

	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, s, &m, NULL), RSP_OK);
	ck_assert(m.has_items);
	ck_assert_uint_eq(m.items, 1);
	ck_assert_uint_eq(m.handle.len, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("strangers");
	TCase *c = tcase_create("strangers");

	tcase_add_test(c, every_association_of_a_peer_is_one);
	tcase_add_loop_test(c, no_takeover_is_won_against_an_objection, 0, 2);
	tcase_add_test(c, element_is_suggested_once);
	tcase_add_test(c, tables_wait_for_who_does_not_read);
	tcase_add_loop_test(c, own_end_of_an_association_removes_nobody, 0, 2);
	tcase_add_test(c, identifier_is_protected_at_peers);
	tcase_add_loop_test(c, home_asks_an_element_whose_identifier_is_wanted,
	    0, 2);
	tcase_add_test(c, who_has_been_here_stays);
	tcase_add_loop_test(c, two_at_once_do_not_change_for_ever, 0, 2);
	tcase_add_loop_test(c, an_extension_stands_anywhere, 0, 2);
	suite_add_tcase(s, c);
	return run_suite(s);
}
