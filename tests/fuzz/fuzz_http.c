/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_http.c - fuzz target: an HTTP connection, its servers and its program
 *
 * The input is a program for a shell around one connection: what the program
 * sends, what the servers send, when they die, how much is asked for at once.
 * The shell aborts in four cases: more is taken from a socket than it has;
 * bytes are injected while the socket is empty; nothing goes on; or an observer
 * that has seen only what the program sent and received judges the connection
 * differently.  For a move must leave no trace.
 */
#include "rsp/core/wire/cursor.h"
#include "rsp/core/failover/http.h"
#include "tests/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op { SEND, GOOD_SEND, WIRE, GOOD_WIRE, READ, MOVE, LOSE, OPS };

#define ROOM 2048
#define WIRE_ROOM 65536

static const char *const requests[] = {
	"GET / HTTP/1.1\r\n\r\n",
	("GET / HTTP/1.1\r\nRange: bytes=2-\r\nConnection: Upgrade, x\r\n"
	 "Upgrade: h2c\r\n\r\n"),
	"HEAD / HTTP/1.0\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
};

static const char *const replies[] = {
	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "
	"\"x\"\r\n\r\n0123456789",
	("HTTP/1.1 206 OK\r\nContent-Range: bytes 0-9/10\r\n"
	 "Content-Length: 10\r\nETag: \"x\"\r\n\r\n0123456789"),
	("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: \"x\"\r\n\r\n"
	 "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"),
	("HTTP/1.1 206 OK\r\nContent-Range: bytes 2-9/10\r\nETag: \"x\"\r\n"
	 "Content-Length: 8\r\n\r\n23456789"),
	"HTTP/1.1 103 Hints\r\n\r\n",
	"HTTP/1.0 200 OK\r\n\r\n0123456789",
};

struct shell {
	struct rsp_http http, mirror;
	uint8_t room[ROOM], mirror_room[ROOM];
	uint8_t wire[WIRE_ROOM];
	size_t at, end;
};

static void
check(struct shell *s)
{
	const struct rsp_http *h = &s->http, *m = &s->mirror;

	promise(s->at <= s->end, "more taken than there is");
	if (h->lost || h->source == RSP_SOURCE_REFUSED)
		return;
	promise(rsp_http_may_move(h) == rsp_http_may_move(m),
	    "a move is judged by more than what was seen");
	promise(m->lost || (rsp_http_delivered(h) == rsp_http_delivered(m) &&
			       rsp_digest_equal(&h->digest, &m->digest)),
	    "the program has something else");
}

static void
send_some(struct shell *s, const void *bytes, size_t n)
{
	rsp_http_sent(&s->http, bytes, n);
	rsp_http_sent(&s->mirror, bytes, n);
}

static void
wire_some(struct shell *s, const void *bytes, size_t n)
{
	if (n > WIRE_ROOM - s->end)
		n = WIRE_ROOM - s->end;
	if (n > 0)
		memcpy(s->wire + s->end, bytes, n);
	s->end += n;
}

static void
get_some(struct shell *s, const void *bytes, size_t n)
{
	rsp_http_received(&s->mirror, bytes, n);
}

/* The program reads up to n bytes; false: nothing to be had. */
static bool
read_some(struct shell *s, size_t n)
{
	struct rsp_span bytes;
	size_t limit, have = s->end - s->at;
	enum rsp_splice_step next = rsp_http_next(&s->http, &limit, &bytes);

	if (next == RSP_SPLICE_REFUSED || next == RSP_SPLICE_END)
		return false;
	promise(next != RSP_SPLICE_INJECT || have > 0, "bytes out of nothing");
	if (have == 0)
		return false;
	if (next == RSP_SPLICE_INJECT) {
		n = n < bytes.len ? n : bytes.len;
		get_some(s, bytes.at, n);
		s->at += rsp_http_injected(&s->http, n);
		return true;
	}
	n = n < have ? n : have;
	if (next != RSP_SPLICE_PEEK && n > limit)
		n = limit;
	promise(n > 0, "nothing may be read");
	if (next == RSP_SPLICE_FLOW) {
		rsp_http_received(&s->http, s->wire + s->at, n);
		get_some(s, s->wire + s->at, n);
		s->at += n;
	} else {
		limit = rsp_http_peeked(&s->http, s->wire + s->at, n);
		promise(limit <= n, "more taken than shown");
		promise(next != RSP_SPLICE_TAKE || limit == n,
		    "bytes that were not wanted are left");
		s->at += limit;
	}
	return true;
}

static void
read_all(struct shell *s, size_t step)
{
	for (unsigned turns = 0; read_some(s, step); turns++) {
		promise(turns < 4 * WIRE_ROOM, "this does not end");
		check(s);
	}
}

static void
move(struct shell *s)
{
	bool may = rsp_http_may_move(&s->http) != RSP_REPEAT_STAY;
	struct rsp_span out;
	size_t sum = 0;

	if (!rsp_http_begin(&s->http)) {
		if (may)
			rsp_http_lose(&s->http);
		return;
	}
	promise(may, "a move that may not be");
	s->at = s->end = 0;
	while ((out = rsp_http_output(&s->http)).len > 0) {
		sum += out.len;
		promise(sum <= ROOM + sizeof(s->http.extra), "a long request");
		rsp_http_output_sent(&s->http, out.len);
	}
}

static void
step(struct shell *s, struct rsp_cursor *program)
{
	uint8_t op = rsp_get_u8(program), n = rsp_get_u8(program);
	struct rsp_span bytes;
	const char *text;

	switch ((enum op)(op % OPS)) {
	case SEND:
	case WIRE:
		bytes = rsp_get_span(program,
		    n < program->left ? n : program->left);
		if (op % OPS == SEND)
			send_some(s, bytes.at, bytes.len);
		else
			wire_some(s, bytes.at, bytes.len);
		break;
	case GOOD_SEND:
		text = requests[n % 4];
		send_some(s, text, strlen(text));
		break;
	case GOOD_WIRE:
		text = replies[n % 6];
		wire_some(s, text, strlen(text) - op / OPS % 16);
		break;
	case READ:
		if (n < 128)
			read_some(s, n + 1u);
		else
			read_all(s, n - 127u);
		break;
	case MOVE:
		move(s);
		break;
	case LOSE:
		if (n == 0)
			rsp_http_lose(&s->http);
		if (n == 1) {
			rsp_http_vouch(&s->http);
			rsp_http_vouch(&s->mirror);
		}
		break;
	case OPS:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shell s;
	struct rsp_cursor program = { .at = data, .left = size };

	s.at = s.end = 0;
	rsp_http_init(&s.http, s.room, sizeof(s.room));
	rsp_http_init(&s.mirror, s.mirror_room, sizeof(s.mirror_room));
	while (program.left > 0) {
		step(&s, &program);
		check(&s);
	}
	return 0;
}
