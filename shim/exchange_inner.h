/* SPDX-License-Identifier: Apache-2.0 */
/* exchange_inner.h - what the parts of an exchange share */
#ifndef RSP_SHIM_EXCHANGE_INNER_H
#define RSP_SHIM_EXCHANGE_INNER_H

#include "rsp/core/failover/http.h"
#include "rsp/core/failover/replay.h"
#include "shim/exchange.h"

struct exchange {
	struct exchange *next; /* in the free list */
	const struct rsp_failover_ops *ops;
	bool unclear; /* it may turn out to be HTTP */
	bool open;    /* the program has more to send of what it began */
	size_t used;  /* of the room, at most */
	uint64_t sent, taken; /* bytes of the socket that we know of */
	union {
		struct rsp_http http;
		struct rsp_replay replay;
	} as;
	uint8_t room[];
};

/* Bytes of `room`. */
size_t exchange_room_size(void);

/* Memory for one, not cleared, or NULL; and back. */
struct exchange *exchange_take_block(void);
void exchange_give_block(struct exchange *f);

#endif
