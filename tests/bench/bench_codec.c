/* SPDX-License-Identifier: Apache-2.0 */
/* bench_codec.c - benchmark of the codec: messages composed and parsed per
 * second
 *
 *	bench_codec [all]
 *
 * Beside RSPLIB 3.4.4's figures for the same messages; `all` goes on with every
 * message of asap.hex and enrp.hex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/core/pool/policy.h"
#include "tests/bench/bench.h"
#include "tests/lib/vector.h"
#include "tests/lib/test_data.h"

#define RUNS 11
#define TIMES 200000

static struct rsp_message message;
static uint8_t bytes[2048];
static size_t len;
static struct rsp_span kept[3]; /* encoded elements, as a registrar has them */

static const struct rsp_span handle = { (const uint8_t *)"EchoPool", 8 };

static void
set_transport(struct rsp_transport *t, uint16_t port)
{
	t->type = RSP_PARAM_SCTP;
	t->port = port;
	t->n_addresses = 1;
	t->addresses[0] = (struct rsp_address){ 4, { 10, 1, 2, 3 } };
}

static void
set_pe(struct rsp_pe *pe, uint32_t id)
{
	rsp_clear_pe(pe);
	pe->id = id;
	pe->life = 300;
	pe->policy.type = RSP_POLICY_RR;
	set_transport(&pe->user, 1234);
	set_transport(&pe->asap, 4321);
}

static void
compose(void)
{
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));

	rsp_message_encode(&b, &message);
	len = b.len;
}

static void
parse(void)
{
	struct rsp_message m;

	if (rsp_message_decode(message.protocol,
		(struct rsp_span){ bytes, len }, &m, NULL) != RSP_OK)
		exit(EXIT_FAILURE);
}

static size_t
open_response(struct rsp_builder *b)
{
	size_t mark, param;

	*b = rsp_builder_into(bytes, sizeof(bytes));
	mark = rsp_open_message(b, RSP_ASAP_RESOLUTION_RESPONSE, 0);
	param = rsp_open_param(b, RSP_PARAM_HANDLE);
	rsp_put_span(b, handle);
	rsp_close_param(b, param);
	rsp_put_policy(b, &message.pe.policy);
	return mark;
}

/* As the registrar does: elements are copied as they are kept. */
static void
respond(void)
{
	struct rsp_builder b;
	size_t mark = open_response(&b);

	for (int i = 0; i < 3; i++)
		rsp_put_span(&b, kept[i]);
	rsp_close_message(&b, mark);
	len = b.len;
}

static void
respond_from_values(void)
{
	struct rsp_builder b;
	size_t mark = open_response(&b);

	for (int i = 0; i < 3; i++)
		rsp_put_pe(&b, &message.pe);
	rsp_close_message(&b, mark);
	len = b.len;
}

static void
measure(const char *name, double peer, void (*operation)(void))
{
	double rates[RUNS];
	char text[120];
	struct bench_case c = { "codec", text, "/s",
		peer > 0 ? "RSPLIB, elsewhere" : NULL };

	for (int run = 0; run < RUNS; run++) {
		double start = bench_cpu();

		for (int i = 0; i < TIMES; i++)
			operation();
		rates[run] = TIMES / (bench_cpu() - start);
	}
	snprintf(text, sizeof(text), "%s, %zu B", name, len);
	if (peer > 0)
		bench_print_fixed(&c, rates, peer, RUNS);
	else
		bench_print(&c, rates, NULL, RUNS);
}

static void
bench(const struct vector *v)
{
	char name[100];

	memcpy(bytes, v->bytes, v->len);
	len = v->len;
	if (rsp_message_decode(v->protocol, vector_bytes(v), &message, NULL) !=
	    RSP_OK)
		exit(EXIT_FAILURE);
	snprintf(name, sizeof(name), "parse %s", v->name);
	measure(name, 0, parse);
	snprintf(name, sizeof(name), "compose %s", v->name);
	measure(name, 0, compose);
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
main(int argc, char **argv)
{
	static uint8_t params[3][256];

	rsp_message_init(&message, RSP_ASAP, RSP_ASAP_REGISTRATION);
	message.has_handle = true;
	message.handle = handle;
	message.has_pe = true;
	for (unsigned i = 0; i < 3; i++) {
		struct rsp_builder b =
		    rsp_builder_into(params[i], sizeof(params[i]));

		set_pe(&message.pe, i + 1);
		rsp_put_pe(&b, &message.pe);
		kept[i] = rsp_builder_span(&b);
	}
	measure("compose a registration", 5.1e6, compose);
	measure("parse a registration", 1.9e6, parse);
	measure("compose a response of 3 PEs", 1.3e6, respond);
	measure("compose a response of 3 PEs from values", 1.3e6,
	    respond_from_values);
	if (argc > 1 && strcmp(argv[1], "all") == 0) {
		bench_file(test_data("data/vectors/asap.hex"));
		bench_file(test_data("data/vectors/enrp.hex"));
	}
	return EXIT_SUCCESS;
}
