/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - ASAP and ENRP messages: the table that describes each of them */
#include "rsp/core/wire/message_def.h"

/* clang-format off */
#define HANDLE	{ RSP_PARAM_HANDLE, ONE }
#define PE	{ RSP_PARAM_PE, ONE }
#define PE_ID	{ RSP_PARAM_PE_ID, ONE }
#define ERROR	{ RSP_PARAM_ERROR, ONE }
#define FAILURE	{ RSP_PARAM_ERROR, OPT }
#define COOKIE	{ RSP_PARAM_COOKIE, ONE }

/* RFC 5352 section 2.2; 0x803f is of draft-dreibholz-rserpool-asap-hropt. */
static const struct rsp_message_def asap[] = {
	{ "registration", RSP_ASAP_REGISTRATION, 0, NOTHING,
	    { HANDLE, PE } },
	{ "deregistration", RSP_ASAP_DEREGISTRATION, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "registration-response", RSP_ASAP_REGISTRATION_RESPONSE,
	    RSP_FLAG_REJECT, NOTHING, { HANDLE, PE_ID, FAILURE } },
	{ "deregistration-response", RSP_ASAP_DEREGISTRATION_RESPONSE, 0,
	    NOTHING, { HANDLE, PE_ID, FAILURE } },
	/* RSPLIB reads no further than the items. */
	{ "handle-resolution", RSP_ASAP_RESOLUTION, RSP_FLAG_SUBSCRIBE,
	    NOTHING, { HANDLE, { RSP_PARAM_ANYCASE, OPT },
	    { RSP_PARAM_ITEMS, OPT } } },
	{ "handle-resolution-response", RSP_ASAP_RESOLUTION_RESPONSE,
	    RSP_FLAG_ACCEPT_UPDATES, NOTHING, { HANDLE,
	    { RSP_PARAM_POLICY, OPT }, { RSP_PARAM_PE, ANY }, FAILURE } },
	/* RSPLIB appends a PE identifier, and acknowledges for all its PEs
	 * without one. */
	{ "endpoint-keep-alive", RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, SERVER,
	    { HANDLE, { RSP_PARAM_PE_ID, OPT } } },
	{ "endpoint-keep-alive-ack", RSP_ASAP_KEEP_ALIVE_ACK, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "endpoint-unreachable", RSP_ASAP_UNREACHABLE, 0, NOTHING,
	    { HANDLE, PE_ID } },
	{ "server-announce", RSP_ASAP_ANNOUNCE, 0, SERVER,
	    { { TRANSPORTS, ANY } } },
	{ "cookie", RSP_ASAP_COOKIE, 0, NOTHING, { COOKIE } },
	{ "cookie-echo", RSP_ASAP_COOKIE_ECHO, 0, NOTHING, { COOKIE } },
	/* RSPLIB puts the pool's policy into it. */
	{ "business-card", RSP_ASAP_BUSINESS_CARD, 0, NOTHING,
	    { HANDLE, { RSP_PARAM_POLICY, OPT }, { RSP_PARAM_PE, SOME } } },
	{ "error", RSP_ASAP_ERROR, 0, NOTHING, { ERROR } },
	{ NULL, 0, 0, NOTHING, { { 0, NONE } } }
};

/* RFC 5353 section 2, behind the two server IDs that all of them have. */
static const struct rsp_message_def enrp[] = {
	/* The RFC draws no flag here, but its procedures need one; RSPLIB and
	 * Wireshark have it in this bit.  RSPLIB skips what it does not know in
	 * front of the checksum, but takes nothing behind the last parameter. */
	{ "presence", RSP_ENRP_PRESENCE, RSP_FLAG_REPLY, NOTHING,
	    { { RSP_PARAM_KIND, OPT }, { RSP_PARAM_CHECKSUM, OPT },
	    { RSP_PARAM_SERVER, OPT } } },
	{ "handle-table-request", RSP_ENRP_TABLE_REQUEST, RSP_FLAG_OWN,
	    NOTHING, { { 0, NONE } } },
	{ "handle-table-response", RSP_ENRP_TABLE_RESPONSE,
	    RSP_FLAG_REJECT | RSP_FLAG_MORE, NOTHING, { { POOLS, ANY } } },
	{ "handle-update", RSP_ENRP_UPDATE, RSP_FLAG_SUGGEST, ACTION,
	    { HANDLE, PE } },
	{ "list-request", RSP_ENRP_LIST_REQUEST, 0, NOTHING,
	    { { 0, NONE } } },
	{ "list-response", RSP_ENRP_LIST_RESPONSE, RSP_FLAG_REJECT, NOTHING,
	    { { RSP_PARAM_SERVER, ANY } } },
	{ "init-takeover", RSP_ENRP_INIT_TAKEOVER, 0, SERVER,
	    { { 0, NONE } } },
	{ "init-takeover-ack", RSP_ENRP_INIT_TAKEOVER_ACK, 0, SERVER,
	    { { 0, NONE } } },
	{ "takeover-server", RSP_ENRP_TAKEOVER_SERVER, 0, SERVER,
	    { { 0, NONE } } },
	{ "error", RSP_ENRP_ERROR, 0, NOTHING, { ERROR } },
	{ NULL, 0, 0, NOTHING, { { 0, NONE } } }
};
/* clang-format on */

const struct rsp_message_def *
rsp__message_def(enum rsp_protocol protocol, uint8_t type)
{
	const struct rsp_message_def *d;

	for (d = protocol == RSP_ASAP ? asap : enrp; d->name != NULL; d++)
		if (d->type == type)
			return d;
	return NULL;
}

const char *
rsp_message_name(enum rsp_protocol protocol, uint8_t type)
{
	const struct rsp_message_def *d = rsp__message_def(protocol, type);

	return d == NULL ? NULL : d->name;
}

void
rsp_message_init(struct rsp_message *m, enum rsp_protocol protocol,
    uint8_t type)
{
	memset(m, 0, offsetof(struct rsp_message, pe));
	rsp_clear_pe(&m->pe);
	m->server_info.id = 0;
	rsp_clear_transport(&m->server_info.transport);
	m->protocol = protocol;
	m->type = type;
}

int
rsp_message_frame(struct rsp_span stream)
{
	size_t len;

	if (stream.len < RSP_MESSAGE_HEADER)
		return 0;
	len = (size_t)stream.at[2] << 8 | stream.at[3];
	if (len < RSP_MESSAGE_HEADER)
		return RSP_EMALFORMED;
	return (int)((len + 3) / 4 * 4);
}
