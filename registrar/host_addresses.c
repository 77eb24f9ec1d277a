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
refresh(struct own *own, rsp_time now)
{
	struct ifaddrs *all, *ifa;
	struct rsp_address *list;
	uint16_t port;

	own->read = now;
	if (getifaddrs(&all) != 0) {
		log_warn("addresses of this host cannot be read");
		return;
	}
	list = calloc(count(all) + 1, sizeof(*list));
	if (list != NULL) {
		own_fini(own);
		own->list = list;
		for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
			/* as long as any: the family says what counts */
			if (rsp_sockaddr_get(ifa->ifa_addr,
				sizeof(struct sockaddr_storage),
				&own->list[own->n], &port))
				own->n++;
	}
	freeifaddrs(all);
}

static bool
find(const struct own *own, const struct rsp_address *a)
{
	for (unsigned i = 0; i < own->n; i++)
		if (rsp_address_equal(&own->list[i], a))
			return true;
	return false;
}

bool
own_has(struct own *own, const struct rsp_address *a, rsp_time now)
{
	if (rsp_address_is_loopback(a))
		return true; /* all of 127.0.0.0/8, which is no list */
	if (own->list == NULL || now - own->read >= OLD_MS)
		refresh(own, now);
	if (find(own, a))
		return true;
	if (now - own->read < SOON_MS)
		return false;
	refresh(own, now);
	return find(own, a);
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
own_name(struct own *own, rsp_time now, const struct rsp_transport *bound,
    struct rsp_transport *named)
{
	struct rsp_transport t = *bound;

	*named = t;
	if (t.type != RSP_PARAM_SCTP ||
	    !rsp_address_is_wildcard(&t.addresses[0]))
		return;
	if (own->list == NULL || now - own->read >= OLD_MS)
		refresh(own, now);
	t.n_addresses = 0;
	for (unsigned i = 0;
	     i < own->n && t.n_addresses < RSP_ADDRESSES_MAX; i++)
		if (own->list[i].family == bound->addresses[0].family &&
		    !rsp_address_is_loopback(&own->list[i]) &&
		    !is_link_local(&own->list[i]))
			t.addresses[t.n_addresses++] = own->list[i];
	if (t.n_addresses > 0)
		*named = t;
}

void
own_fini(struct own *own)
{
	free(own->list);
	own->list = NULL;
	own->n = 0;
}
