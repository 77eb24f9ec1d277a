/* SPDX-License-Identifier: Apache-2.0 */
/* check_announce.c - claims about announcements: when a registrar makes them
 * and what is in them */
#include "tests/lib/suite.h"

#include "rsp/core/registry/registry.h"

static uint32_t
random32(void *ctx)
{
	uint32_t *state = ctx;

	*state = *state * 1664525 + 1013904223;
	return *state;
}

#define REGISTRARS 8

static struct {
	struct rsp_registry_config config;
	struct rsp_registry *r[REGISTRARS];
	unsigned n;
	rsp_time now;
	uint32_t random;
	unsigned announced[REGISTRARS];
	uint8_t last[2048];
	size_t len;
} net;

static void
start(unsigned n)
{
	struct rsp_transport t = { .type = RSP_PARAM_TCP,
		.port = 3863,
		.n_addresses = 1,
		.addresses = { { 4, { 10, 0, 0, 1 } } } };

	memset(&net, 0, sizeof(net));
	rsp_registry_config_init(&net.config);
	net.config.random = random32;
	net.config.ctx = &net.random;
	net.config.announce = true;
	net.n = n;
	for (unsigned i = 0; i < n; i++) {
		net.config.server_id = 100 + i;
		net.r[i] = rsp_registry_new(&net.config);
		ck_assert_ptr_nonnull(net.r[i]);
		rsp_registry_set_transports(net.r[i], RSP_ASAP, &t, 1);
	}
}

static void
end(void)
{
	for (unsigned i = 0; i < net.n; i++)
		rsp_registry_free(net.r[i]);
}

static void
deliver(unsigned from, struct rsp_span bytes)
{
	struct rsp_transport t = { .type = RSP_PARAM_UDP,
		.n_addresses = 1,
		.addresses = { { 4, { 10, 0, 0, (uint8_t)from } } } };

	for (unsigned i = 0; i < net.n; i++)
		if (net.r[i] != NULL)
			rsp_registry_datagram(net.r[i], net.now, RSP_ASAP, &t,
			    bytes);
}

static void
tick(unsigned i)
{
	struct rsp_out out;

	rsp_registry_tick(net.r[i], net.now);
	while (rsp_registry_output(net.r[i], &out)) {
		if (out.kind != RSP_OUT_ANNOUNCE)
			continue;
		ck_assert_int_eq(out.protocol, RSP_ASAP);
		ck_assert_uint_le(out.bytes.len, sizeof(net.last));
		memcpy(net.last, out.bytes.at, out.bytes.len);
		net.len = out.bytes.len;
		net.announced[i]++;
		deliver(i, (struct rsp_span){ net.last, net.len });
	}
}

static void
run(int64_t ms)
{
	rsp_time until = net.now + ms;

	for (; net.now < until; net.now++)
		for (unsigned i = 0; i < net.n; i++)
			if (net.r[i] != NULL &&
			    rsp_registry_deadline(net.r[i]) <= net.now)
				tick(i);
}

static unsigned
all(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < net.n; i++)
		n += net.announced[i];
	return n;
}

/* Proves 5352-2.2.10-01, 5352-3.6-03.
 * Proves 5352-4-11. */
START_TEST(announcement_names_the_registrar_and_where_it_is)
{
	struct rsp_transport t, mine[2] = {
		{ .type = RSP_PARAM_SCTP,
		    .port = 1,
		    .n_addresses = 2,
		    .addresses = { { 4, { 10, 0, 0, 1 } },
			{ 6, { 0xfd, [15] = 1 } } } },
		{ .type = RSP_PARAM_TCP,
		    .port = 2,
		    .n_addresses = 1,
		    .addresses = { { 6, { 0xfd, [15] = 1 } } } },
	};
	struct rsp_message m;
	struct rsp_cursor c;

	start(1);
	rsp_registry_set_transports(net.r[0], RSP_ASAP, mine, 2);
	run(1);
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP,
			     (struct rsp_span){ net.last, net.len }, &m, NULL),
	    RSP_OK);
	ck_assert_uint_eq(m.type, RSP_ASAP_ANNOUNCE);
	ck_assert_uint_eq(m.server, 100);
	c = rsp_cursor_over(m.transports);
	ck_assert(rsp_next_transport(&c, &t));
	ck_assert(rsp_transport_equal(&t, &mine[0]));
	ck_assert(rsp_next_transport(&c, &t));
	ck_assert(rsp_transport_equal(&t, &mine[1]));
	ck_assert(!rsp_next_transport(&c, &t));
	end();
}
END_TEST

/* Proves 5352-3.6-02, 5352-3.6-04, 5352-7.1-06. */
START_TEST(all_together_announce_once_in_t6)
{
	unsigned n = (unsigned)_i + 1;

	start(n);
	run(20000); /* until they know each other */
	memset(net.announced, 0, sizeof(net.announced));
	run(120000);
	ck_assert_uint_ge(all(), 100);
	ck_assert_uint_le(all(), 140);
	for (unsigned i = 0; i < n; i++)
		ck_assert_uint_ge(net.announced[i], 100 / n);
	end();
}
END_TEST

START_TEST(who_is_gone_is_waited_for_no_longer)
{
	start(4);
	run(30000);
	for (unsigned i = 1; i < 4; i++) {
		rsp_registry_free(net.r[i]);
		net.r[i] = NULL;
	}
	run(net.config.t7_enrpoutdate + 2 * 4 * 1125 + 4 * 1125);
	memset(net.announced, 0, sizeof(net.announced));
	run(60000);
	ck_assert_uint_ge(net.announced[0], 50);
	end();
}
END_TEST

START_TEST(times_differ)
{
	rsp_time last = 0, gap, least = 100000, most = 0;

	start(1);
	for (int i = 0; i < 200; i++) {
		unsigned before = net.announced[0];

		while (net.announced[0] == before)
			run(1);
		gap = net.now - last;
		last = net.now;
		if (i == 0)
			continue;
		least = gap < least ? gap : least;
		most = gap > most ? gap : most;
	}
	ck_assert_int_ge(least, 875);
	ck_assert_int_le(most, 1126);
	ck_assert_int_gt(most - least, 150);
	end();
}
END_TEST

START_TEST(flood_of_forgeries_does_not_silence_it)
{
	uint8_t room[64];

	start(1);
	for (uint32_t i = 0; i < 10000; i++) {
		struct rsp_builder b = rsp_builder_into(room, sizeof(room));
		struct rsp_message m;

		rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ANNOUNCE);
		m.server = 1000 + i;
		rsp_message_encode(&b, &m);
		deliver(_i == 0 ? 1 : i % 250, rsp_builder_span(&b));
	}
	run(1);
	memset(net.announced, 0, sizeof(net.announced));
	run(60000); /* it was one volley, of one sender or of many */
	ck_assert_uint_ge(net.announced[0], _i == 0 ? 50 : 35);
	end();
}
END_TEST

START_TEST(nothing_is_announced_unless_asked_for)
{
	start(1);
	net.config.announce = false;
	rsp_registry_configure(net.r[0], &net.config);
	run(5000);
	ck_assert_uint_eq(all(), 0);
	net.config.announce = true;
	rsp_registry_configure(net.r[0], &net.config);
	rsp_registry_set_transports(net.r[0], RSP_ASAP, NULL, 0);
	run(5000);
	ck_assert_uint_eq(all(), 0);
	end();
}
END_TEST

START_TEST(who_looks_for_a_mentor_announces_when_it_serves)
{
	start(1);
	ck_assert_int_eq(rsp_registry_add_peer(net.r[0], 0, 1), RSP_OK);
	rsp_registry_hunt(net.r[0], 0);
	ck_assert(!rsp_registry_is_serving(net.r[0]));
	run(net.config.mentor_hunt - 10);
	ck_assert_uint_eq(all(), 0);
	run(5000);
	ck_assert(rsp_registry_is_serving(net.r[0]));
	ck_assert_uint_ge(all(), 1);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("announce");
	TCase *t = tcase_create("announce");

	tcase_add_test(t, announcement_names_the_registrar_and_where_it_is);
	tcase_add_loop_test(t, all_together_announce_once_in_t6, 0, REGISTRARS);
	tcase_add_test(t, who_is_gone_is_waited_for_no_longer);
	tcase_add_test(t, times_differ);
	tcase_add_loop_test(t, flood_of_forgeries_does_not_silence_it, 0, 2);
	tcase_add_test(t, nothing_is_announced_unless_asked_for);
	tcase_add_test(t, who_looks_for_a_mentor_announces_when_it_serves);
	suite_add_tcase(s, t);
	return run_suite(s);
}
