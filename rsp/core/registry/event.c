/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - what events are called */
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/registry_inner.h"

/* clang-format off */
static const char *const texts[] = {
	[RSP_EVENT_PE_ADDED]	     = "pool element added",
	[RSP_EVENT_PE_UPDATED]	     = "pool element updated",
	[RSP_EVENT_PE_REMOVED]	     = "pool element removed",
	[RSP_EVENT_REJECTED]	     = "registration refused",
	[RSP_EVENT_REPORT]	     = "pool element reported unreachable",
	[RSP_EVENT_PEER_UP]	     = "peer up",
	[RSP_EVENT_PEER_LOST]	     = "peer lost",
	[RSP_EVENT_PEER_DEAD]	     = "peer dead",
	[RSP_EVENT_PEER_GONE]	     = "peer gone",
	[RSP_EVENT_SYNCHRONISED]     = "synchronised",
	[RSP_EVENT_SERVING]	     = "serving",
	[RSP_EVENT_TAKEOVER_BEGUN]   = "takeover begun",
	[RSP_EVENT_TAKEOVER_AGREED]  = "takeover agreed to",
	[RSP_EVENT_TAKEOVER_WON]     = "takeover won",
	[RSP_EVENT_TAKEOVER_DONE]    = "takeover done",
	[RSP_EVENT_TAKEOVER_ABORTED] = "takeover aborted",
	[RSP_EVENT_AUDIT_FAILED]     = "audit failed",
	[RSP_EVENT_RESYNCHRONISED]   = "resynchronised",
	[RSP_EVENT_ID_CONFLICT]	     = "server identifier in use",
	[RSP_EVENT_PEER_ERROR]	     = "peer reports an error",
};
/* clang-format on */

const char *
rsp_registry_event_text(enum rsp_registry_event event)
{
	if ((unsigned)event >= sizeof(texts) / sizeof(*texts))
		return "event";
	return texts[event];
}
