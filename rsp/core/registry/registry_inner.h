/* SPDX-License-Identifier: Apache-2.0 */
/* registry_inner.h - what the parts of the registry share
 *
 *	registry.c	    its life, associations, dispatch
 *	registration.c   registration and deregistration
 *	resolution.c  handle resolution
 *	subscription.c  and who is told when the answer changes
 *	keep_alive.c    deadlines: registration life, keep-alives, the grace
 *			    after a lost association; reports
 *	announce.c where this registrar is, for whoever listens
 *	enrp_inner.h	    the peers
 */
#ifndef RSP_REGISTRY_INNER_H
#define RSP_REGISTRY_INNER_H

#include "rsp/core/pool/distance.h"
#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/announce.h"
#include "rsp/core/registry/enrp_inner.h"
#include "rsp/core/registry/subscription.h"
#include "rsp/core/registry/reports.h"

struct rsp_assoc {
	struct rsp_owner owner; /* of the elements registered over it */
	struct rsp_list all;	/* in the registry's list */
	struct rsp_list broken; /* in the list of those to be ended, or alone */
	void *user;
	enum rsp_protocol protocol;
	bool local;
	bool outgoing; /* this registrar opened it */
	bool ended;    /* ENRP: the shell has been told to end it */

	/* ENRP */
	struct peer *peer;	 /* NULL: has not said who it is */
	struct rsp_list of_peer; /* in the peer's list */
	struct configured *configured;
	uint32_t expected; /* the peer that was called; 0: any */
	bool asked;	   /* a reply has been required */
	bool greeted;	   /* by the message that is being read */
	struct session *session;
	struct call *call; /* ASAP: to elements that were called */
	struct subscriber subscriber;

	uint16_t type; /* transport of the remote end, 0: unix */
	uint16_t port;
	unsigned n_addresses;
	struct rsp_address addresses[];
};

struct rsp_registry {
	struct rsp_registry_config config;
	struct rsp_handlespace space;
	struct rsp_home home;	  /* this registrar */
	struct rsp_owner orphans; /* elements whose association is gone */
	struct rsp_heap timers;	  /* entries by what is due first */
	struct rsp_reports reports;
	struct rsp_outbox outbox;
	struct rsp_list assocs;
	struct rsp_list broken;
	struct rsp_registry_counts counts;
	struct enrp enrp;
	struct subscriptions subscriptions;
	struct announcements announcements;
	struct rsp_message in; /* too large for many stacks' liking */
};

/* What an entry's deadline is for, when it comes before the end of its
 * registration: its `watch`. */
enum {
	KEEP_ALIVE_IDLE,    /* the next keep-alive */
	KEEP_ALIVE_WAITING, /* the answer to one */
	KEEP_ALIVE_GRACE,   /* the end of an orphan */
	KEEP_ALIVE_REMOTE,  /* not armed: inherited from another host */
};

/* How far away the other end is, in milliseconds; 0 if nobody knows. */
uint32_t registry_distance(const struct rsp_registry *r,
    const struct rsp_assoc *a);

/* The association that an entry was registered over; NULL when it is gone. */
struct rsp_assoc *registry_assoc_of(const struct rsp_registry *r,
    const struct rsp_entry *e);

/* Of a peer's association nothing more is read, and nothing sent. */
void registry_hang_up(struct rsp_registry *r, struct rsp_assoc *a);

/* Queues a message.  Without memory for it the association is ended: its far
 * end would wait for ever. */
void registry_send(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_message *m);
void registry_sent(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_builder *b);

/* ADDED and UPDATED take the entry's values along; REMOVED comes before it is
 * removed.  What subscribers of its pool hear follows from these. */
void registry_event(struct rsp_registry *r, enum rsp_registry_event event,
    struct rsp_assoc *from, const struct rsp_entry *e, const char *reason);

/* An ASAP_ERROR about a message, if there are causes for it. */
void registry_error(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes);

/* Changes `m`: what is registered may differ from what was asked for. */
void registry_register(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, struct rsp_message *m);
void registry_deregister(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);

/* The answer to a message whose values could not be decoded. */
void registry_refuse(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes);

void registry_resolve(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);
void registry_refuse_resolution(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_span handle, struct rsp_span causes);
/* `second`: another cause, or 0. */
void registry_refuse_handle(struct rsp_registry *r, struct rsp_assoc *a,
    uint8_t flags, struct rsp_span handle, uint16_t cause, uint16_t second);

/* How many elements the question asks for. */
uint32_t registry_items(const struct rsp_registry *r,
    const struct rsp_message *m);

/* The pool's list; false when nobody in it can serve.  It selects, when what
 * round robin and other policies remember of selections is to change. */
bool registry_answer(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_pool *pool, uint32_t items, uint8_t flags, bool selects);

/* The entry has shown that it lives: its life begins anew, and the next
 * keep-alive is far. */
void registry_alive(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    int32_t life);
void registry_acknowledged(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);
void registry_unreachable(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);

/* False when the host behind `a` has had this element asked a moment ago:
 * strangers are not to have elements called without end (RFC 5352 section 9.1).
 */
bool report_is_new(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc *a, const struct rsp_entry *e);

/* The same with the H flag, over a new association. */
void registry_claim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* The end of an element without an association. */
void registry_leave_to(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e, struct rsp_owner *owner, int64_t grace);
void registry_leave_alone(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e, int64_t grace);

/* Tells an element over `a` that its registration here has ended. */
void registry_dismiss(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_entry *e);

void registry_put_keep_alive(struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, uint8_t flags);

/* Sends a keep-alive unless one is under way. */
void registry_probe(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* The association of its elements is gone. */
void registry_orphan(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);

/* Takes an entry out.  An element that did not ask for it is told, if it can
 * be (RFC 5352 section 3.2). */
void registry_remove(struct rsp_registry *r, struct rsp_entry *e,
    const char *reason, bool asked);

#endif
