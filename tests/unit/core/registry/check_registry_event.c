/* SPDX-License-Identifier: Apache-2.0 */
/* check_registry_event.c - claims about what a registrar's shell is told of
 * what has happened: to whom, by whom, and in which words
 */
#include "tests/lib/suite.h"

#include "tests/lib/repeatable.h"
#include "rsp/core/pool/policy.h"
#include "rsp/core/registry/registry.h"
#include "tests/lib/registry_driver.h"

static struct rsp_registry_config config;
static struct rsp_registry *registry;
static struct rsp_assoc *assoc;
static uint64_t state;
static int user; /* its address is what the association's user is */

static void
begin(void)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP,
		.remote = { .type = RSP_PARAM_TCP,
		    .port = 40000,
		    .n_addresses = 1,
		    .addresses = { { 4, { 10, 0, 0, 1 } } } } };

	state = 1;
	rsp_registry_config_init(&config);
	config.server_id = 0x1234;
	config.random = repeatable;
	config.ctx = &state;
	registry = rsp_registry_new(&config);
	ck_assert_ptr_nonnull(registry);
	assoc = rsp_registry_open(registry, 0, &info, &user);
	ck_assert_ptr_nonnull(assoc);
}

static void
say(const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	ck_assert_int_eq(rsp_registry_input(registry, 0, assoc,
			     rsp_builder_span(&b)),
	    RSP_OK);
}

static void
enter(const char *handle, uint32_t id, uint16_t port)
{
	struct rsp_message m;

	talk_registration(&m, handle, id, NULL);
	m.pe.user.port = port;
	say(&m);
}

/* The next event; messages before it are skipped. */
static struct rsp_out
next(enum rsp_registry_event event, const char *handle, uint32_t id)
{
	struct rsp_out out;

	do
		ck_assert(rsp_registry_output(registry, &out));
	while (out.kind != RSP_OUT_EVENT);
	ck_assert_int_eq(out.event, event);
	ck_assert_uint_eq(out.handle.len, strlen(handle));
	ck_assert_mem_eq(out.handle.at, handle, strlen(handle));
	ck_assert_uint_eq(out.pe_id, id);
	ck_assert_ptr_eq(out.assoc, assoc);
	ck_assert_ptr_eq(out.user, &user);
	ck_assert_ptr_nonnull(out.reason);
	return out;
}

/* What waits keeps what it is about, however much waits beside it. */
START_TEST(an_event_says_to_whom_it_happened)
{
	static const char *const handles[] = { "W", "A longer handle", "" };
	struct rsp_message m;
	struct rsp_out out;

	begin();
	for (uint32_t i = 0; i < 100; i++)
		enter(handles[i % 2], i, (uint16_t)(1000 + i));
	for (uint32_t i = 0; i < 100; i++) {
		out = next(RSP_EVENT_PE_ADDED, handles[i % 2], i);
		ck_assert_ptr_nonnull(out.pe);
		ck_assert_uint_eq(out.pe->id, i);
		ck_assert_uint_eq(out.pe->user.port, 1000 + i);
		ck_assert_uint_eq(out.server_id, config.server_id);
	}
	enter("W", 0, 77);
	enter("W", 0, 77); /* nothing new */
	enter("", 5, 1);
	talk_registration(&m, "W", 2, NULL);
	m.pe.policy.type = RSP_POLICY_RAND;
	say(&m);
	talk_request(&m, RSP_ASAP_UNREACHABLE, "W", 4);
	say(&m);
	talk_request(&m, RSP_ASAP_DEREGISTRATION, "A longer handle", 3);
	say(&m);
	out = next(RSP_EVENT_PE_UPDATED, "W", 0);
	ck_assert_uint_eq(out.pe->user.port, 77);
	out = next(RSP_EVENT_REJECTED, "", 5);
	ck_assert_uint_eq(out.cause, RSP_CAUSE_INVALID);
	ck_assert_str_eq(out.reason, rsp_cause_text(RSP_CAUSE_INVALID));
	out = next(RSP_EVENT_REJECTED, "W", 2);
	ck_assert_uint_eq(out.cause, RSP_CAUSE_POLICY);
	ck_assert_ptr_null(out.pe);
	out = next(RSP_EVENT_REPORT, "W", 4);
	ck_assert_ptr_null(out.pe);
	out = next(RSP_EVENT_PE_REMOVED, "A longer handle", 3);
	ck_assert_ptr_null(out.pe);
	ck_assert_str_eq(out.reason, "deregistered");
	while (rsp_registry_output(registry, &out))
		ck_assert_int_ne(out.kind, RSP_OUT_EVENT);
	rsp_registry_free(registry);
}
END_TEST

START_TEST(every_event_has_a_text_of_its_own)
{
	for (unsigned i = 0; i <= RSP_EVENT_PEER_ERROR; i++) {
		const char *text =
		    rsp_registry_event_text((enum rsp_registry_event)i);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(strlen(text), 4);
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(text, rsp_registry_event_text(
						   (enum rsp_registry_event)k));
	}
	ck_assert_str_eq(rsp_registry_event_text(RSP_EVENT_SYNCHRONISED),
	    "synchronised");
	ck_assert_str_eq(rsp_registry_event_text(RSP_EVENT_RESYNCHRONISED),
	    "resynchronised");
	ck_assert_str_eq(rsp_registry_event_text((enum rsp_registry_event)(
			     RSP_EVENT_PEER_ERROR + 1)),
	    "event");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry_event");
	TCase *t = tcase_create("registry_event");

	tcase_add_test(t, an_event_says_to_whom_it_happened);
	tcase_add_test(t, every_event_has_a_text_of_its_own);
	suite_add_tcase(s, t);
	return run_suite(s);
}
