/* SPDX-License-Identifier: Apache-2.0 */
/* check_peer_agree.c - claims about registrars together: whatever happens to
 * them, all come to hold the same, and no element that lives is lost
 */
#include "tests/lib/suite.h"

#include <stdlib.h>

#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/lib/repeatable.h"

START_TEST(what_registers_at_one_is_known_to_all)
{
	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 30; e++)
		net_element(e, e % 2 == 0 ? "Even" : "Odd", 1u << e % 3, true);
	net_run(1000);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(net_elements(i), 30);
	for (unsigned e = 0; e < 30; e++)
		ck_assert_uint_eq(net_owner(0, e % 2 == 0 ? "Even" : "Odd", e),
		    NET_ID(e % 3));
	ck_assert(net_is_equal());
	net_element_leave(3);
	net_element_load(4, 77);
	net_run(100);
	ck_assert_uint_eq(net_elements(2), 29);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

START_TEST(who_dies_is_taken_over)
{
	rsp_time died;

	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 10; e++)
		net_element(e, "P", 1u << 0, true);
	net_run(1000);
	died = net.now;
	net_kill(0);
	net_run(3000);
	ck_assert_uint_eq(net_count(1, RSP_EVENT_TAKEOVER_WON, died) +
			      net_count(2, RSP_EVENT_TAKEOVER_WON, died),
	    1);
	for (unsigned e = 0; e < 10; e++) {
		uint32_t home = net_owner(1, "P", e);

		ck_assert(home == NET_ID(1) || home == NET_ID(2));
		ck_assert_int_ge(net_element_home(e), 1);
		ck_assert_uint_eq(home, NET_ID((unsigned)net_element_home(e)));
	}
	ck_assert(net_is_equal());
	net_run(120000);
	ck_assert_uint_eq(net_elements(1), 10);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* What was cut apart, takes itself for all there is, and is joined again. */
START_TEST(a_healed_partition_is_one_again)
{
	int64_t apart = _i % 2 == 0 ? 3000 : 30000;
	unsigned configured = _i / 2 == 0 ? 31 : 0;
	rsp_time from;

	net_init();
	for (unsigned i = 0; i < 5; i++) {
		net_prepare(i);
		/* all know all, or each the next one only */
		net_start(i,
		    (configured != 0 ? configured : 1u << (i + 1) % 5) &
			~(1u << i));
	}
	net_run(4000);
	for (unsigned e = 0; e < 20; e++)
		net_element(e, "P", 1u << e % 5, true);
	net_run(1000);
	ck_assert(net_is_equal());
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 2; k < 5; k++)
			net_cut(i, k, true);
	from = net.now;
	net_run(apart / 2);
	for (unsigned e = 0; e < 10; e++)
		net_element_load(e, 50 + e);
	net_element(20, "New", 1, true);
	net_element(21, "New", 4, true);
	net_run(apart / 2);
	for (unsigned i = 0; i < 5; i++)
		for (unsigned k = 0; k < 5; k++)
			net_cut(i, k, false);
	net_run(8000);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(net_elements(i), 22);
	ck_assert(net_is_equal());
	/* Longer apart, each side calls the other's elements home. */
	for (unsigned i = 0; i < 5 && apart < 5000; i++)
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, from), 0);
	net_run(60000);
	ck_assert(net_is_equal());
	net_end();
}
END_TEST

/* Proves takeover-2.1-01, takeover-2.1-02, takeover-2.1-03: who retires gives
 * its elements away, in turn. */
START_TEST(who_retires_leaves_nobody_behind)
{
	unsigned homes[3] = { 0 };
	rsp_time from;

	net_init();
	net_start_all(3);
	for (unsigned e = 0; e < 30; e++)
		net_element(e, "P", 1, true);
	net_run(1000);
	from = net.now;
	rsp_registry_retire(net.reg[0], net.now);
	net_run(500);
	ck_assert_uint_eq(rsp_registry_own_elements(net.reg[0]), 0);
	for (unsigned e = 0; e < 30; e++)
		homes[net_element_home(e)]++;
	ck_assert_uint_eq(homes[1], 15);
	ck_assert_uint_eq(homes[2], 15);
	ck_assert(net_is_equal());
	net_kill(0);
	net_run(5000);
	for (unsigned i = 1; i < 3; i++) {
		ck_assert_uint_eq(net_elements(i), 30);
		ck_assert_uint_eq(net_count(i, RSP_EVENT_PE_REMOVED, from), 0);
	}
	net_end();
}
END_TEST

/* A peer's elements are its own to judge. */
START_TEST(reports_do_not_remove_another_s_element)
{
	struct rsp_assoc_info info = { .protocol = RSP_ASAP };
	struct rsp_assoc *a;
	uint8_t room[64];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;
	struct rsp_out out;

	net_init();
	net_start_all(2);
	net_element(0, "P", 1, true);
	net_run(100);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_UNREACHABLE);
	m.handle = (struct rsp_span){ (const uint8_t *)"P", 1 };
	m.pe_id = 1;
	rsp_message_encode(&b, &m);
	for (unsigned k = 0; k < 10; k++) {
		info.remote.type = RSP_PARAM_TCP;
		info.remote.n_addresses = 1;
		info.remote.addresses[0].family = 4;
		info.remote.addresses[0].bytes[0] = (uint8_t)k;
		a = rsp_registry_open(net.reg[1], net.now, &info, NULL);
		rsp_registry_input(net.reg[1], net.now, a,
		    rsp_builder_span(&b));
		rsp_registry_close(net.reg[1], net.now, a);
		while (rsp_registry_output(net.reg[1], &out))
			ck_assert_int_eq(out.kind, RSP_OUT_EVENT);
	}
	ck_assert_uint_eq(net_elements(1), 1);
	net_end();
}
END_TEST

static uint32_t
draw(uint32_t below)
{
	return repeatable(&net.seed) % below;
}

static void
misfortune(void)
{
	unsigned i = draw(4), k = draw(4), e = draw(24);

	switch (draw(9)) {
	case 0:
		if (net.reg[i] != NULL)
			net_kill(i);
		break;
	case 1:
	case 2:
		if (net.reg[i] == NULL) {
			net_prepare(i);
			net_start(i, 15u & ~(1u << i));
		}
		break;
	case 3:
		if (i != k)
			net_cut(i, k, draw(2) == 0);
		break;
	case 4:
		if (net.reg[i] != NULL)
			net_freeze(i, draw(2) == 0);
		break;
	case 5:
		net_element(e, "P", 15, draw(3) != 0);
		break;
	case 6:
	case 7:
		net_element_kill(e);
		break;
	case 8:
		net_element(e, "P", 15, true);
		net_run(10);
		net_element_load(e, draw(100));
		break;
	}
}

/* Whatever happens, when it has ended all are equal, and who lives is there. */
START_TEST(after_every_misfortune_all_agree)
{
	unsigned living = 0;

	net_init();
	net.seed += (uint64_t)_i * UINT64_C(0x9e3779b97f4a7c15);
	net.latency = 1 + _i % 30;
	net_start_all(4);
	for (unsigned e = 0; e < 24; e++)
		net_element(e, "P", 15, draw(4) != 0);
	net_run(1000);
	for (unsigned n = 0; n < 30; n++) {
		misfortune();
		net_run(draw(3) == 0 ? draw(6000) : draw(300));
	}
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned k = 0; k < 4; k++)
			net_cut(i, k, false);
		net_freeze(i, false);
		if (net.reg[i] == NULL) {
			net_prepare(i);
			net_start(i, 15u & ~(1u << i));
		}
	}
	net_run(100000);
	ck_assert_msg(net_is_equal(), "seed %d: not equal", _i);
	for (unsigned e = 0; e < 24; e++) {
		int home = net_element_home(e);

		if (home < 0)
			continue;
		living++;
		ck_assert_msg(net_owner(0, "P", e) == NET_ID((unsigned)home),
		    "seed %d: element %u is at %d, not at %08x", _i, e, home,
		    net_owner(0, "P", e));
	}
	ck_assert_msg(net_elements(0) == living, "seed %d: %u of %u", _i,
	    (unsigned)net_elements(0), living);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers_agree");
	TCase *t = tcase_create("peers_agree");
	int seeds = getenv("RSP_SOAK") == NULL ? 60 : 3000;

	tcase_add_test(t, what_registers_at_one_is_known_to_all);
	tcase_add_test(t, who_dies_is_taken_over);
	tcase_add_loop_test(t, a_healed_partition_is_one_again, 0, 4);
	tcase_add_test(t, who_retires_leaves_nobody_behind);
	tcase_add_test(t, reports_do_not_remove_another_s_element);
	tcase_add_loop_test(t, after_every_misfortune_all_agree, 0, seeds);
	suite_add_tcase(s, t);
	return run_suite(s);
}
