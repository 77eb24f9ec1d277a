/* SPDX-License-Identifier: Apache-2.0 */
/* check_registration.c - claims about joining and leaving a pool: what a
 * registrar grants, refuses, and changes
 */
#include "tests/lib/suite.h"

#include "rsp/core/pool/policy.h"
#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TCP RSP_PARAM_TCP
#define SCTP RSP_PARAM_SCTP

/* Proves 5352-3.1-29, 5352-3.1-33, 5352-3.1-39, 5352-3.1-41, 5352-3.1-43,
 * 5352-3.1-44, 5352-2.2.3-06, 5352-3.1-16, 5354-3.10-04. */
START_TEST(element_joins_with_the_registrar_as_home)
{
	struct talk_end *e;
	struct rsp_message m;
	struct rsp_pe pe;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_registration(&m, "Web", 7, NULL);
	m.pe.home = 99;
	m.pe.asap = m.pe.user; /* what it says of its ASAP is not used */
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_REGISTRATION_RESPONSE);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert(!m.has_error);
	ck_assert_uint_eq(talk_event()->event, RSP_EVENT_PE_ADDED);
	pe = talk_only_element(e, "Web");
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

	talk_begin();
	e = talk_open(0, "", true);
	talk_registration(&m, "Web", 7, "127.0.0.1");
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_uint_eq(talk_only_element(e, "Web").asap.type, 0);
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
	 * 5352-2.2.3-04, 5354-3.12.6-01, 5354-3.12.8-01. */
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

START_TEST(registration_is_checked)
{
	static char handle[5000];
	const struct wrong *w = &wrongs[_i];
	struct rsp_message m;
	struct talk_end *e;
	uint64_t before;
	uint16_t enclosed;
	unsigned n;

	talk_begin();
	memset(handle, 'h', sizeof(handle) - 1);
	e = talk_tcp("10.0.0.1");
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
	ck_assert_msg(talk_causes(&m, &enclosed, &n) == w->cause,
	    "%s: cause %d", w->name, talk_causes(&m, &enclosed, &n));
	ck_assert_msg(enclosed == w->enclosed, "%s: encloses %#x", w->name,
	    enclosed);
	ck_assert_uint_eq((m.flags & RSP_FLAG_REJECT) != 0,
	    w->cause != NO_CAUSE);
	ck_assert_uint_eq(talk_elements(), before + (w->cause == NO_CAUSE));
	ck_assert_uint_eq(talk_event()->event,
	    w->cause == NO_CAUSE ? RSP_EVENT_PE_ADDED : RSP_EVENT_REJECTED);
	if (w->spoil == all_three)
		ck_assert_uint_eq(n, 3);
	talk_end();
}
END_TEST

/* Proves 5352-2.2.3-01. */
START_TEST(nobody_else_hears_an_answer)
{
	struct talk_end *e, *other;
	struct rsp_message m;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.1");
	talk_join(e, "P", 7);
	ck_assert(!talk_hear(other, &m));
	talk_end();
}
END_TEST

/* Proves 5352-3.1-36, 5352-3.1-38, 5352-2.2.6-09. */
START_TEST(registering_again_updates_and_equal_values_are_no_event)
{
	struct rsp_message m;
	struct talk_end *e;
	const struct talk_event *event;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_join(e, "P", 1);
	talk_join(e, "P", 1);
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
	ck_assert_uint_eq(talk_only_element(e, "P").user.port, 8080);
	m.pe.policy.type = 3;
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_POLICY);
	ck_assert_uint_eq(talk_only_element(e, "P").user.port, 8080);
	talk_end();
}
END_TEST

/* Proves 5352-3.1-40, 5352-3.1-47. */
START_TEST(element_may_come_back_over_another_association)
{
	struct talk_end *old, *fresh;

	talk_begin();
	old = talk_tcp("10.0.0.1");
	fresh = talk_tcp("10.0.0.1");
	talk_join(old, "P", 1);
	ck_assert_uint_eq(rsp_assoc_elements(old->assoc), 1);
	talk_join(fresh, "P", 1); /* before the old one is known to be lost */
	/* until it ends it may have the element again (check_holders) */
	ck_assert_uint_eq(rsp_assoc_elements(old->assoc), 1);
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

	talk_begin();
	first = talk_tcp("10.0.0.1");
	second = talk_tcp("10.0.0.2");
	talk_join(first, "P", 1);
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
	e = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.1");
	for (uint32_t id = 0; id < 3; id++)
		talk_join(e, "P0", id);
	talk_registration(&m, "P0", 3, NULL);
	ck_assert_int_eq(talk_register(e, &m), RSP_CAUSE_RESOURCES);
	talk_join(e, "P0", 1); /* known ones may always register again */
	talk_join(e, "P1", 3);
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
	ck_assert_uint_eq(talk_only_element(other, "P2").home, 0x5e53e700);
	talk_end();
}
END_TEST

/* Proves 5352-3.2-14 to 5352-3.2-16, 5352-3.2-18, 5352-2.2.4-03. */
START_TEST(element_leaves_and_unknown_ones_have_left)
{
	struct talk_end *e;
	const struct talk_event *event;

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_join(e, "P", 1);
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

	talk_begin();
	e = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.1");
	stranger = talk_tcp("10.0.0.2");
	talk_join(e, "P", 1);
	ck_assert_int_eq(talk_deregister(other, "P", 1), RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(talk_elements(), 1);
	/* Its association gone, it may come back to say so. */
	talk_close(e);
	ck_assert_int_eq(talk_deregister(stranger, "P", 1), RSP_CAUSE_SECURITY);
	ck_assert_int_eq(talk_deregister(other, "P", 1), NO_CAUSE);
	ck_assert_uint_eq(talk_elements(), 0);

	back = talk_open(0, "", true);
	talk_registration(&m, "P", 1, NULL);
	rsp_clear_transport(&m.pe.user);
	m.pe.user.type = RSP_PARAM_OPAQUE;
	ck_assert_int_eq(talk_register(other, &m), NO_CAUSE);
	talk_close(other);
	ck_assert_int_eq(talk_deregister(stranger, "P", 1), RSP_CAUSE_SECURITY);
	ck_assert_int_eq(talk_deregister(back, "P", 1), NO_CAUSE);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry_member");
	TCase *t = tcase_create("registry_member");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, element_joins_with_the_registrar_as_home);
	tcase_add_test(t, element_on_a_unix_socket_has_no_asap_address);
	tcase_add_loop_test(t, registration_is_checked, 0, COUNT(wrongs));
	tcase_add_test(t, nobody_else_hears_an_answer);
	tcase_add_test(t,
	    registering_again_updates_and_equal_values_are_no_event);
	tcase_add_test(t, element_may_come_back_over_another_association);
	tcase_add_test(t, identifier_of_a_living_element_elsewhere_is_refused);
	tcase_add_test(t, limits_are_kept);
	tcase_add_test(t, element_leaves_and_unknown_ones_have_left);
	tcase_add_test(t, nobody_is_deregistered_by_another);
	suite_add_tcase(s, t);
	return run_suite(s);
}
