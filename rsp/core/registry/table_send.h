/* SPDX-License-Identifier: Apache-2.0 */
/* table_send.h - the handlespace as peers download it */
#ifndef RSP_TABLE_SEND_H
#define RSP_TABLE_SEND_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/pool/handlespace.h"

#define ENRP_SESSIONS 64
#define ENRP_MARKS (ENRP_SESSIONS + 1) /* one for the way out */

struct rsp_assoc;

/* A handlespace being downloaded by a peer: its place in it. */
struct session {
	struct rsp_assoc *assoc; /* NULL: free */
	bool own;		 /* this registrar's elements only */
	struct rsp_home *home;	 /* whose list the mark is in */
	struct enrp_timer timer;
};

void table_send_answer(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);
/* Nothing is in the way of the next answer, which goes out with the next tick.
 */
void table_go_on(struct rsp_registry *r, struct rsp_assoc *a);
void table_run(struct rsp_registry *r, rsp_time now);
void table_send_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
void table_send_close(struct rsp_registry *r, struct session *s);
/* The home's list is about to vanish. */
void table_send_leave(struct rsp_registry *r, struct rsp_home *home);
bool table_send_is_mark(const struct rsp_registry *r, const struct rsp_list *l);

#endif
