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
struct pool_element_config {
	struct rsp_endpoint *endpoints; /* registrars */
	struct lookup *lookups;		/* beside them */
	unsigned n_endpoints;
	struct rsp_policy policy;
	int32_t life;	    /* seconds */
	int64_t attempt_ms; /* for a connection to come up, at first */
	bool interop_rsplib;
	const char *interface;		     /* NULL: none named */
	const char *runtime_dir;	     /* where this user's caches are */
	const struct rsp_address *addresses; /* --address, all of them */
	unsigned n_addresses;
	struct element_ids *ids;
	/* Could the server answer a client?  Asked when a registrar wants to
	 * know. */
	bool (*is_alive)(void *ctx, const struct port *port);
	void *ctx;
	rsp_time hunt_until;	/* before, it is no wonder that there is none */
	bool said_no_registrar; /* one line is enough for all of them */
};

struct pool_element {
	struct pool_element *next;
	struct pool_element_config *config;
	const struct pool_option *option;
	struct rsp_address given; /* --address; family 0: by the listener, or
				   * all of them if it is multi-homed */
	struct id_key key;
	struct port port; /* as it was seen last */
	bool joined;	  /* told to join and not to leave */
	bool left;	  /* and out of the pool since */
	bool registered;  /* at least once */
	bool said_no_address;
	unsigned redrawn;   /* IDs since it was registered */
	bool said_rejected; /* for said_cause, and not registered since */
	uint16_t said_cause;
	bool no_registrar; /* to be said at config->hunt_until */
	struct rsp_element *element;
	struct lifeline line;
	double load; /* as it was set last; below 0: as the policy says */
	int *errors; /* by endpoint, of its last attempt; see lookup_strerror()
		      */
};

/* NULL when out of memory.  `number` is that of the address given. */
struct pool_element *pool_element_new(struct pool_element_config *config,
    const struct pool_option *option, const struct port *port,
    const struct rsp_address *given, unsigned number);
void pool_element_free(struct pool_element *m);

/* The port as it is now; NULL: nobody serves it any more. */
void pool_element_update(struct pool_element *m, rsp_time now,
    const struct port *port);
void pool_element_leave(struct pool_element *m, rsp_time now);

/* The server's load in percent, for policies that have one; below 0 changes
 * nothing.  It is registered by the next pool_element_update(). */
void pool_element_set_load(struct pool_element *m, double percent);

/* A place in the poll set: LIFELINE_FDS of them. */
void pool_element_poll(const struct pool_element *m,
    struct pollfd fds[LIFELINE_FDS]);
void pool_element_serve(struct pool_element *m, rsp_time now,
    const struct pollfd fds[LIFELINE_FDS]);
rsp_time pool_element_deadline(const struct pool_element *m);

/* All of a list. */
struct pool_element *pool_elements_find(struct pool_element *first,
    const struct pool_option *option, const struct port *port,
    unsigned number); /* NULL: none */
void pool_elements_leave(struct pool_element *first, rsp_time now);
bool pool_elements_all_left(const struct pool_element *first);
bool pool_elements_any_registered(const struct pool_element *first);

#endif
