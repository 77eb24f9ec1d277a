/* SPDX-License-Identifier: Apache-2.0 */
/* check_http_random.c - random trial of HTTP failover: programs, servers that
 * die, and what arrives
 *
 * A program sends a few requests over a connection that moves whenever its
 * server dies, at any byte, to another server of any kind, some of which lie.
 * Bytes come in pieces of any size and are asked for in pieces of any size.  In
 * the end the program has received what the server that began the response
 * would have sent, or a part of it from the beginning and then an end.
 *
 * RSP_SEED names the first seed, RSP_SOAK=1 takes two hundred times as many.
 */
#include "rsp/core/failover/http.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/http_world.h"
#include "tests/lib/suite.h"

#define ROOM 65536
#define SERVERS 4

struct world {
	uint64_t seed, random;
	struct rsp_http http;
	uint8_t room[ROOM];

	struct world_server servers[SERVERS];
	unsigned at; /* server in use */

	/* The present connection. */
	char request[ROOM + 1024]; /* as the server got it */
	size_t request_len;
	uint8_t *wire; /* from the server */
	size_t wire_len, arrived, taken;
	bool replied;

	/* The program. */
	char line[2048]; /* its request */
	bool is_head;
	unsigned object;
	uint8_t *got;
	size_t got_len, got_room;
	bool ended;

	/* What it must get. */
	struct world_reply expected;
	bool has_expected;
	bool unproven; /* servers lie so that nobody could know */
	bool vouched;
	unsigned moves;
};

static unsigned long total_moves, total_complete, total_cut;

static bool
chance(struct world *w, unsigned n)
{
	return world_below(&w->random, n) == 0;
}

static void
connect_server(struct world *w)
{
	free(w->wire);
	w->wire = NULL;
	w->wire_len = w->arrived = w->taken = 0;
	w->request_len = 0;
	w->replied = false;
}

/* The server has a whole request: it answers, and dies somewhere. */
static void
answer(struct world *w)
{
	struct world_server *s = &w->servers[w->at];
	struct world_reply reply;

	w->request[w->request_len] = '\0';
	if (w->replied || strstr(w->request, "\r\n\r\n") == NULL)
		return;
	world_answer(s, w->request, &reply);
	w->wire = realloc(w->wire, w->wire_len + reply.len);
	ck_assert_ptr_nonnull(w->wire);
	memcpy(w->wire + w->wire_len, reply.bytes, reply.len);
	w->wire_len += reply.len;
	if (chance(w, 3))
		w->wire_len -= world_below(&w->random, reply.len + 1);
	w->replied = true;
	free(reply.bytes);
}

static void
give_server(struct world *w, const void *bytes, size_t n)
{
	ck_assert_uint_lt(w->request_len + n, sizeof(w->request));
	memcpy(w->request + w->request_len, bytes, n);
	w->request_len += n;
	answer(w);
}

/* Another server, if the connection may move. */
static bool
move(struct world *w)
{
	enum rsp_repeat kind = rsp_http_may_move(&w->http);
	struct rsp_span out;

	if (kind == RSP_REPEAT_STAY || kind == RSP_REPEAT_IDLE || w->moves > 12)
		return false;
	w->moves++;
	total_moves++;
	w->at = (w->at + 1) % SERVERS;
	if (kind == RSP_REPEAT_REQUEST && w->has_expected) {
		/* Interim responses at most: the next server's is measured. */
		free(w->expected.bytes);
		w->has_expected = false;
	}
	connect_server(w);
	if (!rsp_http_begin(&w->http))
		return false;
	while ((out = rsp_http_output(&w->http)).len > 0) {
		size_t n = 1 + world_below(&w->random, out.len);

		give_server(w, out.at, n);
		rsp_http_output_sent(&w->http, n);
	}
	return true;
}

static void
program_gets(struct world *w, const void *bytes, size_t n)
{
	if (w->got_len + n > w->got_room) {
		w->got_room = (w->got_len + n) * 2;
		w->got = realloc(w->got, w->got_room);
		ck_assert_ptr_nonnull(w->got);
	}
	memcpy(w->got + w->got_len, bytes, n);
	w->got_len += n;
}

/* Chunks do not say how many bytes there are, so an object of another size
 * behind the same validators, or vouched for, is not to be found out.  Those
 * whose last chunk comes early, or behind the end of the range that they name,
 * do not even agree with themselves. */
static bool
is_unknowable(const struct world *w, const struct world_server *s)
{
	const struct world_server *other;

	if (s->framing != FRAME_CHUNKED)
		return false;
	for (other = w->servers; other < w->servers + SERVERS; other++) {
		if (other == s
			? s->lie == LIE_EARLY_END || s->lie == LIE_RANGE_LAST
			: (world_is_other_size(s) ||
			      world_is_other_size(other)) &&
			      !world_tells_apart(s, other, w->vouched))
			return true;
	}
	return false;
}

/* The server whose bytes these are is the one to measure by. */
static void
expect(struct world *w)
{
	if (w->got_len > 0 && w->has_expected)
		return;
	if (w->has_expected)
		free(w->expected.bytes);
	world_answer(&w->servers[w->at], w->line, &w->expected);
	w->has_expected = true;
	w->unproven = is_unknowable(w, &w->servers[w->at]);
}

/* One read of the program; false: end of stream. */
static bool
program_reads(struct world *w)
{
	size_t want = 1 + world_below(&w->random, chance(w, 2) ? 20000 : 50);
	size_t limit, n, took, have;
	struct rsp_span bytes;

	if (w->arrived < w->wire_len)
		w->arrived += world_below(&w->random,
		    chance(w, 2) ? 30 : w->wire_len - w->arrived + 1);
	if (w->arrived > w->wire_len)
		w->arrived = w->wire_len;
	have = w->arrived - w->taken;
	switch (rsp_http_next(&w->http, &limit, &bytes)) {
	case RSP_SPLICE_REFUSED:
		return chance(w, 2) && move(w);
	case RSP_SPLICE_END:
		return move(w);
	case RSP_SPLICE_INJECT:
		ck_assert_uint_gt(have, 0); /* poll() says so */
		n = want < bytes.len ? want : bytes.len;
		expect(w);
		program_gets(w, bytes.at, n);
		took = rsp_http_injected(&w->http, n);
		ck_assert_uint_le(took, have);
		w->taken += took;
		return true;
	case RSP_SPLICE_FLOW:
	case RSP_SPLICE_PEEK:
	case RSP_SPLICE_TAKE:
		break;
	}
	if (have == 0)
		return w->arrived < w->wire_len || move(w);
	n = want < have ? want : have;
	switch (rsp_http_next(&w->http, &limit, &bytes)) {
	case RSP_SPLICE_FLOW:
		n = n < limit ? n : limit;
		ck_assert_uint_gt(n, 0);
		expect(w);
		program_gets(w, w->wire + w->taken, n);
		rsp_http_received(&w->http, w->wire + w->taken, n);
		w->taken += n;
		break;
	case RSP_SPLICE_TAKE:
		n = n < limit ? n : limit;
		took = rsp_http_peeked(&w->http, w->wire + w->taken, n);
		ck_assert_uint_eq(took, n);
		w->taken += n;
		break;
	case RSP_SPLICE_PEEK:
		took = rsp_http_peeked(&w->http, w->wire + w->taken, n);
		ck_assert_uint_le(took, n);
		w->taken += took;
		break;
	case RSP_SPLICE_INJECT:
	case RSP_SPLICE_REFUSED:
	case RSP_SPLICE_END:
		break;
	}
	return true;
}

static void
program_asks(struct world *w)
{
	size_t n, at = 0, len;

	w->object = (unsigned)world_below(&w->random, 15);
	w->is_head = chance(w, 8);
	len = (size_t)snprintf(w->line, sizeof(w->line),
	    "%s /%u HTTP/1.1\r\nHost: pool\r\n", w->is_head ? "HEAD" : "GET",
	    w->object);
	if (chance(w, 5) && !w->is_head)
		len += (size_t)snprintf(w->line + len, sizeof(w->line) - len,
		    "Range: bytes=%zu-%s\r\n",
		    (size_t)world_below(&w->random,
			world_length(w->object) + 1),
		    chance(w, 2) ? "" : "30000");
	if (chance(w, 5))
		len += (size_t)snprintf(w->line + len, sizeof(w->line) - len,
		    "Connection: Upgrade, HTTP2-Settings, foo\r\n"
		    "Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n");
	if (chance(w, 5))
		len += (size_t)snprintf(w->line + len, sizeof(w->line) - len,
		    "X: %0900d\r\n", 1);
	len += (size_t)snprintf(w->line + len, sizeof(w->line) - len,
	    "Accept: */*\r\n\r\n");
	w->request_len = 0;
	w->replied = false;
	w->has_expected = false;
	w->unproven = w->ended = false;
	w->got_len = 0;
	for (; at < len; at += n) {
		n = chance(w, 3) ? len - at
				 : 1 + world_below(&w->random, len - at);
		rsp_http_sent(&w->http, w->line + at, n);
		give_server(w, w->line + at, n);
		if (at + n < len && chance(w, 20) && w->wire == NULL)
			move(w);
	}
}

/* Equal, or a true beginning. */
static void
compare(struct world *w, const struct world_response *r)
{
	struct world_response e = { .body = malloc(w->expected.len + 1) };
	size_t rest = w->got_len - r->head_at;

	world_read(w->expected.bytes, w->expected.len, w->is_head, true, &e);
	if (r->head_len == 0) { /* within the head, or before it */
		free(e.body);
		return;
	}
	ck_assert_msg(e.head_len == r->head_len &&
			  memcmp(w->expected.bytes + e.head_at,
			      w->got + r->head_at, e.head_len) == 0,
	    "seed %llu: another head, %zu bytes", (unsigned long long)w->seed,
	    rest);
	ck_assert_msg(w->unproven ||
			  (r->body_len <= e.body_len &&
			      memcmp(r->body, e.body, r->body_len) == 0),
	    "seed %llu: wrong bytes within %zu of %zu",
	    (unsigned long long)w->seed, r->body_len, e.body_len);
	ck_assert_msg(!r->complete || w->ended || r->body_len == e.body_len ||
			  w->unproven,
	    "seed %llu: short: %zu of %zu", (unsigned long long)w->seed,
	    r->body_len, e.body_len);
	free(e.body);
}

/* One exchange; false: the connection is no more. */
static bool
exchange(struct world *w)
{
	struct world_response r = { .body = NULL };
	size_t seen = SIZE_MAX;
	bool goes_on = true;

	program_asks(w);
	do {
		if (!program_reads(w))
			w->ended = true;
		if (w->got_len == seen && !w->ended)
			continue;
		seen = w->got_len;
		r.body = realloc(r.body, w->got_len + 1);
		world_read(w->got, w->got_len, w->is_head, w->ended, &r);
	} while (!r.complete && !w->ended);
	if (w->has_expected)
		compare(w, &r);
	total_complete += r.complete;
	total_cut += !r.complete;
	goes_on = r.complete && !r.close && !w->ended;
	free(r.body);
	if (w->has_expected)
		free(w->expected.bytes);
	return goes_on;
}

static void
run(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	bool honest;

	ck_assert_ptr_nonnull(w);
	w->seed = w->random = seed;
	honest = chance(w, 2);
	for (unsigned i = 0; i < SERVERS; i++)
		if (i > 0 && honest && chance(w, 2))
			w->servers[i] = w->servers[0];
		else
			world_server(&w->servers[i], &w->random, honest);
	rsp_http_init(&w->http, w->room, sizeof(w->room));
	w->vouched = chance(w, 4);
	if (w->vouched)
		rsp_http_vouch(&w->http);
	connect_server(w);
	for (unsigned i = 0; i < 4; i++) {
		w->moves = 0;
		if (!exchange(w))
			break;
	}
	free(w->got);
	free(w->wire);
	free(w);
}

#define AT_ONCE 2000u

/* A soak is many of these: Check does not count beyond half an hour. */
START_TEST(what_arrives_is_true)
{
	const char *first = getenv("RSP_SEED");
	uint64_t seed = first != NULL ? strtoull(first, NULL, 10) : 1;

	seed += (uint64_t)_i * AT_ONCE;
	for (unsigned i = 0; i < AT_ONCE; i++)
		run(seed + i);
	printf("%u seeds: %lu moves, %lu responses complete, %lu cut\n",
	    AT_ONCE, total_moves, total_complete, total_cut);
	ck_assert_uint_gt(total_moves, AT_ONCE / 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_random");
	TCase *t = tcase_create("world");

	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, what_arrives_is_true, 0,
	    getenv("RSP_SOAK") != NULL ? 200 : 1);
	suite_add_tcase(s, t);
	return run_suite(s);
}
