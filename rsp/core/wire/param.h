/* SPDX-License-Identifier: Apache-2.0 */
/* param.h - parameters and error causes of RFC 5354: their values, read through
 * cursors and written by builders
 *
 * Structs here are values: on the stack, copied freely.  The spans in them
 * borrow the buffer that was decoded.  The get functions take the cursor over a
 * parameter's value (see rsp_next_param) and leave the first error in it.  The
 * put functions write the whole parameter.
 */
#ifndef RSP_PARAM_H
#define RSP_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "rsp/core/wire/builder.h"
#include "rsp/core/wire/cursor.h"

/* clang-format off */
#define RSP_PARAMS(X)							\
	X(RSP_PARAM_IPV4,		0x0001, "ipv4-address")		\
	X(RSP_PARAM_IPV6,		0x0002, "ipv6-address")		\
	X(RSP_PARAM_DCCP,		0x0003, "dccp-transport")	\
	X(RSP_PARAM_SCTP,		0x0004, "sctp-transport")	\
	X(RSP_PARAM_TCP,		0x0005, "tcp-transport")	\
	X(RSP_PARAM_UDP,		0x0006, "udp-transport")	\
	X(RSP_PARAM_UDPLITE,		0x0007, "udplite-transport")	\
	X(RSP_PARAM_POLICY,		0x0008, "policy")		\
	X(RSP_PARAM_HANDLE,		0x0009, "pool-handle")		\
	X(RSP_PARAM_PE,			0x000a, "pool-element")		\
	X(RSP_PARAM_SERVER,		0x000b, "server-information")	\
	X(RSP_PARAM_ERROR,		0x000c, "operation-error")	\
	X(RSP_PARAM_COOKIE,		0x000d, "cookie")		\
	X(RSP_PARAM_PE_ID,		0x000e, "pe-identifier")	\
	X(RSP_PARAM_CHECKSUM,		0x000f, "pe-checksum")		\
	X(RSP_PARAM_OPAQUE,		0x0010, "opaque-transport")	\
	X(RSP_PARAM_ITEMS,		0x803f, "handle-resolution")	\
	X(RSP_PARAM_ANYCASE,		0xbf01, "match-any-case")	\
	X(RSP_PARAM_KIND,		0xbf02, "further-transports")

#define RSP_CAUSES(X)							\
	X(RSP_CAUSE_UNSPECIFIED,	0x0, "unspecified error")	\
	X(RSP_CAUSE_PARAM,		0x1, "unrecognized parameter")	\
	X(RSP_CAUSE_MESSAGE,		0x2, "unrecognized message")	\
	X(RSP_CAUSE_INVALID,		0x3, "invalid values")		\
	X(RSP_CAUSE_PE_ID,		0x4, "non-unique PE identifier")\
	X(RSP_CAUSE_POLICY,		0x5, "inconsistent pooling policy")\
	X(RSP_CAUSE_RESOURCES,		0x6, "lack of resources")	\
	X(RSP_CAUSE_TRANSPORT,		0x7, "inconsistent transport type")\
	X(RSP_CAUSE_USE,		0x8, "inconsistent data/control configuration")\
	X(RSP_CAUSE_HANDLE,		0x9, "unknown pool handle")	\
	X(RSP_CAUSE_SECURITY,		0xa, "rejected due to security considerations")
/* clang-format on */

enum rsp_param_type {
#define RSP_PARAM_ENUM(name, number, text) name = number,
	RSP_PARAMS(RSP_PARAM_ENUM)
#undef RSP_PARAM_ENUM
};

enum rsp_cause {
#define RSP_CAUSE_ENUM(name, number, text) name = number,
	RSP_CAUSES(RSP_CAUSE_ENUM)
#undef RSP_CAUSE_ENUM
};

/* "pool-handle", or "unknown"; never NULL. */
const char *rsp_param_name(uint16_t type);
const char *rsp_cause_text(uint16_t cause);

/* "udplite" and "UDP-Lite" for RSP_PARAM_UDPLITE; "unknown" for a type that is
 * no transport. */
const char *rsp_transport_word(uint16_t type);
const char *rsp_transport_name(uint16_t type);

/* What the two top bits of an unknown type demand (RFC 5354 section 3). */
bool rsp_param_stops(uint16_t type);   /* 00 and 01: discard the message */
bool rsp_param_reports(uint16_t type); /* 01 and 11: tell the sender */

/* An address of either family; IPv4 in the first four bytes, rest zero. */
struct rsp_address {
	uint8_t family; /* 4 or 6; 0: none */
	uint8_t bytes[16];
};

/* More than a multi-homed host has; a message with more is malformed here. */
#define RSP_ADDRESSES_MAX 32

/* A transport parameter.  type 0: none. */
struct rsp_transport {
	uint16_t type; /* one that rsp_is_transport() knows */
	uint16_t port;
	uint16_t use;		/* SCTP: 0 data only, 1 data plus control */
	uint32_t service_code;	/* DCCP */
	struct rsp_span opaque; /* OPAQUE: its bytes */
	unsigned n_addresses;	/* 1 but for SCTP */
	/* Those from n_addresses on are never read or cleared. */
	struct rsp_address addresses[RSP_ADDRESSES_MAX];
};

/* More words than any policy has (RFC 5356, draft delay, RSPLIB's own). */
#define RSP_POLICY_WORDS 4

/* A member selection policy parameter: the words after the type as they are on
 * the wire.  What each word means is a row of the table in policy.h. */
struct rsp_policy {
	uint32_t type;
	unsigned n_words;
	uint32_t words[RSP_POLICY_WORDS];
};

#define RSP_LIFE_FOREVER (-1)

/* A pool element parameter. */
struct rsp_pe {
	uint32_t id;
	uint32_t home;		   /* ENRP server ID, 0 unknown */
	int32_t life;		   /* seconds, or RSP_LIFE_FOREVER */
	struct rsp_transport user; /* where it serves */
	struct rsp_policy policy;
	struct rsp_transport asap; /* where its ASAP is; type 0: left out */
};

struct rsp_server_info {
	uint32_t id;
	struct rsp_transport transport; /* SCTP; TCP is our addition */
};

bool rsp_is_transport(uint16_t type);

/* Sets all to zero or empty, without touching the room for addresses. */
void rsp_clear_transport(struct rsp_transport *t);
void rsp_clear_pe(struct rsp_pe *pe);

/* Handles a parameter, just read from `c`, that is not expected there.  The two
 * top bits of its type decide how `c` fails, and whether an Unrecognized
 * Parameter cause is appended to c->report.  One of RFC 5354's own in the wrong
 * place is malformed. */
void rsp_unknown_param(struct rsp_cursor *c, uint16_t type,
    struct rsp_span whole);

/* `type` is the parameter's own. */
void rsp_get_address(struct rsp_cursor *c, uint16_t type,
    struct rsp_address *a);
void rsp_get_transport(struct rsp_cursor *c, uint16_t type,
    struct rsp_transport *t);
void rsp_get_policy(struct rsp_cursor *c, struct rsp_policy *p);
void rsp_get_pe(struct rsp_cursor *c, struct rsp_pe *pe);
/* All behind the identifiers, which become 0. */
void rsp_get_pe_values(struct rsp_cursor *c, struct rsp_pe *pe);
void rsp_get_server_info(struct rsp_cursor *c, struct rsp_server_info *s);

void rsp_put_address(struct rsp_builder *b, const struct rsp_address *a);
void rsp_put_transport(struct rsp_builder *b, const struct rsp_transport *t);
void rsp_put_policy(struct rsp_builder *b, const struct rsp_policy *p);
void rsp_put_pe(struct rsp_builder *b, const struct rsp_pe *pe);
void rsp_put_server_info(struct rsp_builder *b,
    const struct rsp_server_info *s);

/* An error cause with its information. */
void rsp_put_cause(struct rsp_builder *b, uint16_t cause,
    struct rsp_span information);

/* The same for a report of what came in.  Where the information does not fit,
 * the cause goes without it or not at all, and the causes before stay.
 * `report` may be NULL. */
void rsp_report(struct rsp_builder *report, uint16_t cause,
    struct rsp_span what);

bool rsp_address_equal(const struct rsp_address *a,
    const struct rsp_address *b);
bool rsp_address_is_loopback(const struct rsp_address *a);
bool rsp_address_is_wildcard(const struct rsp_address *a);

/* Type, port, use and all addresses in order. */
bool rsp_transport_equal(const struct rsp_transport *a,
    const struct rsp_transport *b);
bool rsp_policy_equal(const struct rsp_policy *a, const struct rsp_policy *b);

#endif
