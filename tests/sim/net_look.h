/* SPDX-License-Identifier: Apache-2.0 */
/* net_look.h - inspection of the small network: what registrars did and hold */
#ifndef RSP_NET_LOOK_H
#define RSP_NET_LOOK_H

#include "rsp/core/registry/registry.h"

/* How many events of that kind there were at registrar i, since `from`. */
unsigned net_count(unsigned i, enum rsp_registry_event event, rsp_time from);

/* How many ENRP messages of that type it has sent. */
uint64_t net_sent_of(unsigned i, uint8_t type);

/* Whom registrar i takes for element e's home; 0: not there. */
uint32_t net_owner(unsigned i, const char *handle, unsigned e);
/* How many of the elements 0 to n - 1 of the pool "P" have that home there. */
unsigned net_owned(unsigned i, uint32_t home, unsigned n);
uint64_t net_elements(unsigned i);

/* All registrars that run have equal handlespaces, and know each other's
 * checksums. */
bool net_is_equal(void);

#endif
