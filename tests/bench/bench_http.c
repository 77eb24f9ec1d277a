/* SPDX-License-Identifier: Apache-2.0 */
/* bench_http.c - benchmark of the HTTP observer: what following a connection
 * costs
 *
 * The cases: in the middle of a body, by the size of a read; the hash alone for
 * comparison; and a whole small exchange.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rsp/core/failover/http.h"

#define BYTES ((uint64_t)1 << 32)
#define ROUNDS 2000000u

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct rsp_http http;
static struct rsp_digest digest;
static char room[65536];
static uint8_t block[65536];

static void
text(const char *s, void (*tell)(void *, const void *, size_t))
{
	tell(&http, s, strlen(s));
}

static unsigned
rounds(size_t n)
{
	uint64_t most = BYTES / n;

	return most < ROUNDS ? (unsigned)most : ROUNDS;
}

static void
reads(size_t n)
{
	unsigned i, count = rounds(n);
	double begin, followed, hashed;

	rsp_http_init(&http, room, sizeof(room));
	text("GET / HTTP/1.1\r\n\r\n", rsp_http_sent);
	text("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
	    rsp_http_received);
	begin = now();
	for (i = 0; i < count; i++)
		rsp_http_received(&http, block, n);
	followed = (now() - begin) / count * 1e9;
	rsp_digest_init(&digest);
	begin = now();
	for (i = 0; i < count; i++)
		rsp_digest_add(&digest, block, n);
	hashed = (now() - begin) / count * 1e9;
	printf("http read %6zu: %8.1f ns, hash alone %8.1f ns, %5.2f GB/s\n", n,
	    followed, hashed, (double)n / followed);
}

static void
questions(void)
{
	unsigned i, sum = 0;
	struct rsp_span bytes;
	size_t limit;
	double begin = now();

	for (i = 0; i < ROUNDS; i++) {
		sum += rsp_http_next(&http, &limit, &bytes) == RSP_SPLICE_FLOW;
		__asm__ volatile("" : : "r"(&http) : "memory");
	}
	printf("http next: %.1f ns\n", (now() - begin) / ROUNDS * 1e9);
	if (sum != ROUNDS)
		exit(EXIT_FAILURE);
}

static void
exchanges(void)
{
	static const char request[] = "GET /index.html HTTP/1.1\r\n"
				      "Host: Web.pool.alt\r\n"
				      "User-Agent: bench/1.0\r\n"
				      "Accept: */*\r\n\r\n";
	static const char response[] =
	    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/html\r\n"
	    "Content-Length: 5\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT\r\n"
	    "Connection: keep-alive\r\nETag: \"2ebc-5\"\r\n"
	    "Accept-Ranges: bytes\r\n\r\nhello";
	unsigned i;
	double begin;

	rsp_http_init(&http, room, sizeof(room));
	begin = now();
	for (i = 0; i < 100000; i++) {
		rsp_http_sent(&http, request, sizeof(request) - 1);
		rsp_http_received(&http, response, sizeof(response) - 1);
	}
	printf("http exchange (%zu bytes of heads): %.0f ns\n",
	    sizeof(request) + sizeof(response) - 7,
	    (now() - begin) / 1e5 * 1e9);
	if (rsp_http_may_move(&http) != RSP_REPEAT_IDLE)
		exit(EXIT_FAILURE);
}

int
main(void)
{
	static const size_t sizes[] = { 1, 16, 100, 1460, 8192, 16384, 65536 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		reads(sizes[i]);
	questions();
	exchanges();
	return EXIT_SUCCESS;
}
