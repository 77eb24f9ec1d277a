/* SPDX-License-Identifier: Apache-2.0 */
/* cache_registrar.c - registrars in the shared cache that announced themselves
 *
 * As with the addresses of names (cache_host.c), an entry is some words with a
 * checksum, and a half-written one counts as none.  Anybody can announce
 * anything, so the table is small, no registrar that was heard lately is
 * displaced, and one sender gets a few places only.
 *
 * Words: group; time; server ID | transport << 32 | port << 48; families of the
 * addresses, four bits each, by place, the sender's last; two for each address,
 * the sender's last; checksum
 */
#include "rsp/core/user/cache_block.h"

#define AT_ADDRESSES 4
#define OF_ONE_SENDER 4
#define SENDER RSP_CACHE_HOSTS /* its place among the addresses */

static void
load(const word *e, uint64_t words[REGISTRAR_WORDS])
{
	for (unsigned i = 0; i < REGISTRAR_WORDS; i++)
		words[i] = cache_load(&e[i]);
}

static uint64_t
checksum(const uint64_t *words)
{
	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)words,
				  (REGISTRAR_WORDS - 1) * sizeof(*words) },
	    5);
}

static struct rsp_address
unpack_address(const uint64_t *words, unsigned i)
{
	struct rsp_address a = { .family = words[3] >> 4 * i & 15 };

	memcpy(a.bytes, &words[AT_ADDRESSES + 2 * i], 16);
	return a;
}

static void
pack_address(uint64_t *words, unsigned i, const struct rsp_address *a)
{
	words[3] |= (uint64_t)a->family << 4 * i;
	memcpy(&words[AT_ADDRESSES + 2 * i], a->bytes, 16);
}

static bool
unpack(const uint64_t *words, struct rsp_cache_registrar *r)
{
	if (words[REGISTRAR_WORDS - 1] != checksum(words))
		return false;
	r->group = words[0];
	r->heard = (rsp_time)words[1];
	r->server = (uint32_t)words[2];
	r->transport = (uint16_t)(words[2] >> 32);
	r->port = (uint16_t)(words[2] >> 48);
	for (r->n_hosts = 0; r->n_hosts < RSP_CACHE_HOSTS; r->n_hosts++) {
		r->hosts[r->n_hosts] = unpack_address(words, r->n_hosts);
		if (r->hosts[r->n_hosts].family != 4 &&
		    r->hosts[r->n_hosts].family != 6)
			break;
	}
	r->from = unpack_address(words, SENDER);
	return r->n_hosts > 0;
}

static bool
is_heard(const struct rsp_cache_registrar *r, rsp_time now, int64_t within_ms)
{
	return r->heard <= now && now - r->heard < within_ms;
}

static bool
is_same(const struct rsp_cache_registrar *a,
    const struct rsp_cache_registrar *b)
{
	return a->group == b->group && a->server == b->server &&
	       a->transport == b->transport && a->port == b->port &&
	       rsp_address_equal(&a->from, &b->from);
}

/* The registrar's place, or a free one.  NULL: there is none for it. */
static word *
find_place(struct rsp_cache *c, const struct rsp_cache_registrar *r,
    rsp_time now, int64_t within_ms)
{
	uint64_t words[REGISTRAR_WORDS];
	struct rsp_cache_registrar other;
	word *place = NULL;
	unsigned siblings = 0;

	for (unsigned i = 0; i < REGISTRARS; i++) {
		load(c->registrars[i], words);
		if (!unpack(words, &other) ||
		    !is_heard(&other, now, within_ms)) {
			if (place == NULL)
				place = c->registrars[i];
			continue;
		}
		if (is_same(&other, r))
			return c->registrars[i];
		siblings += rsp_address_equal(&other.from, &r->from);
	}
	return siblings < OF_ONE_SENDER ? place : NULL;
}

bool
rsp_cache_heard(struct rsp_cache *c, const struct rsp_cache_registrar *r,
    rsp_time now, int64_t within_ms)
{
	uint64_t words[REGISTRAR_WORDS] = { r->group, (uint64_t)now,
		r->server | (uint64_t)r->transport << 32 |
		    (uint64_t)r->port << 48 };
	word *place = find_place(c, r, now, within_ms);

	if (place == NULL)
		return false;
	for (unsigned i = 0; i < r->n_hosts && i < RSP_CACHE_HOSTS; i++)
		pack_address(words, i, &r->hosts[i]);
	pack_address(words, SENDER, &r->from);
	words[REGISTRAR_WORDS - 1] = checksum(words);
	for (unsigned i = 0; i < REGISTRAR_WORDS; i++)
		cache_store(&place[i], words[i]);
	return true;
}

unsigned
rsp_cache_registrars(struct rsp_cache *c, uint64_t group, rsp_time now,
    int64_t within_ms, struct rsp_cache_registrar *list, unsigned max)
{
	uint64_t words[REGISTRAR_WORDS];
	struct rsp_cache_registrar r;
	unsigned n = 0;

	for (unsigned i = 0; i < REGISTRARS && n < max; i++) {
		load(c->registrars[i], words);
		if (unpack(words, &r) && r.group == group &&
		    is_heard(&r, now, within_ms))
			list[n++] = r;
	}
	return n;
}
