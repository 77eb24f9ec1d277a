/* SPDX-License-Identifier: Apache-2.0 */
/* pool_element.h - one port in one pool: a pool element with its life line
 *
 * Puts the element's core (element.h) on real sockets (lifeline.h), and says
 * what happens to it in lines for the server's owner.
 */
#ifndef RSP_POOL_ELEMENT_H
#define RSP_POOL_ELEMENT_H

#include "rsp/core/element/element.h"
#include "rsp/register/element_id.h"
#include "rsp/register/lifeline.h"
#include "rsp/net/lookup.h"
#include "rsp/register/ports.h"
#include "rsp/register/pool_option.h"

/* What all members share. */
struct member_config {
	struct rsp_endpoint *endpoints; /* registrars */
	struct lookup *lookups;		/* beside them */
	unsigned n_endpoints;
	struct rsp_policy policy;
	int32_t life;	       /* seconds */
	bool interop_rsplib;
	const char *interface; /* NULL: none named */
	const char *runtime_dir; /* where this user's caches are */
	const struct rsp_address *addresses; /* --address, all of them */
	unsigned n_addresses;
	struct ids *ids;
	/* Could the server answer a client?  Asked when a registrar wants to
	 * know. */
	bool (*is_alive)(void *ctx, const struct port *port);
	void *ctx;
	rsp_time hunt_until; /* before, it is no wonder that there is none */
	bool said_no_registrar; /* one line is enough for all of them */
};

struct member {
	struct member *next;
	struct member_config *config;
	const struct wish *wish;
	struct rsp_address given; /* --address; family 0: by the listener, or
				   * all of them if it is multi-homed */
	struct id_key key;
	struct port port; /* as it was seen last */
	bool joined;	  /* told to join and not to leave */
	bool left;	  /* and out of the pool since */
	bool registered;  /* at least once */
	bool said_no_address;
	bool no_registrar; /* to be said at config->hunt_until */
	struct rsp_element *element;
	struct lifeline line;
	double load; /* as it was set last; below 0: as the policy says */
	int *errors; /* by endpoint, of its last attempt; see lookup_strerror()
		      */
};

/* NULL when out of memory.  `number` is that of the address given. */
struct member *member_new(struct member_config *config, const struct wish *wish,
    const struct port *port, const struct rsp_address *given, unsigned number);
void member_free(struct member *m);

/* The port as it is now; NULL: nobody serves it any more. */
void member_update(struct member *m, rsp_time now, const struct port *port);
void member_leave(struct member *m, rsp_time now);

/* The server's load in percent, for policies that have one; below 0 changes
 * nothing.  It is registered by the next member_update(). */
void member_set_load(struct member *m, double percent);

/* A place in the poll set: LIFELINE_FDS of them. */
void member_poll(const struct member *m, struct pollfd fds[LIFELINE_FDS]);
void member_serve(struct member *m, rsp_time now,
    const struct pollfd fds[LIFELINE_FDS]);
rsp_time member_deadline(const struct member *m);

/* All of a list. */
struct member *members_find(struct member *first, const struct wish *wish,
    const struct port *port, unsigned number); /* NULL: none */
void members_leave(struct member *first, rsp_time now);
bool members_all_left(const struct member *first);
bool members_any_registered(const struct member *first);

#endif
