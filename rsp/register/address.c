/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - the choice is a list of candidates in order */
#include "rsp/register/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"

/* Addresses for documentation (RFC 5737, RFC 3849): only the default route
 * leads there. */
static const struct rsp_address elsewhere4 = { 4, { 192, 0, 2, 1 } };
static const struct rsp_address elsewhere6 = { 6,
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
static const struct rsp_address loopback4 = { 4, { 127, 0, 0, 1 } };
static const struct rsp_address loopback6 = { 6, { [15] = 1 } };

bool
address_parse(const char *text, struct rsp_address *a)
{
	*a = (struct rsp_address){ 0 };
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->family = 6;
	return a->family != 0;
}

int
address_towards(const struct rsp_address *to, struct rsp_address *a)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_sockaddr_put(&ss, to, 9);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint16_t port;
	int err = 0;

	*a = (struct rsp_address){ 0 };
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		err = errno;
	len = sizeof(ss);
	if (err == 0 && getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		err = errno;
	close(fd);
	if (err == 0)
		rsp_sockaddr_get((struct sockaddr *)&ss, len, a, &port);
	return err;
}

/* Not to be reached without naming an interface, so of no use to others. */
static bool
is_link_local(const struct rsp_address *a)
{
	if (a->family == 4)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

unsigned
address_rank(const struct rsp_address *a)
{
	if (a->family == 0)
		return 0;
	if (is_link_local(a))
		return a->family == 6 ? 1 : 3;
	return rsp_address_is_loopback(a) ? 2 : 4;
}

static bool
is_served(const struct port *p, const struct rsp_address *a)
{
	return a->family == 4 ? p->any4 : a->family == 6 && p->any6;
}

/* Those of the interface that the port serves; their number. */
static unsigned
all_of_interface(const struct port *p, const char *interface,
    struct rsp_address *found, unsigned max)
{
	struct ifaddrs *list, *i;
	struct rsp_address this;
	unsigned n = 0;
	uint16_t port;

	if (getifaddrs(&list) < 0)
		return 0;
	for (i = list; i != NULL && n < max; i = i->ifa_next) {
		if (i->ifa_addr == NULL || strcmp(i->ifa_name, interface) != 0)
			continue;
		if (rsp_sockaddr_get(i->ifa_addr, sizeof(struct sockaddr_in6),
			&this, &port) &&
		    !is_link_local(&this) && is_served(p, &this))
			found[n++] = this;
	}
	freeifaddrs(list);
	return n;
}

static bool
of_interface(const struct port *p, const char *interface, struct rsp_address *a)
{
	struct rsp_address all[RSP_ADDRESSES_MAX];
	unsigned n = all_of_interface(p, interface, all, RSP_ADDRESSES_MAX), i;

	*a = (struct rsp_address){ 0 };
	for (i = 0; i < n; i++)
		if (a->family == 0 || (a->family == 6 && all[i].family == 4))
			*a = all[i];
	return a->family != 0;
}

/* A wildcard port's address is the first of these that it serves. */
static bool
of_wildcard(const struct port *p, const struct rsp_address *local,
    struct rsp_address *a)
{
	const struct rsp_address *routes[] = { &elsewhere4, &elsewhere6 };
	struct rsp_address this;
	size_t i;

	if (is_served(p, local) && address_rank(local) > 2) {
		*a = *local;
		return true;
	}
	for (i = 0; i < 2; i++) {
		if (address_towards(routes[i], &this) != 0 ||
		    !is_served(p, &this) || is_link_local(&this))
			continue;
		*a = this;
		return true;
	}
	*a = p->any4 ? loopback4 : loopback6;
	return true;
}

/* IPv4, which more clients can reach, unless only IPv6 leads further. */
static bool
is_better(const struct rsp_address *v6, const struct rsp_address *v4)
{
	return address_rank(v6) > address_rank(v4);
}

bool
address_choose(const struct port *p, const struct rsp_address *local,
    const char *interface, struct rsp_address *a)
{
	bool any = p->any4 || p->any6;

	if (interface != NULL && any)
		return of_interface(p, interface, a);
	if (any)
		return of_wildcard(p, local, a);
	*a = is_better(&p->v6, &p->v4) ? p->v6 : p->v4;
	return a->family != 0;
}

/* Those that lead nowhere, or only to this host, are of no use to clients that
 * have others. */
static unsigned
leave_out_worse(struct rsp_address *list, unsigned n)
{
	unsigned kept = 0, i, best = 0;

	for (i = 0; i < n; i++)
		if (address_rank(&list[i]) > best)
			best = address_rank(&list[i]);
	for (i = 0; i < n; i++)
		if (address_rank(&list[i]) > 2 ||
		    address_rank(&list[i]) == best)
			list[kept++] = list[i];
	return kept;
}

static unsigned
of_association(const struct port *p, const struct rsp_address *locals,
    unsigned n_locals, struct rsp_address *list, unsigned max)
{
	unsigned n = 0, i;

	for (i = 0; i < n_locals && n < max; i++)
		if (is_served(p, &locals[i]) && !is_link_local(&locals[i]))
			list[n++] = locals[i];
	return n;
}

unsigned
address_choose_all(const struct port *p, const struct rsp_address *locals,
    unsigned n_locals, const struct rsp_address *local, const char *interface,
    struct rsp_address *list, unsigned max)
{
	bool any = p->any4 || p->any6;
	unsigned n = 0;

	if (interface != NULL && any)
		return all_of_interface(p, interface, list, max);
	if (any)
		n = of_association(p, locals, n_locals, list, max);
	else
		for (; n < p->n_bound && n < max; n++)
			list[n] = p->bound[n];
	if (n == 0)
		return address_choose(p, local, interface, list) ? 1 : 0;
	return leave_out_worse(list, n);
}
