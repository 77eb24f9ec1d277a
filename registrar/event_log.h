/* SPDX-License-Identifier: Apache-2.0 */
/* event_log.h - one line about what happened to a pool element or a peer */
#ifndef RSP_REGISTRAR_EVENT_LOG_H
#define RSP_REGISTRAR_EVENT_LOG_H

#include "rsp/core/registry/registry.h"

struct server;

void event_log(struct server *s, const struct rsp_out *out);

#endif
