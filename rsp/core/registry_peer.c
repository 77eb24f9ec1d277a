/* SPDX-License-Identifier: Apache-2.0 */
/* registry_peer.c - the registry's side of ENRP that its shell sees */
#include "rsp/core/registry_impl.h"

void
rsp_registry_failed(struct rsp_registry *r, rsp_time now, uint32_t dial)
{
	(void)r;
	(void)now;
	(void)dial;
}

void
rsp_registry_datagram(struct rsp_registry *r, rsp_time now,
    enum rsp_protocol protocol, const struct rsp_transport *from,
    struct rsp_span message)
{
	(void)r;
	(void)now;
	(void)protocol;
	(void)from;
	(void)message;
}

int
rsp_registry_set_transports(struct rsp_registry *r, enum rsp_protocol protocol,
    const struct rsp_transport *t, unsigned n)
{
	(void)r;
	(void)protocol;
	(void)t;
	return n > RSP_OWN_TRANSPORTS ? RSP_ELIMIT : RSP_OK;
}

int
rsp_registry_add_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	(void)r;
	(void)now;
	(void)number;
	return RSP_OK;
}

void
rsp_registry_remove_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	(void)r;
	(void)now;
	(void)number;
}

void
rsp_registry_hunt(struct rsp_registry *r, rsp_time now)
{
	(void)r;
	(void)now;
}

bool
rsp_registry_is_serving(const struct rsp_registry *r)
{
	(void)r;
	return true;
}

void
rsp_registry_retire(struct rsp_registry *r, rsp_time now)
{
	(void)r;
	(void)now;
}

uint64_t
rsp_registry_own_elements(const struct rsp_registry *r)
{
	return r->home.n;
}

bool
rsp_registry_next_peer(const struct rsp_registry *r, struct rsp_peer_view *view)
{
	(void)r;
	(void)view;
	return false;
}

uint16_t
rsp_registry_checksum(const struct rsp_registry *r)
{
	return rsp_home_checksum(&r->home);
}
