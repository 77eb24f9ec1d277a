/* SPDX-License-Identifier: Apache-2.0 */
/* enrp_inner.h - what the parts of ENRP share (RFC 5353)
 *
 *	enrp.c	     who gets a message, and what the shell calls
 *	enrp_timer.c deadlines
 *	peer.c	     the list of peers, and the life of each
 *	peer_assoc.c  associations with them, attempts to call them
 *	presence.c   presences, heartbeats, lists of servers
 *	mentor.c     the hunt for the first handlespace
 *	table_send.c	     the handlespace as peers download it
 *	table_fetch.c	     the handlespace as it is downloaded from them; the
 *audit update_apply.c	     what peers say about elements, and what of it is
 *taken update_send.c     updates to the peers takeover.c   arbitration over a
 *dead peer inherit.c    what becomes of its elements
 *
 * A peer is known by its server ID.  It is created when others name it or when
 * it speaks, and is forgotten when it has been taken over.  The states:
 *
 *	NAMED	heard of, and called; nobody there by the deadline: as SILENT
 *	ACTIVE	heard lately; silence for too long, or the end of its last
 *		association, makes it SILENT
 *	SILENT	asked and called; no sign of life by the deadline: it is dead,
 *		and a takeover begins
 *	DYING	another registrar takes it over, as has been acknowledged; no
 *		word of success in time: SILENT again
 *	TAKEN	this one wants to take it over
 *
 * Whatever is heard from it over an association makes it ACTIVE.
 */
#ifndef RSP_ENRP_INNER_H
#define RSP_ENRP_INNER_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

#define ENRP_SESSIONS 64
#define ENRP_MARKS (ENRP_SESSIONS + 1) /* one for the way out */

/* Who downloads has as many times MAX-TIME-NO-RESPONSE for the next request,
 * for it may have much to do with what it got. */
#define ENRP_PATIENCE 5

/* Who answers for an element: its owner's kind. */
enum owner_kind {
	OWNER_ASSOC,	 /* the element's association */
	OWNER_ORPHAN,	 /* nobody, until its grace ends */
	OWNER_INHERITED, /* nobody yet: inherited, not called yet */
	OWNER_CALL,	 /* an attempt to call it */
	OWNER_PEER,
	OWNER_STRAY, /* whoever says that it is at home there, for a while */
};

struct enrp_timer {
	struct rsp_heap_node node;
	void (*due)(struct rsp_registry *r, rsp_time now,
	    struct enrp_timer *timer);
};

enum connecting_kind {
	CONNECTING_CONFIGURED,
	CONNECTING_PEER,
	CONNECTING_CALL
};

/* An attempt to connect.  number 0: none is under way. */
struct connecting {
	struct rsp_hash_node by_number; /* key: the number */
	uint32_t number;
	enum connecting_kind kind;
};

/* A configured peer, or one that was lost and may come back. */
struct configured {
	struct rsp_list all;
	int number;	       /* below 0: not configured */
	rsp_time until;	       /* called; RSP_NEVER if configured */
	unsigned n_transports; /* if not configured */
	unsigned next_transport;
	struct rsp_transport transports[RSP_OWN_TRANSPORTS];
	struct connecting connecting;
	struct enrp_timer timer; /* the next attempt */
	rsp_time called;
	struct rsp_assoc *assoc;
	uint32_t id; /* who answered there last; 0: nobody yet */
	bool tried;  /* at least once to the end */
	bool is_self;
};

/* An attempt to tell inherited or suggested elements at one address who is
 * their home now. */
struct call {
	struct rsp_hash_node by_transport;
	struct connecting connecting;
	struct rsp_owner owner; /* of those inherited */
	struct rsp_assoc *assoc;
	uint8_t *words; /* keep-alives for the others */
	size_t n_words;
	struct rsp_transport transport;
};

/* A handlespace being downloaded by a peer: its place in it. */
struct session {
	struct rsp_assoc *assoc; /* NULL: free */
	bool own;		 /* this registrar's elements only */
	struct rsp_home *home;	 /* whose list the mark is in */
	struct enrp_timer timer;
};

enum table_fetch { FETCH_NONE, FETCH_ALL, FETCH_OWN };

struct takeover;

struct peer {
	struct rsp_hash_node by_id; /* key: the ID */
	struct rsp_list all;
	uint32_t id;
	enum rsp_peer_state state;
	bool foreign;	 /* has not said that it is of our kind */
	bool heard;	 /* ever, over an association */
	bool local;	 /* on this host */
	bool introduced; /* named by another peer */
	bool lost;	 /* the log has it as lost */
	bool dying_soon; /* a takeover begins in a moment */
	bool spared;	 /* SILENT, but a peer objects: until the timer */
	rsp_time last_heard;
	rsp_time took; /* an element from another peer, the last time */
	struct enrp_timer timer; /* what the state waits for */

	struct rsp_home home;
	struct rsp_owner owner;

	struct rsp_list assocs; /* by their `of_peer` */
	struct rsp_assoc *via;	/* the one to speak over */
	unsigned n_transports;
	unsigned next_transport;
	unsigned failures; /* in a row */
	struct connecting connecting;
	struct enrp_timer call_timer; /* the next attempt */
	struct rsp_transport transports[RSP_OWN_TRANSPORTS];

	bool list_wanted; /* its list of servers, that is, has been asked for */
	bool list_refused; /* and is to be asked for again */
	bool refused;	   /* to be the mentor */
	bool was_mentor;
	enum table_fetch fetch;
	struct rsp_assoc *fetch_via;
	struct enrp_timer fetch_timer;
	rsp_time fetch_asked; /* the last time, over fetch_via */
	unsigned unanswered;  /* requests over it */
	bool unfinished; /* the last answer over it was not the last part */
	bool clean;	 /* this fetch began at the beginning of a table */
	unsigned round : 4;
	unsigned disagreements; /* audits failed in a row */
	rsp_time audit_after;

	uint32_t contender; /* who wants it, while its life is checked */
	struct takeover *takeover;
};

enum hunt { HUNT_OVER, HUNT_SEEK, HUNT_LIST, HUNT_LOAD };

struct enrp {
	struct rsp_heap timers;
	uint32_t n_timers; /* for which there is room */
	struct rsp_hash by_id, by_number, by_transport;
	struct rsp_list peers, configured;
	uint32_t n_peers, n_calls;
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

/* enrp.c */
int enrp_init(struct rsp_registry *r);
void enrp_fini(struct rsp_registry *r);
/* An ENRP association, or a call of an element, is up. */
bool enrp_open(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    uint32_t connecting);
void enrp_close(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);
int enrp_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_span bytes);
void enrp_begin(struct rsp_registry *r, struct rsp_message *m, uint8_t type,
    uint32_t receiver);
void enrp_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct peer *p, uint32_t other, uint64_t n, const char *reason);

/* enrp_timer.c.  A timer needs room before it is set; then setting it cannot
 * fail.  RSP_NEVER stops it. */
int enrp_timer_reserve(struct rsp_registry *r, unsigned n);
void enrp_timer_release(struct rsp_registry *r, unsigned n);
void enrp_timer_set(struct rsp_registry *r, struct enrp_timer *timer,
    rsp_time at);
bool enrp_timer_is_set(const struct enrp_timer *timer);
rsp_time enrp_timer_first(const struct rsp_registry *r);
void enrp_timer_run(struct rsp_registry *r, rsp_time now, unsigned *left);

/* peer.c */
struct peer *peer_find(const struct rsp_registry *r, uint32_t id);
/* NULL: out of memory, or too many. */
struct peer *peer_new(struct rsp_registry *r, rsp_time now, uint32_t id);
void peer_forget(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason);
void peer_free(struct rsp_registry *r, struct peer *p);
void peer_heard(struct rsp_registry *r, rsp_time now, struct peer *p);
/* It must prove that it lives. */
void peer_suspect(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason);
/* There is proof that it does not. */
void peer_dead(struct rsp_registry *r, rsp_time now, struct peer *p);
bool peer_is_up(const struct peer *p); /* ACTIVE and connected */
bool peer_has_proof(const struct rsp_registry *r, rsp_time now,
    const struct peer *p); /* heard not long ago */
void peer_send(struct rsp_registry *r, struct peer *p,
    const struct rsp_message *m);
unsigned peer_count_up(const struct rsp_registry *r, const struct peer *but);

/* peer_assoc.c */
void peer_bind(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_assoc *a);
void peer_unbind(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);
void peer_prefer(struct rsp_registry *r, rsp_time now, struct peer *p);
void peer_call(struct rsp_registry *r, rsp_time now, struct peer *p);
void peer_call_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
uint32_t connecting_begin(struct rsp_registry *r, struct connecting *d,
    enum connecting_kind kind);
void connecting_end(struct rsp_registry *r, struct connecting *d);
struct connecting *connecting_find(const struct rsp_registry *r,
    uint32_t number);
void connecting_failed(struct rsp_registry *r, rsp_time now,
    struct connecting *d);
/* Some configured peer's answer is still to come. */
bool configured_is_pending(const struct rsp_registry *r);
/* A peer is forgotten, and called every now and then for a while. */
void configured_remember(struct rsp_registry *r, rsp_time now,
    const struct peer *p);
void configured_closed(struct rsp_registry *r, struct configured *e);
void configured_free(struct rsp_registry *r, struct configured *e);

/* presence.c */
void presence_send(struct rsp_registry *r, struct rsp_assoc *a,
    uint32_t receiver, bool reply);
void presence_to_all(struct rsp_registry *r);
void presence_beat(struct rsp_registry *r, rsp_time now);
void presence_beat_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *t);
void presence_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m);
void presence_learn(struct peer *p, const struct rsp_message *m,
    const struct rsp_assoc *a);
void presence_learn_from(struct peer *p, const struct rsp_message *m,
    const struct rsp_transport *from);
void list_request(struct rsp_registry *r, struct peer *p);
void list_answer(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);
void list_input(struct rsp_registry *r, rsp_time now, struct peer *p,
    const struct rsp_message *m);

/* mentor.c */
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

/* table_send.c */
void table_send_answer(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);
void table_send_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
void table_send_close(struct rsp_registry *r, struct session *s);
/* The home's list is about to vanish. */
void table_send_leave(struct rsp_registry *r, struct rsp_home *home);
bool table_send_is_mark(const struct rsp_registry *r, const struct rsp_list *l);

/* table_fetch.c */
void table_fetch_begin(struct rsp_registry *r, rsp_time now, struct peer *p,
    enum table_fetch what);
void table_fetch_input(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);
void table_fetch_stop(struct rsp_registry *r, rsp_time now, struct peer *p);
void table_fetch_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *t);
void table_fetch_audit(struct rsp_registry *r, rsp_time now, struct peer *p,
    uint16_t checksum);

/* update_apply.c */
enum apply_from {
	APPLY_UPDATE,  /* its home has just said so */
	APPLY_TABLE,   /* its home's table */
	APPLY_HEARSAY, /* somebody else's table */
};
/* `from` says that `p` is home of that element. */
void apply_add(struct rsp_registry *r, struct peer *p, struct rsp_assoc *from,
    struct rsp_span handle, struct rsp_pe *pe, enum apply_from how);
void apply_update(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_message *m);
/* A peer's element goes, and nobody is told. */
void apply_drop(struct rsp_registry *r, struct rsp_entry *e,
    struct rsp_assoc *from, const char *reason);
/* An own element of an earlier life, as others remember it. */
void apply_inherit(struct rsp_registry *r, struct rsp_span handle,
    struct rsp_pe *pe);

/* update_send.c */
/* To all peers, or to `only`. */
void update_send(struct rsp_registry *r, const struct rsp_entry *e,
    enum rsp_update action, uint8_t flags, struct peer *only);
/* To those who need to hear it again and again. */
void update_refresh(struct rsp_registry *r, const struct rsp_entry *e);
/* The parameter as a peer (NULL: of our kind) may see it. */
void update_put_pe(const struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, const struct peer *p);
bool update_suits(const struct rsp_registry *r, const struct peer *p,
    const struct rsp_entry *e);
bool update_is_rsplib(const struct rsp_registry *r, const struct peer *p);

/* takeover.c */
void takeover_begin(struct rsp_registry *r, rsp_time now, struct peer *p);
void takeover_due(struct rsp_registry *r, rsp_time now, struct peer *p);
void takeover_abort(struct rsp_registry *r, struct peer *p, const char *reason);
void takeover_asked(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target);
void takeover_acknowledged(struct rsp_registry *r, rsp_time now,
    struct peer *by, uint32_t target);
void takeover_done(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target);
/* Nobody waits for `p` any more. */
void takeover_forget(struct rsp_registry *r, rsp_time now,
    const struct peer *p);
/* The check that a contender waits for has ended badly for `p`. */
void takeover_concede(struct rsp_registry *r, rsp_time now, struct peer *p);

/* inherit.c */
void inherit_take(struct rsp_registry *r, rsp_time now, struct peer *p);
void inherit_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
void inherit_suggested(struct rsp_registry *r, rsp_time now,
    const struct peer *p, const struct rsp_entry *e);
void inherit_opened(struct rsp_registry *r, rsp_time now, struct call *c,
    struct rsp_assoc *a);
void inherit_failed(struct rsp_registry *r, rsp_time now, struct call *c);
void inherit_closed(struct rsp_registry *r, struct call *c);
/* An element's association is lost: is there a call of it?  Then that is its
 * life line. */
bool inherit_reclaim(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc *lost, struct rsp_entry *e);
/* A peer's element answers over a call: it is at home here now. */
void inherit_adopt(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_entry *e);
void inherit_retire_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *t);
void call_free(struct rsp_registry *r, struct call *c);

#endif
