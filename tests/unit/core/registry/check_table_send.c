/* SPDX-License-Identifier: Apache-2.0 */
/* check_table_send.c - claims about the handlespace as peers download it */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/registry/table_send.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/peer_fixture.h"
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"

#define N 10

static void
begin(int64_t room)
{
	net_init();
	net_prepare(0);
	net.config[0].max_table_response = room;
	net_start(0, 0);
	net_element_group(0, N, 0);
	become_peer(0, 0, STRANGER, true);
}

/* Asks; how many elements came, none twice over all parts since `seen` was
 * cleared. */
static bool seen[N + 10];

static unsigned
ask(unsigned end, uint8_t flags, struct rsp_message *m)
{
	struct rsp_cursor c;
	struct rsp_span handle = { NULL, 0 };
	struct rsp_pe pe;
	unsigned n;

	net_say_type(end, RSP_ENRP_TABLE_REQUEST, flags, STRANGER + end);
	ck_assert(net_hear_type(end, RSP_ENRP_TABLE_RESPONSE, m));
	c = rsp_cursor_over(m->elements);
	for (n = 0; rsp_next_table_pe(&c, &handle, &pe, NULL); n++) {
		ck_assert_uint_le(pe.id, N + 9);
		ck_assert(!seen[pe.id]);
		seen[pe.id] = true;
	}
	return n;
}

START_TEST(parts_make_the_whole)
{
	struct rsp_message m;
	unsigned n = 0, parts = 0, came;

	begin(200);
	do {
		came = ask(0, 0, &m);
		ck_assert_uint_ge(came, 1);
		n += came;
		parts++;
	} while ((m.flags & RSP_FLAG_MORE) != 0);
	ck_assert_uint_eq(n, N);
	ck_assert_uint_gt(parts, 2);
	net_end();
}
END_TEST

START_TEST(one_element_fits_always)
{
	struct rsp_message m;

	begin(1);
	ck_assert_uint_eq(ask(0, 0, &m), 1);
	ck_assert_uint_eq(m.flags, RSP_FLAG_MORE);
	net_end();
}
END_TEST

START_TEST(another_question_begins_anew)
{
	struct rsp_message m;

	begin(1);
	ask(0, 0, &m);
	ask(0, 0, &m);
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < N; i++)
		ck_assert_uint_eq(ask(0, RSP_FLAG_OWN, &m), 1);
	ck_assert_uint_eq(m.flags, 0);
	net_end();
}
END_TEST

START_TEST(who_goes_meanwhile_is_left_out)
{
	struct rsp_message m;
	unsigned n;

	begin(1);
	n = ask(0, 0, &m);
	for (unsigned e = 0; e < N; e++)
		if (!seen[e + 1] && e % 2 == 0)
			net_element_leave(e);
	net_run(1000);
	for (unsigned i = 0; i < N && (m.flags & RSP_FLAG_MORE) != 0; i++)
		n += ask(0, 0, &m);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_uint_lt(n, N);
	ck_assert_uint_eq(n, net_elements(0));
	net_end();
}
END_TEST

START_TEST(there_is_a_limit_to_downloads)
{
	struct rsp_message m;

	net_init();
	net_prepare(0);
	net.config[0].max_table_response = 1;
	net.config[0].max_downloads = 1;
	net_start(0, 0);
	net_element_group(0, N, 0);
	become_peer(0, 0, STRANGER, true);
	become_peer(1, 0, STRANGER + 1, true);
	ck_assert_uint_eq(ask(0, 0, &m), 1);
	ck_assert_uint_eq(ask(1, 0, &m), 0);
	ck_assert_uint_eq(m.flags, RSP_FLAG_REJECT);
	net_close(0); /* and its download with it */
	memset(seen, 0, sizeof(seen));
	ck_assert_uint_eq(ask(1, 0, &m), 1);
	net_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table send");
	TCase *t = tcase_create("table send");

	tcase_add_test(t, parts_make_the_whole);
	tcase_add_test(t, one_element_fits_always);
	tcase_add_test(t, another_question_begins_anew);
	tcase_add_test(t, who_goes_meanwhile_is_left_out);
	tcase_add_test(t, there_is_a_limit_to_downloads);
	suite_add_tcase(s, t);
	return run_suite(s);
}
