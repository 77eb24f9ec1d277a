/* SPDX-License-Identifier: Apache-2.0 */
/* check_registry_nomem.c - claims about a registry without memory: whichever
 * allocation fails, it answers or hangs up, stays whole and forgets nothing
 *
 * Linked with the allocator wrapped.  A scenario runs again and again with the
 * first, second, ... allocation failing, until none has.
 */
#include "tests/lib/suite.h"

#include "rsp/core/pool/policy.h"
#include "tests/lib/registry_audit.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/repeatable.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool armed;    /* only the registry's own allocations count */
static long to_fail;  /* counts down; 0: this one */
static bool for_good; /* and all that follow */
static unsigned failed;

static bool
fails(void)
{
	if (!armed)
		return false;
	if (to_fail > 0) {
		to_fail--;
		return false;
	}
	if (to_fail < 0 && !for_good)
		return false;
	to_fail = -1;
	failed++;
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

static struct rsp_registry *registry;
static struct rsp_assoc *assoc;
static rsp_time now;
static unsigned answers, hangups, refusals;

static void
drain(void)
{
	struct rsp_out out;
	struct rsp_message m;

	while (rsp_registry_output(registry, &out)) {
		hangups += out.kind == RSP_OUT_HANGUP;
		if (out.kind != RSP_OUT_SEND)
			continue;
		ck_assert_int_eq(rsp_message_decode(RSP_ASAP, out.bytes, &m,
				     NULL),
		    RSP_OK);
		answers++;
		refusals += m.has_error;
	}
}

/* Something comes of every request: an answer or a hang-up.  A report is none.
 */
static void
say(const struct rsp_message *m)
{
	uint8_t room[2048];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	unsigned before = answers + hangups;

	if (assoc == NULL)
		return;
	rsp_message_encode(&b, m);
	armed = true;
	rsp_registry_input(registry, now, assoc, rsp_builder_span(&b));
	armed = false;
	registry_audit(registry);
	drain();
	if (m->type != RSP_ASAP_UNREACHABLE)
		ck_assert_uint_eq(answers + hangups, before + 1);
}

static void
open_assoc(void)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP, .local = true };

	info.remote.type = RSP_PARAM_TCP;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	armed = true;
	assoc = rsp_registry_open(registry, now, &info, NULL);
	armed = false;
}

static void
join(uint32_t policy, const char *handle, uint32_t id, uint8_t family)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_REGISTRATION);
	m.handle = (struct rsp_span){ (const uint8_t *)handle, strlen(handle) };
	m.pe.id = id;
	m.pe.life = 60;
	m.pe.user.type = RSP_PARAM_TCP;
	m.pe.user.port = 80;
	m.pe.user.n_addresses = 1;
	m.pe.user.addresses[0] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	if (family == 6)
		m.pe.user.addresses[0] =
		    (struct rsp_address){ 6, { [15] = 1 } };
	m.pe.policy.type = policy;
	m.pe.policy.n_words = rsp_policy_def(policy)->n_words;
	m.pe.policy.words[0] = id + 1;
	say(&m);
}

static void
ask(uint8_t type, const char *handle, uint32_t id)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.handle = (struct rsp_span){ (const uint8_t *)handle, strlen(handle) };
	m.pe_id = id;
	say(&m);
}

/* Without memory for it there is an answer all the same. */
static void
subscribe_to(const char *handle)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
	m.flags = RSP_FLAG_SUBSCRIBE;
	m.handle = (struct rsp_span){ (const uint8_t *)handle, strlen(handle) };
	say(&m);
}

static void
tick(rsp_time by)
{
	now += by;
	armed = true;
	rsp_registry_tick(registry, now);
	armed = false;
	registry_audit(registry);
	drain();
}

static void
scenario(uint32_t policy)
{
	open_assoc();
	for (uint32_t id = 0; id < 40; id++)
		join(policy, id % 2 == 0 ? "P" : "p", id, 4);
	for (uint32_t id = 0; id < 40; id++)
		join(policy, id % 2 == 0 ? "P" : "p", id, 6);
	ask(RSP_ASAP_RESOLUTION, "P", 0);
	ask(RSP_ASAP_RESOLUTION, "unknown", 0);
	ask(RSP_ASAP_UNREACHABLE, "P", 2);
	subscribe_to("P");
	subscribe_to("p");
	join(policy, "p", 41, 4);
	for (int i = 0; i < 40; i++)
		tick(1000);
	ask(RSP_ASAP_DEREGISTRATION, "p", 1);
	if (assoc != NULL)
		rsp_registry_close(registry, now, assoc);
	tick(10000);
	ck_assert_uint_eq(registry->space.n_entries, 0);
}

/* False when no allocation has failed. */
static bool
run(uint32_t policy, long nth, bool all_after)
{
	static uint64_t state;
	struct rsp_registry_config c;

	state = UINT64_C(88172645463325252);
	rsp_registry_config_init(&c);
	c.server_id = 1;
	c.random = repeatable;
	c.ctx = &state;
	now = 0;
	to_fail = nth;
	for_good = all_after;
	failed = answers = hangups = refusals = 0;
	armed = true;
	registry = rsp_registry_new(&c);
	armed = false;
	if (registry != NULL)
		scenario(policy);
	rsp_registry_free(registry);
	return failed > 0;
}

static const uint32_t policies[] = { RSP_POLICY_RR, RSP_POLICY_WRR,
	RSP_POLICY_RAND, RSP_POLICY_WRAND, RSP_POLICY_LUD };

/* Each policy once with one failure, once with no memory from there on. */
START_TEST(any_allocation_may_fail)
{
	long nth = 0;

	while (run(policies[_i / 2], nth, _i % 2 == 1))
		nth++;
	ck_assert_int_gt(nth, 90);
	ck_assert_uint_eq(hangups, 0);
}
END_TEST

START_TEST(element_without_memory_is_told_of_a_lack_of_resources)
{
	long nth;

	/* The first that is refused shows that the way is there. */
	for (nth = 0; run(RSP_POLICY_RR, nth, false); nth++)
		if (refusals > 1) /* one is the unknown pool */
			return;
	ck_abort_msg("nobody was refused");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("nomem");
	TCase *t = tcase_create("nomem");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, any_allocation_may_fail, 0, 10);
	tcase_add_test(t,
	    element_without_memory_is_told_of_a_lack_of_resources);
	suite_add_tcase(s, t);
	return run_suite(s);
}
