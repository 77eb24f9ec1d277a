/* SPDX-License-Identifier: Apache-2.0 */
/* check_message_memory.c - trial of the core when memory runs out
 *
 * The n-th allocation of a whole conversation fails, for every n.  Nothing may
 * crash or leak (the sanitizers say that).  When memory is there again the
 * registry must be of use as before.
 */
#include "tests/lib/suite.h"

#include "rsp/core/element/element.h"
#include "rsp/core/registry/registry.h"

#define ASSOCS 3

/* The linker sends the core's calls here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long until_failure = -1; /* below 0: none */
static bool in_core;		/* Check's own allocations do not count */
static bool failed;

static bool
fails(void)
{
	if (!in_core || until_failure < 0 || until_failure-- > 0)
		return false;
	failed = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static uint32_t
dice(void *ctx)
{
	uint32_t *state = ctx;

	*state = *state * 1664525 + 1013904223;
	return *state;
}

struct talk {
	struct rsp_registry *r;
	struct rsp_assoc *assocs[ASSOCS];
	uint32_t dice;
	rsp_time now;
	unsigned granted, answered;
};

static void
hang_up(struct talk *t, struct rsp_assoc *a)
{
	unsigned i;

	for (i = 0; i < ASSOCS; i++)
		if (t->assocs[i] == a && a != NULL) {
			t->assocs[i] = NULL;
			in_core = true;
			rsp_registry_close(t->r, t->now, a);
			in_core = false;
		}
}

static void
on_message(struct talk *t, struct rsp_span bytes)
{
	struct rsp_message m;

	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, bytes, &m, NULL), RSP_OK);
	if (m.type == RSP_ASAP_REGISTRATION_RESPONSE)
		t->granted += (m.flags & RSP_FLAG_REJECT) == 0;
	if (m.type == RSP_ASAP_RESOLUTION_RESPONSE)
		t->answered += !m.has_error;
}

static void
drain(struct talk *t)
{
	struct rsp_out out;

	while (rsp_registry_output(t->r, &out)) {
		if (out.kind == RSP_OUT_SEND)
			on_message(t, out.bytes);
		if (out.kind == RSP_OUT_HANGUP)
			hang_up(t, out.assoc);
	}
}

static void
send(struct talk *t, unsigned i, const struct rsp_message *m)
{
	static uint8_t room[4096];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	int err;

	if (t->assocs[i] == NULL)
		return;
	rsp_message_encode(&b, m);
	in_core = true;
	err = rsp_registry_input(t->r, t->now, t->assocs[i],
	    rsp_builder_span(&b));
	in_core = false;
	ck_assert_int_eq(err, RSP_OK);
	drain(t);
}

static void
open_assoc(struct talk *t, unsigned i)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP,
		.local = true,
		.remote = { .type = RSP_PARAM_TCP,
		    .port = 1000,
		    .n_addresses = 1,
		    .addresses = { { 4, { 127, 0, 0, 1 } } } } };

	in_core = true;
	t->assocs[i] = rsp_registry_open(t->r, t->now, &info, NULL);
	in_core = false;
}

static void
address(struct rsp_message *m, uint8_t type, const char *handle, uint32_t id)
{
	rsp_message_init(m, RSP_ASAP, type);
	m->handle.at = (const uint8_t *)handle;
	m->handle.len = strlen(handle);
	m->pe_id = id;
}

/* With `longer` the element's parameter has grown since the last time. */
static void
join(struct talk *t, unsigned i, uint32_t policy, uint32_t id, bool longer)
{
	static const char *const handles[] = { "rr", "wrr", "RR", "wrand" };
	struct rsp_message m;

	address(&m, RSP_ASAP_REGISTRATION, handles[policy - 1], id);
	m.pe.id = id;
	m.pe.life = 90;
	m.pe.user.type = RSP_PARAM_SCTP;
	m.pe.user.port = 80;
	m.pe.user.n_addresses = longer ? 2 : 1;
	m.pe.user.addresses[0] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	m.pe.user.addresses[1] = (struct rsp_address){ 4, { 127, 0, 0, 2 } };
	m.pe.policy.type = policy;
	m.pe.policy.n_words = policy % 2 == 0;
	m.pe.policy.words[0] = 1 + id % 3;
	send(t, i, &m);
}

static void
ask(struct talk *t, unsigned i, uint8_t type, const char *handle, uint32_t id)
{
	struct rsp_message m;

	address(&m, type, handle, id);
	m.any_case = true;
	send(t, i, &m);
}

/* Everything that a registry does, some of it often enough to make its tables
 * grow. */
static void
converse(struct talk *t)
{
	uint32_t policy, id;
	unsigned i;

	for (i = 0; i < ASSOCS; i++)
		open_assoc(t, i);
	for (policy = 1; policy <= 4; policy++)
		for (id = 1; id <= 10; id++)
			join(t, id % 2, policy, id, false);
	for (policy = 1; policy <= 4; policy++) {
		join(t, 1, policy, 1, true);
		ask(t, 2, RSP_ASAP_RESOLUTION, "WRR", 0);
	}
	ask(t, 2, RSP_ASAP_RESOLUTION, "nobody", 0);
	ask(t, 2, RSP_ASAP_UNREACHABLE, "wrr", 2);
	ask(t, 0, RSP_ASAP_DEREGISTRATION, "wrr", 2);
	hang_up(t, t->assocs[0]);
	drain(t);
	t->now += 2000; /* the grace */
	in_core = true;
	rsp_registry_tick(t->r, t->now);
	in_core = false;
	drain(t);
}

static struct rsp_registry *
new_registry(struct talk *t)
{
	struct rsp_registry_config c;
	struct rsp_registry *r;

	rsp_registry_config_init(&c);
	c.server_id = 1;
	c.random = dice;
	c.ctx = &t->dice;
	in_core = true;
	r = rsp_registry_new(&c);
	in_core = false;
	return r;
}

START_TEST(a_registry_survives_any_failed_allocation)
{
	struct talk t;
	long n;

	for (n = 0, failed = true; failed; n++) {
		t = (struct talk){ .dice = 1 };
		failed = false;
		until_failure = n;
		t.r = new_registry(&t);
		if (t.r == NULL) {
			ck_assert_msg(failed, "no reason to give up");
			continue;
		}
		converse(&t);
		until_failure = -1;
		/* Memory is there again, and so is the service. */
		open_assoc(&t, 0);
		t.granted = t.answered = 0;
		join(&t, 0, 1, 100, false);
		ask(&t, 0, RSP_ASAP_RESOLUTION, "rr", 0);
		ck_assert_msg(t.granted == 1, "%ld: not registered", n);
		ck_assert_msg(t.answered == 1, "%ld: not answered", n);
		rsp_registry_free(t.r);
	}
	ck_assert_msg(n > 50, "only %ld allocations were seen", n);
}
END_TEST

START_TEST(an_element_is_made_whole_or_not_at_all)
{
	struct rsp_element_config c;
	struct rsp_pe pe;
	struct rsp_element *e = NULL;
	long n;

	rsp_clear_pe(&pe);
	rsp_element_config_init(&c);
	for (n = 0; e == NULL; n++) {
		until_failure = n;
		in_core = true;
		e = rsp_element_new(&c, &pe);
		in_core = false;
		until_failure = -1;
	}
	ck_assert_int_eq(n, 3); /* two allocations */
	rsp_element_free(e);
	rsp_element_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_registry_survives_any_failed_allocation);
	tcase_add_test(t, an_element_is_made_whole_or_not_at_all);
	suite_add_tcase(s, t);
	return run_suite(s);
}
