/* SPDX-License-Identifier: Apache-2.0 */
/* check_owners.c - claims about elements of users whom the kernel names: nobody
 * else changes them
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define ANYBODY (-1)

/* An association over a unix socket, of that user or of nobody known. */
static struct talk_end *
open_as(int64_t uid)
{
	struct talk_end *e = &talk.ends[talk.n_ends++];
	struct rsp_assoc_info info = { .protocol = RSP_ASAP, .local = true };

	info.has_uid = uid != ANYBODY;
	info.uid = info.has_uid ? (uint32_t)uid : 0;
	e->assoc = rsp_registry_open(talk.registry, talk.now, &info, e);
	ck_assert_ptr_nonnull(e->assoc);
	return e;
}

static int
join(struct talk_end *e, uint16_t port)
{
	struct rsp_message m;

	talk_registration(&m, "Web", 7, "127.0.0.1");
	m.pe.user.port = port;
	return talk_register(e, &m);
}

/* Another user, one whom the kernel does not know, and one over TCP. */
static struct talk_end *
open_other(int which)
{
	switch (which) {
	case 0:
		return open_as(1001);
	case 1:
		return open_as(0);
	case 2:
		return open_as(ANYBODY);
	default:
		return talk_open(RSP_PARAM_TCP, "127.0.0.1", true);
	}
}

START_TEST(element_is_its_users)
{
	struct talk_end *owner, *other;

	talk_begin();
	owner = open_as(1000);
	other = open_other(_i);
	ck_assert_int_eq(join(owner, 80), NO_CAUSE);
	ck_assert_int_eq(join(other, 80), RSP_CAUSE_PE_ID);
	ck_assert_int_eq(join(other, 81), RSP_CAUSE_PE_ID);
	ck_assert_int_eq(talk_deregister(other, "Web", 7), RSP_CAUSE_SECURITY);
	/* nor while nobody holds it */
	talk_close(owner);
	ck_assert_int_eq(join(other, 80), RSP_CAUSE_PE_ID);
	ck_assert_int_eq(talk_deregister(other, "Web", 7), RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(talk_elements(), 1);
	owner = open_as(1000);
	ck_assert_int_eq(join(owner, 80), NO_CAUSE);
	ck_assert_int_eq(talk_deregister(owner, "Web", 7), NO_CAUSE);
	/* it is no more, and the identifier free */
	ck_assert_int_eq(join(other, 81), NO_CAUSE);
	talk_end();
}
END_TEST

/* What came over TCP is nobody's until a user registers it. */
START_TEST(element_of_nobody_becomes_a_users)
{
	struct talk_end *nobody, *user;

	talk_begin();
	nobody = talk_open(RSP_PARAM_TCP, "127.0.0.1", true);
	user = open_as(1000);
	ck_assert_int_eq(join(nobody, 80), NO_CAUSE);
	ck_assert_int_eq(join(user, 80), NO_CAUSE);
	ck_assert_int_eq(join(nobody, 80), RSP_CAUSE_PE_ID);
	talk_close(user);
	talk_wait(3000);
	ck_assert_uint_eq(talk_elements(), 1); /* the first one is asked */
	talk_close(nobody);
	talk_wait(10000);
	ck_assert_uint_eq(talk_elements(), 0);
	ck_assert_int_eq(join(open_as(1001), 80), NO_CAUSE);
	talk_end();
}
END_TEST

/* Each user is a reporter of its own. */
START_TEST(users_report_for_themselves)
{
	struct talk_end *element, *users[2];
	struct rsp_message m;
	unsigned asked = 0;

	talk_begin();
	element = open_as(1000);
	ck_assert_int_eq(join(element, 80), NO_CAUSE);
	for (int i = 0; i < 2; i++)
		users[i] = open_as(1001 + i);
	for (int i = 0; i < 6; i++) {
		talk_request(&m, RSP_ASAP_UNREACHABLE, "Web", 7);
		m.has_pe_id = true;
		talk_say(users[i % 2], &m);
		while (talk_hear(element, &m))
			asked += m.type == RSP_ASAP_KEEP_ALIVE;
		talk_request(&m, RSP_ASAP_KEEP_ALIVE_ACK, "Web", 7);
		m.has_pe_id = true;
		talk_say(element, &m);
		talk_wait(1000); /* until doubts have it asked again */
	}
	ck_assert_uint_eq(asked, 2);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("owners");
	TCase *c = tcase_create("owners");

	tcase_add_loop_test(c, element_is_its_users, 0, 4);
	tcase_add_test(c, element_of_nobody_becomes_a_users);
	tcase_add_test(c, users_report_for_themselves);
	suite_add_tcase(s, c);
	return run_suite(s);
}
