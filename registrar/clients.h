/* SPDX-License-Identifier: Apache-2.0 */
/* clients.h - everybody who is connected, and who has to leave
 *
 * A client is a stranger until its first whole message, then a user, an element
 * while pool elements are registered over its connection, and a peer once it is
 * known as another registrar; whoever was called by this one counts as such,
 * too.  Strangers
 * and whoever has begun a message must end it in time; output must be read in
 * time; who is late leaves.  When there is no room for a newcomer, the oldest
 * stranger gives way, then the user who has been silent for longest, an element
 * or a peer never.  So a crowd of connections that say nothing keeps nobody
 * out.
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

enum role { STRANGER, USER, ELEMENT, PEER, ROLES };

struct client {
	struct connection stream;
	struct server *server;
	struct rsp_assoc *assoc;
	struct origin from;
	enum rsp_protocol protocol;
	bool counted;	       /* in the quota */
	size_t counted_output; /* in the sum of all */
	ev_io reader, writer;

	/* no more is read; why, for the log.  It is closed when its output is
	 * out, or at once if `cut`. */
	const char *end;
	bool cut;
	bool lost; /* the network ended it, or the far end */
	bool held; /* not read from until its output is out */

	enum role role;
	struct rsp_list by_role;
	struct rsp_list by_owing; /* in no list: owes nothing */
	rsp_time owing_since;
	struct rsp_list by_stuck; /* in no list: no output waits */
	rsp_time stuck_since;
	struct rsp_list reading; /* the server's, within its turn */
	struct rsp_list touched; /* the same, for the end of its turn */
};

struct clients {
	unsigned n;
	struct rsp_list role[ROLES];  /* least recently heard of first */
	struct rsp_list owing, stuck; /* by time */
	uint64_t pending;	      /* bytes of output, of all */
	struct quota quota;
};

void clients_init(struct clients *gs);

/* The client, all zero but for what stands first, is in from now on. */
void clients_add(struct clients *gs, struct client *g, rsp_time now,
    enum role role);
void clients_remove(struct clients *gs, struct client *g);

/* It has been read from: whole messages, which give it a role, and perhaps
 * the beginning of one. */
void clients_heard(struct clients *gs, struct client *g, rsp_time now,
    enum role role);
void clients_owes(struct clients *gs, struct client *g, rsp_time now,
    bool owes);

/* `waits`: output is left that it does not take.  A peer gets so much of it
 * that it may not be through before more comes: to take some is enough. */
void clients_stuck(struct clients *gs, struct client *g, rsp_time now,
    bool waits, bool took_some);

/* After every change of its output. */
void clients_output(struct clients *gs, struct client *g);

/* Who gives way; NULL: nobody. */
struct client *clients_least(struct clients *gs);

/* When the next one is late, and one who is late now. */
rsp_time clients_deadline(const struct clients *gs, int64_t timeout);
struct client *clients_late(struct clients *gs, rsp_time now, int64_t timeout);

#endif
