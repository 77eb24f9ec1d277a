/* SPDX-License-Identifier: Apache-2.0 */
/* shim_names.c - every libc function that turns names into addresses or back,
 * with the hints that real programs give */
#include "tests/shim/shim_test.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>

/* Behind a pool's IPv4 address is its IPv6 address, for who takes only such out
 * of an answer with both; else there is one. */
static void
expect_one_of_each(const struct addrinfo *ai, int family, int flags)
{
	const struct addrinfo *next = ai->ai_next;
	const struct sockaddr_in *in = (void *)ai->ai_addr;

	if (family != AF_UNSPEC || (flags & AI_ADDRCONFIG) != 0 ||
	    ai->ai_family != AF_INET ||
	    (ntohl(in->sin_addr.s_addr) >> 18) != (0xefc00000 >> 18)) {
		CHECK(next == NULL);
		return;
	}
	CHECK(next != NULL);
	EQUAL(next->ai_family, AF_INET6);
	EQUAL(((struct sockaddr_in6 *)next->ai_addr)->sin6_addr.s6_addr[0],
	    0xff);
	CHECK(next->ai_next == NULL);
}

/* The address that a name has, as text; the EAI_ code in *error. */
static const char *
look_up(const char *name, const char *service, int family, int flags,
    int *error, int *port)
{
	static char text[INET6_ADDRSTRLEN];
	struct addrinfo hints = { .ai_family = family,
		.ai_flags = flags,
		.ai_socktype = SOCK_STREAM },
			*ai = NULL;

	errno = 54321;
	*error = getaddrinfo(name, service, &hints, &ai);
	EQUAL(errno, 54321);
	if (*error != 0) {
		CHECK(ai == NULL);
		return "";
	}
	EQUAL(ai->ai_socktype, SOCK_STREAM);
	expect_one_of_each(ai, hints.ai_family, flags);
	if (ai->ai_family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)ai->ai_addr;

		EQUAL(ai->ai_addrlen, sizeof(*in));
		*port = ntohs(in->sin_port);
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ai->ai_addr;

		EQUAL(ai->ai_family, AF_INET6);
		EQUAL(ai->ai_addrlen, sizeof(*in6));
		*port = ntohs(in6->sin6_port);
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	}
	freeaddrinfo(ai);
	return text;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
every_family_and_hint(void)
{
	static const struct {
		const char *name, *service;
		int family, flags, error;
		const char *begin;
		int port;
	} rows[] = {
		{ "pool:Live", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "pool:Live", NULL, AF_UNSPEC, 0, 0, "239.19", 0 },
		{ "pool:Live", "http", AF_INET, 0, 0, "239.19", 80 },
		{ "pool:Live", "80", AF_INET6, 0, 0, "ff18::", 80 },
		{ "pool:Live", "80", AF_INET6, AI_V4MAPPED | AI_ALL, 0,
		    "ff18::", 80 },
		{ "pool:Live", "80", AF_INET, AI_ADDRCONFIG, 0, "239.19", 80 },
		{ "pool:Live", "80", AF_INET6, AI_ADDRCONFIG, 0, "ff18::", 80 },
		{ "pool:Live", "80", AF_UNSPEC, AI_PASSIVE, 0, "239.19", 80 },
		{ "pool:Live", "80", AF_UNSPEC, AI_CANONNAME | AI_IDN, 0,
		    "239.19", 80 },
		{ "pool:Live", "80", AF_UNSPEC, AI_NUMERICSERV, 0, "239.19",
		    80 },
		{ "pool:Six", "80", AF_UNSPEC, 0, 0, "ff18::", 80 },
		{ "pool:Six", "80", AF_INET, 0, 0, "239.19", 80 },
		{ "Live.pool.alt", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "Live.pool.alt.", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "lIVE.POOL.Alt", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "x--4c697665.pool.alt", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "pool:%4cive", "80", AF_UNSPEC, 0, 0, "239.19", 80 },
		{ "pool:Live", "80", AF_UNSPEC, AI_NUMERICHOST, EAI_NONAME, "",
		    0 },
		{ "Live.pool.alt", "80", AF_UNSPEC,
		    AI_NUMERICHOST | AI_NUMERICSERV, EAI_NONAME, "", 0 },
		{ "pool:Live", "no-such-service", AF_UNSPEC, 0, EAI_SERVICE, "",
		    0 },
		{ "pool:Nobody", "80", AF_UNSPEC, 0, EAI_NONAME, "", 0 },
		{ "Nobody.pool.alt", "80", AF_UNSPEC, 0, EAI_NONAME, "", 0 },
		{ "pool:", "80", AF_UNSPEC, 0, EAI_NONAME, "", 0 },
		{ "pool:%4", "80", AF_UNSPEC, 0, EAI_NONAME, "", 0 },
		{ ".pool.alt", "80", AF_UNSPEC, 0, EAI_NONAME, "", 0 },
		/* libc's own */
		{ "127.0.0.1", "80", AF_UNSPEC, 0, 0, "127.0.0.1", 80 },
		{ "::1", "80", AF_UNSPEC, AI_NUMERICHOST, 0, "::1", 80 },
	};
	int error, port = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = look_up(rows[i].name, rows[i].service,
		    rows[i].family, rows[i].flags, &error, &port);

		if (error != rows[i].error || !begins(text, rows[i].begin) ||
		    (error == 0 && port != rows[i].port)) {
			fprintf(stderr, "row %zu, %s: %s, %s, port %d\n", i,
			    rows[i].name, gai_strerror(error), text, port);
			exit(1);
		}
	}
}

/* One address whatever the form of the name, the process and the time. */
static void
forms_lead_to_one_address(void)
{
	int error, port;
	char first[INET6_ADDRSTRLEN];

	snprintf(first, sizeof(first), "%s",
	    look_up("pool:Live", NULL, AF_INET, 0, &error, &port));
	CHECK(strcmp(first, look_up("live.pool.alt", NULL, AF_INET, 0, &error,
				&port)) == 0);
	CHECK(strcmp(first, look_up("pool:Second", NULL, AF_INET, 0, &error,
				&port)) != 0);
}

static void
canonical_name_is_the_one_asked(void)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME }, *ai;

	EQUAL(getaddrinfo("LIVE.pool.alt", NULL, &hints, &ai), 0);
	CHECK(ai->ai_next != NULL); /* a row per socket type */
	CHECK(strcmp(ai->ai_canonname, "LIVE.pool.alt") == 0);
	CHECK(ai->ai_next->ai_canonname == NULL);
	freeaddrinfo(ai);
	EQUAL(getaddrinfo("pool:Live", NULL, NULL, &ai), 0);
	CHECK(ai->ai_canonname == NULL);
	freeaddrinfo(ai);
}

static void
expect_host(const struct hostent *h, const char *name, int family)
{
	char text[INET6_ADDRSTRLEN];

	CHECK(h != NULL);
	CHECK(strcmp(h->h_name, name) == 0);
	CHECK(h->h_aliases[0] == NULL);
	EQUAL(h->h_addrtype, family);
	EQUAL(h->h_length, family == AF_INET ? 4 : 16);
	CHECK(h->h_addr_list[0] != NULL && h->h_addr_list[1] == NULL);
	inet_ntop(family, h->h_addr_list[0], text, sizeof(text));
	CHECK(begins(text, family == AF_INET ? "239.19" : "ff18::"));
}

static void
hosts_by_name(void)
{
	struct hostent h, *r;
	char buffer[512];
	int error;

	expect_host(gethostbyname("pool:Live"), "pool:Live", AF_INET);
	expect_host(gethostbyname2("live.pool.alt", AF_INET6), "live.pool.alt",
	    AF_INET6);
	CHECK(gethostbyname("pool:Nobody") == NULL);
	EQUAL(h_errno, HOST_NOT_FOUND);
	EQUAL(gethostbyname_r("pool:Live", &h, buffer, sizeof(buffer), &r,
		  &error),
	    0);
	CHECK(r == &h);
	expect_host(r, "pool:Live", AF_INET);
	EQUAL(gethostbyname2_r("pool:Live", AF_INET6, &h, buffer + 1,
		  sizeof(buffer) - 1, &r, &error),
	    0);
	expect_host(r, "pool:Live", AF_INET6);
	EQUAL(gethostbyname_r("pool:Nobody", &h, buffer, sizeof(buffer), &r,
		  &error),
	    0);
	CHECK(r == NULL);
	EQUAL(error, HOST_NOT_FOUND);
	for (size_t size = 0; size < 50; size++) {
		EQUAL(gethostbyname_r("pool:Live", &h, buffer, size, &r,
			  &error),
		    ERANGE);
		EQUAL(error, NETDB_INTERNAL);
		CHECK(r == NULL);
	}
	CHECK(gethostbyname("127.0.0.1") != NULL);
}

static void
addresses_back_to_names(void)
{
	struct address a = pool_address("Live", AF_INET);
	struct address a6 = pool_address("Live", AF_INET6);
	struct address m = pool_mapped("Live");
	struct sockaddr_in *in = (struct sockaddr_in *)&a.ss;
	struct sockaddr *sa = (struct sockaddr *)&a.ss;
	char host[NI_MAXHOST], service[NI_MAXSERV], small[4];
	struct hostent h, *r;
	char buffer[512];
	int error;

	EQUAL(getnameinfo(sa, a.len, host, sizeof(host), service,
		  sizeof(service), NI_NUMERICSERV),
	    0);
	CHECK(strcmp(host, "Live.pool.alt") == 0);
	CHECK(strcmp(service, "7777") == 0);
	EQUAL(getnameinfo(sa, a.len, host, sizeof(host), NULL, 0, NI_NAMEREQD),
	    0);
	CHECK(strcmp(host, "Live.pool.alt") == 0);
	EQUAL(getnameinfo((struct sockaddr *)&a6.ss, a6.len, host, sizeof(host),
		  NULL, 0, 0),
	    0);
	CHECK(strcmp(host, "Live.pool.alt") == 0);
	EQUAL(getnameinfo((struct sockaddr *)&m.ss, m.len, host, sizeof(host),
		  NULL, 0, 0),
	    0);
	CHECK(strcmp(host, "Live.pool.alt") == 0);
	EQUAL(getnameinfo(sa, a.len, host, sizeof(host), NULL, 0,
		  NI_NUMERICHOST),
	    0);
	CHECK(begins(host, "239.19"));
	EQUAL(getnameinfo(sa, a.len, small, sizeof(small), NULL, 0, 0),
	    EAI_OVERFLOW);
	CHECK(strcmp(gethostbyaddr(&in->sin_addr, 4, AF_INET)->h_name,
		  "Live.pool.alt") == 0);
	EQUAL(gethostbyaddr_r(&in->sin_addr, 4, AF_INET, &h, buffer,
		  sizeof(buffer), &r, &error),
	    0);
	expect_host(r, "Live.pool.alt", AF_INET);
	EQUAL(gethostbyaddr_r(&in->sin_addr, 4, AF_INET, &h, buffer, 20, &r,
		  &error),
	    ERANGE);
	/* an address of the block that no pool has is not ours */
	in->sin_addr.s_addr = htonl(0xefc3fffe);
	EQUAL(getnameinfo(sa, a.len, host, sizeof(host), NULL, 0,
		  NI_NUMERICHOST),
	    0);
	CHECK(strcmp(host, "239.195.255.254") == 0);
}

static long
count_threads(void)
{
	struct stat tasks;

	EQUAL(stat("/proc/self/task", &tasks), 0);
	return (long)tasks.st_nlink - 2;
}

static void
lookups_in_the_background(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct gaicb pool = { .ar_name = "pool:Live",
		.ar_service = "80",
		.ar_request = &hints };
	struct gaicb dotted = { .ar_name = "second.pool.alt" };
	struct gaicb none = { .ar_name = "pool:Nobody" };
	struct gaicb plain = { .ar_name = "127.0.0.1" };
	struct gaicb *list[] = { &pool, NULL, &plain, &none, &dotted };
	const struct gaicb *wait[] = { &plain };
	struct sigevent quiet = { .sigev_notify = SIGEV_NONE };

	not_under_tsan();
	for (int mode = 0; mode < 2; mode++) {
		EQUAL(getaddrinfo_a(mode == 0 ? GAI_WAIT : GAI_NOWAIT, list, 5,
			  &quiet),
		    0);
		while (gai_error(&plain) == EAI_INPROGRESS)
			gai_suspend(wait, 1, NULL);
		EQUAL(gai_error(&pool), 0);
		EQUAL(gai_error(&plain), 0);
		EQUAL(gai_error(&dotted), 0);
		EQUAL(gai_error(&none), EAI_NONAME);
		EQUAL(pool.ar_result->ai_family, AF_INET);
		freeaddrinfo(pool.ar_result);
		freeaddrinfo(plain.ar_result);
		freeaddrinfo(dotted.ar_result);
	}
	/* glibc keeps its helper thread for a second, and there is no other */
	for (int i = 0; i < 100 && count_threads() > 1; i++)
		usleep(50000);
	EQUAL(count_threads(), 1);
}

static volatile sig_atomic_t notified;

static void
on_notification(int sig)
{
	(void)sig;
	notified++;
}

/* Nothing but pools in the list: libc still sends the notification. */
static void
background_lookup_notifies(void)
{
	struct gaicb pool = { .ar_name = "pool:Live" };
	struct gaicb *list[] = { &pool };
	struct sigevent signal_me = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGUSR1 };

	signal(SIGUSR1, on_notification);
	EQUAL(getaddrinfo_a(GAI_NOWAIT, list, 1, &signal_me), 0);
	for (int i = 0; i < 100 && notified == 0; i++)
		usleep(10000);
	EQUAL(notified, 1);
	EQUAL(gai_error(&pool), 0);
	freeaddrinfo(pool.ar_result);
}

static void
resolver_knows_no_pools(void)
{
	struct __res_state state;
	unsigned char answer[512];
	long start = now_ms();

	memset(&state, 0, sizeof(state));
	EQUAL(res_ninit(&state), 0);
	EQUAL(res_query("live.pool.alt", ns_c_in, ns_t_a, answer, 512), -1);
	EQUAL(h_errno, HOST_NOT_FOUND);
	EQUAL(res_search("live.pool.alt", ns_c_in, ns_t_aaaa, answer, 512), -1);
	EQUAL(h_errno, HOST_NOT_FOUND);
	EQUAL(res_nquery(&state, "pool:Live", ns_c_in, ns_t_a, answer, 512),
	    -1);
	EQUAL(res_nsearch(&state, "live.pool.alt.", ns_c_in, ns_t_a, answer,
		  512),
	    -1);
	EQUAL(state.res_h_errno, HOST_NOT_FOUND);
	res_nclose(&state);
	CHECK(now_ms() - start < 100);
}

/* The first thing that a process does, from several threads. */
static void *
first_lookup(void *arg)
{
	int error, port;
	struct addrinfo *ai;

	(void)port;
	error = getaddrinfo("pool:Live", "80", NULL, &ai);
	EQUAL(error, 0);
	freeaddrinfo(ai);
	return arg;
}

static void
threads_look_up_first(void)
{
	pthread_t t[8];

	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, first_lookup, NULL);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
}

static const struct test tests[] = {
	TEST(every_family_and_hint),
	TEST(forms_lead_to_one_address),
	TEST(canonical_name_is_the_one_asked),
	TEST(hosts_by_name),
	TEST(addresses_back_to_names),
	TEST(lookups_in_the_background),
	TEST(background_lookup_notifies),
	TEST(resolver_knows_no_pools),
	TEST(threads_look_up_first),
};

MAIN(tests)
