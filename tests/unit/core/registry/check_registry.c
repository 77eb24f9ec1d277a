/* SPDX-License-Identifier: Apache-2.0 */
/* check_registry.c - claims about all else that comes in to a registrar, and
 * what becomes known of it: to peers, and as counts
 *
 * Registration is in check_registration.c and check_registration_address.c,
 * resolution in check_resolution.c, time in check_keep_alive.c.
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Messages that are no requests that can be granted, and what they do. */
static const struct {
	const char *name;
	const char *hex;
	int result;
	int answer; /* message type, 0: silence */
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
	{ "unknown parameter 00", "05000010 00090005 50000000 00110004", RSP_OK,
	    0, 0, 0 },
	{ "unknown parameter 01", "05000010 00090005 50000000 40110004", RSP_OK,
	    RSP_ASAP_ERROR, RSP_CAUSE_PARAM, 1 },
	{ "unknown parameter 10", "05000010 00090005 50000000 80110004", RSP_OK,
	    RSP_ASAP_RESOLUTION_RESPONSE, RSP_CAUSE_HANDLE, 1 },
	{ "unknown parameter 11", "05000010 00090005 50000000 c0110004", RSP_OK,
	    RSP_ASAP_ERROR, RSP_CAUSE_PARAM, 1 },
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
	{ "two handles", "05000014 00090005 50000000 00090005 51000000", RSP_OK,
	    RSP_ASAP_RESOLUTION_RESPONSE, RSP_CAUSE_INVALID, 1 },
	{ "an identifier of five bytes",
	    "02000018 00090005 50000000 000e0009 00000001 01000000", RSP_OK,
	    RSP_ASAP_DEREGISTRATION_RESPONSE, RSP_CAUSE_INVALID, 1 },
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

	talk_begin();
	e = talk_tcp("10.0.0.1");
	talk_bytes(e, bytes, hex(others[_i].hex, bytes));
	ck_assert_msg(e->result == others[_i].result, "%s: %s", others[_i].name,
	    rsp_strerror(e->result));
	ck_assert_msg(talk_hear(e, &m) == (others[_i].answer != 0),
	    "%s: type %d", others[_i].name, m.type);
	ck_assert_msg(m.type == others[_i].answer, "%s: type %d",
	    others[_i].name, m.type);
	ck_assert_msg(talk_causes(&m, &enclosed, &n) == others[_i].cause,
	    "%s: cause %d", others[_i].name, talk_causes(&m, &enclosed, &n));
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

	talk_begin();
	peer = &talk.ends[talk.n_ends++];
	info.remote.type = RSP_PARAM_TCP;
	info.remote.port = 9901;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] = talk_address("10.0.0.9");
	peer->assoc = rsp_registry_open(talk.registry, talk.now, &info, peer);
	talk_bytes(peer, bytes,
	    hex("01000014 00000099 00000000 000f0006 ffff0000", bytes));
	e = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.1");
	ck_assert_uint_eq(updates(peer), 0);
	talk_join(e, "P", 7);
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

	talk_begin();
	e = talk_tcp("10.0.0.1");
	user = talk_tcp("10.0.0.2");
	talk_join(e, "P", 1);
	talk_join(e, "P", 1);
	talk_join(e, "Q", 1);
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
	tcase_add_loop_test(t, other_messages_do_no_harm, 0, COUNT(others));
	tcase_add_test(t, peers_are_told_of_what_is_granted);
	tcase_add_test(t, counts_are_kept);
	suite_add_tcase(s, t);
	return run_suite(s);
}
