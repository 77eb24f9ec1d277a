/* SPDX-License-Identifier: Apache-2.0 */
/* cache_host.c - addresses in the shared cache of registrars that are
 * configured by name
 *
 * Looking a name up may take as long as its servers like.  A caller with an old
 * answer must not pay for that, so the last result is kept for all processes.
 * An entry is some words with a checksum.  Two that are written at once make a
 * mixture, whose checksum is wrong, so it counts as no entry.
 *
 * Words: key; time; addresses of IPv4 and IPv6, four bits each, by place; two
 * for each address; checksum
 */
#include "rsp/core/user/cache_block.h"

#define AT_ADDRESSES 3

static word *
entry(struct rsp_cache *c, uint64_t key)
{
	return c->hosts[key % HOSTS];
}

static uint64_t
checksum(const uint64_t *words)
{
	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)words,
				  (HOST_WORDS - 1) * sizeof(*words) },
	    4);
}

void
rsp_cache_set_hosts(struct rsp_cache *c, uint64_t key,
    const struct rsp_address *hosts, unsigned n, rsp_time now)
{
	uint64_t words[HOST_WORDS] = { key, (uint64_t)now };
	word *e = entry(c, key);

	for (unsigned i = 0; i < n && i < RSP_CACHE_HOSTS; i++) {
		words[2] |= (uint64_t)hosts[i].family << 4 * i;
		memcpy(&words[AT_ADDRESSES + 2 * i], hosts[i].bytes, 16);
	}
	words[HOST_WORDS - 1] = checksum(words);
	for (unsigned i = 0; i < HOST_WORDS; i++)
		cache_store(&e[i], words[i]);
}

unsigned
rsp_cache_hosts(struct rsp_cache *c, uint64_t key,
    struct rsp_address hosts[RSP_CACHE_HOSTS], rsp_time *since)
{
	uint64_t words[HOST_WORDS];
	word *e = entry(c, key);
	unsigned n = 0;

	for (unsigned i = 0; i < HOST_WORDS; i++)
		words[i] = cache_load(&e[i]);
	*since = (rsp_time)words[1];
	if (words[0] != key || words[HOST_WORDS - 1] != checksum(words))
		return 0;
	for (unsigned i = 0; i < RSP_CACHE_HOSTS; i++) {
		uint8_t family = words[2] >> 4 * i & 15;

		if (family != 4 && family != 6)
			break;
		hosts[n].family = family;
		memcpy(hosts[n++].bytes, &words[AT_ADDRESSES + 2 * i], 16);
	}
	return n;
}
