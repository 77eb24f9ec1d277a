/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_codec.c - properties of the codec that hold for any bytes: the promises
 * of message.h, as code that aborts */
#include "tests/fuzz/fuzz_codec.h"

#include "tests/fuzz/promise.h"
#include "tests/lib/sample.h"

static void
check_causes(struct rsp_span causes)
{
	struct rsp_cursor c = rsp_cursor_over(causes);
	struct rsp_span information;
	uint16_t cause;

	while (rsp_next_cause(&c, &cause, &information))
		continue;
	promise(c.err == RSP_OK, "causes are whole");
}

static void
check_lists(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct rsp_span handle = { NULL, 0 }, whole;
	struct rsp_server_info info;
	struct rsp_transport transport;
	struct rsp_pe pe;
	bool table = m->protocol == RSP_ENRP;

	while (rsp_next_table_pe(&c, &handle, &pe, &whole)) {
		promise(whole.len >= 16, "an element has its integers");
		promise(pe.user.type != 0, "an element serves somewhere");
		promise(!table || handle.at != NULL, "an element has a pool");
	}
	promise(c.err == RSP_OK, "elements are whole");
	c = rsp_cursor_over(m->servers);
	while (rsp_next_server(&c, &info))
		promise(info.transport.n_addresses > 0, "servers have one");
	promise(c.err == RSP_OK, "servers are whole");
	c = rsp_cursor_over(m->transports);
	while (rsp_next_transport(&c, &transport))
		promise(transport.n_addresses > 0, "transports have one");
	promise(c.err == RSP_OK, "transports are whole");
	check_causes(m->causes);
}

static void
check_way_back(const struct rsp_message *m)
{
	static uint8_t first[RSP_MESSAGE_MAX + 1], again[RSP_MESSAGE_MAX + 1];
	struct rsp_builder a = rsp_builder_into(first, sizeof(first));
	struct rsp_builder b = rsp_builder_into(again, sizeof(again));
	struct rsp_message back;
	int err;

	rsp_message_encode(&a, m);
	promise(!a.overflow, "what was decoded can be encoded");
	promise(rsp_message_frame(rsp_builder_span(&a)) == (int)a.len,
	    "the frame is the message");
	err =
	    rsp_message_decode(m->protocol, rsp_builder_span(&a), &back, NULL);
	promise(err == RSP_OK, "what was encoded can be decoded");
	promise(same_message(m, &back), "it is the same message");
	rsp_message_encode(&b, &back);
	promise(rsp_span_equal(rsp_builder_span(&a), rsp_builder_span(&b)),
	    "it has the same bytes");
}

void
fuzz_codec(enum rsp_protocol protocol, struct rsp_span bytes)
{
	uint8_t causes[256];
	struct rsp_builder report = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m, unreported;
	int err;

	/* Whatever was in it before. */
	memset(&m, 0xa5, sizeof(m));
	err = rsp_message_decode(protocol, bytes, &m, &report);
	promise(err <= 0, "errors are negative");
	promise(!report.overflow, "a report never overflows");
	check_causes(rsp_builder_span(&report));
	promise(err == rsp_message_decode(protocol, bytes, &unreported, NULL),
	    "a report changes nothing");
	promise(same_message(&m, &unreported), "nor what was read");
	check_lists(&m);
	if (err == RSP_OK)
		check_way_back(&m);
}
