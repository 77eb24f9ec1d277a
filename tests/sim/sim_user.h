/* SPDX-License-Identifier: Apache-2.0 */
/* sim_user.h - simulated pool user, which asks for pools again and again
 *
 * The core's resolver asks.  The core's cache, which all users of a run share
 * as the programs of one host do, remembers which registrars come first.
 */
#ifndef RSP_SIM_USER_H
#define RSP_SIM_USER_H

#include "rsp/core/user/cache.h"
#include "rsp/core/user/resolver.h"
#include "tests/sim/sim_net.h"

struct sim_realm;

#define SIM_ANSWER_ROOM 65536
#define SIM_QUESTION_ROOM 64
#define SIM_TURNS 8

struct sim_user;

/* What users have in common. */
struct sim_commons {
	struct sim_realm *realm;
	struct rsp_cache *cache;
	unsigned pools;
	uint64_t every; /* us between questions of one user */
	int64_t t1_ms;
	void (*on_answer)(void *ctx, struct sim_user *u);
	void *ctx;
};

struct sim_user {
	struct sim_host host;
	struct sim_commons *commons;
	unsigned number;
	struct sim_skew skew;
	struct sim_random random;
	struct sim_event timer;
	struct sim_end *end;
	bool up;
	bool runs;
	bool asking;
	uint64_t asked; /* when */
	uint64_t since; /* when it was started */
	unsigned pool;	/* the last question's */
	uint8_t n_endpoints;
	uint8_t endpoints[SIM_TURNS]; /* registrars' numbers */
	char handle[16];
	struct rsp_resolver resolver;
	uint8_t question[SIM_QUESTION_ROOM];
	uint8_t *answer;
	uint64_t questions, found, unknown, nobody;
	uint64_t longest; /* us until it was found */
};

void sim_user_init(struct sim_user *u, struct sim_commons *c, unsigned number,
    unsigned zone, uint64_t seed);
void sim_user_fini(struct sim_user *u);
void sim_user_start(struct sim_user *u);
void sim_user_stop(struct sim_user *u);

#endif
