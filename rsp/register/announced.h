/* SPDX-License-Identifier: Apache-2.0 */
/* announced.h - rsp-register's list of registrars that announce themselves (RFC 5352
 * section 3.6)
 *
 * A group given as a registrar takes up some places among the endpoints.  A
 * place is empty, and then the group itself, until a registrar is announced
 * there; it is emptied again when the registrar has been silent for
 * T7-ENRPoutdate beyond its turn and no element has it as its home.  Elements
 * try the places in turn, empty ones fail at once.  Which place it is is random,
 * so that the elements of many servers spread over the registrars.
 *
 * What is heard goes into the user's cache, too, so that clients here need not
 * listen.
 */
#ifndef RSP_ANNOUNCED_H
#define RSP_ANNOUNCED_H

#include <poll.h>

#include "rsp/user/user.h"

#define HUNT_PLACES 6 /* of a group */
#define HUNT_FDS 8

struct hunt_place {
	bool taken;
	struct rsp_cache_registrar known;
};

struct hunt_ear {
	int fd;
	uint64_t group; /* key */
	struct rsp_address address;
	unsigned first; /* of its places */
};

struct hunt {
	struct rsp_endpoint *endpoints; /* the caller's */
	unsigned n;
	struct rsp_endpoint groups[RSP_REGISTRARS_MAX]; /* beside them */
	struct hunt_place places[RSP_REGISTRARS_MAX];
	unsigned n_ears; /* 0: nobody is hunted */
	struct hunt_ear ears[HUNT_FDS];
	rsp_time join_again;
	struct rsp_user user;
	bool (*is_home)(void *ctx, unsigned endpoint);
	void *ctx;
};

/* Begins to listen if there is a group among the endpoints.  Who is in the cache
 * is known at once. */
void hunt_init(struct hunt *h, struct rsp_endpoint *endpoints, unsigned n,
    rsp_time now);
void hunt_fini(struct hunt *h);

static inline bool
hunt_is_on(const struct hunt *h)
{
	return h->n_ears > 0;
}

void hunt_poll(const struct hunt *h, struct pollfd fds[HUNT_FDS]);
void hunt_serve(struct hunt *h, rsp_time now,
    const struct pollfd fds[HUNT_FDS]);
rsp_time hunt_deadline(const struct hunt *h);

#endif
