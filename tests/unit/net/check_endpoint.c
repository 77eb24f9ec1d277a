/* SPDX-License-Identifier: Apache-2.0 */
/* check_endpoint.c - claims about endpoints and socket addresses */
#include "tests/lib/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/base/error.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define LONG_HOST                                                              \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"78901234567890123456789012345678901234567890123456789012345678901234" \
	"5"                                                                    \
	"67890123456789012345678901234567890123456789012345678901234567890123" \
	"4"                                                                    \
	"567890123456789012345678901234567890123456789012345"
#define LONG_PATH                                                              \
	"/0123456789012345678901234567890123456789012345678901234567890123456" \
	"789012345678901234567890123456789012345678901234"

static const struct {
	const char *text;
	int err;
	enum rsp_scheme scheme;
	unsigned n_hosts;
	const char *hosts; /* as rsp_hostport_text says, or the name */
	uint16_t port;
} rows[] = {
	{ "127.0.0.1", 0, RSP_TCP, 1, "127.0.0.1:3863", 3863 },
	{ "tcp://127.0.0.1", 0, RSP_TCP, 1, "127.0.0.1:3863", 3863 },
	{ "tcp://127.0.0.1:80", 0, RSP_TCP, 1, "127.0.0.1:80", 80 },
	{ "127.0.0.1:0", 0, RSP_TCP, 1, "127.0.0.1:0", 0 },
	{ "tcp://[::1]", 0, RSP_TCP, 1, "[::1]:3863", 3863 },
	{ "[2001:db8::2]:65535", 0, RSP_TCP, 1, "[2001:db8::2]:65535", 65535 },
	{ "registrar.example:1", 0, RSP_TCP, 1, "registrar.example", 1 },
	{ "sctp://10.0.0.1", 0, RSP_SCTP, 1, "10.0.0.1:3863", 3863 },
	{ "sctp://10.0.0.1,[::2]:9", 0, RSP_SCTP, 2, "10.0.0.1:9 [::2]:9", 9 },
	{ "unix:///run/rsp.sock", 0, RSP_UNIX, 0, "/run/rsp.sock", 0 },
	{ "", RSP_EINVALID, 0, 0, "", 0 },
	{ "tcp://", RSP_EINVALID, 0, 0, "", 0 },
	{ ":80", RSP_EINVALID, 0, 0, "", 0 },
	{ "a:", RSP_EINVALID, 0, 0, "", 0 },
	{ "a:b", RSP_EINVALID, 0, 0, "", 0 },
	{ "a:-1", RSP_EINVALID, 0, 0, "", 0 },
	{ "a:65536", RSP_EINVALID, 0, 0, "", 0 },
	{ "a:123456", RSP_EINVALID, 0, 0, "", 0 },
	{ "::1", RSP_EINVALID, 0, 0, "", 0 },
	{ "2001:db8::2", RSP_EINVALID, 0, 0, "", 0 },
	{ "[::1", RSP_EINVALID, 0, 0, "", 0 }, /* see below */
	{ "[::1]x", RSP_EINVALID, 0, 0, "", 0 },
	{ "[127.0.0.1]", RSP_EINVALID, 0, 0, "", 0 },
	{ "[name]", RSP_EINVALID, 0, 0, "", 0 },
	{ "[fe80::1%eth0]", RSP_EINVALID, 0, 0, "", 0 },
	{ "127.0.0.1,127.0.0.2", RSP_EINVALID, 0, 0, "", 0 },
	{ "sctp://a,b", RSP_EINVALID, 0, 0, "", 0 },
	{ "sctp://10.0.0.1,", RSP_EINVALID, 0, 0, "", 0 },
	{ "sctp://1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,"
	  "1.1.1.8,1.1.1.9",
	    RSP_ELIMIT, 0, 0, "", 0 },
	{ "tls://127.0.0.1", RSP_EINVALID, 0, 0, "", 0 },
	{ "udp://127.0.0.1", RSP_EINVALID, 0, 0, "", 0 },
	{ "unix://run/rsp.sock", RSP_EINVALID, 0, 0, "", 0 },
	{ "unix://", RSP_EINVALID, 0, 0, "", 0 },
	{ "unix://" LONG_PATH, RSP_ELIMIT, 0, 0, "", 0 },
	{ LONG_HOST, RSP_ELIMIT, 0, 0, "", 0 },
	{ LONG_HOST LONG_HOST, RSP_ELIMIT, 0, 0, "", 0 },
};

static void
join_hosts(const struct rsp_endpoint *e, char *text)
{
	char one[RSP_SOCKADDR_TEXT];

	text[0] = '\0';
	if (e->name[0] != '\0')
		strcpy(text, e->name);
	for (unsigned i = 0; i < e->n_hosts && e->hosts[i].family != 0; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, rsp_hostport_text(&e->hosts[i], e->port, one));
	}
}

START_TEST(endpoints_are_parsed)
{
	const char *text = rows[_i].text, *what = NULL;
	struct rsp_endpoint e;
	char hosts[600];
	int err = rsp_endpoint_parse(text, RSP_PORT_ASAP, &e, &what);

	ck_assert_msg(err == rows[_i].err, "%s: %s (%s)", text,
	    rsp_strerror(err), what);
	ck_assert_msg((err == RSP_OK) == (*what == '\0'), "%s: \"%s\"", text,
	    what);
	join_hosts(&e, hosts);
	ck_assert_str_eq(hosts, rows[_i].hosts);
	ck_assert_msg(e.n_hosts == rows[_i].n_hosts, "%s", text);
	ck_assert_msg(e.port == rows[_i].port, "%s: %u", text, e.port);
	ck_assert_str_eq(e.text, err == RSP_OK ? text : "");
	if (err == RSP_OK)
		ck_assert_msg(e.scheme == rows[_i].scheme, "%s", text);
}
END_TEST

static const struct {
	const char *list;
	const char *items; /* with | between */
} lists[] = {
	{ "", "" },
	{ ",, ,", "" },
	{ "a", "a" },
	{ "a,b , tcp://c:1", "a|b|tcp://c:1" },
	{ "sctp://1.1.1.1,2.2.2.2", "sctp://1.1.1.1,2.2.2.2" },
	{ "sctp://1.1.1.1,2.2.2.2:9,3.3.3.3",
	    "sctp://1.1.1.1,2.2.2.2:9|3.3.3.3" },
	{ "sctp://1.1.1.1,[::2],tcp://a,b", "sctp://1.1.1.1,[::2]|tcp://a|b" },
	{ "sctp://1.1.1.1:9,2.2.2.2", "sctp://1.1.1.1:9|2.2.2.2" },
	{ "sctp://1.1.1.1,multicast", "sctp://1.1.1.1|multicast" },
	{ "a,0123456789012345678901234567890123456789,b", "a||b" },
};

START_TEST(lists_are_taken_apart)
{
	const char *list = lists[_i].list;
	char items[200] = "", one[40];

	while (rsp_endpoint_next(&list, one, sizeof(one))) {
		if (list - lists[_i].list > (ptrdiff_t)strlen(one) + 3 ||
		    items[0] != '\0')
			strcat(items, "|");
		strcat(items, one);
	}
	ck_assert_str_eq(items, lists[_i].items);
}
END_TEST

static int
stub_lookup(const char *name, struct rsp_endpoint *e)
{
	if (strcmp(name, "two") != 0)
		return RSP_ENOENT;
	e->hosts[0] = (struct rsp_address){ 4, { 1, 2, 3, 4 } };
	e->hosts[1] = (struct rsp_address){ 6, { [15] = 1 } };
	e->n_hosts = 2;
	return RSP_OK;
}

/* Proves 5352-1.4.1-02. */
START_TEST(names_are_looked_up_only_when_asked)
{
	struct rsp_endpoint e;
	const char *what;

	rsp_endpoint_lookup = stub_lookup;
	ck_assert_int_eq(rsp_endpoint_parse("two:7", 1, &e, &what), RSP_OK);
	ck_assert_uint_eq(e.hosts[0].family, 0);
	ck_assert_int_eq(rsp_endpoint_resolve(&e), RSP_OK);
	ck_assert_uint_eq(e.n_hosts, 2);
	ck_assert_uint_eq(e.hosts[1].family, 6);
	ck_assert_int_eq(rsp_endpoint_resolve(&e), RSP_OK);
	ck_assert_int_eq(rsp_endpoint_parse("none", 1, &e, &what), RSP_OK);
	ck_assert_int_eq(rsp_endpoint_resolve(&e), RSP_ENOENT);
	ck_assert_uint_eq(e.n_hosts, 1);
	ck_assert_uint_eq(e.hosts[0].family, 0);
	ck_assert_int_eq(rsp_endpoint_parse("127.0.0.1", 1, &e, &what), 0);
	ck_assert_int_eq(rsp_endpoint_resolve(&e), RSP_OK);
	ck_assert_uint_eq(e.n_hosts, 1);
}
END_TEST

START_TEST(libc_looks_up_where_nobody_else_does)
{
	struct rsp_endpoint e;
	const char *what;

	rsp_endpoint_lookup = NULL;
	ck_assert_int_eq(rsp_endpoint_parse("localhost", 1, &e, &what), 0);
	ck_assert_int_eq(rsp_endpoint_resolve(&e), RSP_OK);
	ck_assert(rsp_address_is_loopback(&e.hosts[0]));
}
END_TEST

START_TEST(socket_addresses_go_both_ways)
{
	static const char *const texts[] = { "127.0.0.1:80",
		"[2001:db8::1]:1" };
	struct sockaddr_storage ss;
	struct rsp_endpoint e;
	struct rsp_address a;
	const char *what;
	char text[RSP_SOCKADDR_TEXT];
	uint16_t port;
	socklen_t len;

	for (int i = 0; i < 2; i++) {
		rsp_endpoint_parse(texts[i], 0, &e, &what);
		len = rsp_endpoint_sockaddr(&e, 0, &ss);
		ck_assert_uint_eq(len, i == 0 ? sizeof(struct sockaddr_in)
					      : sizeof(struct sockaddr_in6));
		ck_assert(
		    rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port));
		ck_assert_str_eq(rsp_hostport_text(&a, port, text), texts[i]);
		ck_assert(!rsp_sockaddr_get((struct sockaddr *)&ss, len - 8, &a,
		    &port));
		ck_assert_uint_eq(a.family, 0);
		ck_assert_uint_eq(rsp_endpoint_sockaddr(&e, 1, &ss), 0);
	}
	rsp_endpoint_parse("unix:///a/b", 0, &e, &what);
	len = rsp_endpoint_sockaddr(&e, 0, &ss);
	ck_assert_int_eq(ss.ss_family, AF_UNIX);
	ck_assert_str_eq(((struct sockaddr_un *)&ss)->sun_path, "/a/b");
	ck_assert(!rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port));
	ck_assert(!rsp_sockaddr_get(NULL, 0, &a, &port));
}
END_TEST

START_TEST(a_mapped_address_is_ipv4)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(5) };
	struct rsp_address a;
	char text[RSP_SOCKADDR_TEXT];
	uint16_t port;

	inet_pton(AF_INET6, "::ffff:10.1.2.3", &in6.sin6_addr);
	ck_assert(
	    rsp_sockaddr_get((struct sockaddr *)&in6, sizeof(in6), &a, &port));
	ck_assert_uint_eq(a.family, 4);
	ck_assert_str_eq(rsp_address_text(&a, text), "10.1.2.3");
	ck_assert_uint_eq(port, 5);
	ck_assert(rsp_sockaddr_get((struct sockaddr *)&in6, 24, &a, &port));
}
END_TEST

START_TEST(no_address_has_a_text_too)
{
	struct rsp_address none = { 0, { 0 } };
	struct sockaddr_storage ss;
	char text[RSP_SOCKADDR_TEXT];

	ck_assert_str_eq(rsp_address_text(&none, text), "none");
	ck_assert_uint_eq(rsp_sockaddr_put(&ss, &none, 1), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("endpoint");
	TCase *t = tcase_create("endpoint");

	tcase_add_loop_test(t, endpoints_are_parsed, 0, COUNT(rows));
	tcase_add_loop_test(t, lists_are_taken_apart, 0, COUNT(lists));
	tcase_add_test(t, names_are_looked_up_only_when_asked);
	tcase_add_test(t, libc_looks_up_where_nobody_else_does);
	tcase_add_test(t, socket_addresses_go_both_ways);
	tcase_add_test(t, a_mapped_address_is_ipv4);
	tcase_add_test(t, no_address_has_a_text_too);
	suite_add_tcase(s, t);
	return run_suite(s);
}
