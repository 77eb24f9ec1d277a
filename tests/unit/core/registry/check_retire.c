/* SPDX-License-Identifier: Apache-2.0 */
/* check_retire.c - claims about the orderly end of a registrar with more
 * elements than it suggests in one go (draft enrp-takeover)
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define ELEMENTS 200
#define LONG "a handle of more than 32 bytes is death to it"

static struct talk_end *
make_peer(const char *address, uint32_t id, bool ours)
{
	struct rsp_assoc_info info = { .protocol = RSP_ENRP };
	struct talk_end *e = &talk.ends[talk.n_ends++];
	struct rsp_message m;
	uint8_t room[256];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	info.remote.type = RSP_PARAM_TCP;
	info.remote.port = 9901;
	info.remote.n_addresses = 1;
	info.remote.addresses[0] = talk_address(address);
	e->assoc = rsp_registry_open(talk.registry, talk.now, &info, e);
	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = id;
	m.is_rspool = ours;
	rsp_message_encode(&b, &m);
	talk_bytes(e, room, b.len);
	return e;
}

/* Marks the elements that are suggested to this end; how many there were.  With
 * `seen` NULL whatever has come is forgotten. */
static unsigned
take_suggestions(struct talk_end *e, uint32_t id, unsigned *seen)
{
	unsigned n = 0;

	for (; e->taken < e->n; e->taken++) {
		struct rsp_message m;

		ck_assert_int_eq(rsp_message_decode(RSP_ENRP,
				     (struct rsp_span){
					 e->messages[e->taken].bytes,
					 e->messages[e->taken].len },
				     &m, NULL),
		    RSP_OK);
		if (m.type == RSP_ENRP_UPDATE && seen != NULL) {
			ck_assert_uint_eq(m.flags, RSP_FLAG_SUGGEST);
			ck_assert_uint_eq(m.action, RSP_UPDATE_ADD);
			ck_assert_uint_eq(m.receiver, id);
			ck_assert_uint_eq(m.pe.home, talk.config.server_id);
			ck_assert_uint_le(m.pe.id, ELEMENTS);
			seen[m.pe.id]++;
			n++;
		}
		free(e->messages[e->taken].bytes);
	}
	e->taken = e->n = 0;
	return n;
}

static void
fill(void)
{
	struct talk_end *e = talk_tcp("10.0.0.1");
	struct rsp_message m;

	for (uint32_t id = 0; id < ELEMENTS; id++)
		talk_join(e, "P", id);
	talk_registration(&m, LONG, ELEMENTS, NULL);
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
}

/* Proves takeover-2.1-02: each element is suggested to one peer, once, and all
 * peers get their share. */
START_TEST(who_retires_suggests_each_element_once)
{
	unsigned seen[ELEMENTS + 1] = { 0 }, n[2];
	struct talk_end *peers[2];

	talk_begin();
	peers[0] = make_peer("10.0.0.8", 8, true);
	peers[1] = make_peer("10.0.0.9", 9, true);
	fill();
	take_suggestions(peers[0], 8, NULL);
	take_suggestions(peers[1], 9, NULL);
	rsp_registry_retire(talk.registry, talk.now);
	rsp_registry_retire(talk.registry, talk.now); /* once is enough */
	talk_wait(1);
	n[0] = take_suggestions(peers[0], 8, seen);
	n[1] = take_suggestions(peers[1], 9, seen);
	for (unsigned i = 0; i <= ELEMENTS; i++)
		ck_assert_msg(seen[i] == 1, "element %u: %u times", i, seen[i]);
	ck_assert_uint_ge(n[0], ELEMENTS / 2);
	ck_assert_uint_ge(n[1], ELEMENTS / 2);
	talk_wait(1000);
	ck_assert_uint_eq(take_suggestions(peers[0], 8, seen), 0);
	ck_assert_uint_eq(talk_elements(), ELEMENTS + 1);
	talk_end();
}
END_TEST

/* Elements in the table that this end asks for. */
static unsigned
count_table(struct talk_end *e, uint32_t id)
{
	uint8_t room[64];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_span handle;
	struct rsp_message m;
	struct rsp_cursor c;
	struct rsp_pe pe;
	unsigned n = 0;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_TABLE_REQUEST);
	m.sender = id;
	rsp_message_encode(&b, &m);
	talk_bytes(e, room, b.len);
	ck_assert_uint_ge(e->n, 1);
	ck_assert_int_eq(rsp_message_decode(RSP_ENRP,
			     (struct rsp_span){ e->messages[e->n - 1].bytes,
				 e->messages[e->n - 1].len },
			     &m, NULL),
	    RSP_OK);
	ck_assert_uint_eq(m.type, RSP_ENRP_TABLE_RESPONSE);
	ck_assert_uint_eq(m.flags, 0);
	c = rsp_cursor_over(m.elements);
	while (rsp_next_table_pe(&c, &handle, &pe, NULL))
		n++;
	return n;
}

/* The table is whole before and afterwards. */
START_TEST(who_retires_still_has_its_table)
{
	struct talk_end *peer;

	talk_begin();
	peer = make_peer("10.0.0.8", 8, true);
	fill();
	ck_assert_uint_eq(count_table(peer, 8), ELEMENTS + 1);
	rsp_registry_retire(talk.registry, talk.now);
	talk_wait(10);
	ck_assert_uint_eq(count_table(peer, 8), ELEMENTS + 1);
	talk_end();
}
END_TEST

/* Without a peer there is nothing to do. */
START_TEST(who_retires_alone_just_goes)
{
	talk_begin();
	fill();
	rsp_registry_retire(talk.registry, talk.now);
	talk_wait(1000);
	ck_assert_uint_eq(talk_elements(), ELEMENTS + 1);
	talk_end();
}
END_TEST

/* RSPLIB's does not hear of what would end it. */
START_TEST(a_plain_peer_hears_of_what_it_can_read)
{
	unsigned seen[ELEMENTS + 1] = { 0 };
	struct talk_end *peer;

	talk_init();
	talk.config.interop_rsplib = true;
	talk_start();
	peer = make_peer("10.0.0.8", 8, false);
	fill();
	take_suggestions(peer, 8, NULL);
	rsp_registry_retire(talk.registry, talk.now);
	talk_wait(1);
	ck_assert_uint_eq(take_suggestions(peer, 8, seen), ELEMENTS);
	ck_assert_uint_eq(seen[ELEMENTS], 0);
	talk_end();
}
END_TEST

/* Lives towards RSPLIB's registrars are in milliseconds, as far as they go. */
static const struct {
	int32_t life, told;
} lives[] = {
	{ 1, 1000 },
	{ 2147482, 2147482000 },
	{ 2147483, 2147483000 },
	{ 2147484, INT32_MAX },
	{ INT32_MAX, INT32_MAX },
	{ -1, -1 },
};

START_TEST(a_plain_peer_hears_of_lives_in_milliseconds)
{
	struct talk_end *peer, *e;
	struct rsp_message m;

	talk_init();
	talk.config.interop_rsplib = true;
	talk_start();
	peer = make_peer("10.0.0.8", 8, false);
	take_suggestions(peer, 8, NULL);
	e = talk_tcp("10.0.0.1");
	talk_registration(&m, "P", 1, NULL);
	m.pe.life = lives[_i].life;
	ck_assert_int_eq(talk_register(e, &m), NO_CAUSE);
	ck_assert_uint_eq(peer->n, 1);
	ck_assert_int_eq(rsp_message_decode(RSP_ENRP,
			     (struct rsp_span){ peer->messages[0].bytes,
				 peer->messages[0].len },
			     &m, NULL),
	    RSP_OK);
	ck_assert_uint_eq(m.type, RSP_ENRP_UPDATE);
	ck_assert_int_eq(m.pe.life, lives[_i].told);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("retire");
	TCase *t = tcase_create("retire");

	tcase_add_test(t, who_retires_suggests_each_element_once);
	tcase_add_test(t, who_retires_still_has_its_table);
	tcase_add_test(t, who_retires_alone_just_goes);
	tcase_add_test(t, a_plain_peer_hears_of_what_it_can_read);
	tcase_add_loop_test(t, a_plain_peer_hears_of_lives_in_milliseconds, 0,
	    (int)(sizeof(lives) / sizeof(lives[0])));
	suite_add_tcase(s, t);
	return run_suite(s);
}
