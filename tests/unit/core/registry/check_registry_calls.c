/* SPDX-License-Identifier: Apache-2.0 */
/* check_registry_calls.c - claims about what a registrar asks of its shell:
 * whom to call, where, when, and whom to hang up
 */
#include "tests/lib/suite.h"

#include "tests/lib/repeatable.h"
#include "rsp/core/registry/registry.h"
#include "tests/lib/registry_driver.h"

#define CALLS 1024
#define ENDS 8
#define PEER 0x99990000u

static struct rsp_registry_config config;
static struct rsp_registry *registry;
static rsp_time now;
static uint64_t state;

static struct {
	enum rsp_protocol protocol;
	uint32_t connecting;
	int endpoint;
	rsp_time at;
	struct rsp_transport transport; /* type 0: none */
} calls[CALLS];
static unsigned n_calls, n_events[RSP_EVENT_PEER_ERROR + 1];

static struct end {
	struct rsp_assoc *assoc;
	bool hung_up;
	unsigned n; /* messages */
	uint8_t last;
} ends[ENDS];

static void
drain(void)
{
	struct rsp_out out;
	struct end *e;

	while (rsp_registry_output(registry, &out)) {
		e = out.user;
		switch (out.kind) {
		case RSP_OUT_SEND:
			e->n++;
			e->last = out.bytes.at[0];
			break;
		case RSP_OUT_HANGUP:
			e->hung_up = true;
			break;
		case RSP_OUT_EVENT:
			n_events[out.event]++;
			break;
		case RSP_OUT_CONNECT:
			ck_assert_uint_lt(n_calls, CALLS);
			calls[n_calls].protocol = out.protocol;
			ck_assert_int_eq(out.timeout,
			    config.max_time_no_response);
			ck_assert_uint_ne(out.connecting, 0);
			calls[n_calls].connecting = out.connecting;
			calls[n_calls].endpoint = out.endpoint;
			calls[n_calls].at = now;
			memset(&calls[n_calls].transport, 0,
			    sizeof(struct rsp_transport));
			if (out.transport != NULL)
				calls[n_calls].transport = *out.transport;
			n_calls++;
			break;
		case RSP_OUT_ANNOUNCE:
			break;
		}
	}
}

static void
begin(void)
{
	rsp_registry_config_init(&config);
	config.server_id = 0x1234;
	config.random = repeatable;
	state = 1;
	config.ctx = &state;
	registry = rsp_registry_new(&config);
	ck_assert_ptr_nonnull(registry);
	now = 1000000;
	n_calls = 0;
	memset(n_events, 0, sizeof(n_events));
	memset(ends, 0, sizeof(ends));
}

/* Time goes by; every call fails at once, or only those of peers do. */
static void
run_with(int64_t ms, bool elements_fail)
{
	rsp_time until = now + ms, next;

	while ((next = rsp_registry_deadline(registry)) <= until) {
		unsigned first = n_calls;

		now = next > now ? next : now;
		rsp_registry_tick(registry, now);
		drain();
		for (unsigned i = first; i < n_calls; i++) {
			if (calls[i].protocol == RSP_ASAP && !elements_fail)
				continue;
			rsp_registry_failed(registry, now, calls[i].connecting);
			drain();
		}
	}
	now = until;
}

static void
run(int64_t ms)
{
	run_with(ms, true);
}

static void
open_as(unsigned i, enum rsp_protocol protocol,
    const struct rsp_transport *remote, uint32_t connecting)
{
	struct rsp_assoc_info info = { .protocol = protocol,
		.remote = *remote,
		.connecting = connecting };

	ends[i].assoc = rsp_registry_open(registry, now, &info, &ends[i]);
	ck_assert_ptr_nonnull(ends[i].assoc);
	drain();
}

static struct rsp_transport
at(uint16_t type, const char *address, uint16_t port)
{
	struct rsp_transport t = { .type = type, .port = port };

	t.n_addresses = 1;
	t.addresses[0] = talk_address(address);
	return t;
}

static void
say(unsigned i, const struct rsp_message *m)
{
	uint8_t room[1024];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	ck_assert(!b.overflow);
	ck_assert_int_eq(rsp_registry_input(registry, now, ends[i].assoc,
			     rsp_builder_span(&b)),
	    RSP_OK);
	drain();
}

static void
presence(unsigned i, uint32_t id, const struct rsp_transport *where)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = id;
	m.is_rspool = true;
	m.has_server_info = where != NULL;
	if (where != NULL) {
		m.server_info.id = id;
		m.server_info.transport = *where;
	}
	say(i, &m);
}

static void
close_end(unsigned i)
{
	rsp_registry_close(registry, now, ends[i].assoc);
	ends[i].assoc = NULL;
	drain();
}

static struct rsp_transport
where_is(uint32_t id)
{
	struct rsp_peer_view v = { 0 };

	while (rsp_registry_next_peer(registry, &v))
		if (v.id == id)
			return v.transport;
	ck_abort_msg("no such peer");
}

/* Whoever hunts has nothing to say to elements yet. */
START_TEST(elements_are_hung_up_until_it_serves)
{
	struct rsp_transport element = at(RSP_PARAM_TCP, "10.0.0.1", 4000);
	struct rsp_message m;

	begin();
	ck_assert_int_eq(rsp_registry_add_peer(registry, now, 5), RSP_OK);
	ck_assert_int_eq(rsp_registry_add_peer(registry, now, 5), RSP_EEXIST);
	rsp_registry_hunt(registry, now);
	drain();
	ck_assert(!rsp_registry_is_serving(registry));
	open_as(0, RSP_ASAP, &element, 0);
	talk_registration(&m, "P", 1, NULL);
	say(0, &m);
	ck_assert(ends[0].hung_up);
	ck_assert_uint_eq(ends[0].n, 0);
	say(0, &m); /* is not read any more */
	close_end(0);
	run(config.mentor_hunt + 1000);
	ck_assert(rsp_registry_is_serving(registry));
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_ADDED], 0);
	open_as(1, RSP_ASAP, &element, 0);
	say(1, &m);
	ck_assert(!ends[1].hung_up);
	ck_assert_uint_eq(ends[1].n, 1);
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_ADDED], 1);
	rsp_registry_free(registry);
}
END_TEST

/* Whoever waits for a peer that is configured no more waits no more. */
START_TEST(a_hunt_ends_with_its_last_peer)
{
	begin();
	rsp_registry_add_peer(registry, now, 5);
	rsp_registry_add_peer(registry, now, 6);
	rsp_registry_hunt(registry, now);
	drain();
	rsp_registry_remove_peer(registry, now, 5);
	drain();
	ck_assert(!rsp_registry_is_serving(registry));
	rsp_registry_remove_peer(registry, now, 6);
	drain();
	ck_assert(rsp_registry_is_serving(registry));
	ck_assert_uint_eq(n_events[RSP_EVENT_SERVING], 1);
	rsp_registry_free(registry);
}
END_TEST

/* A configured peer is called once a second, under a number of its own each
 * time, until it is there. */
START_TEST(a_configured_peer_is_called_until_it_is_there)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	rsp_time first;

	begin();
	first = now;
	rsp_registry_add_peer(registry, now, 5);
	drain();
	ck_assert_uint_eq(n_calls, 1);
	rsp_registry_failed(registry, now, calls[0].connecting);
	run(20 * config.peer_retry);
	ck_assert_uint_eq(n_calls, 21);
	for (unsigned i = 0; i < n_calls; i++) {
		ck_assert_int_eq(calls[i].endpoint, 5);
		ck_assert_uint_eq(calls[i].transport.type, 0);
		ck_assert_int_eq(calls[i].at,
		    first + (int64_t)i * config.peer_retry);
		for (unsigned k = 0; k < i; k++)
			ck_assert_uint_ne(calls[i].connecting,
			    calls[k].connecting);
	}
	now += config.peer_retry;
	rsp_registry_tick(registry, now);
	drain();
	ck_assert_uint_eq(n_calls, 22);
	open_as(0, RSP_ENRP, &peer, calls[21].connecting);
	presence(0, PEER, NULL);
	run(2000);
	ck_assert_uint_eq(n_calls, 22);
	rsp_registry_free(registry);
}
END_TEST

/* A peer that has said nothing of where it is was configured; when it is lost
 * it is called there and nowhere else, and when that fails it is dead. */
START_TEST(a_lost_peer_is_called_where_it_was_found)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);

	begin();
	for (unsigned number = 4; number < 7; number++)
		rsp_registry_add_peer(registry, now, number);
	drain();
	ck_assert_uint_eq(n_calls, 3);
	open_as(0, RSP_ENRP, &peer, calls[1].connecting);
	presence(0, PEER, NULL);
	run(2000); /* the others wait: theirs are not answered at all */
	ck_assert_uint_eq(n_calls, 3);
	presence(0, PEER, NULL);
	close_end(0);
	ck_assert_uint_eq(n_events[RSP_EVENT_PEER_LOST], 1);
	ck_assert_uint_eq(n_calls, 4);
	ck_assert_int_eq(calls[3].endpoint, 5);
	ck_assert_uint_eq(n_events[RSP_EVENT_TAKEOVER_WON], 0);
	rsp_registry_failed(registry, now, calls[3].connecting);
	drain();
	ck_assert_uint_eq(n_events[RSP_EVENT_TAKEOVER_WON], 1);
	ck_assert_uint_eq(n_events[RSP_EVENT_PEER_GONE], 1);
	rsp_registry_free(registry);
}
END_TEST

/* Where a peer says that it is. */
static const struct {
	const char *name, *said, *known;
	uint16_t type, port;
	bool both; /* addresses of the far end */
} places[] = {
	{ "its own address", "10.0.0.9", "10.0.0.9", RSP_PARAM_TCP, 9901, 0 },
	{ "another address", "10.0.0.7", "10.0.0.7", RSP_PARAM_TCP, 77, 0 },
	{ "any address", "0.0.0.0", "10.0.0.9", RSP_PARAM_TCP, 9901, 0 },
	{ "any of IPv6", "::", "10.0.0.9", RSP_PARAM_TCP, 9901, 0 },
	{ "any, over SCTP", "0.0.0.0", "10.0.0.9", RSP_PARAM_SCTP, 9901, 1 },
	{ "no port", "10.0.0.9", NULL, RSP_PARAM_TCP, 0, 0 },
};

START_TEST(a_peer_is_where_it_says)
{
	struct rsp_transport remote = at(RSP_PARAM_TCP, "10.0.0.9", 50000);
	struct rsp_transport said, known;

	begin();
	remote.type = places[_i].type;
	if (places[_i].both) {
		remote.n_addresses = 2;
		remote.addresses[1] = talk_address("10.0.1.9");
	}
	open_as(0, RSP_ENRP, &remote, 0);
	said = at(places[_i].type, places[_i].said, places[_i].port);
	presence(0, PEER, &said);
	known = where_is(PEER);
	if (places[_i].known == NULL) {
		ck_assert_msg(known.type == 0, "%s", places[_i].name);
		rsp_registry_free(registry);
		return;
	}
	said = at(places[_i].type, places[_i].known, places[_i].port);
	if (places[_i].both) {
		said.n_addresses = 2;
		said.addresses[1] = talk_address("10.0.1.9");
	}
	ck_assert_msg(rsp_transport_equal(&known, &said), "%s",
	    places[_i].name);
	close_end(0);
	ck_assert_uint_eq(n_calls, 1);
	ck_assert_int_eq(calls[0].protocol, RSP_ENRP);
	ck_assert_int_lt(calls[0].endpoint, 0);
	ck_assert(rsp_transport_equal(&calls[0].transport, &said));
	rsp_registry_free(registry);
}
END_TEST

/* Others are called where a list of servers says that they are; what it does
 * not say is nowhere. */
START_TEST(who_is_introduced_is_called)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	uint8_t room[256];
	struct rsp_builder list = rsp_builder_into(room, sizeof(room));
	struct rsp_server_info info;
	struct rsp_message m;

	begin();
	rsp_registry_add_peer(registry, now, 5);
	rsp_registry_hunt(registry, now);
	drain();
	open_as(0, RSP_ENRP, &peer, calls[0].connecting);
	presence(0, PEER, &peer);
	ck_assert_uint_eq(ends[0].last, RSP_ENRP_LIST_REQUEST);
	info.id = PEER + 1;
	info.transport = at(RSP_PARAM_TCP, "0.0.0.0", 9901);
	rsp_put_server_info(&list, &info);
	info.id = PEER + 2;
	info.transport = at(RSP_PARAM_TCP, "10.0.0.3", 7);
	rsp_put_server_info(&list, &info);
	info.id = config.server_id;
	info.transport = at(RSP_PARAM_TCP, "10.0.0.4", 7);
	rsp_put_server_info(&list, &info);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_LIST_RESPONSE);
	m.sender = PEER;
	m.receiver = config.server_id;
	m.servers = rsp_builder_span(&list);
	say(0, &m);
	ck_assert_uint_eq(ends[0].last, RSP_ENRP_TABLE_REQUEST);
	ck_assert_uint_eq(n_calls, 2);
	ck_assert_int_lt(calls[1].endpoint, 0);
	info.transport = at(RSP_PARAM_TCP, "10.0.0.3", 7);
	ck_assert(rsp_transport_equal(&calls[1].transport, &info.transport));
	ck_assert_uint_eq(where_is(PEER + 1).type, 0);
	ck_assert_uint_eq(where_is(PEER + 2).port, 7);
	say(0, &m); /* nobody has asked */
	ck_assert_uint_eq(n_calls, 2);
	rsp_registry_free(registry);
}
END_TEST

/* What was lost is called for an hour, more rarely than what is configured. */
START_TEST(a_dead_peer_is_remembered_for_an_hour)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	unsigned first;
	rsp_time died;

	begin();
	open_as(0, RSP_ENRP, &peer, 0);
	presence(0, PEER, &peer);
	close_end(0);
	ck_assert_uint_eq(n_calls, 1);
	rsp_registry_failed(registry, now, calls[0].connecting);
	drain();
	ck_assert_uint_eq(n_events[RSP_EVENT_PEER_GONE], 1);
	died = now;
	first = n_calls;
	run(3600000 + 10000);
	ck_assert_uint_ge(n_calls - first, 3600 / 5 - 2);
	ck_assert_uint_le(n_calls - first, 3600 / 5 + 1);
	for (unsigned i = first; i < n_calls; i++) {
		ck_assert_int_lt(calls[i].endpoint, 0);
		ck_assert(rsp_transport_equal(&calls[i].transport, &peer));
		ck_assert_int_le(calls[i].at, died + 3600000);
		if (i > first)
			ck_assert_int_eq(calls[i].at - calls[i - 1].at,
			    5 * config.peer_retry);
	}
	rsp_registry_free(registry);
}
END_TEST

/* Elements that are inherited are called, each at its place, however many they
 * are; the first number is what is called in one go. */
static const unsigned inherited[] = { 64, 65, 129, 1 };

START_TEST(all_that_is_inherited_is_called)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	bool called[200] = { false };
	struct rsp_message m;
	unsigned n = 0;

	begin();
	open_as(0, RSP_ENRP, &peer, 0);
	presence(0, PEER, NULL);
	for (unsigned i = 0; i < inherited[_i]; i++) {
		rsp_message_init(&m, RSP_ENRP, RSP_ENRP_UPDATE);
		m.sender = PEER;
		m.action = RSP_UPDATE_ADD;
		m.handle = talk_span("P");
		m.pe.id = i + 1;
		m.pe.home = PEER;
		m.pe.life = 90;
		m.pe.user = at(RSP_PARAM_TCP, "10.0.1.1", 80);
		m.pe.policy.type = 1;
		m.pe.asap = at(RSP_PARAM_TCP, "10.0.1.1", (uint16_t)(1000 + i));
		say(0, &m);
	}
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_ADDED], inherited[_i]);
	close_end(0); /* it cannot be called, and has no other peer */
	run_with(config.max_time_no_response + 10, false);
	ck_assert_uint_eq(n_events[RSP_EVENT_TAKEOVER_WON], 1);
	for (unsigned i = 0; i < n_calls; i++) {
		uint16_t port = calls[i].transport.port;

		if (calls[i].protocol != RSP_ASAP)
			continue;
		ck_assert_uint_ge(port, 1000);
		ck_assert_uint_lt(port, 1000 + inherited[_i]);
		ck_assert(!called[port - 1000]);
		called[port - 1000] = true;
		n++;
	}
	ck_assert_uint_eq(n, inherited[_i]);
	rsp_registry_free(registry);
}
END_TEST

/* Who is nowhere, or on another host's loopback, is not called; it has its time
 * to come by itself. */
static const struct {
	const char *address;
	uint16_t port;
	unsigned calls;
} nowhere[] = {
	{ "10.0.1.1", 1000, 1 },
	{ "0.0.0.0", 1000, 0 },
	{ "::", 1000, 0 },
	{ "127.0.0.1", 1000, 0 },
	{ "::1", 1000, 0 },
	{ "10.0.1.1", 0, 0 },
};

START_TEST(who_is_nowhere_is_not_called)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	struct rsp_message m;
	unsigned n = 0;

	begin();
	open_as(0, RSP_ENRP, &peer, 0);
	presence(0, PEER, NULL);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_UPDATE);
	m.sender = PEER;
	m.action = RSP_UPDATE_ADD;
	m.handle = talk_span("P");
	m.pe.id = 1;
	m.pe.home = PEER;
	m.pe.life = 90;
	m.pe.user = at(RSP_PARAM_TCP, "10.0.1.1", 80);
	m.pe.policy.type = 1;
	m.pe.asap = at(RSP_PARAM_TCP, nowhere[_i].address, nowhere[_i].port);
	say(0, &m);
	close_end(0);
	run(config.max_time_no_response + 10);
	for (unsigned i = 0; i < n_calls; i++)
		n += calls[i].protocol == RSP_ASAP;
	ck_assert_uint_eq(n, nowhere[_i].calls);
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_REMOVED], 0);
	run(config.inherited_grace);
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_REMOVED], 1);
	rsp_registry_free(registry);
}
END_TEST

/* An element that has come by itself needs no call: who has called in vain
 * hangs up, and the element stays where it is. */
START_TEST(a_call_that_comes_too_late_is_hung_up)
{
	struct rsp_transport peer = at(RSP_PARAM_TCP, "10.0.0.9", 9901);
	struct rsp_transport element = at(RSP_PARAM_TCP, "10.0.1.1", 1000);
	struct rsp_message m;
	unsigned call;

	begin();
	open_as(0, RSP_ENRP, &peer, 0);
	presence(0, PEER, NULL);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_UPDATE);
	m.sender = PEER;
	m.action = RSP_UPDATE_ADD;
	m.handle = talk_span("P");
	m.pe.id = 1;
	m.pe.home = PEER;
	m.pe.life = 90;
	m.pe.user = at(RSP_PARAM_TCP, "10.0.1.1", 80);
	m.pe.policy.type = 1;
	m.pe.asap = element;
	say(0, &m);
	close_end(0);
	while (n_calls == 0 || calls[n_calls - 1].protocol != RSP_ASAP) {
		ck_assert_int_lt(rsp_registry_deadline(registry), RSP_NEVER);
		now = rsp_registry_deadline(registry);
		rsp_registry_tick(registry, now);
		drain();
	}
	call = n_calls - 1;
	ck_assert(rsp_transport_equal(&calls[call].transport, &element));
	if (_i == 0) { /* it comes by itself meanwhile */
		open_as(1, RSP_ASAP, &element, 0);
		talk_registration(&m, "P", 1, "10.0.1.1");
		say(1, &m);
		ck_assert_uint_eq(ends[1].last, RSP_ASAP_REGISTRATION_RESPONSE);
	}
	open_as(2, RSP_ASAP, &element, calls[call].connecting);
	ck_assert_int_eq(ends[2].hung_up, _i == 0);
	ck_assert_uint_eq(ends[2].n, _i == 0 ? 0 : 1);
	if (_i == 1)
		ck_assert_uint_eq(ends[2].last, RSP_ASAP_KEEP_ALIVE);
	ck_assert_uint_eq(rsp_assoc_elements(ends[2].assoc), _i == 0 ? 0 : 1);
	ck_assert_uint_eq(n_events[RSP_EVENT_PE_REMOVED], 0);
	rsp_registry_free(registry);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry_calls");
	TCase *t = tcase_create("registry_calls");

	tcase_add_test(t, elements_are_hung_up_until_it_serves);
	tcase_add_test(t, a_hunt_ends_with_its_last_peer);
	tcase_add_test(t, a_configured_peer_is_called_until_it_is_there);
	tcase_add_test(t, a_lost_peer_is_called_where_it_was_found);
	tcase_add_loop_test(t, a_peer_is_where_it_says, 0,
	    (int)(sizeof(places) / sizeof(places[0])));
	tcase_add_test(t, who_is_introduced_is_called);
	tcase_add_test(t, a_dead_peer_is_remembered_for_an_hour);
	tcase_add_loop_test(t, all_that_is_inherited_is_called, 0,
	    (int)(sizeof(inherited) / sizeof(inherited[0])));
	tcase_add_loop_test(t, who_is_nowhere_is_not_called, 0,
	    (int)(sizeof(nowhere) / sizeof(nowhere[0])));
	tcase_add_loop_test(t, a_call_that_comes_too_late_is_hung_up, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
