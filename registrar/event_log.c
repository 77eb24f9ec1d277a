/* SPDX-License-Identifier: Apache-2.0 */
/* event_log.c - what happened to a pool element or a peer, in one line
 *
 * Every line names pool, element and where the word came from in the same way,
 * and a peer by its server ID.  What peers say about their elements is for who
 * wants to know all: each line is in the log of the element's home already.
 */
#include "registrar/event_log.h"

#include <stdio.h>

#include "registrar/client_io.h"
#include "registrar/server.h"
#include "rsp/net/log.h"
#include "rsp/core/wire/pool_name.h"
#include "rsp/core/pool/policy.h"

#define HANDLE_TEXT 200
#define TRANSPORT_TEXT 128

/* "pool=Web id=0x1a2b3c4d" */
static void
name_element(const struct rsp_out *out, char *text, size_t size)
{
	char handle[HANDLE_TEXT];

	snprintf(text, size, "pool=%s id=0x%08x",
	    rsp_pool_name_escape(out->handle, handle, sizeof(handle)),
	    out->pe_id);
}

/* "tcp=127.0.0.1:8001", "sctp=10.0.0.1:7 (and 1 more)" */
static void
transport_text(const struct rsp_transport *t, char *text, size_t size)
{
	char address[RSP_SOCKADDR_TEXT], more[32] = "";

	snprintf(text, size, "opaque");
	if (t->n_addresses > 1)
		snprintf(more, sizeof(more), " (and %u more)",
		    t->n_addresses - 1);
	if (t->n_addresses > 0)
		snprintf(text, size, "%s=%s%s", rsp_transport_word(t->type),
		    rsp_hostport_text(&t->addresses[0], t->port, address),
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
level_of(const struct server *s, const struct rsp_out *out)
{
	if (out->event == RSP_EVENT_REPORT)
		return RSP_LOG_WARN;
	if (out->event == RSP_EVENT_PE_UPDATED ||
	    (out->server_id != 0 && out->server_id != s->id))
		return RSP_LOG_DEBUG;
	return RSP_LOG_INFO;
}

static void
element_event(struct server *s, const struct rsp_out *out)
{
	char element[HANDLE_TEXT + 32], values[TRANSPORT_TEXT * 2] = "";
	char buffer[RSP_SOCKADDR_TEXT];
	const char *from = "none";

	enum rsp_log_level level = level_of(s, out);

	if (!rsp_log_enabled(level) ||
	    !log_pass(out->event == RSP_EVENT_REPORT ? &s->report_lines
						     : &s->element_lines,
		s->now))
		return;
	if (out->assoc != NULL)
		from = client_io_origin(out->user, buffer);
	if (out->pe != NULL)
		describe(out->pe, values, sizeof(values));
	name_element(out, element, sizeof(element));
	switch (out->event) {
	case RSP_EVENT_PE_ADDED:
		rsp_log(level, "pool element added: %s %s from=%s", element,
		    values, from);
		break;
	case RSP_EVENT_PE_UPDATED:
		rsp_log(level, "pool element updated: %s %s from=%s", element,
		    values, from);
		break;
	case RSP_EVENT_PE_REMOVED:
		rsp_log(level, "pool element removed: %s reason=\"%s\"",
		    element, out->reason != NULL ? out->reason : "");
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

static enum rsp_log_level
peer_level(enum rsp_registry_event event)
{
	switch (event) {
	case RSP_EVENT_PEER_LOST:
	case RSP_EVENT_PEER_DEAD:
	case RSP_EVENT_AUDIT_FAILED:
	case RSP_EVENT_ID_CONFLICT:
	case RSP_EVENT_PEER_ERROR:
		return RSP_LOG_WARN;
	default: /* an enum of two kinds, this is one of them */
		return RSP_LOG_INFO;
	}
}

/* "peer up: peer=0x1a2b3c4d from=192.0.2.1:9901" */
static void
peer_event(struct server *s, const struct rsp_out *out)
{
	char text[300], address[RSP_SOCKADDR_TEXT];
	size_t at, size = sizeof(text);

	if (!log_pass(&s->peer_lines, s->now))
		return;
	at = (size_t)snprintf(text, size,
	    "%s:", rsp_registry_event_text(out->event));
	if (out->server_id != 0)
		at += (size_t)snprintf(text + at, size - at, " peer=0x%08x",
		    out->server_id);
	if (out->other_id != 0)
		at += (size_t)snprintf(text + at, size - at, " by=0x%08x",
		    out->other_id);
	if (out->n != 0)
		at += (size_t)snprintf(text + at, size - at, " elements=%llu",
		    (unsigned long long)out->n);
	if (out->assoc != NULL)
		at += (size_t)snprintf(text + at, size - at, " from=%s",
		    client_io_origin(out->user, address));
	if (out->cause != 0)
		at += (size_t)snprintf(text + at, size - at, " cause=\"%s\"",
		    rsp_cause_text(out->cause));
	if (out->reason != NULL)
		snprintf(text + at, size - at, " reason=\"%.60s\"",
		    out->reason);
	rsp_log(peer_level(out->event), "%s", text);
}

void
event_log(struct server *s, const struct rsp_out *out)
{
	if (out->event <= RSP_EVENT_REPORT)
		element_event(s, out);
	else
		peer_event(s, out);
}
