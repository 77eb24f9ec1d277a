/* SPDX-License-Identifier: Apache-2.0 */
/* check_message.c - claims about messages, most of them over tests/data/vectors
 *
 * The vectors name the requirements that they prove.
 */
#include "tests/lib/suite.h"

#include "tests/lib/sample.h"
#include "tests/lib/vector.h"
#include "tests/lib/test_data.h"

static const char *const files[] = { "asap.hex", "enrp.hex", "malformed.hex",
	"unknown.hex", "lenient.hex", "rsplib.hex" };

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

static FILE *
open_vectors(const char *file)
{
	char name[64];
	const char *path;
	FILE *f;

	snprintf(name, sizeof(name), "data/vectors/%s", file);
	path = test_data(name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: cannot be opened", path);
	return f;
}

static const char *
error_name(int error)
{
	switch (error) {
#define NAME(name, number, text)                                               \
	case name:                                                             \
		return #name;
		RSP_ERRORS(NAME)
#undef NAME
	}
	return "?";
}

/* Decodes from a block of exactly that size, so that a sanitizer sees a read
 * beyond.  The block stays for the spans in `m`; free it. */
static int
decode(const struct vector *v, size_t len, struct rsp_message *m,
    struct rsp_builder *report, uint8_t **block)
{
	*block = malloc(len == 0 ? 1 : len);
	memcpy(*block, v->bytes, len);
	return rsp_message_decode(v->protocol, (struct rsp_span){ *block, len },
	    m, report);
}

static struct rsp_span
encode(const struct rsp_message *m, uint8_t *room, size_t size)
{
	struct rsp_builder b = rsp_builder_into(room, size);

	rsp_message_encode(&b, m);
	return rsp_builder_span(&b);
}

/* What encode made of a decoded message decodes to the same. */
static bool
comes_back(const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1], again[RSP_MESSAGE_MAX + 1];
	struct rsp_span first = encode(m, room, sizeof(room));
	struct rsp_message back;

	return first.len > 0 && first.len % 4 == 0 &&
	       rsp_message_decode(m->protocol, first, &back, NULL) == RSP_OK &&
	       same_message(m, &back) &&
	       rsp_span_equal(first, encode(&back, again, sizeof(again)));
}

static void
judge(const struct vector *v)
{
	uint8_t room[2048], causes[2048], *block;
	struct rsp_builder report = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m;
	int err = decode(v, v->len, &m, &report, &block);
	bool same;

	ck_assert_msg(report.len == v->report_len &&
			  memcmp(causes, v->report, report.len) == 0,
	    "%s: another report, of %zu bytes", v->name, report.len);
	if (!vector_is_valid(v)) {
		ck_assert_msg(strcmp(error_name(err), v->verdict) == 0,
		    "%s: %s and not %s", v->name, error_name(err), v->verdict);
		free(block);
		return;
	}
	ck_assert_msg(err == RSP_OK, "%s: %s", v->name, rsp_strerror(err));
	same = rsp_span_equal(encode(&m, room, sizeof(room)), vector_bytes(v));
	ck_assert_msg(same == (strcmp(v->verdict, "ok") == 0),
	    "%s: encodes as %s bytes", v->name, same ? "the same" : "other");
	ck_assert_msg(comes_back(&m), "%s: does not come back", v->name);
	free(block);
}

/* Proves 5353-2-01, 5353-2-02, 5353-2-03 of ENRP. */
START_TEST(every_vector_gets_its_verdict)
{
	FILE *f = open_vectors(files[_i]);
	struct vector v;
	unsigned n = 0;

	for (; vector_next(f, &v); n++)
		judge(&v);
	ck_assert_msg(n > 5, "%s: only %u vectors", files[_i], n);
	fclose(f);
}
END_TEST

/* Up to the length in the header, that is: final padding may be missing. */
START_TEST(every_prefix_of_a_valid_message_fails)
{
	FILE *f = open_vectors(files[_i]);
	struct rsp_message m;
	struct vector v;
	size_t len, need;
	uint8_t *block;
	int err;

	while (vector_next(f, &v)) {
		if (!vector_is_valid(&v))
			continue;
		need = (size_t)(v.bytes[2] << 8 | v.bytes[3]);
		for (len = 0; len < need; len++) {
			err = decode(&v, len, &m, NULL, &block);
			ck_assert_msg(err == RSP_ETRUNC, "%s: %zu bytes: %s",
			    v.name, len, error_name(err));
			free(block);
		}
	}
	fclose(f);
}
END_TEST

/* A message may be cut anywhere and say so in its header, and any byte may be
 * another: what still decodes comes back, and nothing is read beyond. */
static void
damage(struct vector *v, size_t i, uint8_t value)
{
	uint8_t before = v->bytes[i], *block;
	struct rsp_message m;

	v->bytes[i] = value;
	if (decode(v, v->len, &m, NULL, &block) == RSP_OK)
		ck_assert_msg(comes_back(&m), "%s: byte %zu as %u", v->name, i,
		    value);
	v->bytes[i] = before;
	free(block);
}

START_TEST(damaged_messages_do_no_harm)
{
	FILE *f = open_vectors(files[_i]);
	struct vector v;
	size_t i;

	while (vector_next(f, &v)) {
		for (i = 0; i < v.len; i++) {
			damage(&v, i, 0);
			damage(&v, i, 0xff);
			damage(&v, i, (uint8_t)(v.bytes[i] + 1));
			damage(&v, i, (uint8_t)(v.bytes[i] - 1));
			damage(&v, i, (uint8_t)(v.bytes[i] ^ 0x80));
		}
		for (i = v.len; i > 4; i--) {
			v.len = i - 1;
			v.bytes[2] = (uint8_t)(v.len >> 8);
			damage(&v, 3, (uint8_t)v.len);
		}
	}
	fclose(f);
}
END_TEST

START_TEST(every_message_has_a_vector)
{
	bool seen[2][256] = { { false } };
	struct vector v;
	const char *name;
	int i, type;
	FILE *f;

	for (i = 0; i < 2; i++) {
		f = open_vectors(files[i]);
		while (vector_next(f, &v))
			seen[v.protocol][v.bytes[0]] = true;
		fclose(f);
		for (type = 0; type < 256; type++) {
			name = rsp_message_name((enum rsp_protocol)i,
			    (uint8_t)type);
			ck_assert_msg((name != NULL) == seen[i][type],
			    "%s: type 0x%02x (%s)", files[i], type,
			    name == NULL ? "unknown" : name);
		}
	}
}
END_TEST

START_TEST(what_is_encoded_comes_back)
{
	static struct sample s;
	uint64_t seed = 0x2545f4914f6cdd1d ^ (uint64_t)_i;
	enum rsp_protocol protocol;
	unsigned n;
	int type;

	for (protocol = RSP_ASAP; protocol <= RSP_ENRP; protocol++)
		for (type = 0; type < 256; type++) {
			if (rsp_message_name(protocol, (uint8_t)type) == NULL)
				continue;
			for (n = 0; n < 50; n++) {
				sample_message(&s, protocol, (uint8_t)type,
				    &seed);
				ck_assert_msg(comes_back(&s.m),
				    "%s %d, sample %u of loop %d",
				    rsp_message_name(protocol, (uint8_t)type),
				    type, n, _i);
			}
		}
}
END_TEST

/* The bytes behind the room are checked, the sanitizers apart. */
START_TEST(a_small_buffer_is_an_overflow)
{
	static struct sample s;
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	uint64_t seed = 42;
	struct rsp_builder b;
	size_t len, size;
	uint8_t type;

	for (type = 1; type <= RSP_ASAP_ERROR; type++) {
		sample_message(&s, RSP_ASAP, type, &seed);
		len = encode(&s.m, room, sizeof(room)).len;
		for (size = 0; size < len; size++) {
			memset(room, 0xa5, len);
			b = rsp_builder_into(room, size);
			rsp_message_encode(&b, &s.m);
			ck_assert_msg(b.overflow, "%u: %zu", type, size);
			ck_assert_uint_eq(rsp_builder_span(&b).len, 0);
			ck_assert_uint_eq(room[size], 0xa5);
		}
	}
}
END_TEST

START_TEST(a_message_has_at_most_65535_bytes)
{
	static uint8_t cookie[RSP_MESSAGE_MAX], room[2 * RSP_MESSAGE_MAX];
	struct rsp_message m, back;
	struct rsp_span bytes;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_COOKIE);
	m.cookie = (struct rsp_span){ cookie, RSP_MESSAGE_MAX - 8 };
	bytes = encode(&m, room, sizeof(room));
	ck_assert_uint_eq(bytes.len, RSP_MESSAGE_MAX + 1);
	ck_assert_int_eq(rsp_message_frame(bytes), RSP_MESSAGE_MAX + 1);
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, bytes, &back, NULL),
	    RSP_OK);
	ck_assert(same_message(&m, &back));
	m.cookie.len++;
	ck_assert_uint_eq(encode(&m, room, sizeof(room)).len, 0);
}
END_TEST

START_TEST(an_unknown_type_is_not_encoded)
{
	uint8_t room[64];
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ASAP_BUSINESS_CARD);
	ck_assert_uint_eq(encode(&m, room, sizeof(room)).len, 0);
}
END_TEST

static const struct {
	const char *name;
	const char *bytes;
	int want;
} frames[] = {
	{ "nothing", "", 0 },
	{ "three bytes", "050000", 0 },
	{ "header only", "05000004", 4 },
	{ "header of a longer one", "05000018", 24 },
	{ "padding counts", "05000009", 12 },
	{ "length 0", "05000000", RSP_EMALFORMED },
	{ "length 3", "0500000305000004", RSP_EMALFORMED },
	{ "the longest", "0500ffff", 65536 },
};

START_TEST(streams_are_framed)
{
	uint8_t bytes[16];
	struct rsp_span s = { bytes, hex(frames[_i].bytes, bytes) };

	ck_assert_msg(rsp_message_frame(s) == frames[_i].want, "%s: %d",
	    frames[_i].name, rsp_message_frame(s));
}
END_TEST

static const struct {
	const char *file;
	unsigned number; /* of the vector, from 0 */
	const char *want;
} texts[] = {
	{ "asap.hex", 0, "registration handle=EchoPool pe=0x0a000001" },
	{ "asap.hex", 13,
	    "registration-response flags=1 handle=EchoPool pe=0x0a000001"
	    " error=\"inconsistent pooling policy\"" },
	{ "asap.hex", 24,
	    "handle-resolution handle=EchoPool items=4294967295" },
	{ "asap.hex", 27,
	    "handle-resolution-response flags=1 handle=EchoPool elements=2" },
	{ "asap.hex", 32,
	    "endpoint-keep-alive flags=1 server=0x11111111 handle=EchoPool" },
	{ "asap.hex", 38, "server-announce server=0x11111111 transports=2" },
	{ "asap.hex", 39, "cookie cookie-bytes=5" },
	{ "enrp.hex", 0,
	    "presence flags=1 from=0x11111111 to=0x33333333 checksum=19981" },
	{ "enrp.hex", 6,
	    "handle-table-response from=0x11111111 to=0x22222222 elements=3" },
	{ "enrp.hex", 10,
	    "handle-update from=0x11111111 to=0x22222222 add handle=EchoPool"
	    " pe=0x22222222" },
	{ "enrp.hex", 11,
	    "handle-update from=0x11111111 to=0x00000000 delete"
	    " handle=EchoPool pe=0x00000001" },
	{ "enrp.hex", 14,
	    "list-response from=0x11111111 to=0x22222222 servers=2" },
};

START_TEST(a_message_has_a_line_of_text)
{
	FILE *f = open_vectors(texts[_i].file);
	const char *want = texts[_i].want;
	char text[200];
	struct rsp_message m;
	struct vector v;
	unsigned n;

	for (n = 0; n <= texts[_i].number; n++)
		ck_assert(vector_next(f, &v));
	fclose(f);
	ck_assert_int_eq(rsp_message_decode(v.protocol, vector_bytes(&v), &m,
			     NULL),
	    RSP_OK);
	ck_assert_str_eq(rsp_message_text(&m, text, sizeof(text)), want);
	ck_assert_str_eq(rsp_message_text(&m, text, 1), "");
	ck_assert_uint_eq(strlen(rsp_message_text(&m, text, 12)), 11);
	ck_assert(strncmp(text, want, 11) == 0);
	rsp_message_init(&m, RSP_ASAP, 0x55);
	ck_assert_str_eq(rsp_message_text(&m, text, sizeof(text)),
	    "unknown type=85");
}
END_TEST

static int
decode_hex(enum rsp_protocol protocol, const char *text, uint8_t *room,
    struct rsp_message *m, struct rsp_builder *report)
{
	struct rsp_span bytes = { room, hex(text, room) };

	return rsp_message_decode(protocol, bytes, m, report);
}

START_TEST(after_an_error_what_was_read_counts)
{
	uint8_t room[128];
	struct rsp_message m;

	/* A registration whose element has no address and no policy. */
	ck_assert_int_eq(decode_hex(RSP_ASAP,
			     "01000024 0009000c 4563686f506f6f6c"
			     "000a0014 0a000001 00000000 0000005a"
			     "00050004",
			     room, &m, NULL),
	    RSP_ETRUNC);
	ck_assert_int_eq(m.type, RSP_ASAP_REGISTRATION);
	ck_assert(m.has_handle && m.handle.len == 8);
	ck_assert(m.has_pe && m.pe.id == 0x0a000001);
	ck_assert_uint_eq(m.pe.user.n_addresses, 0);
	/* An unknown ENRP message: whom to answer is known. */
	ck_assert_int_eq(decode_hex(RSP_ENRP, "5500000c 11111111 22222222",
			     room, &m, NULL),
	    RSP_EMESSAGE);
	ck_assert_uint_eq(m.sender, 0x11111111);
	ck_assert_uint_eq(m.receiver, 0x22222222);
}
END_TEST

static const char two_unknown[] =
    "05000022 0009000c 4563686f506f6f6c ffff0006 01020000"
    "fffe000a 010203040506";

/* 10 bytes of the first cause, padding, 14 of the second. */
static const struct {
	const char *name;
	size_t size;
	size_t want;
} reports[] = {
	{ "room for both", 26, 26 },
	{ "second without its information", 25, 16 },
	{ "no room for the second", 15, 10 },
	{ "first without its information, no second", 7, 4 },
	{ "both without their information", 9, 8 },
	{ "no room at all", 3, 0 },
};

START_TEST(a_report_keeps_what_fits)
{
	uint8_t room[64], causes[64];
	struct rsp_builder report = rsp_builder_into(causes, reports[_i].size);
	struct rsp_message m;

	memset(causes, 0xa5, sizeof(causes));
	ck_assert_int_eq(decode_hex(RSP_ASAP, two_unknown, room, &m, &report),
	    RSP_OK);
	ck_assert_msg(report.len == reports[_i].want, "%s: %zu",
	    reports[_i].name, report.len);
	ck_assert(!report.overflow);
	ck_assert_uint_eq(causes[reports[_i].size], 0xa5);
}
END_TEST

/* An unknown parameter that lists must be walked over. */
static void
put_stranger(struct rsp_builder *b)
{
	rsp_close_param(b, rsp_open_param(b, 0xbfff));
}

static void
put_handle(struct rsp_builder *b, const char *handle)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_HANDLE);

	rsp_put_span(b,
	    (struct rsp_span){ (const uint8_t *)handle, strlen(handle) });
	rsp_close_param(b, mark);
}

static struct rsp_pe
simple_pe(uint32_t id)
{
	struct rsp_pe pe;

	rsp_clear_pe(&pe);
	pe.id = id;
	pe.user.type = RSP_PARAM_OPAQUE;
	pe.policy.type = 1;
	return pe;
}

START_TEST(pools_of_a_table_response_are_walked)
{
	static const struct {
		uint32_t id;
		const char *handle;
	} want[] = { { 1, "Apple" }, { 2, "Apple" }, { 3, "EchoPool" } };
	uint8_t room[512];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_span handle = { NULL, 0 }, whole;
	struct rsp_cursor c;
	struct rsp_pe pe;
	unsigned i;

	for (i = 0; i < 3; i++) {
		pe = simple_pe(want[i].id);
		if (i != 1)
			put_handle(&b, want[i].handle);
		put_stranger(&b);
		rsp_put_pe(&b, &pe);
	}
	c = rsp_cursor_over(rsp_builder_span(&b));
	for (i = 0; i < 3; i++) {
		ck_assert(rsp_next_table_pe(&c, &handle, &pe, &whole));
		ck_assert_uint_eq(pe.id, want[i].id);
		ck_assert_uint_eq(handle.len, strlen(want[i].handle));
		ck_assert(memcmp(handle.at, want[i].handle, handle.len) == 0);
		ck_assert_uint_eq(whole.at[1], RSP_PARAM_PE);
		ck_assert_uint_eq(whole.len, 16 + 4 + 8);
	}
	ck_assert(!rsp_next_table_pe(&c, &handle, &pe, &whole));
	ck_assert_int_eq(c.err, RSP_OK);
	ck_assert_uint_eq(pe.id, 0);
}
END_TEST

START_TEST(elements_servers_transports_and_causes_are_walked)
{
	uint8_t room[512];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_pe pe = simple_pe(7);
	struct rsp_server_info info = { .id = 8,
		.transport = { .type = RSP_PARAM_TCP,
		    .n_addresses = 1,
		    .addresses = { { .family = 4, .bytes = { 127, 0, 0, 1 } } },
		    .port = 9901 } };
	struct rsp_transport transport;
	struct rsp_span all;
	struct rsp_cursor c;

	put_stranger(&b);
	rsp_put_pe(&b, &pe);
	rsp_put_server_info(&b, &info);
	rsp_put_transport(&b, &info.transport);
	all = rsp_builder_span(&b);
	pe.id = 0;
	c = rsp_cursor_over(all);
	ck_assert(rsp_next_pe(&c, &pe, NULL) && pe.id == 7);
	ck_assert(!rsp_next_pe(&c, &pe, NULL) && c.err == RSP_OK);
	c = rsp_cursor_over(all);
	ck_assert(rsp_next_server(&c, &info) && info.id == 8);
	ck_assert(!rsp_next_server(&c, &info) && c.err == RSP_OK);
	ck_assert_uint_eq(info.transport.n_addresses, 0);
	c = rsp_cursor_over(all);
	ck_assert(rsp_next_transport(&c, &transport));
	ck_assert_uint_eq(transport.port, 9901);
	ck_assert(!rsp_next_transport(&c, &transport) && c.err == RSP_OK);
	ck_assert_uint_eq(transport.type, 0);
}
END_TEST

START_TEST(causes_are_walked)
{
	uint8_t bytes[] = { 0, 9, 0, 4, 0, 1, 0, 5, 42 };
	struct rsp_cursor c =
	    rsp_cursor_over((struct rsp_span){ bytes, sizeof(bytes) });
	struct rsp_span information;
	uint16_t cause;

	ck_assert(rsp_next_cause(&c, &cause, &information));
	ck_assert_uint_eq(cause, RSP_CAUSE_HANDLE);
	ck_assert_uint_eq(information.len, 0);
	ck_assert(rsp_next_cause(&c, &cause, &information));
	ck_assert_uint_eq(cause, RSP_CAUSE_PARAM);
	ck_assert_uint_eq(information.len, 1);
	ck_assert_uint_eq(information.at[0], 42);
	ck_assert(!rsp_next_cause(&c, &cause, &information));
	ck_assert_uint_eq(information.len, 0);
	ck_assert_int_eq(c.err, RSP_OK);
}
END_TEST

START_TEST(bad_lists_end_with_an_error)
{
	/* An element, a server and a transport, each with nothing inside. */
	uint8_t bytes[] = { 0, 10, 0, 4, 0, 11, 0, 4, 0, 5, 0, 4 };
	struct rsp_span all = { bytes, sizeof(bytes) };
	struct rsp_cursor c = rsp_cursor_over(all);
	struct rsp_server_info info;
	struct rsp_transport transport;
	struct rsp_pe pe;

	ck_assert(!rsp_next_pe(&c, &pe, NULL) && c.err == RSP_ETRUNC);
	c = rsp_cursor_over(all);
	ck_assert(!rsp_next_server(&c, &info) && c.err == RSP_ETRUNC);
	c = rsp_cursor_over(all);
	ck_assert(!rsp_next_transport(&c, &transport) && c.err == RSP_ETRUNC);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_vector_gets_its_verdict, 0, N(files));
	tcase_add_loop_test(t, every_prefix_of_a_valid_message_fails, 0,
	    N(files));
	tcase_add_loop_test(t, damaged_messages_do_no_harm, 0, N(files));
	tcase_add_test(t, every_message_has_a_vector);
	tcase_add_loop_test(t, what_is_encoded_comes_back, 0, 4);
	tcase_add_test(t, a_small_buffer_is_an_overflow);
	tcase_add_test(t, a_message_has_at_most_65535_bytes);
	tcase_add_test(t, an_unknown_type_is_not_encoded);
	tcase_add_loop_test(t, streams_are_framed, 0, N(frames));
	tcase_add_loop_test(t, a_message_has_a_line_of_text, 0, N(texts));
	tcase_add_test(t, after_an_error_what_was_read_counts);
	tcase_add_loop_test(t, a_report_keeps_what_fits, 0, N(reports));
	tcase_add_test(t, pools_of_a_table_response_are_walked);
	tcase_add_test(t, elements_servers_transports_and_causes_are_walked);
	tcase_add_test(t, causes_are_walked);
	tcase_add_test(t, bad_lists_end_with_an_error);
	suite_add_tcase(s, t);
	return run_suite(s);
}
