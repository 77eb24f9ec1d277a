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
			    rsp_hostport_text(&t->addresses[0], t->port,
				address),
			    more);
}

/* "tcp=127.0.0.1:8001 policy=rr life=90" */
static void
describe(const struct rsp_pe *pe, char *text, size_t size)
{
	char transport[TRANSPORT_TEXT], policy[RSP_POLICY_TEXT];

	transport_text(&pe->user, transport, sizeof(transport));
	snprintf(text, size, "%s policy=%s life=%d", transport,
	    rsp_policy_text(&pe->policy, policy), pe->life);
}

static enum rsp_log_level
level_of(enum rsp_registry_event event)
{
	switch (event) {
	case RSP_EVENT_REPORT:
		return RSP_LOG_WARN;
	case RSP_EVENT_PE_UPDATED:
		return RSP_LOG_DEBUG;
	case RSP_EVENT_PE_ADDED:
	case RSP_EVENT_PE_REMOVED:
	case RSP_EVENT_REJECTED:
	default:
		break;
	}
	return RSP_LOG_INFO;
}

void
server_event(struct server *s, const struct rsp_out *out)
{
	char element[HANDLE_TEXT + 32], values[TRANSPORT_TEXT * 2] = "";
	char buffer[RSP_SOCKADDR_TEXT];
	const char *from = "none";

	if (out->event > RSP_EVENT_REPORT)
		return;
	if (!rsp_log_enabled(level_of(out->event)) ||
	    !log_pass(out->event == RSP_EVENT_REPORT ? &s->report_lines :
						       &s->element_lines,
		s->now))
		return;
	if (out->assoc != NULL)
		from = traffic_origin(out->user, buffer);
	if (out->pe != NULL)
		describe(out->pe, values, sizeof(values));
	name_element(out, element, sizeof(element));
	switch (out->event) {
	case RSP_EVENT_PE_ADDED:
		log_info("pool element added: %s %s from=%s", element, values,
		    from);
		break;
	case RSP_EVENT_PE_UPDATED:
		log_debug("pool element updated: %s %s from=%s", element,
		    values, from);
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
	default:
		break;
	}
}
