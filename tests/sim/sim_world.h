/* SPDX-License-Identifier: Apache-2.0 */
/* sim_world.h - simulated system in one process, and what can happen to it
 *
 * Registrars have a zone each.  Pool elements and users live at sites, which
 * are zones too.  Everything that a run does follows from its configuration,
 * the seed in it, and the orders that are given at certain times.
 */
#ifndef RSP_SIM_WORLD_H
#define RSP_SIM_WORLD_H

#include "tests/sim/sim_pe.h"
#include "tests/sim/sim_registrar.h"
#include "tests/sim/sim_user.h"

/* Numbers that a scenario may set, with the values that they have else. */
/* clang-format off */
#define SIM_SETTINGS(X)							\
	X(registrars,	   3)						\
	X(elements,	   10)						\
	X(pools,	   4)						\
	X(users,	   1)						\
	X(sites,	   4)						\
	X(static_peers,	   2)	/* of each registrar, by configuration */ \
	X(multicast,	   1)						\
	X(sctp,		   0)	/* else TCP; ends of associations differ */ \
	X(delay,	   500)	/* us, each way, at least */		\
	X(jitter,	   500)	/* us more, at most */			\
	X(stream_loss,	   0)	/* permille of packets sent again */	\
	X(loss,		   50)	/* permille of datagrams */		\
	X(doubled,	   50)	/* permille of datagrams */		\
	X(disorder,	   0)	/* us in which waiting input comes anyhow */ \
	X(skew,		   1000) /* ppm by which clocks are wrong */	\
	X(ask_every,	   1000) /* ms between a user's questions */	\
	X(check_every,	   500)	/* ms between looks at everything */	\
	X(expect_every,	   20)	/* ms between looks at what is expected */ \
	/* Faults of registrars, which must not stay unnoticed. */	\
	X(mute_asap,	   0)	/* types never sent: 1 << type, added up */ \
	X(mute_enrp,	   0)						\
	X(mute_after,	   0)	/* ms; from then on */			\
	X(stutter,	   0)	/* each ENRP message so many times more */
/* clang-format on */

struct sim_config {
	uint64_t seed;
	struct rsp_registry_config core;
#define SIM_MEMBER(name, value) unsigned name;
	SIM_SETTINGS(SIM_MEMBER)
#undef SIM_MEMBER
};

void sim_config_init(struct sim_config *c);

/* A pool element as the handlespaces know it; a process that comes back with
 * another ID is another one. */
struct sim_identity {
	uint32_t pe_id; /* its low bits are its place in the table, from 1 */
	unsigned pe;
	uint64_t ended; /* 0: the one that the process has, or had last */
};

#define SIM_FAILURE_TEXT 400
#define SIM_ID_BITS 20

struct sim_world {
	struct sim_config config;
	struct sim_clock clock;
	struct sim_net net;
	struct sim_realm realm;
	struct sim_random dice;
	struct sim_registrar *registrars;
	struct sim_pe *pes;
	struct sim_user *users;
	struct sim_commons commons; /* of the users */
	struct sim_identity *ids;
	unsigned n_ids, ids_size;
	unsigned orders; /* given so far */
	/* How many these concerned, each time: registrars also as the ends of
	 * ways that were cut or healed. */
	uint64_t troubled_registrars, troubled_elements;
};

void sim_world_init(struct sim_world *w, const struct sim_config *c);
void sim_world_fini(struct sim_world *w);

/* What an order is about: some of a kind. */
enum sim_kind {
	SIM_NOBODY,
	SIM_REGISTRAR,
	SIM_ELEMENT,
	SIM_USER,
	SIM_SITE,
	SIM_ALL
};

struct sim_who {
	enum sim_kind kind;
	unsigned from, to; /* numbers from 0, both ends */
};

enum sim_verb {
	SIM_START,
	SIM_KILL,    /* the process; connections close */
	SIM_LOSE,    /* the host, silently */
	SIM_RESTART, /* `value`: with a new ID */
	SIM_STOP,
	SIM_CONTINUE,
	SIM_RETIRE, /* registrar: orderly end */
	SIM_LEAVE,  /* element: deregisters */
	SIM_JOIN,
	SIM_SICKEN,
	SIM_CURE,
	SIM_CHANGE, /* element's policy, to `value` */
	SIM_MOVE,   /* element, to another home */
	SIM_CUT,    /* from `other`, both ways; `value`: to it only */
	SIM_HEAL,   /* likewise */
};

struct sim_order {
	enum sim_verb verb;
	struct sim_who who, other;
	uint32_t value;
};

void sim_world_order(struct sim_world *w, const struct sim_order *o);

/* The element's identity now, and the identity behind an ID; NULL: none. */
struct sim_identity *sim_identity_of(const struct sim_world *w,
    const struct sim_pe *p);
struct sim_identity *sim_identity(const struct sim_world *w, uint32_t pe_id);

#endif
