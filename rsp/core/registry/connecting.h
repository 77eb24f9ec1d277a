/* SPDX-License-Identifier: Apache-2.0 */
/* connecting.h - attempts to connect, by the numbers that the shell knows them
 * by */
#ifndef RSP_CONNECTING_H
#define RSP_CONNECTING_H

#include "rsp/core/base/hash.h"

struct rsp_registry;

enum connecting_kind {
	CONNECTING_CONFIGURED,
	CONNECTING_PEER,
	CONNECTING_CALL
};

/* An attempt to connect.  number 0: none is under way. */
struct connecting {
	struct rsp_hash_node by_number; /* key: the number */
	uint32_t number;
	enum connecting_kind kind;
};

uint32_t connecting_begin(struct rsp_registry *r, struct connecting *d,
    enum connecting_kind kind);
void connecting_end(struct rsp_registry *r, struct connecting *d);
struct connecting *connecting_find(const struct rsp_registry *r,
    uint32_t number);

#endif
