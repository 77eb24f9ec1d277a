/* SPDX-License-Identifier: Apache-2.0 */
/* enrp.h - who gets a message of ENRP, what the shell calls, and what follows
 * from what */
#ifndef RSP_ENRP_H
#define RSP_ENRP_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/table_send.h"

struct peer;
struct rsp_assoc;

/* Who answers for an element: its owner's kind. */
enum owner_kind {
	OWNER_ASSOC,	 /* the element's association */
	OWNER_ORPHAN,	 /* nobody, until its grace ends */
	OWNER_INHERITED, /* nobody yet: inherited, not called yet */
	OWNER_CALL,	 /* an attempt to call it */
	OWNER_PEER,
	OWNER_STRAY, /* whoever says that it is at home there, for a while */
};

struct enrp {
	struct rsp_heap timers;
	uint32_t n_timers; /* for which there is room */
	struct rsp_hash by_id, by_number, by_transport;
	struct rsp_list peers, configured;
	uint32_t n_peers, n_calls;
	struct rsp_hash by_word; /* what suggested elements are told */
	size_t word_bytes;
	uint32_t next_connecting;
	struct rsp_transport own[RSP_OWN_TRANSPORTS]; /* ENRP's */
	unsigned n_own;
	struct enrp_timer heartbeat;
	unsigned beats;
	uint32_t n_remembered;

	enum hunt hunt;
	struct peer *mentor;
	rsp_time hunt_began;
	struct enrp_timer hunt_timer;

	struct rsp_list asking; /* for tables, and can be answered */
	struct session sessions[ENRP_SESSIONS];
	struct rsp_list marks[ENRP_MARKS];

	/* Elements that an audit has not found where they should be: most of
	 * them have moved, and word of it is under way. */
	struct rsp_home no_home;
	struct rsp_owner strays;

	struct rsp_owner inherited; /* not called yet */
	struct enrp_timer inherited_timer;
	bool retiring;
	struct enrp_timer retire_timer;
	struct rsp_list *retire_to; /* the peer who gets the next one */
};

int enrp_init(struct rsp_registry *r);
void enrp_fini(struct rsp_registry *r);
/* An ENRP association, or a call of an element, is up. */
bool enrp_open(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    uint32_t connecting);
void enrp_close(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);
int enrp_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_span bytes);
/* Presences go out regularly from now on, the first one at once, unless they
 * do already. */
void enrp_beat(struct rsp_registry *r, rsp_time now);
/* A peer that is new, or NULL (see peer_new()); the first one is the reason for
 * presences. */
struct peer *enrp_meet(struct rsp_registry *r, rsp_time now, uint32_t id);
/* An attempt to connect has failed. */
void connecting_failed(struct rsp_registry *r, rsp_time now,
    struct connecting *d);
void peer_unbind(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);
enrp_timer_due_fn enrp_timer_due;

#endif
