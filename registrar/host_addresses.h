/* SPDX-License-Identifier: Apache-2.0 */
/* host_addresses.h - the addresses of this host
 *
 * Who registers over loopback or a unix socket may name any of them (RFC 5352
 * section 2.2.1 wants addresses of the sender's).  Interfaces come and go, so
 * the list is read again when it is old, and soon for an address that is not
 * in it.
 */
#ifndef RSP_REGISTRAR_HOST_ADDRESSES_H
#define RSP_REGISTRAR_HOST_ADDRESSES_H

#include "rsp/core/wire/param.h"
#include "rsp/core/base/time.h"

struct host_addresses {
	struct rsp_address *list;
	unsigned n;
	rsp_time read; /* when it was */
};

/* Starts all zero. */
bool host_addresses_has(struct host_addresses *h, const struct rsp_address *a,
    rsp_time now);

/* `named` is `bound` with a wildcard of SCTP's replaced by the addresses that
 * others may reach: standard peers know nothing better.  TCP's stays, for its
 * transport has one address and only the far end can tell which. */
void host_addresses_name(struct host_addresses *h, rsp_time now,
    const struct rsp_transport *bound, struct rsp_transport *named);
void host_addresses_fini(struct host_addresses *h);

#endif
