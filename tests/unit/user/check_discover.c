/* SPDX-License-Identifier: Apache-2.0 */
/* check_discover.c - claims about announcements: what of them is believed, and
 * what is kept of it for how long */
#include "tests/lib/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/user/discover.h"
#include "rsp/net/sctp.h"
#include "rsp/core/wire/message.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct rsp_address
address(const char *text)
{
	struct rsp_address a = { .family = strchr(text, ':') ? 6 : 4 };

	ck_assert_int_eq(inet_pton(a.family == 4 ? AF_INET : AF_INET6, text,
			     a.bytes),
	    1);
	return a;
}

/* "tcp 10.0.0.1 3863" and the like, separated by commas; several addresses of
 * one by "+". */
static size_t
announcement(const char *transports, uint8_t room[1024])
{
	uint8_t list[512];
	struct rsp_builder b = rsp_builder_into(list, sizeof(list));
	struct rsp_builder all = rsp_builder_into(room, 1024);
	struct rsp_message m;
	char text[200], *save, *one, *more, *host, kind[8], hosts[100];
	unsigned port;

	snprintf(text, sizeof(text), "%s", transports);
	for (one = strtok_r(text, ",", &save); one != NULL;
	     one = strtok_r(NULL, ",", &save)) {
		struct rsp_transport t = { .type = RSP_PARAM_TCP };

		ck_assert_int_eq(sscanf(one, "%7s %99s %u", kind, hosts, &port),
		    3);
		if (strcmp(kind, "sctp") == 0)
			t.type = RSP_PARAM_SCTP;
		if (strcmp(kind, "udp") == 0)
			t.type = RSP_PARAM_UDP;
		t.port = (uint16_t)port;
		for (host = strtok_r(hosts, "+", &more); host != NULL;
		     host = strtok_r(NULL, "+", &more))
			t.addresses[t.n_addresses++] = address(host);
		rsp_put_transport(&b, &t);
	}
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ANNOUNCE);
	m.server = 7;
	m.transports = rsp_builder_span(&b);
	rsp_message_encode(&all, &m);
	ck_assert(!all.overflow);
	return all.len;
}

/* What is announced from where, and the endpoints that are believed. */
static const struct {
	const char *transports, *from, *believed;
} tcp_rows[] = {
	{ "tcp 10.0.0.1 3863", "10.0.0.1", "tcp://10.0.0.1:3863" },
	{ "tcp 10.0.0.2 4000", "10.0.0.1", "tcp://10.0.0.2:4000" },
	{ "tcp 0.0.0.0 3863", "10.0.0.1", "tcp://10.0.0.1:3863" },
	{ "tcp :: 3863", "fd00::1", "tcp://[fd00::1]:3863" },
	/* a wildcard of the other family says nothing */
	{ "tcp :: 3863", "10.0.0.1", "" },
	{ "tcp :: 3863,tcp 0.0.0.0 9", "10.0.0.1", "tcp://10.0.0.1:9" },
	{ "tcp 10.0.0.1 1,tcp 10.0.0.1 2", "10.0.0.1", "tcp://10.0.0.1:1" },
	{ "tcp 127.0.0.1 3863", "127.0.0.1", "tcp://127.0.0.1:3863" },
	{ "tcp 0.0.0.0 3863", "127.0.0.1", "tcp://127.0.0.1:3863" },
	/* somebody else's loopback is not ours */
	{ "tcp 127.0.0.1 3863", "10.0.0.1", "" },
	{ "tcp ::1 3863", "fd00::1", "" },
	{ "tcp 224.0.0.1 3863", "10.0.0.1", "" },
	{ "tcp 255.255.255.255 3863", "10.0.0.1", "" },
	{ "tcp ff02::1 3863", "fd00::1", "" },
	{ "tcp fe80::1 3863", "fe80::1", "" },
	{ "tcp 10.0.0.1 0", "10.0.0.1", "" },
	/* Proves 5352-2.2.10-03. */
	{ "udp 10.0.0.1 3863", "10.0.0.1", "" },
	/* nor is what stands beside it */
	{ "udp 10.0.0.1 3863,tcp 10.0.0.1 5", "10.0.0.1", "" },
};

static const struct {
	const char *transports, *from, *believed;
} sctp_rows[] = {
	{ "sctp 10.0.0.1+10.1.0.1 3863,tcp 10.0.0.1 4", "10.0.0.1",
	    "sctp://10.0.0.1,10.1.0.1:3863 tcp://10.0.0.1:4" },
	{ "sctp 10.0.0.1+127.0.0.1 3863", "10.0.0.1", "sctp://10.0.0.1:3863" },
	/* Proves 5352-3.6-07; and RSPLIB's port. */
	{ "", "10.0.0.1", "sctp://10.0.0.1:4711 sctp://10.0.0.1:3863" },
};

static void
check_row(const char *transports, const char *from, const char *believed)
{
	struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX];
	struct rsp_address source = address(from);
	struct rsp_endpoint e;
	uint8_t room[1024];
	char text[512] = "";
	unsigned n = rsp_announced((struct rsp_span){ room,
				       announcement(transports, room) },
	    &source, 4711, list);

	for (unsigned i = 0; i < n; i++) {
		rsp_discovered_endpoint(&list[i], &e);
		ck_assert_uint_eq(list[i].server, 7);
		strcat(text, i > 0 ? " " : "");
		strcat(text, e.text);
	}
	ck_assert_msg(strcmp(text, believed) == 0,
	    "\"%s\" from %s: \"%s\", not \"%s\"", transports, from, text,
	    believed);
}

START_TEST(what_is_credible_is_believed)
{
	check_row(tcp_rows[_i].transports, tcp_rows[_i].from,
	    tcp_rows[_i].believed);
}
END_TEST

START_TEST(sctp_is_believed_where_it_can_be_used)
{
	bool has = rsp_sctp_in_kernel();

	check_row(sctp_rows[_i].transports, sctp_rows[_i].from,
	    has	      ? sctp_rows[_i].believed
	    : _i == 0 ? "tcp://10.0.0.1:4"
		      : "");
}
END_TEST

START_TEST(what_is_no_announcement_offers_nothing)
{
	struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX];
	struct rsp_address source = address("10.0.0.1");
	uint8_t room[1024];
	size_t len = announcement("tcp 10.0.0.1 3863", room);

	for (size_t n = 0; n < len; n++)
		if (n != 8) /* that is a bare one */
			ck_assert_uint_eq(rsp_announced((struct rsp_span){ room,
							    n },
					      &source, 1, list),
			    0);
	room[0] = RSP_ASAP_KEEP_ALIVE;
	ck_assert_uint_eq(rsp_announced((struct rsp_span){ room, len }, &source,
			      1, list),
	    0);
}
END_TEST

/* Kept in the cache. */

static struct rsp_cache *
new_cache(void)
{
	struct rsp_cache *c = calloc(1, rsp_cache_size());

	ck_assert_ptr_nonnull(c);
	rsp_cache_format(c, &(struct rsp_cache_id){ .scope = 1 });
	return c;
}

static struct rsp_cache_registrar
one(uint32_t server, uint32_t from)
{
	struct rsp_cache_registrar r = { .group = 5,
		.server = server,
		.transport = RSP_PARAM_TCP,
		.port = 3863,
		.n_hosts = 1,
		.from = { 4, { 10, 1, (uint8_t)(from >> 8), (uint8_t)from } } };

	r.hosts[0] = r.from;
	return r;
}

static bool
heard(struct rsp_cache *c, uint32_t server, uint32_t from, rsp_time now)
{
	struct rsp_cache_registrar r = one(server, from);

	return rsp_cache_heard(c, &r, now, RSP_HEARD_MS);
}

static unsigned
known(struct rsp_cache *c, rsp_time now)
{
	struct rsp_cache_registrar list[RSP_CACHE_REGISTRARS];

	return rsp_cache_registrars(c, 5, now, RSP_HEARD_MS, list,
	    RSP_CACHE_REGISTRARS);
}

/* Proves 5352-3.6-01, 5352-3.6-05, 5352-3.6-06, 5352-3.6-08.
 * Proves 5352-7.1-07. */
START_TEST(registrar_is_known_until_it_was_silent_for_too_long)
{
	struct rsp_cache *c = new_cache();
	struct rsp_cache_registrar list[2], r = one(1, 1);

	r.n_hosts = 2;
	r.hosts[1] = address("fd00::1");
	ck_assert(rsp_cache_heard(c, &r, 1000, RSP_HEARD_MS));
	ck_assert_uint_eq(rsp_cache_registrars(c, 5, 1000, RSP_HEARD_MS, list,
			      2),
	    1);
	r.heard = 1000;
	ck_assert_uint_eq(list[0].server, 1);
	ck_assert_int_eq(list[0].heard, 1000);
	ck_assert_uint_eq(list[0].port, 3863);
	ck_assert_uint_eq(list[0].n_hosts, 2);
	ck_assert(rsp_address_equal(&list[0].hosts[1], &r.hosts[1]));
	ck_assert(rsp_address_equal(&list[0].from, &r.from));
	ck_assert_uint_eq(known(c, 1000 + RSP_HEARD_MS - 1), 1);
	ck_assert_uint_eq(known(c, 1000 + RSP_HEARD_MS), 0);
	ck_assert(heard(c, 1, 1, 50000));
	ck_assert_uint_eq(known(c, 1000 + RSP_HEARD_MS), 1);
	free(c);
}
END_TEST

START_TEST(groups_are_told_apart)
{
	struct rsp_cache *c = new_cache();
	struct rsp_cache_registrar list[2], r = one(1, 1);

	r.group = 6;
	ck_assert(rsp_cache_heard(c, &r, 0, RSP_HEARD_MS));
	ck_assert_uint_eq(known(c, 0), 0);
	ck_assert(heard(c, 1, 1, 0));
	ck_assert_uint_eq(known(c, 0), 1);
	ck_assert_uint_eq(rsp_cache_registrars(c, 6, 0, RSP_HEARD_MS, list, 2),
	    1);
	free(c);
}
END_TEST

/* Proves 5352-9.2-33. */
START_TEST(flood_displaces_nobody)
{
	struct rsp_cache *c = new_cache();
	struct rsp_cache_registrar list[RSP_CACHE_REGISTRARS];
	bool there = false;
	unsigned n;

	ck_assert(heard(c, 1, 1, 0));
	/* one sender gets a few places, many get the rest */
	for (uint32_t i = 0; i < 1000; i++)
		heard(c, 100 + i, 2, 1);
	ck_assert_uint_lt(known(c, 1), RSP_CACHE_REGISTRARS / 2);
	for (uint32_t i = 0; i < 10000; i++)
		heard(c, 1100 + i, i + 3, 1);
	ck_assert_uint_eq(known(c, 1), RSP_CACHE_REGISTRARS);
	ck_assert(heard(c, 1, 1, 2));
	n = rsp_cache_registrars(c, 5, 2, RSP_HEARD_MS, list,
	    RSP_CACHE_REGISTRARS);
	for (unsigned i = 0; i < n; i++)
		there |= list[i].server == 1;
	ck_assert(there);
	/* their time ends, too */
	ck_assert(heard(c, 2, 9, 1 + RSP_HEARD_MS));
	free(c);
}
END_TEST

/* Whatever another process wrote there. */
START_TEST(garbage_is_nobody)
{
	struct rsp_cache *c = new_cache();
	uint8_t *bytes = (uint8_t *)c;
	size_t size = rsp_cache_size();

	for (uint32_t i = 0; i < 10; i++)
		heard(c, i, i, 0);
	for (size_t i = sizeof(struct rsp_cache_id) + 64; i < size; i += 61)
		bytes[i] ^= 0x55;
	ck_assert_uint_le(known(c, 0), 10);
	memset(bytes, 0xff, size);
	ck_assert_uint_eq(known(c, 0), 0);
	free(c);
}
END_TEST

/* Names of groups. */

static const struct {
	const char *text;
	int err;
	unsigned hosts;
	uint16_t port;
	const char *interface, *again;
} names[] = {
	/* Proves 5352-8.4-01. */
	{ "multicast", 0, 2, 3863, "", "multicast" },
	{ "multicast:239.0.0.50", 0, 1, 3863, "", "multicast:239.0.0.50" },
	{ "multicast:239.0.0.50:7", 0, 1, 7, "", "multicast:239.0.0.50:7" },
	{ "multicast:[ff05::133]:7%eth0", 0, 1, 7, "eth0",
	    "multicast:[ff05::133]:7%eth0" },
	{ "multicast:239.0.0.50%lo", 0, 1, 3863, "lo",
	    "multicast:239.0.0.50%lo" },
	{ "multicast:10.0.0.1", RSP_EINVALID, 0, 0, "", "" },
	{ "multicast:", RSP_EINVALID, 0, 0, "", "" },
	{ "multicast:239.0.0.50%", RSP_EINVALID, 0, 0, "", "" },
	{ "multicast:239.0.0.50:0", RSP_EINVALID, 0, 0, "", "" },
	{ "multicast:ff02::133", RSP_EINVALID, 0, 0, "", "" },
	{ "tcp://multicast", 0, 1, 3863, "multicast", "tcp://multicast:3863" },
	{ "multicaster", 0, 1, 3863, "multicaster", "tcp://multicaster:3863" },
};

/* Proves 5352-1.1-06, 5352-4-04, 5352-4-08. */
START_TEST(group_is_a_registrar_by_name)
{
	char text[RSP_ENDPOINT_TEXT];
	struct rsp_endpoint e;
	const char *what;

	ck_assert_int_eq(rsp_registrar_parse(names[_i].text, &e, &what),
	    names[_i].err);
	ck_assert_uint_eq(e.n_hosts, names[_i].hosts);
	ck_assert_uint_eq(e.port, names[_i].port);
	ck_assert_str_eq(e.name, names[_i].interface);
	if (names[_i].err == 0)
		ck_assert_str_eq(rsp_endpoint_text(&e, text), names[_i].again);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("discover");
	TCase *t = tcase_create("discover");

	tcase_add_loop_test(t, what_is_credible_is_believed, 0,
	    COUNT(tcp_rows));
	tcase_add_loop_test(t, sctp_is_believed_where_it_can_be_used, 0,
	    COUNT(sctp_rows));
	tcase_add_test(t, what_is_no_announcement_offers_nothing);
	tcase_add_test(t, registrar_is_known_until_it_was_silent_for_too_long);
	tcase_add_test(t, groups_are_told_apart);
	tcase_add_test(t, flood_displaces_nobody);
	tcase_add_test(t, garbage_is_nobody);
	tcase_add_loop_test(t, group_is_a_registrar_by_name, 0, COUNT(names));
	suite_add_tcase(s, t);
	return run_suite(s);
}
