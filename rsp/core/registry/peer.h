/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h - the list of peers, the other registrars
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
#ifndef RSP_PEER_H
#define RSP_PEER_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/registry.h"

struct rsp_assoc;

struct takeover;

enum table_fetch { FETCH_NONE, FETCH_ALL, FETCH_OWN };

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

/* peer.c */
struct peer *peer_find(const struct rsp_registry *r, uint32_t id);
/* NULL: out of memory, or too many. */
struct peer *peer_new(struct rsp_registry *r, rsp_time now, uint32_t id);
void peer_free(struct rsp_registry *r, struct peer *p);
bool peer_is_up(const struct peer *p);
/* ACTIVE and connected */
bool peer_has_proof(const struct rsp_registry *r, rsp_time now,
    const struct peer *p);
/* heard not long ago */
void peer_send(struct rsp_registry *r, struct peer *p,
    const struct rsp_message *m);
unsigned peer_count_up(const struct rsp_registry *r, const struct peer *but);

#endif
