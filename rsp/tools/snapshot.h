/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h - what a registrar knows at one time: its peers, and all pool
 * elements by pool
 *
 * What the registrar said is kept as it came, a few hundred bytes per element,
 * and an index over it that is sorted by pool handle and element.
 */
#ifndef RSP_SNAPSHOT_H
#define RSP_SNAPSHOT_H

#include "rsp/core/wire/message.h"
#include "rsp/core/base/time.h"

/* Bytes that grow. */
struct snapshot_bytes {
	uint8_t *at;
	size_t len, size;
};

struct snapshot_element {
	struct rsp_span handle, pe; /* encoded */
	uint32_t id, home;
	rsp_time since; /* first seen; RSP_NEVER: there already */
};

struct snapshot_home {
	uint32_t id;
	uint64_t elements, sum;
};

struct snapshot {
	uint32_t id; /* the registrar's */
	rsp_time taken;
	struct snapshot_bytes servers, table;
	size_t n_elements;
	struct snapshot_element *elements; /* sorted by handle and ID */
	size_t n_homes, homes_size;
	struct snapshot_home *homes;
	size_t n_pools;
};

/* Starts all zero.  false: out of memory. */
bool snapshot_add(struct snapshot_bytes *b, struct rsp_span more);

/* When all has been added: the index.  `before`, unless NULL, is the last one,
 * and says for how long what is here has been seen. */
bool snapshot_index(struct snapshot *s, const struct snapshot *before);

/* What that registrar is home of. */
const struct snapshot_home *snapshot_home(const struct snapshot *s,
    uint32_t id);
uint16_t snapshot_checksum(const struct snapshot_home *h);

/* The element as a structure. */
bool snapshot_pe(const struct snapshot_element *e, struct rsp_pe *pe);

void snapshot_free(struct snapshot *s);

#endif
