/* SPDX-License-Identifier: Apache-2.0 */
/* transport.h - the user transports that rsp-register knows, and their words */
#ifndef RSP_TRANSPORT_H
#define RSP_TRANSPORT_H

#include "rsp/core/wire/param.h"

/* "tcp", "udp-lite" and "TCP", "UDP-Lite"; `type` is RSP_PARAM_TCP, _UDP,
 * _SCTP, _UDPLITE or _DCCP. */
const char *transport_word(uint16_t type);
const char *transport_name(uint16_t type);

/* 0: no such word. */
uint16_t transport_parse(const char *word);

/* LISTENERS_... of listeners.h that finds its servers; 0: TCP, or none does. */
unsigned transport_listeners(uint16_t type);

/* Does the kernel tell who listens?  Of DCCP it does not. */
bool transport_is_seen(uint16_t type);

#endif
