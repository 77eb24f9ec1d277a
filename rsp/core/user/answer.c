/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - packed answer of a registrar to a handle resolution: written and
 * read
 *
 * Words behind the head:
 *   policy type | elements << 32 | transport << 48
 *   offset of round robin
 *   families (bit 0: IPv4, bit 1: IPv6)
 * then for each element:
 *   ID | home << 32
 *   life | transport << 32 | port << 48
 *   policy type | policy words << 32 | addresses << 40
 *   policy words 0, 1
 *   policy words 2, 3
 *   for each address: family; bytes 0 to 7; bytes 8 to 15
 */
#include "rsp/core/user/answer.h"

#include "rsp/core/wire/message.h"
#include "rsp/core/pool/policy.h"

#define AT_POOL RSP_ANSWER_HEAD
#define AT_OFFSET (RSP_ANSWER_HEAD + 1)
#define AT_FAMILIES (RSP_ANSWER_HEAD + 2)
#define AT_ELEMENTS (RSP_ANSWER_HEAD + 3)
#define PE_WORDS 5u
#define ADDRESS_WORDS 3u

/* Where an element begins in the encoded list. */
struct mark {
	uint32_t id;
	uint32_t at;
};

static uint64_t
pair(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

static struct rsp_cursor
cursor_at(struct rsp_span elements, size_t at)
{
	return rsp_cursor_over(
	    (struct rsp_span){ elements.at + at, elements.len - at });
}

/* Sorts the elements' places by their IDs, unless the registrar's own order
 * says something. */
static unsigned
sort_elements(struct rsp_span elements, bool keep, struct mark *marks)
{
	struct rsp_cursor c = rsp_cursor_over(elements);
	struct rsp_pe pe;
	unsigned n = 0, i;
	size_t at = 0;

	while (n < RSP_ANSWER_ELEMENTS && rsp_next_pe(&c, &pe, NULL)) {
		for (i = n++; !keep && i > 0 && marks[i - 1].id > pe.id; i--)
			marks[i] = marks[i - 1];
		marks[i] = (struct mark){ pe.id, (uint32_t)at };
		at = elements.len - c.left;
	}
	return n;
}

static void
put(struct rsp_answer *a, uint64_t word)
{
	a->words[a->n++] = word;
}

static void
put_address(struct rsp_answer *a, const struct rsp_address *address)
{
	uint64_t bytes[2];

	memcpy(bytes, address->bytes, sizeof(bytes));
	put(a, address->family);
	put(a, bytes[0]);
	put(a, bytes[1]);
	if (address->family == 4 || address->family == 6)
		a->words[AT_FAMILIES] |= address->family == 4 ? 1 : 2;
}

static bool
put_element(struct rsp_answer *a, const struct rsp_pe *pe)
{
	const struct rsp_transport *t = &pe->user;
	const uint32_t *w = pe->policy.words;

	if (a->n + PE_WORDS + ADDRESS_WORDS * t->n_addresses > a->size)
		return false;
	put(a, pair(pe->id, pe->home));
	put(a, pair((uint32_t)pe->life, t->type | (uint32_t)t->port << 16));
	put(a, pair(pe->policy.type, pe->policy.n_words | t->n_addresses << 8));
	put(a, pair(w[0], w[1]));
	put(a, pair(w[2], w[3]));
	for (unsigned i = 0; i < t->n_addresses; i++)
		put_address(a, &t->addresses[i]);
	return true;
}

int
rsp_answer_pack(struct rsp_answer *a, const struct rsp_policy *policy,
    struct rsp_span elements)
{
	struct mark marks[RSP_ANSWER_ELEMENTS];
	bool ranked =
	    rsp_policy_def(policy->type)->selection == RSP_SELECT_RANKED;
	unsigned n = sort_elements(elements, ranked, marks), done;
	struct rsp_pe pe;
	uint16_t transport = 0;

	a->n = 0;
	if (a->size < AT_ELEMENTS)
		return RSP_ENOENT;
	memset(a->words, 0, AT_ELEMENTS * sizeof(*a->words));
	a->n = AT_ELEMENTS;
	for (done = 0; done < n; done++) {
		struct rsp_cursor c = cursor_at(elements, marks[done].at);

		if (!rsp_next_pe(&c, &pe, NULL) || !put_element(a, &pe))
			break;
		if (done == 0)
			transport = pe.user.type;
	}
	a->words[AT_POOL] =
	    pair(policy->type, done | (uint32_t)transport << 16);
	return done > 0 ? RSP_OK : RSP_ENOENT;
}

static uint64_t
pool_word(const struct rsp_answer *a)
{
	return a->n >= AT_ELEMENTS ? a->words[AT_POOL] : 0;
}

unsigned
rsp_answer_count(const struct rsp_answer *a)
{
	unsigned n = pool_word(a) >> 32 & 0xffff;

	return n < RSP_ANSWER_ELEMENTS ? n : RSP_ANSWER_ELEMENTS;
}

uint32_t
rsp_answer_policy(const struct rsp_answer *a)
{
	return (uint32_t)pool_word(a);
}

uint16_t
rsp_answer_transport(const struct rsp_answer *a)
{
	return (uint16_t)(pool_word(a) >> 48);
}

bool
rsp_answer_has_family(const struct rsp_answer *a, int family4or6)
{
	return a->n >= AT_ELEMENTS &&
	       (a->words[AT_FAMILIES] & (family4or6 == 4 ? 1 : 2)) != 0;
}

uint64_t
rsp_answer_offset(const struct rsp_answer *a)
{
	return a->n >= AT_ELEMENTS ? a->words[AT_OFFSET] : 0;
}

struct rsp_address
rsp_answer_address(const struct rsp_answer *a, const struct rsp_answer_pe *pe,
    unsigned i)
{
	struct rsp_address address = { 0, { 0 } };
	const uint64_t *w = a->words + pe->at + i * ADDRESS_WORDS;

	if (i >= pe->n_addresses || (w[0] != 4 && w[0] != 6))
		return address;
	address.family = (uint8_t)w[0];
	memcpy(address.bytes, w + 1, sizeof(address.bytes));
	return address;
}

bool
rsp_answer_next(const struct rsp_answer *a, unsigned *at,
    struct rsp_answer_pe *pe)
{
	unsigned start = *at == 0 ? AT_ELEMENTS : *at;
	const uint64_t *w = a->words + start;

	if (start < AT_ELEMENTS || start > a->n || a->n - start < PE_WORDS)
		return false;
	pe->id = (uint32_t)w[0];
	pe->home = (uint32_t)(w[0] >> 32);
	pe->life = (int32_t)(uint32_t)w[1];
	pe->transport = (uint16_t)(w[1] >> 32);
	pe->port = (uint16_t)(w[1] >> 48);
	pe->policy.type = (uint32_t)w[2];
	pe->policy.n_words = w[2] >> 32 & 0xff;
	if (pe->policy.n_words > RSP_POLICY_WORDS)
		pe->policy.n_words = RSP_POLICY_WORDS;
	for (unsigned i = 0; i < RSP_POLICY_WORDS; i++)
		pe->policy.words[i] = (uint32_t)(w[3 + i / 2] >> i % 2 * 32);
	pe->n_addresses = w[2] >> 40 & 0xff;
	pe->at = start + PE_WORDS;
	if (pe->n_addresses > (a->n - pe->at) / ADDRESS_WORDS)
		return false;
	pe->address = rsp_answer_address(a, pe, 0);
	*at = pe->at + pe->n_addresses * ADDRESS_WORDS;
	return true;
}

/* The ID of element number `i`. */
static uint32_t
id_of(const struct rsp_answer *a, uint64_t i)
{
	struct rsp_answer_pe pe = { .id = 0 };
	unsigned at = 0;

	while (rsp_answer_next(a, &at, &pe) && i-- > 0)
		;
	return pe.id;
}

void
rsp_answer_continue(struct rsp_answer *a, const struct rsp_answer *old,
    uint64_t positions)
{
	unsigned n = rsp_answer_count(a), n_old = rsp_answer_count(old);
	struct rsp_answer_pe pe;
	unsigned at = 0;
	uint64_t next = 0;
	uint32_t last;

	if (n == 0 || n_old == 0 || positions == 0)
		return;
	if (rsp_policy_def(rsp_answer_policy(a))->selection != RSP_SELECT_RR)
		return;
	last = id_of(old, (positions - 1 + rsp_answer_offset(old)) % n_old);
	while (rsp_answer_next(a, &at, &pe) && pe.id <= last)
		next++;
	/* (positions + offset) % n == next % n */
	a->words[AT_OFFSET] = (next % n + n - positions % n) % n;
}

bool
rsp_answer_equal(const struct rsp_answer *a, const struct rsp_answer *b)
{
	return a->n == b->n && a->n >= AT_ELEMENTS &&
	       a->words[AT_POOL] == b->words[AT_POOL] &&
	       memcmp(a->words + AT_FAMILIES, b->words + AT_FAMILIES,
		   (a->n - AT_FAMILIES) * sizeof(*a->words)) == 0;
}
