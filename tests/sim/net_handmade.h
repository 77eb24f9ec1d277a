/* SPDX-License-Identifier: Apache-2.0 */
/* net_handmade.h - ENRP associations of the small network that a test speaks
 * over itself */
#ifndef RSP_NET_HANDMADE_H
#define RSP_NET_HANDMADE_H

#include "rsp/core/wire/message.h"

#define NET_ENDS 8

/* An association to registrar i, from 10.9.0.(end + 1). */
void net_open(unsigned end, unsigned i);
void net_close(unsigned end);
/* Whoever calls registrar i, which does not run, gets this end. */
void net_listen(unsigned end, unsigned i);
bool net_is_open(unsigned end);
void net_say(unsigned end, const struct rsp_message *m);
/* A message with no more in it than who says it. */
void net_say_type(unsigned end, uint8_t type, uint8_t flags, uint32_t from);
void net_say_bytes(unsigned end, struct rsp_span bytes);
/* The next message that came; false: none. */
bool net_hear(unsigned end, struct rsp_message *m);
/* The next of that type, others are skipped. */
bool net_hear_type(unsigned end, uint8_t type, struct rsp_message *m);
/* All that came; how many were of that type. */
unsigned net_hear_all(unsigned end, uint8_t type);

#endif
