/* SPDX-License-Identifier: Apache-2.0 */
/* shim_anew.c - times that begin anew, and event loops that are not held up
 *
 * RSP_ANSWER_TIMEOUT is 1 s, RSP_FAILOVER_TIMEOUT 1.4 s.
 */
#include "tests/shim/script_world.h"

#include <arpa/inet.h>
#include <sys/ioctl.h>

static const struct step answers[] = { { SCRIPT_HEAD, 0 },
	{ SCRIPT_BYTES, SCRIPT_BODY }, { SCRIPT_STAY, 0 } };
static const struct step mute[] = { { SCRIPT_STAY, 0 } };

static void
ask(int fd)
{
	alarm(30);
	EQUAL(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
}

static void
expect_body(int fd)
{
	static char b[2 * SCRIPT_BODY], copy[sizeof(b)];
	size_t have = 0;

	while (script_decode(memcpy(copy, b, sizeof(b)), have) != SCRIPT_BODY) {
		ssize_t r = recv(fd, b + have, sizeof(b) - have, 0);

		CHECK(r > 0);
		have += (size_t)r;
	}
}

/* The answer lies there, and the program is busy with something else. */
static void
unread_answer_is_no_silence(void)
{
	int fd, n = 0, p[2];
	struct pollfd other;

	script_begin(0, answers);
	script_begin(1, answers);
	fd = script_dial("Turns");
	ask(fd);
	while (n == 0)
		EQUAL(ioctl(fd, FIONREAD, &n), 0);
	EQUAL(pipe2(p, O_CLOEXEC), 0);
	other = (struct pollfd){ p[0], POLLIN, 0 };
	EQUAL(poll(&other, 1, 3000), 0);
	expect_body(fd);
	EQUAL(script_moves(), 0);
	close(fd);
	close(p[0]);
	close(p[1]);
	script_over();
}

/* One that says nothing is left, and so is the next one, after as long; and the
 * last one, whose handshake takes a second, is still waited for. */
static void
each_move_has_its_time(void)
{
	static const struct step late[] = { { SCRIPT_LATE, 0 },
		{ SCRIPT_HEAD, 0 }, { SCRIPT_BYTES, SCRIPT_BODY },
		{ SCRIPT_STAY, 0 } };
	long begin;
	int fd;

	/* the pool's choice comes to the third before the second */
	script_begin(0, mute);
	script_begin(2, mute);
	script_begin(1, late);
	fd = script_dial("Three");
	begin = now_ms();
	ask(fd);
	expect_body(fd);
	CHECK(now_ms() - begin >= 2900);
	EQUAL(script_moves(), 2);
	close(fd);
	script_over();
}

/* Event loops.  The first server is played here: it accepts what is asked of it
 * and counts the others, who only look whether it lives. */

#define MANY 20

static int
listen_first(int backlog)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(8105),
		.sin_addr.s_addr = htonl(0x7f000001) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(listen(fd, backlog), 0);
	return fd;
}

/* Connections of the program, and the server's ends of them. */
static int ours[MANY], theirs[MANY];

static void
dial_many(int listener)
{
	for (int i = 0; i < MANY; i++) {
		ours[i] = stream(AF_INET, SOCK_CLOEXEC);
		EQUAL(dial(ours[i], "One", AF_INET), 0);
		theirs[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		CHECK(theirs[i] >= 0);
		ask(ours[i]);
		fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
}

static void
reset_all(void)
{
	struct linger hard = { 1, 0 };

	for (int i = 0; i < MANY; i++) {
		setsockopt(theirs[i], SOL_SOCKET, SO_LINGER, &hard,
		    sizeof(hard));
		close(theirs[i]);
	}
}

/* Each of them meets it in a read that does not wait; the longest of these. */
static long
longest_read(void)
{
	long longest = 0;
	char b[8];

	for (int i = 0; i < MANY; i++) {
		long begin = now_ms(), took;

		recv(ours[i], b, sizeof(b), 0);
		took = now_ms() - begin;
		longest = took > longest ? took : longest;
		close(ours[i]);
	}
	return longest;
}

/* How many have connected meanwhile and said nothing; who has moved here asks.
 */
static int
count_knocks(int listener)
{
	int n = 0, fd;
	char b[8];

	fcntl(listener, F_SETFL, O_NONBLOCK);
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		n += recv(fd, b, sizeof(b), MSG_DONTWAIT) <= 0;
		close(fd);
	}
	return n;
}

static void
living_server_is_asked_once(void)
{
	int listener = listen_first(1000);
	long begin;

	dial_many(listener);
	reset_all();
	begin = now_ms();
	longest_read();
	/* each verdict holds for a tenth of a second */
	CHECK(count_knocks(listener) <= 1 + (now_ms() - begin) / 100);
	close(listener);
}

/* Its queue is full, so what knocks hears nothing, as from a host that is gone.
 */
static void
silent_server_holds_up_nobody(void)
{
	int listener = listen_first(1000), full, fillers[8];

	dial_many(listener);
	close(listener);
	full = listen_first(0);
	for (int i = 0; i < 8; i++) {
		struct sockaddr_in a = { .sin_family = AF_INET,
			.sin_port = htons(8105),
			.sin_addr.s_addr = htonl(0x7f000001) };

		fillers[i] = socket(AF_INET,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[i], (struct sockaddr *)&a, sizeof(a));
	}
	reset_all();
	/* a busy machine may double it and double that, but not to a second */
	CHECK(longest_read() < 400);
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(full);
}

static const struct test tests[] = {
	TEST(unread_answer_is_no_silence),
	TEST(each_move_has_its_time),
	TEST(living_server_is_asked_once),
	TEST(silent_server_holds_up_nobody),
};

MAIN(tests)
