/* SPDX-License-Identifier: Apache-2.0 */
/* mentor.h - the hunt for the first handlespace */
#ifndef RSP_MENTOR_H
#define RSP_MENTOR_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

struct enrp_timer;
struct peer;

enum hunt { HUNT_OVER, HUNT_SEEK, HUNT_LIST, HUNT_LOAD };

void mentor_hunt(struct rsp_registry *r, rsp_time now);
void mentor_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
/* Something has changed that the hunt may wait for. */
void mentor_look(struct rsp_registry *r, rsp_time now);
/* It is spoken to over another association: questions may be lost. */
void mentor_switched(struct rsp_registry *r, rsp_time now, struct peer *p);
void mentor_listed(struct rsp_registry *r, rsp_time now, struct peer *p,
    bool rejected);
void mentor_loaded(struct rsp_registry *r, rsp_time now, struct peer *p,
    bool complete);
void mentor_lost(struct rsp_registry *r, rsp_time now, struct peer *p);

#endif
