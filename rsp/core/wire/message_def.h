/* SPDX-License-Identifier: Apache-2.0 */
/* message_def.h - rows of the table of messages
 *
 * For the files of the codec only: the table is in message.c, and decoder and
 * encoder walk it.  A row says what stands between the header and the end: the
 * fixed fields, then the parameters in their order.
 */
#ifndef RSP_MESSAGE_DEF_H
#define RSP_MESSAGE_DEF_H

#include "rsp/core/wire/message.h"

enum rsp_times {
	NONE, /* end of the row */
	ONE,
	OPT,
	ANY,  /* a list, perhaps empty */
	SOME, /* a list of at least one */
};

/* Lists of more than one type of parameter have numbers of their own, out of
 * the reach of the wire. */
enum {
	TRANSPORTS = 0x10000, /* SCTP and TCP transports */
	POOLS,		      /* pool handles, each with its PEs behind it */
};

enum rsp_fields {
	NOTHING,
	SERVER, /* a server ID */
	ACTION, /* update action and 16 reserved bits */
};

#define RSP_SLOTS 4

struct rsp_slot {
	uint32_t type;
	enum rsp_times times;
};

struct rsp_message_def {
	const char *name;
	uint8_t type;
	uint8_t flags; /* those that mean something */
	enum rsp_fields fields;
	struct rsp_slot slots[RSP_SLOTS];
};

/* NULL for an unknown type. */
const struct rsp_message_def *rsp__message_def(enum rsp_protocol protocol,
    uint8_t type);

#endif
