/* SPDX-License-Identifier: Apache-2.0 */
/* check_connection.c - claims about messages in a stream: however it is cut,
 * the same come out */
#include "registrar/connection.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "tests/lib/suite.h"

#define MAX 65535
#define LAST 30

static uint8_t shared[CONNECTION_READ_SIZE];
static struct connection c;
static int far;

static void
setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fds),
	    0);
	connection_init(&c, fds[0], false);
	far = fds[1];
}

static void
teardown(void)
{
	connection_fini(&c);
	close(far);
}

/* A message whose bytes all tell its number. */
static size_t
make(uint8_t *out, uint8_t number, size_t len)
{
	memset(out, number, (len + 3) / 4 * 4);
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	return (len + 3) / 4 * 4;
}

static size_t
stream(uint8_t *out, unsigned seed, unsigned sizes)
{
	static const size_t lens[] = { 4, 5, 8, 20, 100, 4096, 20000, 65535 };
	size_t at = 0;

	srand(seed);
	for (uint8_t i = 1; i <= LAST; i++)
		at += make(out + at, i, lens[(unsigned)rand() % sizes]);
	return at;
}

/* Takes all that is there; the messages must be `next` and those after it. */
static unsigned
take(unsigned next)
{
	struct rsp_span m;

	ck_assert_int_eq(connection_read(&c, shared), RSP_OK);
	while (connection_next(&c, MAX, &m) == 1) {
		ck_assert_uint_eq(m.at[0], next);
		ck_assert_uint_eq(m.at[m.len - 1], m.len > 4 ? next : m.at[3]);
		next++;
	}
	ck_assert_int_eq(connection_keep(&c), RSP_OK);
	/* the buffer is others' from now on */
	memset(shared, 0xee, c.in == NULL ? 64 : c.unread.len);
	return next;
}

static const struct {
	const char *claim;
	size_t piece; /* 0: random */
} cuts[] = {
	{ "byte by byte", 1 },
	{ "three bytes", 3 },
	{ "headers apart", 4 },
	{ "large pieces", 50000 },
	{ "random pieces", 0 },
};

START_TEST(messages_survive_any_cut)
{
	uint8_t *bytes = malloc(LAST * 65536);
	bool small = cuts[_i].piece > 0 && cuts[_i].piece < 5;
	size_t len = stream(bytes, (unsigned)_i, small ? 6 : 8), at = 0, piece;
	unsigned next = 1;
	ssize_t n;

	while (at < len) {
		piece =
		    cuts[_i].piece ? cuts[_i].piece : 1 + (size_t)rand() % 9000;
		if (piece > len - at)
			piece = len - at;
		n = send(far, bytes + at, piece, 0);
		if (n > 0)
			at += (size_t)n;
		next = take(next);
	}
	for (int i = 0; i < 100 && next <= LAST; i++)
		next = take(next);
	ck_assert_msg(next > LAST, "%s: %u messages", cuts[_i].claim, next - 1);
	ck_assert_msg(c.in == NULL, "%s: an idle connection has a buffer",
	    cuts[_i].claim);
	free(bytes);
}
END_TEST

START_TEST(what_was_not_asked_for_waits)
{
	uint8_t bytes[64];
	struct rsp_span m;
	size_t len = make(bytes, 1, 8);

	len += make(bytes + len, 2, 8);
	ck_assert_int_eq(send(far, bytes, len, 0), (ssize_t)len);
	ck_assert_int_eq(connection_read(&c, shared), RSP_OK);
	ck_assert_int_eq(connection_next(&c, MAX, &m), 1);
	ck_assert_int_eq(connection_keep(&c), RSP_OK);
	memset(shared, 0, sizeof(shared));
	ck_assert_int_eq(connection_next(&c, MAX, &m), 1);
	ck_assert_uint_eq(m.at[0], 2);
	ck_assert_int_eq(connection_next(&c, MAX, &m), 0);
}
END_TEST

static const struct {
	const char *claim, *bytes;
	size_t max;
	int result;
} firsts[] = {
	{ "nothing", "", MAX, 0 },
	{ "half a header", "0100", MAX, 0 },
	{ "length 0", "01000000", MAX, RSP_EMALFORMED },
	{ "length 3", "01000003", MAX, RSP_EMALFORMED },
	{ "the shortest", "01000004", MAX, 1 },
	{ "the longest, begun", "0100ffff", MAX, 0 },
	{ "over the limit, refused by its header alone", "01000065", 100,
	    RSP_ELIMIT },
	{ "at the limit", "01000064", 100, 0 },
};

START_TEST(header_decides)
{
	uint8_t bytes[64];
	size_t len = hex(firsts[_i].bytes, bytes);
	struct rsp_span m;
	int r;

	if (len > 0)
		ck_assert_int_eq(send(far, bytes, len, 0), (ssize_t)len);
	ck_assert_int_eq(connection_read(&c, shared), RSP_OK);
	r = connection_next(&c, firsts[_i].max, &m);
	ck_assert_msg(r == firsts[_i].result, "%s: %d", firsts[_i].claim, r);
}
END_TEST

START_TEST(end_is_seen_after_the_last_message)
{
	uint8_t bytes[8];
	struct rsp_span m;

	ck_assert_int_eq(send(far, bytes, make(bytes, 1, 8), 0), 8);
	shutdown(far, SHUT_WR);
	ck_assert_int_eq(connection_read(&c, shared), RSP_OK);
	ck_assert(!c.ended);
	ck_assert_int_eq(connection_next(&c, MAX, &m), 1);
	ck_assert_int_eq(connection_keep(&c), RSP_OK);
	ck_assert_int_eq(connection_read(&c, shared), RSP_OK);
	ck_assert(c.ended);
}
END_TEST

START_TEST(output_is_collected_and_bounded)
{
	uint8_t message[1000], got[4000];

	memset(message, 7, sizeof(message));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(connection_send(&c,
				     (struct rsp_span){ message, 1000 }, 4000),
		    RSP_OK);
	ck_assert_int_eq(connection_send(&c, (struct rsp_span){ message, 1 },
			     4000),
	    RSP_ELIMIT);
	ck_assert_uint_eq(connection_waiting(&c), 4000);
	ck_assert_int_lt(recv(far, got, sizeof(got), 0), 0);
	ck_assert_int_eq(connection_flush(&c), RSP_OK);
	ck_assert_uint_eq(connection_waiting(&c), 0);
	ck_assert_ptr_null(c.out);
	ck_assert_int_eq(recv(far, got, sizeof(got), MSG_WAITALL), 4000);
}
END_TEST

START_TEST(output_is_in_order_with_a_slow_reader)
{
	uint8_t message[3000], got[1000];
	size_t sent = 0, seen = 0;
	ssize_t n;

	while (seen < 400000) {
		if (connection_waiting(&c) < 100000) {
			for (size_t i = 0; i < sizeof(message); i++)
				message[i] = (uint8_t)((sent + i) / 7 % 251);
			ck_assert_int_eq(connection_send(&c,
					     (struct rsp_span){ message,
						 sizeof(message) },
					     1 << 20),
			    RSP_OK);
			sent += sizeof(message);
		}
		ck_assert_int_eq(connection_flush(&c), RSP_OK);
		n = recv(far, got, sizeof(got), 0);
		for (ssize_t i = 0; i < n; i++, seen++)
			ck_assert_uint_eq(got[i], (uint8_t)(seen / 7 % 251));
	}
	ck_assert_uint_lt(c.out_size, 2 << 20);
}
END_TEST

START_TEST(writing_to_nobody_is_an_error)
{
	close(far);
	far = -1;
	ck_assert_int_eq(connection_send(&c, (struct rsp_span){ shared, 8 },
			     100),
	    RSP_OK);
	ck_assert_int_eq(connection_flush(&c), RSP_ESTATE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connection");
	TCase *t = tcase_create("connection");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, messages_survive_any_cut, 0,
	    sizeof(cuts) / sizeof(*cuts));
	tcase_add_test(t, what_was_not_asked_for_waits);
	tcase_add_loop_test(t, header_decides, 0,
	    sizeof(firsts) / sizeof(*firsts));
	tcase_add_test(t, end_is_seen_after_the_last_message);
	tcase_add_test(t, output_is_collected_and_bounded);
	tcase_add_test(t, output_is_in_order_with_a_slow_reader);
	tcase_add_test(t, writing_to_nobody_is_an_error);
	suite_add_tcase(s, t);
	return run_suite(s);
}
