/* SPDX-License-Identifier: Apache-2.0 */
/* check_message_flags.c - claims about the flags of each message: those that it
 * has are read, all others are as if they were not there (RFC 5354 section 4)
 */
#include "tests/lib/suite.h"

#include "rsp/core/wire/message.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	enum rsp_protocol protocol;
	uint8_t type, flags;
} rows[] = {
	{ RSP_ASAP, RSP_ASAP_REGISTRATION, 0 },
	{ RSP_ASAP, RSP_ASAP_DEREGISTRATION, 0 },
	{ RSP_ASAP, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT },
	{ RSP_ASAP, RSP_ASAP_DEREGISTRATION_RESPONSE, 0 },
	{ RSP_ASAP, RSP_ASAP_RESOLUTION, RSP_FLAG_SUBSCRIBE },
	{ RSP_ASAP, RSP_ASAP_RESOLUTION_RESPONSE, RSP_FLAG_ACCEPT_UPDATES },
	{ RSP_ASAP, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME },
	{ RSP_ASAP, RSP_ASAP_KEEP_ALIVE_ACK, 0 },
	{ RSP_ASAP, RSP_ASAP_UNREACHABLE, 0 },
	{ RSP_ASAP, RSP_ASAP_ANNOUNCE, 0 },
	{ RSP_ASAP, RSP_ASAP_COOKIE, 0 },
	{ RSP_ASAP, RSP_ASAP_COOKIE_ECHO, 0 },
	{ RSP_ASAP, RSP_ASAP_BUSINESS_CARD, 0 },
	{ RSP_ASAP, RSP_ASAP_ERROR, 0 },
	{ RSP_ENRP, RSP_ENRP_PRESENCE, RSP_FLAG_REPLY },
	{ RSP_ENRP, RSP_ENRP_TABLE_REQUEST, RSP_FLAG_OWN },
	{ RSP_ENRP, RSP_ENRP_TABLE_RESPONSE, RSP_FLAG_REJECT | RSP_FLAG_MORE },
	{ RSP_ENRP, RSP_ENRP_UPDATE, RSP_FLAG_SUGGEST },
	{ RSP_ENRP, RSP_ENRP_LIST_REQUEST, 0 },
	{ RSP_ENRP, RSP_ENRP_LIST_RESPONSE, RSP_FLAG_REJECT },
	{ RSP_ENRP, RSP_ENRP_INIT_TAKEOVER, 0 },
	{ RSP_ENRP, RSP_ENRP_INIT_TAKEOVER_ACK, 0 },
	{ RSP_ENRP, RSP_ENRP_TAKEOVER_SERVER, 0 },
	{ RSP_ENRP, RSP_ENRP_ERROR, 0 },
};

/* Of any type: whatever that must have. */
static struct rsp_message
message(enum rsp_protocol protocol, uint8_t type)
{
	static const uint8_t cause[] = { 0, 6, 0, 4 };
	static uint8_t element[128];
	struct rsp_builder b = rsp_builder_into(element, sizeof(element));
	struct rsp_message m;

	rsp_message_init(&m, protocol, type);
	m.sender = 1;
	m.server = 2;
	m.has_handle = m.has_pe_id = m.has_pe = true;
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.cookie = m.handle;
	m.pe_id = 3;
	m.pe.id = 3;
	m.pe.user.type = RSP_PARAM_TCP;
	m.pe.user.port = 80;
	m.pe.user.n_addresses = 1;
	m.pe.user.addresses[0].family = 4;
	m.pe.policy.type = 1;
	m.has_error =
	    type == (protocol == RSP_ASAP ? RSP_ASAP_ERROR : RSP_ENRP_ERROR);
	m.causes = (struct rsp_span){ cause, sizeof(cause) };
	if (protocol == RSP_ASAP && type == RSP_ASAP_BUSINESS_CARD) {
		rsp_put_pe(&b, &m.pe);
		m.elements = rsp_builder_span(&b);
	}
	return m;
}

/* Proves 5354-4-06. */
START_TEST(only_flags_of_its_own_are_read)
{
	struct rsp_message m = message(rows[_i].protocol, rows[_i].type), read;
	uint8_t room[256];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, &m);
	ck_assert(!b.overflow);
	ck_assert_uint_eq(room[1], 0);
	for (unsigned flags = 0; flags < 256; flags++) {
		room[1] = (uint8_t)flags;
		ck_assert_int_eq(rsp_message_decode(rows[_i].protocol,
				     rsp_builder_span(&b), &read, NULL),
		    RSP_OK);
		ck_assert_uint_eq(read.type, rows[_i].type);
		ck_assert_uint_eq(read.flags, flags & rows[_i].flags);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("flags");
	TCase *t = tcase_create("flags");

	tcase_add_loop_test(t, only_flags_of_its_own_are_read, 0, COUNT(rows));
	suite_add_tcase(s, t);
	return run_suite(s);
}
