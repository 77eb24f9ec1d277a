/* SPDX-License-Identifier: Apache-2.0 */
/* host_addresses.c - the host's addresses, asked of the kernel now and then */
#include "registrar/host_addresses.h"

#include <ifaddrs.h>
#include <stdlib.h>

#include "registrar/log.h"
#include "rsp/net/endpoint.h"

#define OLD_MS 5000  /* read again before it is relied on */
#define SOON_MS 1000 /* read again before an address is denied */

static unsigned
count(const struct ifaddrs *ifa)
{
	unsigned n = 0;

	for (; ifa != NULL; ifa = ifa->ifa_next)
		n++;
	return n;
}

/* What cannot be read leaves the list as it was. */
static void
refresh(struct host_addresses *h, rsp_time now)
{
	struct ifaddrs *all, *ifa;
	struct rsp_address *list;
	uint16_t port;

	h->read = now;
	if (getifaddrs(&all) != 0) {
		log_warn("addresses of this host cannot be read");
		return;
	}
	list = calloc(count(all) + 1, sizeof(*list));
	if (list != NULL) {
		host_addresses_fini(h);
		h->list = list;
		for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
			/* as long as any: the family says what counts */
			if (rsp_sockaddr_get(ifa->ifa_addr,
				sizeof(struct sockaddr_storage), &h->list[h->n],
				&port))
				h->n++;
	}
	freeifaddrs(all);
}

static bool
find(const struct host_addresses *h, const struct rsp_address *a)
{
	for (unsigned i = 0; i < h->n; i++)
		if (rsp_address_equal(&h->list[i], a))
			return true;
	return false;
}

bool
host_addresses_has(struct host_addresses *h, const struct rsp_address *a,
    rsp_time now)
{
	if (rsp_address_is_loopback(a))
		return true; /* all of 127.0.0.0/8, which is no list */
	if (h->list == NULL || now - h->read >= OLD_MS)
		refresh(h, now);
	if (find(h, a))
		return true;
	if (now - h->read < SOON_MS)
		return false;
	refresh(h, now);
	return find(h, a);
}

static bool
is_link_local(const struct rsp_address *a)
{
	if (a->family == 4)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/* An IPv6 wildcard beside others or alone serves IPv6 only. */
void
host_addresses_name(struct host_addresses *h, rsp_time now,
    const struct rsp_transport *bound, struct rsp_transport *named)
{
	struct rsp_transport t = *bound;

	*named = t;
	if (t.type != RSP_PARAM_SCTP ||
	    !rsp_address_is_wildcard(&t.addresses[0]))
		return;
	if (h->list == NULL || now - h->read >= OLD_MS)
		refresh(h, now);
	t.n_addresses = 0;
	for (unsigned i = 0; i < h->n && t.n_addresses < RSP_ADDRESSES_MAX; i++)
		if (h->list[i].family == bound->addresses[0].family &&
		    !rsp_address_is_loopback(&h->list[i]) &&
		    !is_link_local(&h->list[i]))
			t.addresses[t.n_addresses++] = h->list[i];
	if (t.n_addresses > 0)
		*named = t;
}

void
host_addresses_fini(struct host_addresses *h)
{
	free(h->list);
	h->list = NULL;
	h->n = 0;
}
