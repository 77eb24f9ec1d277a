/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_codec.h - properties of the codec that hold for any bytes, for both
 * protocols */
#ifndef RSP_FUZZ_CODEC_H
#define RSP_FUZZ_CODEC_H

#include "rsp/core/wire/message.h"

/* Decodes `bytes` as one message and aborts when a promise of message.h does
 * not hold: reports parse, what decodes comes back, lists walk to their end. */
void fuzz_codec(enum rsp_protocol protocol, struct rsp_span bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
