/* SPDX-License-Identifier: Apache-2.0 */
/* clients.h - everybody who is connected, and who has to leave
 *
 * A guest is a stranger until its first whole message, then a user, an element
 * while pool elements are registered over its connection, and a peer once it is
 * known as another registrar; whoever was called by this one counts as such,
 * too.  Strangers
 * and whoever has begun a message must end it in time; output must be read in
 * time; who is late leaves.  When there is no room for a newcomer, the oldest
 * stranger gives way, then the user who has been silent for longest, an element
 * or a peer never.  So a crowd of connections that say nothing keeps nobody out.
 *
 * Lists only: no socket, no clock.
 */
#ifndef RSP_REGISTRAR_CLIENTS_H
#define RSP_REGISTRAR_CLIENTS_H

#include <ev.h>

#include "registrar/connection.h"
#include "registrar/listener.h"
#include "registrar/quota.h"
#include "rsp/core/base/list.h"
#include "rsp/core/registry/registry.h"

enum standing { STRANGER, USER, ELEMENT, PEER, STANDINGS };

struct guest {
	struct connection stream;
	struct server *server;
	struct rsp_assoc *assoc;
	struct origin from;
	enum rsp_protocol protocol;
	bool counted; /* in the quota */
	ev_io reader, writer;

	/* no more is read; why, for the log.  It is closed when its output is
	 * out, or at once if `cut`. */
	const char *end;
	bool cut;
	bool held; /* not read from until its output is out */

	enum standing standing;
	struct rsp_list by_standing;
	struct rsp_list by_owing; /* in no list: owes nothing */
	rsp_time owing_since;
	struct rsp_list by_stuck; /* in no list: no output waits */
	rsp_time stuck_since;
	struct rsp_list touched; /* the server's, for the end of its turn */
};

struct guests {
	unsigned n;
	struct rsp_list standing[STANDINGS]; /* least recently heard of first */
	struct rsp_list owing, stuck; /* by time */
	struct quota quota;
};

void guests_init(struct guests *gs);

/* The guest, all zero but for what stands first, is in from now on. */
void guests_add(struct guests *gs, struct guest *g, rsp_time now,
    enum standing standing);
void guests_remove(struct guests *gs, struct guest *g);

/* It has been read from: whole messages, which give it a standing, and perhaps
 * the beginning of one. */
void guests_heard(struct guests *gs, struct guest *g, rsp_time now,
    enum standing standing);
void guests_owes(struct guests *gs, struct guest *g, rsp_time now, bool owes);

/* `waits`: output is left that it does not take.  A peer gets so much of it
 * that it may not be through before more comes: to take some is enough. */
void guests_stuck(struct guests *gs, struct guest *g, rsp_time now, bool waits,
    bool took_some);

/* Who gives way; NULL: nobody. */
struct guest *guests_least(struct guests *gs);

/* When the next one is late, and one who is late now. */
rsp_time guests_deadline(const struct guests *gs, int64_t timeout);
struct guest *guests_late(struct guests *gs, rsp_time now, int64_t timeout);

#endif
