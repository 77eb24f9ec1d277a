/* SPDX-License-Identifier: Apache-2.0 */
/* check_discover_flood.c - claims about a pool user on a link where somebody
 * forges announcements by the thousand: it finds its registrar all the same,
 * and keeps no more than before
 */
#include "tests/lib/user_fixture.h"

#include <stdio.h>
#include <string.h>

#include "rsp/user/discover.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/message.h"

#define FORGERIES 10000
#define CLOSED 1 /* a port where nobody is */

/* An announcement of `server` at its sender, loopback's address `from` and this
 * port, as it comes from the group; was it kept? */
static bool
announce(uint32_t server, uint32_t from, uint16_t port)
{
	struct rsp_cache_registrar found[RSP_ANNOUNCED_MAX];
	struct rsp_transport t = { .type = RSP_PARAM_TCP,
		.port = port,
		.n_addresses = 1,
		.addresses = {
		    { 4, { 127, (uint8_t)(from >> 16), (uint8_t)(from >> 8),
			     (uint8_t)from } } } };
	uint8_t room[256], bytes[256];
	struct rsp_builder all = rsp_builder_into(room, sizeof(room));
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	struct rsp_message m;

	rsp_put_transport(&all, &t);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ANNOUNCE);
	m.server = server;
	m.transports = rsp_builder_span(&all);
	rsp_message_encode(&b, &m);
	ck_assert_uint_eq(rsp_announced(rsp_builder_span(&b), &t.addresses[0],
			      port, found),
	    1);
	found[0].group = rsp_user_registrar_key(&config.registrars[0]);
	return rsp_cache_heard(rsp_user_cache(&user), &found[0], rsp_user_now(),
	    RSP_HEARD_MS);
}

static void
begin(void)
{
	const char *what;

	ck_assert_int_eq(rsp_registrar_parse("multicast:239.255.38.63:3863%lo",
			     &config.registrars[0], &what),
	    RSP_OK);
	reopen();
}

static void
find_within(int64_t ms)
{
	rsp_time start = rsp_user_now();

	find_web();
	ck_assert_uint_eq(fake->resolutions, 1);
	ck_assert_int_lt(rsp_user_now() - start, ms);
}

/* Proves 5352-9.2-33: a forger alone, whatever it calls itself, takes a few
 * places only, so that there is one for the registrar that comes after it. */
START_TEST(one_forger_leaves_room_for_the_true_one)
{
	unsigned kept = 0;

	begin();
	for (uint32_t i = 0; i < FORGERIES; i++)
		kept += announce(1000 + i, 2, CLOSED);
	ck_assert_uint_ge(kept, 1);
	ck_assert_uint_lt(kept, RSP_CACHE_REGISTRARS / 2);
	ck_assert(announce(1, 1, fake->listens));
	find_within(2000);
}
END_TEST

/* Proves 5352-9.2-33: many cannot drive out one that is known, nor keep its
 * next announcement from being heard. */
START_TEST(many_forgers_drive_nobody_out)
{
	unsigned kept = 0;

	begin();
	ck_assert(announce(1, 1, fake->listens));
	for (uint32_t i = 0; i < FORGERIES; i++) {
		kept += announce(1000 + i, 256 + i, CLOSED);
		if (i % 1000 == 0)
			ck_assert(announce(1, 1, fake->listens));
	}
	ck_assert_uint_eq(kept, RSP_CACHE_REGISTRARS - 1);
	find_within(2000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("discover_flood");
	TCase *t = tcase_create("discover_flood");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_test(t, one_forger_leaves_room_for_the_true_one);
	tcase_add_test(t, many_forgers_drive_nobody_out);
	suite_add_tcase(s, t);
	return run_suite(s);
}
