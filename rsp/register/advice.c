/* SPDX-License-Identifier: Apache-2.0 */
/* advice.c - one sentence for each cause */
#include "rsp/register/advice.h"

/* RSPLIB's own, for addresses of loopback and those that the association does
 * not have. */
enum { RSPLIB_CAUSE_VALUE = 0x11, RSPLIB_CAUSE_ADDRESS = 0xf008 };

/* The registrar does not take the address. */
static const char *
on_address(const struct rsp_transport *t)
{
	if (t->n_addresses > 0 && rsp_address_is_loopback(&t->addresses[0]))
		return "the registrar serves other hosts, too, which cannot "
		       "reach a loopback address: let the server listen on "
		       "another, or give --address";
	return "the registrar takes only addresses that this connection "
	       "proves: see --address here and --third-party in "
	       "rsp-registrar(8)";
}

const char *
advice_on(uint16_t cause, const struct rsp_transport *t, bool fixed_id)
{
	switch (cause) {
	case RSP_CAUSE_POLICY:
		return "its servers have another policy: see rsp-resolve, and "
		       "give it with --policy";
	case RSP_CAUSE_TRANSPORT:
		return "its servers are reached by another protocol than this "
		       "one: see rsp-resolve, and name it with --pool "
		       "NAME=PORT/PROTO";
	case RSP_CAUSE_USE:
		return "its servers speak ASAP with their clients, too, which "
		       "this one does not: give it a pool of its own";
	case RSP_CAUSE_INVALID:
	case RSP_CAUSE_SECURITY:
	case RSPLIB_CAUSE_VALUE:
	case RSPLIB_CAUSE_ADDRESS:
		return on_address(t);
	case RSP_CAUSE_PE_ID:
		return fixed_id
			   ? "another server has this ID: give another --id, "
			     "unless that is this one's past"
			   : "other servers have the IDs that were drawn";
	case RSP_CAUSE_RESOURCES:
		return "a limit of the registrar is reached: see --max-pools "
		       "and --max-pes in rsp-registrar(8)";
	case RSP_CAUSE_PARAM:
	case RSP_CAUSE_MESSAGE:
		return "the registrar does not know all that it is told: it is "
		       "older than this, or foreign";
	}
	return "the server runs on outside the pool";
}
