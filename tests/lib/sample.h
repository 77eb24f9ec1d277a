/* SPDX-License-Identifier: Apache-2.0 */
/* sample.h - valid messages made up from a seed, and equality of messages
 *
 * For tests of the form "what is encoded comes back": every type, every kind
 * of transport, lists of all lengths, handles of any bytes.
 */
#ifndef RSP_SAMPLE_H
#define RSP_SAMPLE_H

#include "rsp/core/wire/message.h"

/* Holds what the spans of a sample point to. */
struct sample {
	struct rsp_message m;
	uint8_t handle[64];
	uint8_t opaque[16];
	uint8_t asap[16];
	uint8_t list[24000]; /* the only list that the message has */
	uint8_t causes[256];
};

/* xorshift; the seed is not 0. */
uint32_t sample_random(uint64_t *seed);

void sample_pe(struct rsp_pe *pe, uint64_t *seed, uint8_t opaque[16]);
void sample_message(struct sample *s, enum rsp_protocol protocol, uint8_t type,
    uint64_t *seed);

bool same_pe(const struct rsp_pe *a, const struct rsp_pe *b);
bool same_message(const struct rsp_message *a, const struct rsp_message *b);

#endif
