/* SPDX-License-Identifier: Apache-2.0 */
/* check_accept_queue.c - claims about a server's accept queue: what the kernel
 * shows of it tells a hang from a queue that is merely full; one claim uses
 * real sockets */
#include "tests/lib/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/register/accept_queue.h"

/* What is seen at `at` seconds: who waits, a letter each; - has given up, so
 * that it is in the queue and not among those who wait. */
struct look {
	int at;
	const char *waiting;
};

static const struct row {
	const char *name;
	struct look looks[8];
	const char *verdicts; /* s: stuck */
	unsigned queues;      /* that share them evenly; their depth is told */
} rows[] = {
	{ "nobody waits", { { 0, "" }, { 5, "" } }, "..", 1 },
	{ "one waits, not for long", { { 0, "a" }, { 2, "a" }, { 3, "" } },
	    "...", 1 },
	{ "one waits for three seconds", { { 0, "a" }, { 2, "a" }, { 3, "a" } },
	    "..s", 1 },
	{ "more and more wait behind it",
	    { { 0, "a" }, { 1, "ab" }, { 3, "abcd" } }, "..s", 1 },
	{ "the first is taken, others come",
	    { { 0, "a" }, { 2, "bc" }, { 3, "bcd" }, { 5, "bcd" },
		{ 6, "bcde" } },
	    "...ss", 1 },
	{ "always as many, always others",
	    { { 0, "abc" }, { 1, "bcd" }, { 2, "cde" }, { 3, "def" },
		{ 4, "efg" }, { 7, "hij" }, { 10, "klm" } },
	    ".......", 1 },
	{ "the queue moves by one between looks far apart",
	    { { 0, "abc" }, { 3, "bcd" }, { 6, "cde" }, { 9, "def" } }, "....",
	    1 },
	{ "it goes on", { { 0, "a" }, { 3, "a" }, { 4, "a" }, { 5, "" } },
	    ".ss.", 1 },
	{ "it goes on slowly",
	    { { 0, "ab" }, { 3, "ab" }, { 4, "b" }, { 6, "b" }, { 7, "b" } },
	    ".s..s", 1 },
	{ "all who wait give up",
	    { { 0, "ab" }, { 1, "a-" }, { 3, "--" }, { 4, "--" } }, "..ss", 1 },
	{ "those in the queue have given up", { { 0, "--" }, { 3, "--" } },
	    ".s", 1 },
	{ "one after the other comes and gives up",
	    { { 0, "a" }, { 1, "-b" }, { 2, "--c" }, { 3, "---d" } }, "...s",
	    1 },
	{ "those who gave up are taken, too",
	    { { 0, "--" }, { 2, "-b" }, { 4, "-b" }, { 5, "-b" }, { 6, "" } },
	    "...s.", 1 },
	/* Two queues of one port, the deepest is told. */
	{ "of two queues one stands still",
	    { { 0, "abxy" }, { 1, "abzw" }, { 3, "abpq" } }, "..s", 2 },
	{ "of two queues both move",
	    { { 0, "abxy" }, { 1, "bcyz" }, { 3, "cdpq" } }, "...", 2 },
};

START_TEST(who_waits_tells)
{
	const struct row *r = &rows[_i];
	struct accept_queue b = { 0 };
	uint64_t who[8];
	size_t i, k;

	for (i = 0; r->verdicts[i] != '\0'; i++) {
		const struct look *l = &r->looks[i];
		struct tcp_connections c = { .waiting = who };

		for (k = 0; l->waiting[k] != '\0'; k++)
			if (l->waiting[k] != '-')
				who[c.n_waiting++] = (uint8_t)l->waiting[k];
		accept_queue_judge(&b, l->at * 1000, (unsigned)k / r->queues,
		    &c);
		ck_assert_msg(b.stuck == (r->verdicts[i] == 's'),
		    "%s: look %zu", r->name, i);
	}
	accept_queue_free(&b);
}
END_TEST

static int
connect_to(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)to, sizeof(*to)),
	    0);
	return fd;
}

START_TEST(the_kernel_tells_who_waits_and_who_is_served)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	struct accept_queue b = { 0 };
	struct tcp_connections c = { 0 };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int clients[3], served, i;
	uint16_t port;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len),
	    0);
	port = ntohs(at.sin_port);
	for (i = 0; i < 3; i++)
		clients[i] = connect_to(&at);
	ck_assert_int_eq(tcp_connections_read(&c, port), 0);
	ck_assert_uint_eq(c.accepted, 0);
	ck_assert_uint_eq(c.n_waiting, 3);
	accept_queue_look(&b, 0, port, 3);
	ck_assert(accept_queue_look(&b, 3000, port, 3));
	ck_assert(b.stuck);
	ck_assert_uint_eq(b.stuck_with, 3);
	served = accept(listener, NULL, NULL);
	ck_assert_int_eq(tcp_connections_read(&c, port), 0);
	ck_assert_uint_eq(c.accepted, 1);
	ck_assert_uint_eq(c.n_waiting, 2);
	ck_assert(accept_queue_look(&b, 3001, port, 2));
	ck_assert(!b.stuck);
	accept_queue_free(&b);
	tcp_connections_free(&c);
	for (i = 0; i < 3; i++)
		close(clients[i]);
	close(served);
	close(listener);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("backlog");
	TCase *t = tcase_create("backlog");

	tcase_add_loop_test(t, who_waits_tells, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, the_kernel_tells_who_waits_and_who_is_served);
	suite_add_tcase(s, t);
	return run_suite(s);
}
