/* SPDX-License-Identifier: Apache-2.0 */
/* bench_codec.c - how long decoding and encoding take, message by message
 *
 * Over the vectors of asap.hex and enrp.hex; one line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/vector.h"

#define ROUNDS 200000

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
bench(const struct vector *v)
{
	static struct rsp_message m;
	uint8_t room[sizeof(v->bytes) + 4];
	struct rsp_builder b;
	double start, decoded, encoded;
	size_t sum = 0; /* so that nothing can be left out */
	int i;

	start = now();
	for (i = 0; i < ROUNDS; i++)
		sum += (size_t)-rsp_message_decode(v->protocol, vector_bytes(v),
		    &m, NULL);
	decoded = now();
	for (i = 0; i < ROUNDS; i++) {
		b = rsp_builder_into(room, sizeof(room));
		rsp_message_encode(&b, &m);
		sum += b.len;
	}
	encoded = now();
	printf("codec %s %-62.62s %4zu bytes decode %5.0f ns encode %5.0f ns\n",
	    v->protocol == RSP_ASAP ? "asap" : "enrp", v->name, sum / ROUNDS,
	    (decoded - start) / ROUNDS * 1e9,
	    (encoded - decoded) / ROUNDS * 1e9);
}

static void
bench_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct vector v;

	if (f == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while (vector_next(f, &v))
		if (vector_is_valid(&v))
			bench(&v);
	fclose(f);
}

int
main(void)
{
	bench_file(VECTORS "/asap.hex");
	bench_file(VECTORS "/enrp.hex");
	return EXIT_SUCCESS;
}
