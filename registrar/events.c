/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - what happened to a pool element, in one line
 *
 * Every line names pool, element and where the word came from in the same way.
 */
#include <stdio.h>

#include "registrar/server.h"
#include "rsp/client/log.h"
#include "rsp/core/name.h"
#include "rsp/core/policy.h"

#define HANDLE_TEXT 200
#define TRANSPORT_TEXT 128

/* "pool=Web id=0x1a2b3c4d" */
static void
name_element(const struct rsp_out *out, char *text, size_t size)
{
	char handle[HANDLE_TEXT];

	snprintf(text, size, "pool=%s id=0x%08x",
	    rsp_name_escape(out->handle, handle, sizeof(handle)), out->pe_id);
}

/* "tcp=127.0.0.1:8001", "sctp=10.0.0.1:7 (and 1 more)" */
static void
transport_text(const struct rsp_transport *t, char *text, size_t size)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { RSP_PARAM_TCP, "tcp" }, { RSP_PARAM_UDP, "udp" },
		{ RSP_PARAM_SCTP, "sctp" }, { RSP_PARAM_DCCP, "dccp" },
		{ RSP_PARAM_UDPLITE, "udplite" } };
	char address[RSP_SOCKADDR_TEXT], more[32] = "";

	snprintf(text, size, "opaque");
	if (t->n_addresses > 1)
		snprintf(more, sizeof(more), " (and %u more)",
		    t->n_addresses - 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == t->type && t->n_addresses > 0)
			snprintf(text, size, "%s=%s%s", names[i].name,
			    rsp_hostport_text(
				&t->addresses[0], t->port, address),
			    more);
}

static void
tell_element(const struct rsp_out *out, const char *what, const char *from,
    bool info)
{
	char element[HANDLE_TEXT + 32], transport[TRANSPORT_TEXT] = "";
	char policy[RSP_POLICY_TEXT] = "";

	name_element(out, element, sizeof(element));
	if (out->pe != NULL) {
		transport_text(&out->pe->user, transport, sizeof(transport));
		rsp_policy_text(&out->pe->policy, policy);
	}
	(info ? log_info : log_debug)(
	    "pool element %s: %s %s policy=%s life=%d from=%s", what, element,
	    transport, policy, out->pe != NULL ? out->pe->life : 0, from);
}

void
server_event(struct server *s, const struct rsp_out *out)
{
	char element[HANDLE_TEXT + 32], buffer[RSP_SOCKADDR_TEXT];
	const char *from = out->assoc == NULL ?
	    "none" :
	    traffic_origin(out->user, buffer);
	struct log_limit *limit = out->event == RSP_EVENT_REPORT ?
	    &s->report_lines :
	    &s->element_lines;

	if (!rsp_log_enabled(out->event == RSP_EVENT_PE_UPDATED ?
			RSP_LOG_DEBUG : RSP_LOG_INFO) ||
	    !log_pass(limit, s->now))
		return;
	name_element(out, element, sizeof(element));
	switch (out->event) {
	case RSP_EVENT_PE_ADDED:
		tell_element(out, "added", from, true);
		break;
	case RSP_EVENT_PE_UPDATED:
		tell_element(out, "updated", from, false);
		break;
	case RSP_EVENT_PE_REMOVED:
		log_info("pool element removed: %s reason=\"%s\"", element,
		    out->reason != NULL ? out->reason : "");
		break;
	case RSP_EVENT_REJECTED:
		log_info("registration refused: %s cause=\"%s\" from=%s",
		    element, rsp_cause_text(out->cause), from);
		break;
	case RSP_EVENT_REPORT:
		log_warnx("unreachable, says a pool user: %s from=%s", element,
		    from);
		break;
	}
}
