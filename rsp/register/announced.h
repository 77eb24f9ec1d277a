/* SPDX-License-Identifier: Apache-2.0 */
/* announced.h - rsp-register's list of registrars that announce themselves (RFC
 * 5352 section 3.6)
 *
 * A group given as a registrar takes up some places among the endpoints.  A
 * place is empty, and then the group itself, until a registrar is announced
 * there; it is emptied again when the registrar has been silent for
 * T7-ENRPoutdate beyond its turn and no element has it as its home.  Elements
 * try the places in turn, empty ones fail at once.  Which place it is is
 * random, so that the elements of many servers spread over the registrars.
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

struct announced_place {
	bool taken;
	struct rsp_cache_registrar known;
};

struct announced_ear {
	int fd;
	uint64_t group; /* key */
	struct rsp_address address;
	unsigned first; /* of its places */
};

struct announced {
	struct rsp_endpoint *endpoints; /* the caller's */
	unsigned n;
	struct rsp_endpoint groups[RSP_REGISTRARS_MAX]; /* beside them */
	struct announced_place places[RSP_REGISTRARS_MAX];
	unsigned n_ears; /* 0: nobody is hunted */
	struct announced_ear ears[HUNT_FDS];
	rsp_time join_again;
	struct rsp_user user;
	bool (*is_home)(void *ctx, unsigned endpoint);
	void *ctx;
};

/* Begins to listen if there is a group among the endpoints.  Who is in the
 * cache is known at once. */
void announced_init(struct announced *h, struct rsp_endpoint *endpoints,
    unsigned n, rsp_time now);
void announced_fini(struct announced *h);

static inline bool
announced_is_on(const struct announced *h)
{
	return h->n_ears > 0;
}

void announced_poll(const struct announced *h, struct pollfd fds[HUNT_FDS]);
void announced_serve(struct announced *h, rsp_time now,
    const struct pollfd fds[HUNT_FDS]);
rsp_time announced_deadline(const struct announced *h);

#endif
