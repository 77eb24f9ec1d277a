/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - ASAP and ENRP messages: decoder, encoder and text form of each,
 * from one table
 *
 * A message is a header, for ENRP the two server IDs, for some a fixed body,
 * and then parameters.  The table in message.c says for each type which
 * parameters it has and how often.  Decoder, encoder, printer, the fuzzers'
 * dictionary and the round-trip test walk it.
 *
 * Decoding allocates nothing: spans in a struct rsp_message borrow the bytes
 * that were decoded.  Lists of pool elements and of servers (`elements`,
 * `servers`) stay encoded.  Each parameter in them is checked, the next
 * functions walk them, and the encoder copies them as they are.
 */
#ifndef RSP_MESSAGE_H
#define RSP_MESSAGE_H

#include "rsp/core/wire/param.h"

enum rsp_protocol { RSP_ASAP, RSP_ENRP };

#define RSP_MESSAGE_HEADER 4
#define RSP_MESSAGE_MAX 65535

/* clang-format off */
enum rsp_asap_type {
	RSP_ASAP_REGISTRATION		 = 0x01,
	RSP_ASAP_DEREGISTRATION		 = 0x02,
	RSP_ASAP_REGISTRATION_RESPONSE	 = 0x03,
	RSP_ASAP_DEREGISTRATION_RESPONSE = 0x04,
	RSP_ASAP_RESOLUTION		 = 0x05,
	RSP_ASAP_RESOLUTION_RESPONSE	 = 0x06,
	RSP_ASAP_KEEP_ALIVE		 = 0x07,
	RSP_ASAP_KEEP_ALIVE_ACK		 = 0x08,
	RSP_ASAP_UNREACHABLE		 = 0x09,
	RSP_ASAP_ANNOUNCE		 = 0x0a,
	RSP_ASAP_COOKIE			 = 0x0b,
	RSP_ASAP_COOKIE_ECHO		 = 0x0c,
	RSP_ASAP_BUSINESS_CARD		 = 0x0d,
	RSP_ASAP_ERROR			 = 0x0e,
};

enum rsp_enrp_type {
	RSP_ENRP_PRESENCE		 = 0x01,
	RSP_ENRP_TABLE_REQUEST		 = 0x02,
	RSP_ENRP_TABLE_RESPONSE		 = 0x03,
	RSP_ENRP_UPDATE			 = 0x04,
	RSP_ENRP_LIST_REQUEST		 = 0x05,
	RSP_ENRP_LIST_RESPONSE		 = 0x06,
	RSP_ENRP_INIT_TAKEOVER		 = 0x07,
	RSP_ENRP_INIT_TAKEOVER_ACK	 = 0x08,
	RSP_ENRP_TAKEOVER_SERVER	 = 0x09,
	RSP_ENRP_ERROR			 = 0x0a,
};

/* Flag bits, by the message that has them. */
enum {
	RSP_FLAG_REJECT		= 0x01, /* R: registration, table, list response */
	RSP_FLAG_SUBSCRIBE	= 0x01, /* S: resolution */
	RSP_FLAG_ACCEPT_UPDATES = 0x01, /* A: resolution response */
	RSP_FLAG_HOME		= 0x01, /* H: keep-alive */
	RSP_FLAG_REPLY		= 0x01, /* R: presence */
	RSP_FLAG_OWN		= 0x01, /* W: table request */
	RSP_FLAG_MORE		= 0x02, /* M: table response */
	RSP_FLAG_SUGGEST	= 0x01, /* T: update, draft enrp-takeover */
};
/* clang-format on */

enum rsp_update { RSP_UPDATE_ADD = 0, RSP_UPDATE_DEL = 1 };

/* One message, decoded or to be encoded.  Which members count follows from
 * protocol and type; the others are zero after decoding and ignored when
 * encoding.  A has_ member says whether an optional parameter is there. */
struct rsp_message {
	enum rsp_protocol protocol;
	uint8_t type;
	uint8_t flags;

	uint32_t sender;   /* ENRP: server IDs */
	uint32_t receiver; /* ENRP: 0 when sent to a group */
	uint32_t server;   /* keep-alive, announce: the server's own ID;
			    * takeover messages: the target's */
	uint16_t action;   /* ENRP update: enum rsp_update */

	bool has_handle;
	struct rsp_span handle;
	bool has_pe_id;
	uint32_t pe_id;
	bool has_policy;
	struct rsp_policy policy; /* resolution response: the pool's */
	bool has_items;
	uint32_t items; /* 0x803f; 0 server's default, 0xffffffff all */
	bool any_case;	/* 0xbf01 present */
	bool is_rspool; /* 0xbf02 present: an RSPool registrar's presence */
	bool has_checksum;
	uint16_t checksum; /* as the two bytes read big-endian */
	struct rsp_span cookie;

	/* Encoded parameters, as they stand in the message:
	 * elements: PEs of a resolution response or business card; of a table
	 * response pool handles and PEs in turn; servers: of a list response;
	 * transports: of an announce, and the sender's other ones of a presence
	 * with 0xbf02; causes: what an operation error holds. */
	struct rsp_span elements;
	struct rsp_span servers;
	struct rsp_span transports;
	bool has_error;
	struct rsp_span causes;

	/* The large ones last, so that clearing can stop before them. */
	bool has_pe;
	bool has_server_info;
	struct rsp_pe pe;		    /* registration, update */
	struct rsp_server_info server_info; /* presence */
};

/* Makes an empty message of that type.  This is cheaper than an initializer,
 * for it leaves the room for addresses alone. */
void rsp_message_init(struct rsp_message *m, enum rsp_protocol protocol,
    uint8_t type);

/* How many bytes the first message in a stream has, with its padding.  0 when
 * fewer than its header are there; RSP_EMALFORMED when the header's length is
 * below 4. */
int rsp_message_frame(struct rsp_span stream);

/* Decodes one whole message (final padding may be missing).  Parameters must
 * stand in the RFC's order; flags that the type does not have are dropped.
 *
 * `report`, unless NULL, receives the error causes that RFC 5354 demands for
 * unrecognized items and Invalid Values for a bad parameter, ready to be the
 * value of an operation error; nothing when there is nothing to report.  With
 * RSP_OK there may be some too (class 11 parameters).  A cause whose
 * information does not fit goes without it.
 *
 * RSP_EMESSAGE: unknown type (report has its cause if the type asks for it).
 * RSP_EPARAM: unknown parameter of a class that stops.  RSP_EMISSING,
 * RSP_ETRUNC, RSP_EMALFORMED, RSP_EINVALID: as they say.  After an error the
 * type, flags and every member decoded so far are valid, so that an answer can
 * name handle and PE. */
int rsp_message_decode(enum rsp_protocol protocol, struct rsp_span bytes,
    struct rsp_message *m, struct rsp_builder *report);

/* Appends the message with its padding; an overflow is the builder's. */
void rsp_message_encode(struct rsp_builder *b, const struct rsp_message *m);

/* "registration", "handle-update", ...; NULL for an unknown type. */
const char *rsp_message_name(enum rsp_protocol protocol, uint8_t type);

/* One line for logs: "handle-resolution handle=EchoPool items=5", cut when it
 * does not fit; `size` is at least 1.  Returns `text`. */
const char *rsp_message_text(const struct rsp_message *m, char *text,
    size_t size);

/* Walk encoded lists (cursors from rsp_cursor_over), passing over parameters of
 * other types.  `whole` may be NULL; it is the encoded parameter without final
 * padding.  False at the end, or when the list did not come from a decoder and
 * is bad. */
bool rsp_next_pe(struct rsp_cursor *c, struct rsp_pe *pe,
    struct rsp_span *whole);
bool rsp_next_server(struct rsp_cursor *c, struct rsp_server_info *s);
bool rsp_next_transport(struct rsp_cursor *c, struct rsp_transport *t);
bool rsp_next_cause(struct rsp_cursor *c, uint16_t *cause,
    struct rsp_span *information);

/* For a table response: `handle` is that of the last pool handle parameter
 * passed, so start with an empty one. */
bool rsp_next_table_pe(struct rsp_cursor *c, struct rsp_span *handle,
    struct rsp_pe *pe, struct rsp_span *whole);

#endif
