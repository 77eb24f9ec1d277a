/* SPDX-License-Identifier: Apache-2.0 */
/* check_registration_address.c - claims about the addresses and transports that
 * an element may register, and about where it may do so from */
#include "tests/lib/suite.h"

#include "rsp/core/pool/policy.h"
#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TCP RSP_PARAM_TCP
#define SCTP RSP_PARAM_SCTP

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
	{ "its host's, over unix", 0, "", true, false, true, "192.168.0.1", 0 },
	{ "a stranger's, over unix", 0, "", true, false, true, "10.0.0.2",
	    RSP_CAUSE_SECURITY },
	{ "loopback over loopback", TCP, "127.0.0.1", true, false, false,
	    "127.0.0.1", 0 },
	{ "other loopback over loopback", TCP, "127.0.0.1", true, false, false,
	    "127.0.0.7", 0 },
	{ "v6 loopback over v4", TCP, "127.0.0.1", true, false, false, "::1",
	    0 },
	{ "loopback, refused", TCP, "127.0.0.1", true, false, true, "127.0.0.1",
	    RSP_CAUSE_INVALID },
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

	talk_begin();
	e = talk_open(SCTP, "10.0.0.1 2001:db8::1", false);
	talk_registration(&m, "P", 1, "10.9.9.9");
	m.pe.user.type = SCTP;
	m.pe.user.n_addresses = 3;
	m.pe.user.addresses[1] = talk_address("2001:db8::1");
	m.pe.user.addresses[2] = talk_address("10.0.0.1");
	talk_say(e, &m);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_int_eq(talk_causes(&m, &enclosed, &n), RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(enclosed, SCTP);
	pe = talk_only_element(e, "P");
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

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	rsp_clear_transport(&m.pe.user);
	m.pe.user.type = RSP_PARAM_OPAQUE;
	m.pe.user.opaque = talk_span("whatever");
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert(rsp_span_equal(talk_only_element(e, "P").user.opaque,
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

	talk_begin();
	e = talk_tcp("10.0.0.1");
	for (unsigned i = 0; (def = rsp_policy_row(i)) != NULL; i++) {
		ck_assert_int_eq(talk_resolve(e, "P", 0, NULL),
		    -RSP_CAUSE_HANDLE);
		talk_registration(&m, "P", 7, NULL);
		m.pe.user.type = types[_i];
		m.pe.user.service_code =
		    types[_i] == RSP_PARAM_DCCP ? 0x72737000 : 0;
		m.pe.policy =
		    (struct rsp_policy){ def->type, def->n_words, { 3, 2, 1 } };
		ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
		pe = talk_only_element(e, "P");
		ck_assert(rsp_transport_equal(&pe.user, &m.pe.user));
		ck_assert(rsp_policy_equal(&pe.policy, &m.pe.policy));
		ck_assert_int_eq(talk_deregister(e, "P", 7), NO_CAUSE);
	}
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry_address");
	TCase *t = tcase_create("registry_address");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, address_must_be_the_elements_own, 0,
	    COUNT(addresses));
	tcase_add_test(t, some_foreign_addresses_are_dropped_with_a_warning);
	tcase_add_test(t,
	    an_address_that_an_association_has_got_since_is_its_own);
	tcase_add_test(t, opaque_transports_are_carried);
	tcase_add_loop_test(t, every_transport_and_policy_is_carried, 0, 5);
	suite_add_tcase(s, t);
	return run_suite(s);
}
