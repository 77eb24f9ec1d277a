/* SPDX-License-Identifier: Apache-2.0 */
/* check_registry.c - claims about the registrar's answers: registration,
 * deregistration, resolution, and whatever else comes in */
#include "suite.h"

#include "rsp/core/policy.h"
#include "talk.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TCP RSP_PARAM_TCP
#define SCTP RSP_PARAM_SCTP
#define NO_CAUSE 0
#define NOT_UNDERSTOOD (-1)

static void
start(void)
{
	talk_init();
	talk_start();
}

static struct talk_end *
tcp(const char *address)
{
	return talk_open(TCP, address, false);
}

/* Registers TCP element `id` of 10.0.0.1. */
static void
join(struct talk_end *e, const char *handle, uint32_t id)
{
	struct rsp_message m;

	talk_registration(&m, handle, id, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
}

/* The only element of the pool, as an answer has it. */
static struct rsp_pe
only_element(struct talk_end *e, const char *handle)
{
	static struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe, more;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	c = rsp_cursor_over(m.elements);
	ck_assert(rsp_next_pe(&c, &pe, NULL));
	ck_assert(!rsp_next_pe(&c, &more, NULL));
	return pe;
}

/* Proves 5352-3.1-29, 5352-3.1-33, 5352-3.1-39, 5352-3.1-41, 5352-3.1-43,
 * 5352-3.1-44, 5352-2.2.3-06, 5352-3.1-16, 5354-3.10-04. */
START_TEST(element_joins_with_the_registrar_as_home)
{
	struct talk_end *e;
	struct rsp_message m;
	struct rsp_pe pe;

	start();
	e = tcp("10.0.0.1");
	talk_registration(&m, "Web", 7, NULL);
	m.pe.home = 99;
	m.pe.asap = m.pe.user; /* what it says of its ASAP is not used */
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_REGISTRATION_RESPONSE);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert(!m.has_error);
	ck_assert_uint_eq(talk_event()->event, RSP_EVENT_PE_ADDED);
	pe = only_element(e, "Web");
	ck_assert_uint_eq(pe.id, 7);
	ck_assert_uint_eq(pe.home, talk.config.server_id);
	ck_assert_uint_eq(pe.user.port, 80);
	ck_assert_uint_eq(pe.asap.type, TCP);
	ck_assert_uint_eq(pe.asap.port, 40000);
	ck_assert_uint_eq(pe.asap.addresses[0].bytes[0], 10);
	talk_end();
}
END_TEST

START_TEST(element_on_a_unix_socket_has_no_asap_address)
{
	struct talk_end *e;
	struct rsp_message m;

	start();
	e = talk_open(0, "", true);
	talk_registration(&m, "Web", 7, "127.0.0.1");
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_uint_eq(only_element(e, "Web").asap.type, 0);
	talk_end();
}
END_TEST

/* What is wrong with a registration into pool "P" of TCP elements under least
 * used, from 10.0.0.1. */
struct wrong {
	const char *name;
	const char *handle;
	int cause;
	uint16_t enclosed; /* type of the parameter in the cause, or 0 */
	void (*spoil)(struct rsp_message *m);
};

#define SPOIL(name, statement)                                                 \
	static void name(struct rsp_message *m)                                \
	{                                                                      \
		statement;                                                     \
	}

SPOIL(nothing, (void)m)
SPOIL(policy, m->pe.policy = (struct rsp_policy){ .type = 3 })
SPOIL(udp, m->pe.user.type = RSP_PARAM_UDP)
SPOIL(control, m->pe.user.type = SCTP; m->pe.user.use = 1)
SPOIL(all_three, control(m); policy(m))
SPOIL(other_host, m->pe.user.addresses[0] = talk_address("10.0.0.2"))
SPOIL(other_family, m->pe.user.addresses[0] = talk_address("2001:db8::1"))
SPOIL(loopback, m->pe.user.addresses[0] = talk_address("127.0.0.1"))
SPOIL(wildcard, m->pe.user.addresses[0] = talk_address("0.0.0.0"))
SPOIL(wildcard6, m->pe.user.addresses[0] = talk_address("::"))
SPOIL(multicast, m->pe.user.addresses[0] = talk_address("239.0.0.1"))
SPOIL(multicast6, m->pe.user.addresses[0] = talk_address("ff02::1"))
SPOIL(port_zero, m->pe.user.port = 0)
SPOIL(life_zero, m->pe.life = 0)
SPOIL(life_negative, m->pe.life = -2)
SPOIL(life_forever, m->pe.life = -1)
SPOIL(policy_zero, m->pe.policy = (struct rsp_policy){ .type = 0 })
SPOIL(policy_wordless, m->pe.policy.n_words = 0)
SPOIL(long_handle, m->handle.len = 4097)
SPOIL(whole_handle, m->handle.len = 4096)
SPOIL(no_handle, m->handle.len = 0)

static const struct wrong wrongs[] = {
	/* Proves 5352-3.1-34, 5352-3.1-35, 5352-3.1-45, 5352-3.1-46,
	 * 5352-2.2.3-04, 5354-3.12.6-01, 5354-3.12.8-01, 5354-3.12.9-01. */
	{ "nothing", "P", NO_CAUSE, 0, nothing },
	{ "policy of another type", "P", RSP_CAUSE_POLICY, RSP_PARAM_POLICY,
	    policy },
	{ "transport of another type", "P", RSP_CAUSE_TRANSPORT, TCP, udp },
	{ "control channel", "P", RSP_CAUSE_TRANSPORT, TCP, control },
	{ "all three", "P", RSP_CAUSE_POLICY, RSP_PARAM_POLICY, all_three },
	/* Proves 5352-2.2.1-05, 5352-3.1-42. */
	{ "address of another host", "Q", RSP_CAUSE_SECURITY, TCP, other_host },
	{ "address of another family", "Q", RSP_CAUSE_SECURITY, TCP,
	    other_family },
	{ "loopback from afar", "Q", RSP_CAUSE_SECURITY, TCP, loopback },
	{ "wildcard", "Q", RSP_CAUSE_INVALID, TCP, wildcard },
	{ "wildcard v6", "Q", RSP_CAUSE_INVALID, TCP, wildcard6 },
	{ "multicast", "Q", RSP_CAUSE_INVALID, TCP, multicast },
	{ "multicast v6", "Q", RSP_CAUSE_INVALID, TCP, multicast6 },
	{ "no port", "Q", RSP_CAUSE_INVALID, TCP, port_zero },
	{ "no life", "Q", RSP_CAUSE_INVALID, RSP_PARAM_PE, life_zero },
	{ "negative life", "Q", RSP_CAUSE_INVALID, RSP_PARAM_PE,
	    life_negative },
	{ "life for ever", "Q", NO_CAUSE, 0, life_forever },
	/* Proves 5356-7.1-03, 5354-3.8-03, 5354-3.12.4-01. */
	{ "no policy", "Q", RSP_CAUSE_INVALID, RSP_PARAM_POLICY, policy_zero },
	{ "policy without its word", "Q", RSP_CAUSE_INVALID, RSP_PARAM_POLICY,
	    policy_wordless },
	{ "handle too long", NULL, RSP_CAUSE_INVALID, 0, long_handle },
	{ "handle as long as may be", NULL, NO_CAUSE, 0, whole_handle },
	{ "no handle", NULL, RSP_CAUSE_INVALID, 0, no_handle },
};

/* The answer's first cause and the type of what it encloses. */
static int
causes_of(const struct rsp_message *m, uint16_t *enclosed, unsigned *n)
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

START_TEST(registration_is_checked)
{
	static char handle[5000];
	const struct wrong *w = &wrongs[_i];
	struct rsp_message m;
	struct talk_end *e;
	uint64_t before;
	uint16_t enclosed;
	unsigned n;

	start();
	memset(handle, 'h', sizeof(handle) - 1);
	e = tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ RSP_POLICY_LU, 1, { 5 } };
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	before = talk_elements();
	talk_event();

	m.pe.id = 2;
	m.handle = talk_span(w->handle == NULL ? handle : w->handle);
	w->spoil(&m);
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_REGISTRATION_RESPONSE);
	ck_assert_msg(causes_of(&m, &enclosed, &n) == w->cause, "%s: cause %d",
	    w->name, causes_of(&m, &enclosed, &n));
	ck_assert_msg(enclosed == w->enclosed, "%s: encloses %#x", w->name,
	    enclosed);
	ck_assert_uint_eq((m.flags & RSP_FLAG_REJECT) != 0,
	    w->cause != NO_CAUSE);
	ck_assert_uint_eq(talk_elements(),
	    before + (w->cause == NO_CAUSE));
	ck_assert_uint_eq(talk_event()->event,
	    w->cause == NO_CAUSE ? RSP_EVENT_PE_ADDED : RSP_EVENT_REJECTED);
	if (w->spoil == all_three)
		ck_assert_uint_eq(n, 3);
	talk_end();
}
END_TEST

/* Who may register which address, from where. */
static bool
is_own_192(void *ctx, const struct rsp_address *a)
{
	(void)ctx;
	return a->family == 4 && a->bytes[0] == 192;
}

static const struct {
	const char *name;
	uint16_t type;	  /* of the association, 0: unix */
	const char *from; /* its addresses */
	bool local, third_party, refuse_loopback;
	const char *address;
	int cause;
} addresses[] = {
	{ "own source", TCP, "10.0.0.1", false, false, true, "10.0.0.1", 0 },
	{ "own source v6", TCP, "2001:db8::1", false, false, true,
	    "2001:db8::1", 0 },
	{ "one of many", SCTP, "10.0.0.1 10.1.0.1", false, false, true,
	    "10.1.0.1", 0 },
	{ "a stranger's", TCP, "10.0.0.1", false, false, false, "10.0.0.2",
	    RSP_CAUSE_SECURITY },
	{ "a stranger's, third party", TCP, "10.0.0.1", false, true, false,
	    "10.0.0.2", 0 },
	{ "the registrar's own, from afar", TCP, "10.0.0.1", false, false,
	    false, "192.168.0.1", RSP_CAUSE_SECURITY },
	{ "its host's, over loopback", TCP, "127.0.0.1", true, false, true,
	    "192.168.0.1", 0 },
	{ "its host's, over unix", 0, "", true, false, true, "192.168.0.1",
	    0 },
	{ "a stranger's, over unix", 0, "", true, false, true, "10.0.0.2",
	    RSP_CAUSE_SECURITY },
	{ "loopback over loopback", TCP, "127.0.0.1", true, false, false,
	    "127.0.0.1", 0 },
	{ "other loopback over loopback", TCP, "127.0.0.1", true, false, false,
	    "127.0.0.7", 0 },
	{ "v6 loopback over v4", TCP, "127.0.0.1", true, false, false, "::1",
	    0 },
	{ "loopback, refused", TCP, "127.0.0.1", true, false, true,
	    "127.0.0.1", RSP_CAUSE_INVALID },
	{ "loopback, refused, third party", TCP, "10.0.0.1", false, true, true,
	    "127.0.0.1", RSP_CAUSE_INVALID },
	{ "mapped loopback, refused", TCP, "127.0.0.1", true, true, true,
	    "::ffff:127.0.0.1", RSP_CAUSE_INVALID },
};

START_TEST(address_must_be_the_elements_own)
{
	struct rsp_message m;
	struct talk_end *e;

	talk_init();
	talk.config.third_party = addresses[_i].third_party;
	talk.config.refuse_loopback = addresses[_i].refuse_loopback;
	talk.config.is_own_address = is_own_192;
	talk_start();
	e = talk_open(addresses[_i].type, addresses[_i].from,
	    addresses[_i].local);
	talk_registration(&m, "P", 1, addresses[_i].address);
	ck_assert_msg(talk_register(e, &m) == addresses[_i].cause, "%s",
	    addresses[_i].name);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.3-05, 5354-3.4-05 and what draft score asks for. */
START_TEST(some_foreign_addresses_are_dropped_with_a_warning)
{
	struct rsp_message m;
	struct talk_end *e;
	struct rsp_pe pe;
	uint16_t enclosed;
	unsigned n;

	start();
	e = talk_open(SCTP, "10.0.0.1 2001:db8::1", false);
	talk_registration(&m, "P", 1, "10.9.9.9");
	m.pe.user.type = SCTP;
	m.pe.user.n_addresses = 3;
	m.pe.user.addresses[1] = talk_address("2001:db8::1");
	m.pe.user.addresses[2] = talk_address("10.0.0.1");
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_int_eq(causes_of(&m, &enclosed, &n), RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(enclosed, SCTP);
	pe = only_element(e, "P");
	ck_assert_uint_eq(pe.user.n_addresses, 2);
	ck_assert_uint_eq(pe.user.addresses[0].family, 6);
	ck_assert_uint_eq(pe.user.addresses[1].family, 4);
	ck_assert_uint_eq(pe.asap.n_addresses, 2);
	talk_end();
}
END_TEST

static bool
has_10_0_0_2(void *ctx, void *user, const struct rsp_address *a)
{
	struct rsp_address got = talk_address("10.0.0.2");

	(void)ctx;
	(void)user;
	return rsp_address_equal(a, &got);
}

START_TEST(an_address_that_an_association_has_got_since_is_its_own)
{
	static const uint16_t types[] = { SCTP, TCP };
	struct rsp_message m;
	struct talk_end *e;

	for (int i = 0; i < 2; i++) {
		talk_init();
		talk.config.has_address = has_10_0_0_2;
		talk_start();
		e = talk_open(types[i], "10.0.0.1", false);
		talk_registration(&m, "P", 1, "10.0.0.2");
		ck_assert_int_eq(talk_register(e, &m),
		    types[i] == SCTP ? 0 : RSP_CAUSE_SECURITY);
		talk_registration(&m, "P", 2, "10.0.0.3");
		ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_SECURITY);
		talk_end();
	}
}
END_TEST

START_TEST(opaque_transports_are_carried)
{
	struct rsp_message m;
	struct talk_end *e;

	start();
	e = tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	rsp_clear_transport(&m.pe.user);
	m.pe.user.type = RSP_PARAM_OPAQUE;
	m.pe.user.opaque = talk_span("whatever");
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert(rsp_span_equal(only_element(e, "P").user.opaque,
	    talk_span("whatever")));
	ck_assert_int_eq(talk_deregister(e, "P", 1), NO_CAUSE);
	talk_end();
}
END_TEST

/* Proves 5354-3.10-06, 5354-3.10-08, 5352-6.1-04, 5352-6.5.2-03: whatever
 * there is for an element to be is registered, and answered as it was. */
START_TEST(every_transport_and_policy_is_carried)
{
	static const uint16_t types[] = { TCP, SCTP, RSP_PARAM_UDP,
		RSP_PARAM_UDPLITE, RSP_PARAM_DCCP };
	const struct rsp_policy_def *def;
	struct talk_end *e;
	struct rsp_message m;
	struct rsp_pe pe;

	start();
	e = tcp("10.0.0.1");
	for (unsigned i = 0; (def = rsp_policy_row(i)) != NULL; i++) {
		ck_assert_int_eq(talk_resolve(e, "P", 0, NULL),
		    -RSP_CAUSE_HANDLE);
		talk_registration(&m, "P", 7, NULL);
		m.pe.user.type = types[_i];
		m.pe.user.service_code =
		    types[_i] == RSP_PARAM_DCCP ? 0x72737000 : 0;
		m.pe.policy = (struct rsp_policy){ def->type, def->n_words,
			{ 3, 2, 1 } };
		ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
		pe = only_element(e, "P");
		ck_assert(rsp_transport_equal(&pe.user, &m.pe.user));
		ck_assert(rsp_policy_equal(&pe.policy, &m.pe.policy));
		ck_assert_int_eq(talk_deregister(e, "P", 7), NO_CAUSE);
	}
	talk_end();
}
END_TEST

/* Proves 5352-2.2.3-01. */
START_TEST(nobody_else_hears_an_answer)
{
	struct talk_end *e, *other;
	struct rsp_message m;

	start();
	e = tcp("10.0.0.1");
	other = tcp("10.0.0.1");
	join(e, "P", 7);
	ck_assert(!talk_hear(other, &m));
	talk_end();
}
END_TEST

/* Proves 5352-3.1-36, 5352-3.1-37, 5352-3.1-38, 5352-2.2.6-09. */
START_TEST(registering_again_updates_and_equal_values_are_no_event)
{
	struct rsp_message m;
	struct talk_end *e;
	const struct talk_event *event;

	start();
	e = tcp("10.0.0.1");
	join(e, "P", 1);
	join(e, "P", 1);
	ck_assert_uint_eq(talk_elements(), 1);
	ck_assert_uint_eq(talk_event()->event, RSP_EVENT_PE_ADDED);
	ck_assert_ptr_null(talk_event());
	talk_registration(&m, "P", 1, NULL);
	m.pe.life = 33;
	m.pe.user.port = 8080;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	event = talk_event();
	ck_assert_uint_eq(event->event, RSP_EVENT_PE_UPDATED);
	ck_assert_int_eq(event->life, 33);
	ck_assert_uint_eq(only_element(e, "P").user.port, 8080);
	m.pe.policy.type = 3;
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_POLICY);
	ck_assert_uint_eq(only_element(e, "P").user.port, 8080);
	talk_end();
}
END_TEST

/* Proves 5352-3.1-40, 5352-3.1-47. */
START_TEST(element_may_come_back_over_another_association)
{
	struct talk_end *old, *fresh;

	start();
	old = tcp("10.0.0.1");
	fresh = tcp("10.0.0.1");
	join(old, "P", 1);
	ck_assert_uint_eq(rsp_assoc_elements(old->assoc), 1);
	join(fresh, "P", 1); /* before the old one is known to be lost */
	ck_assert_uint_eq(rsp_assoc_elements(old->assoc), 0);
	ck_assert_uint_eq(rsp_assoc_elements(fresh->assoc), 1);
	talk_close(old);
	talk_wait(10000);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* Proves 5354-3.12.5-01. */
START_TEST(identifier_of_a_living_element_elsewhere_is_refused)
{
	struct talk_end *first, *second;
	struct rsp_message m;

	start();
	first = tcp("10.0.0.1");
	second = tcp("10.0.0.2");
	join(first, "P", 1);
	talk_registration(&m, "P", 1, "10.0.0.2");
	ck_assert_int_eq(talk_register(second, &m), RSP_CAUSE_PE_ID);
	/* The one that is there is asked whether it is, and not without end:
	 * 5352-9.1-09. */
	ck_assert(talk_hear(first, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_KEEP_ALIVE);
	talk_request(&m, RSP_ASAP_KEEP_ALIVE_ACK, "P", 1);
	talk_say(first, &m);
	for (int i = 0; i < 99; i++) {
		talk_registration(&m, "P", 1, "10.0.0.2");
		ck_assert_int_eq(talk_register(second, &m), RSP_CAUSE_PE_ID);
		ck_assert(!talk_hear(first, &m));
		talk_wait(100);
	}
	talk_wait(100);
	talk_registration(&m, "P", 1, "10.0.0.2");
	ck_assert_int_eq(talk_register(second, &m), RSP_CAUSE_PE_ID);
	ck_assert(talk_hear(first, &m));
	talk_wait(talk.config.keep_alive_timeout);
	talk_registration(&m, "P", 1, "10.0.0.2");
	ck_assert_int_eq(talk_register(second, &m), NO_CAUSE);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* Proves 5354-3.12.7-01. */
START_TEST(limits_are_kept)
{
	struct talk_end *e, *other;
	struct rsp_message m;
	char handle[] = "P0";

	talk_init();
	talk.config.max_pools = 2;
	talk.config.max_pes_per_pool = 3;
	talk.config.max_pes_per_association = 4;
	talk_start();
	e = tcp("10.0.0.1");
	other = tcp("10.0.0.1");
	for (uint32_t id = 0; id < 3; id++)
		join(e, "P0", id);
	talk_registration(&m, "P0", 3, NULL);
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_RESOURCES);
	join(e, "P0", 1); /* known ones may always register again */
	join(e, "P1", 3);
	talk_registration(&m, "P1", 4, NULL);
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_RESOURCES);
	ck_assert_int_eq(talk_register(other, &m), NO_CAUSE);
	talk_registration(&m, "P1", 4, NULL); /* nor by taking it over */
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_RESOURCES);
	handle[1] = '2';
	talk_registration(&m, handle, 4, NULL);
	ck_assert_int_eq(talk_register(other, &m), RSP_CAUSE_RESOURCES);
	ck_assert_uint_eq(talk_elements(), 5);

	talk.config.max_pools = 3;
	talk.config.server_id = 1; /* stays what it is */
	rsp_registry_configure(talk.registry, &talk.config);
	ck_assert_int_eq(talk_register(other, &m), NO_CAUSE);
	ck_assert_uint_eq(only_element(other, "P2").home, 0x5e53e700);
	talk_end();
}
END_TEST

/* Proves 5352-3.2-14 to 5352-3.2-16, 5352-3.2-18, 5352-2.2.4-03. */
START_TEST(element_leaves_and_unknown_ones_have_left)
{
	struct talk_end *e;
	const struct talk_event *event;

	start();
	e = tcp("10.0.0.1");
	join(e, "P", 1);
	talk_event();
	ck_assert_int_eq(talk_deregister(e, "P", 2), NO_CAUSE);
	ck_assert_int_eq(talk_deregister(e, "Q", 1), NO_CAUSE);
	ck_assert_ptr_null(talk_event());
	ck_assert_int_eq(talk_deregister(e, "P", 1), NO_CAUSE);
	event = talk_event();
	ck_assert_uint_eq(event->event, RSP_EVENT_PE_REMOVED);
	ck_assert_str_eq(event->reason, "deregistered");
	ck_assert_uint_eq(talk_elements(), 0);
	ck_assert_int_eq(talk_resolve(e, "P", 0, NULL), -RSP_CAUSE_HANDLE);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.2-04, 5352-3.2-17, 5352-3.2-19, 5354-3.12.10-01.
 * Proves 5355-2.3-03. */
START_TEST(nobody_is_deregistered_by_another)
{
	struct talk_end *e, *other, *stranger, *back;
	struct rsp_message m;

	start();
	e = tcp("10.0.0.1");
	other = tcp("10.0.0.1");
	stranger = tcp("10.0.0.2");
	join(e, "P", 1);
	ck_assert_int_eq(talk_deregister(other, "P", 1), RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(talk_elements(), 1);
	/* Its association gone, it may come back to say so. */
	talk_close(e);
	ck_assert_int_eq(talk_deregister(stranger, "P", 1),
	    RSP_CAUSE_SECURITY);
	ck_assert_int_eq(talk_deregister(other, "P", 1), NO_CAUSE);
	ck_assert_uint_eq(talk_elements(), 0);

	back = talk_open(0, "", true);
	talk_registration(&m, "P", 1, NULL);
	rsp_clear_transport(&m.pe.user);
	m.pe.user.type = RSP_PARAM_OPAQUE;
	ck_assert_int_eq(talk_register(other, &m), NO_CAUSE);
	talk_close(other);
	ck_assert_int_eq(talk_deregister(stranger, "P", 1),
	    RSP_CAUSE_SECURITY);
	ck_assert_int_eq(talk_deregister(back, "P", 1), NO_CAUSE);
	talk_end();
}
END_TEST

/* Proves 5352-3.3-20 to 5352-3.3-24, 5352-2.2.6-05, 5352-2.2.6-07,
 * 5352-2.2.6-11, 5352-2.2.6-12, 5354-3.12.11-01. */
START_TEST(resolution_lists_the_pool_with_its_policy)
{
	struct talk_end *e, *user;
	struct rsp_message m;
	uint32_t ids[3];

	start();
	e = tcp("10.0.0.1");
	user = tcp("10.7.7.7");
	ck_assert_int_eq(talk_resolve(user, "P", 0, NULL), -RSP_CAUSE_HANDLE);
	for (uint32_t id = 1; id <= 3; id++)
		join(e, "P", id);
	ck_assert_int_eq(talk_resolve(user, "P", 0, ids), 3);
	ck_assert_uint_eq(ids[0], 1);
	ck_assert_int_eq(talk_resolve(user, "P", 0, ids), 3);
	ck_assert_uint_eq(ids[0], 2);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.flags = RSP_FLAG_SUBSCRIBE;
	talk_say(user, &m);
	ck_assert(talk_hear(user, &m));
	ck_assert_uint_eq(m.flags, RSP_FLAG_ACCEPT_UPDATES);
	ck_assert(m.has_policy);
	ck_assert_uint_eq(m.policy.type, 1);
	talk_request(&m, RSP_ASAP_RESOLUTION, "Q", 0);
	talk_say(user, &m);
	ck_assert(talk_hear(user, &m));
	ck_assert(m.has_error && !m.has_policy && m.elements.len == 0);
	talk_end();
}
END_TEST

static const struct {
	uint32_t items; /* 0: left out */
	int n;		/* of 3000 elements of 56 bytes each */
} item_rows[] = {
	{ 0, 32 },
	{ 1, 1 },
	{ 128, 128 },
	/* 65532 less header, handle "P" and policy, by 56. */
	{ 0xffffffff, 1169 },
	{ 2000, 1169 },
	{ 5000, 1169 },
};

/* Proves hropt-2.1-03, hropt-2.1-04, -05, -06, -07. */
START_TEST(items_are_as_asked_and_as_fit)
{
	struct talk_end *e;
	struct rsp_message m;

	start();
	e = tcp("10.0.0.1");
	for (uint32_t id = 0; id < 3000; id++)
		join(e, "P", id);
	ck_assert_int_eq(talk_resolve(e, "P", item_rows[_i].items, NULL),
	    item_rows[_i].n);
	talk_request(&m, RSP_ASAP_RESOLUTION, "P", 0);
	m.has_items = true; /* and zero */
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.elements.len, 32 * 56);
	talk_end();
}
END_TEST

static int
resolve_any_case(struct talk_end *e, const char *handle, char *real)
{
	struct rsp_message m;
	uint16_t enclosed;
	unsigned n;

	talk_request(&m, RSP_ASAP_RESOLUTION, handle, 0);
	m.any_case = true;
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	memcpy(real, m.handle.at, m.handle.len);
	real[m.handle.len] = '\0';
	if (!m.has_error)
		return 1;
	ck_assert_int_eq(causes_of(&m, &enclosed, &n), RSP_CAUSE_HANDLE);
	return n == 1 ? 0 : -1;
}

START_TEST(any_case_answers_with_the_real_handle)
{
	struct talk_end *e;
	char real[16];

	start();
	e = tcp("10.0.0.1");
	join(e, "DownLoad", 1);
	ck_assert_int_eq(resolve_any_case(e, "download", real), 1);
	ck_assert_str_eq(real, "DownLoad");
	ck_assert_int_eq(resolve_any_case(e, "upload", real), 0);
	join(e, "DOWNLOAD", 1);
	ck_assert_int_eq(resolve_any_case(e, "DOWNLOAD", real), 1);
	ck_assert_str_eq(real, "DOWNLOAD");
	ck_assert_int_eq(resolve_any_case(e, "download", real), -1);
	ck_assert_int_eq(talk_resolve(e, "download", 0, NULL),
	    -RSP_CAUSE_HANDLE);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.6-10, 5356-3.2-02. */
START_TEST(pool_in_which_nobody_can_serve_has_no_answer)
{
	struct talk_end *e;
	struct rsp_message m;

	start();
	e = tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.policy = (struct rsp_policy){ 2, 1, { 0 } };
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, "P", 0, NULL), -RSP_CAUSE_RESOURCES);
	m.pe.policy.words[0] = 1;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, "P", 0, NULL), 1);
	talk_end();
}
END_TEST

/* Beside a handle of 64 KiB there is hardly room for an element. */
START_TEST(answer_never_exceeds_a_message)
{
	static char handle[65536];
	struct talk_end *e;
	struct rsp_message m;

	talk_init();
	talk.config.max_handle_length = 65535;
	talk_start();
	e = tcp("10.0.0.1");
	memset(handle, 'x', 65440);
	talk_registration(&m, handle, 1, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, handle, 0, NULL), 1);
	memset(handle, 'x', 65480);
	talk_registration(&m, handle, 1, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_int_eq(talk_resolve(e, handle, 0, NULL),
	    -RSP_CAUSE_RESOURCES);
	ck_assert_int_eq(talk_deregister(e, handle, 1), NO_CAUSE);
	talk_end();
}
END_TEST

/* Messages that are no requests that can be granted, and what they do. */
static const struct {
	const char *name;
	const char *hex;
	int result;
	int answer;	/* message type, 0: silence */
	int cause, n;
} others[] = {
	/* Proves 5354-4-03, 5354-4-04, 5354-4-05, 5352-2.2.14-01 to -04,
	 * 5354-3.12.3-01. */
	{ "unknown message, discarded", "0f000004", RSP_OK, 0, 0, 0 },
	{ "unknown message, reported", "40000004", RSP_OK, RSP_ASAP_ERROR,
	    RSP_CAUSE_MESSAGE, 1 },
	{ "unknown message, reserved", "c0000004", RSP_OK, 0, 0, 0 },
	/* Proves 5354-3-04 to 5354-3-07, 5354-3.12.2-01, and that such as
	 * 0x803f are skipped, hropt-2.1-08. */
	{ "unknown parameter 00", "05000010 00090005 50000000 00110004",
	    RSP_OK, 0, 0, 0 },
	{ "unknown parameter 01", "05000010 00090005 50000000 40110004",
	    RSP_OK, RSP_ASAP_ERROR, RSP_CAUSE_PARAM, 1 },
	{ "unknown parameter 10", "05000010 00090005 50000000 80110004",
	    RSP_OK, RSP_ASAP_RESOLUTION_RESPONSE, RSP_CAUSE_HANDLE, 1 },
	{ "unknown parameter 11", "05000010 00090005 50000000 c0110004",
	    RSP_OK, RSP_ASAP_ERROR, RSP_CAUSE_PARAM, 1 },
	/* Proves 5352-2.2.1-02, 5352-2.2.1-06, 5352-2.2.2-03. */
	{ "registration without element", "0100000c 00090005 50000000", RSP_OK,
	    RSP_ASAP_REGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "registration without anything", "01000004", RSP_OK, RSP_ASAP_ERROR,
	    RSP_CAUSE_INVALID, 1 },
	{ "transport use 2",
	    "01000034 00090005 50000000 000a0028 00000001 00000000 0000005a"
	    "00040010 00500002 00010008 0a000001 00080008 00000001",
	    RSP_OK, RSP_ASAP_REGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "deregistration without identifier", "0200000c 00090005 50000000",
	    RSP_OK, RSP_ASAP_DEREGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "acknowledgement without identifier", "0800000c 00090005 50000000",
	    RSP_OK, RSP_ASAP_ERROR, RSP_CAUSE_INVALID, 1 },
	/* Framing is whole, whatever is wrong inside.  Proves 5354-3-09,
	 * 5354-3.12.4-01. */
	{ "a number of items of two words",
	    "05000018 00090005 50000000 803f000c 00000001 00000000", RSP_OK,
	    RSP_ASAP_RESOLUTION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "an address of five bytes",
	    "01000038 00090005 50000000 000a002c 00000001 00000000 0000005a"
	    "00050014 00500000 00010009 0a000001 01000000 00080008 00000001",
	    RSP_OK, RSP_ASAP_REGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "no address",
	    "0100002c 00090005 50000000 000a0020 00000001 00000000 0000005a"
	    "00050008 00500000 00080008 00000001",
	    RSP_OK, RSP_ASAP_REGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "two handles", "05000014 00090005 50000000 00090005 51000000",
	    RSP_OK, RSP_ASAP_RESOLUTION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "an identifier of five bytes",
	    "02000018 00090005 50000000 000e0009 00000001 01000000",
	    RSP_OK, RSP_ASAP_DEREGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "parameter beyond the end", "0500000c 00090009 50000000", RSP_OK,
	    RSP_ASAP_ERROR, RSP_CAUSE_INVALID, 1 },
	{ "parameter too short", "0500000c 00090003 50000000", RSP_OK,
	    RSP_ASAP_ERROR, RSP_CAUSE_INVALID, 1 },
	/* What a registrar has no use for. */
	{ "a response", "0300000c 00090005 50000000", RSP_OK, RSP_ASAP_ERROR,
	    RSP_CAUSE_INVALID, 1 },
	{ "a cookie", "0b000010 000d0009 61626364 65000000", RSP_OK, 0, 0, 0 },
	{ "an announcement", "0a000008 11111111", RSP_OK, 0, 0, 0 },
	{ "an error", "0e00000c 000c0008 00090004", RSP_OK, 0, 0, 0 },
	{ "an error that is none", "0e000008 000c0004", RSP_OK, 0, 0, 0 },
	{ "a keep-alive acknowledged by nobody",
	    "08000014 00090005 50000000 000e0008 00000001", RSP_OK, 0, 0, 0 },
	{ "a report about nobody",
	    "09000014 00090005 50000000 000e0008 00000001", RSP_OK, 0, 0, 0 },
	/* Framing is lost: 5354-4-07. */
	{ "nothing", "", RSP_ETRUNC, 0, 0, 0 },
	{ "a header too long for what follows", "05000014 00090005 50000000",
	    RSP_ETRUNC, 0, 0, 0 },
	{ "a header too short for what follows", "05000008 00090005 50000000",
	    RSP_EMALFORMED, 0, 0, 0 },
};

START_TEST(other_messages_do_no_harm)
{
	uint8_t bytes[256];
	struct rsp_message m;
	struct talk_end *e;
	uint16_t enclosed;
	unsigned n;

	start();
	e = tcp("10.0.0.1");
	talk_bytes(e, bytes, hex(others[_i].hex, bytes));
	ck_assert_msg(e->result == others[_i].result, "%s: %s",
	    others[_i].name, rsp_strerror(e->result));
	ck_assert_msg(talk_hear(e, &m) == (others[_i].answer != 0), "%s: type %d",
	    others[_i].name, m.type);
	ck_assert_msg(m.type == others[_i].answer, "%s: type %d",
	    others[_i].name, m.type);
	ck_assert_msg(causes_of(&m, &enclosed, &n) == others[_i].cause,
	    "%s: cause %d", others[_i].name, causes_of(&m, &enclosed, &n));
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

/* How many updates a peer has been sent by now. */
static unsigned
updates(const struct talk_end *peer)
{
	unsigned n = 0;

	for (unsigned i = 0; i < peer->n; i++)
		n += peer->messages[i].bytes[0] == RSP_ENRP_UPDATE;
	return n;
}

/* Proves 5352-3.1-49, 5352-3.1-50, 5352-3.2-21, 5352-3.2-22: peers are told of
 * what is granted, and of nothing else. */
START_TEST(peers_are_told_of_what_is_granted)
{
	struct rsp_assoc_info info = { .protocol = RSP_ENRP };
	struct talk_end *e, *other, *peer;
	struct rsp_message m;
	uint8_t bytes[64];

	start();
	peer = &talk.ends[talk.n_ends++];
	info.remote.type = TCP;
	info.remote.port = 9901;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] = talk_address("10.0.0.9");
	peer->assoc = rsp_registry_open(talk.registry, talk.now, &info, peer);
	talk_bytes(peer, bytes,
	    hex("01000014 00000099 00000000 000f0006 ffff0000", bytes));
	e = tcp("10.0.0.1");
	other = tcp("10.0.0.1");
	ck_assert_uint_eq(updates(peer), 0);
	join(e, "P", 7);
	ck_assert_uint_eq(updates(peer), 1);
	talk_registration(&m, "P", 8, NULL);
	m.pe.policy.type = 3;
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_POLICY);
	ck_assert_int_eq(talk_deregister(other, "P", 7), RSP_CAUSE_SECURITY);
	ck_assert_int_eq(talk_deregister(e, "P", 9), NO_CAUSE);
	ck_assert_uint_eq(updates(peer), 1);
	ck_assert_int_eq(talk_deregister(e, "P", 7), NO_CAUSE);
	ck_assert_uint_eq(updates(peer), 2);
	talk_end();
}
END_TEST

/* Proves 5352-4-09, 5352-4-10, all that come in being counted. */
START_TEST(counts_are_kept)
{
	struct rsp_registry_counts c;
	struct talk_end *e, *user;
	struct rsp_message m;

	start();
	e = tcp("10.0.0.1");
	user = tcp("10.0.0.2");
	join(e, "P", 1);
	join(e, "P", 1);
	join(e, "Q", 1);
	talk_registration(&m, "Q", 2, "10.0.0.9");
	talk_register(e, &m);
	talk_deregister(e, "Q", 1);
	talk_resolve(user, "P", 0, NULL);
	talk_resolve(user, "R", 0, NULL);
	talk_request(&m, RSP_ASAP_UNREACHABLE, "P", 1);
	talk_say(user, &m);
	rsp_registry_count(talk.registry, &c);
	ck_assert_uint_eq(c.pools, 1);
	ck_assert_uint_eq(c.elements, 1);
	ck_assert_uint_eq(c.associations, 2);
	ck_assert_uint_eq(c.registrations, 2);
	ck_assert_uint_eq(c.reregistrations, 1);
	ck_assert_uint_eq(c.rejections, 1);
	ck_assert_uint_eq(c.deregistrations, 1);
	ck_assert_uint_eq(c.removals, 1);
	ck_assert_uint_eq(c.resolutions, 2);
	ck_assert_uint_eq(c.unknown_handles, 1);
	ck_assert_uint_eq(c.reports, 1);
	ck_assert_uint_eq(c.keep_alives, 1);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry");
	TCase *t = tcase_create("registry");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, element_joins_with_the_registrar_as_home);
	tcase_add_test(t, element_on_a_unix_socket_has_no_asap_address);
	tcase_add_loop_test(t, registration_is_checked, 0, COUNT(wrongs));
	tcase_add_loop_test(t, address_must_be_the_elements_own, 0,
	    COUNT(addresses));
	tcase_add_test(t, some_foreign_addresses_are_dropped_with_a_warning);
	tcase_add_test(t, an_address_that_an_association_has_got_since_is_its_own);
	tcase_add_test(t, opaque_transports_are_carried);
	tcase_add_loop_test(t, every_transport_and_policy_is_carried, 0, 5);
	tcase_add_test(t, nobody_else_hears_an_answer);
	tcase_add_test(t,
	    registering_again_updates_and_equal_values_are_no_event);
	tcase_add_test(t, element_may_come_back_over_another_association);
	tcase_add_test(t, identifier_of_a_living_element_elsewhere_is_refused);
	tcase_add_test(t, limits_are_kept);
	tcase_add_test(t, element_leaves_and_unknown_ones_have_left);
	tcase_add_test(t, nobody_is_deregistered_by_another);
	tcase_add_test(t, resolution_lists_the_pool_with_its_policy);
	tcase_add_loop_test(t, items_are_as_asked_and_as_fit, 0,
	    COUNT(item_rows));
	tcase_add_test(t, any_case_answers_with_the_real_handle);
	tcase_add_test(t, pool_in_which_nobody_can_serve_has_no_answer);
	tcase_add_test(t, answer_never_exceeds_a_message);
	tcase_add_loop_test(t, other_messages_do_no_harm, 0, COUNT(others));
	tcase_add_test(t, peers_are_told_of_what_is_granted);
	tcase_add_test(t, counts_are_kept);
	suite_add_tcase(s, t);
	return run_suite(s);
}
