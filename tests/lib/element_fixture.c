/* SPDX-License-Identifier: Apache-2.0 */
/* element_fixture.c - test fixture of a pool element: a clock that the tests
 * set, and a shell that records what it is told */
#include "tests/lib/element_fixture.h"

#include <string.h>

#define HANDLE "Web"
#define REGISTRAR 0x77777777U

struct rsp_element *element;
struct rsp_element_config config;
struct rsp_pe pe;
rsp_time now;
uint32_t dice;
bool shell_up[RSP_LINKS];
static unsigned most_up;

unsigned n_connects, connects[CONNECTS];
unsigned n_sent, sent_link;
static uint8_t sent_bytes[4096]; /* `sent` borrows them */
struct rsp_message sent;
unsigned sent_of[256];
unsigned hangups[RSP_LINKS];
unsigned events[RSP_ELEMENT_DEREGISTERED + 1];
const char *last_reason;
uint16_t last_cause;

static uint32_t
roll(void *ctx)
{
	(void)ctx;
	return dice;
}

static void
count_links(void)
{
	unsigned i, n = 0;

	for (i = 0; i < RSP_LINKS; i++)
		n += shell_up[i];
	if (n > most_up)
		most_up = n;
}

static void
take_message(const struct rsp_element_out *o)
{
	ck_assert_uint_le(o->bytes.len, sizeof(sent_bytes));
	memcpy(sent_bytes, o->bytes.at, o->bytes.len);
	sent_link = o->link;
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP,
			     (struct rsp_span){ sent_bytes, o->bytes.len },
			     &sent, NULL),
	    RSP_OK);
	n_sent++;
	sent_of[sent.type]++;
}

void
drain(void)
{
	struct rsp_element_out o;

	while (rsp_element_output(element, &o)) {
		switch (o.kind) {
		case RSP_ELEMENT_CONNECT:
			ck_assert(!shell_up[RSP_LINK_OUT]);
			ck_assert_uint_lt(n_connects, CONNECTS);
			connects[n_connects++] = o.endpoint;
			shell_up[RSP_LINK_OUT] = true;
			count_links();
			break;
		case RSP_ELEMENT_SEND:
			ck_assert(shell_up[o.link]);
			take_message(&o);
			break;
		case RSP_ELEMENT_HANGUP:
			ck_assert(shell_up[o.link]);
			shell_up[o.link] = false;
			hangups[o.link]++;
			break;
		case RSP_ELEMENT_EVENT:
			events[o.event]++;
			last_reason = o.reason;
			last_cause = o.cause;
			break;
		}
	}
}

void
start(unsigned n_endpoints)
{
	struct rsp_address a = { .family = 4, .bytes = { 127, 0, 0, 1 } };

	now = 1000000;
	dice = 0; /* pauses and T4 at their longest */
	rsp_element_config_init(&config);
	config.handle = (struct rsp_span){ (const uint8_t *)HANDLE, 3 };
	config.n_endpoints = n_endpoints;
	config.random = roll;
	pe = (struct rsp_pe){ .id = PE_ID, .life = 90, .home = 99 };
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = 8001;
	pe.user.n_addresses = 1;
	pe.user.addresses[0] = a;
	pe.policy.type = 1;
	element = rsp_element_new(&config, &pe);
	ck_assert_ptr_nonnull(element);
	n_connects = n_sent = most_up = 0;
	memset(sent_of, 0, sizeof(sent_of));
	memset(hangups, 0, sizeof(hangups));
	memset(events, 0, sizeof(events));
	memset(shell_up, 0, sizeof(shell_up));
}

void
finish(void)
{
	ck_assert_uint_le(most_up, RSP_LINKS); /* 5352-3.6-13 */
	rsp_element_free(element);
	element = NULL;
}

void
opened(unsigned link)
{
	shell_up[link] = true;
	count_links();
	rsp_element_opened(element, now, link);
	drain();
}

void
closed(unsigned link)
{
	shell_up[link] = false;
	rsp_element_closed(element, now, link);
	drain();
}

int64_t
pass(void)
{
	rsp_time then = now;

	ck_assert(rsp_element_deadline(element) != RSP_NEVER);
	if (rsp_element_deadline(element) > now)
		now = rsp_element_deadline(element);
	rsp_element_tick(element, now);
	drain();
	return now - then;
}

int
input_message(unsigned link, const struct rsp_message *m)
{
	uint8_t bytes[4096];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	int err;

	rsp_message_encode(&b, m);
	ck_assert(!b.overflow);
	err = rsp_element_input(element, now, link, rsp_builder_span(&b));
	drain();
	return err;
}

struct rsp_message
answer(uint8_t type, uint8_t flags)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.flags = flags;
	m.has_handle = true;
	m.handle = config.handle;
	m.has_pe_id = true;
	m.pe_id = rsp_element_pe(element)->id;
	m.server = REGISTRAR;
	return m;
}

void
respond(unsigned link, uint8_t type, uint8_t flags, int cause)
{
	struct rsp_message m = answer(type, flags);
	uint8_t causes[64];
	struct rsp_builder b = rsp_builder_into(causes, sizeof(causes));

	if (cause >= 0) {
		rsp_put_cause(&b, (uint16_t)cause,
		    (struct rsp_span){ NULL, 0 });
		m.has_error = true;
		m.causes = rsp_builder_span(&b);
	}
	ck_assert_int_eq(input_message(link, &m), RSP_OK);
}

void
grant(void)
{
	respond((unsigned)rsp_element_home(element),
	    RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
}

void
join(void)
{
	rsp_element_join(element, now);
	drain();
}

void
leave(void)
{
	rsp_element_leave(element, now);
	drain();
}

void
become_member(unsigned n_endpoints)
{
	start(n_endpoints);
	join();
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	now += 5000; /* settled */
}
