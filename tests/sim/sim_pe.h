/* SPDX-License-Identifier: Apache-2.0 */
/* sim_pe.h - simulated server with its rsp-register, on a host of its own
 *
 * It may be of the bad kind: die without a word, hang, say no to its health
 * check, come back as another, or register elsewhere from one moment to the
 * next.
 */
#ifndef RSP_SIM_PE_H
#define RSP_SIM_PE_H

#include "rsp/core/element/element.h"
#include "tests/sim/sim_net.h"

struct sim_realm;

#define SIM_ENDPOINTS 8

struct sim_pe {
	struct sim_host host;
	struct sim_realm *realm;
	unsigned number; /* from 0 */
	unsigned pool;
	struct rsp_pe values;
	struct rsp_element *core; /* NULL: no process */
	struct sim_skew skew;
	struct sim_random random;
	struct sim_event timer;
	struct sim_end *links[RSP_LINKS];
	uint8_t n_endpoints;
	uint16_t endpoints[SIM_ENDPOINTS]; /* registrars' numbers */
	bool joined;			   /* told to be in its pool */
	bool sick;
	bool leaving;
	uint64_t disturbed; /* when something was done to it last */
	int home;	    /* registrar of the home link, or of the last one */
	uint64_t moved_by;  /* when something was done to the home before it */
	uint64_t outside;   /* since when it is no member; 0: it is one */
	uint16_t rejected;  /* the cause; 0: never */
};

void sim_pe_init(struct sim_pe *p, struct sim_realm *realm, unsigned number,
    unsigned zone, uint64_t seed);
void sim_pe_fini(struct sim_pe *p);

/* A process that joins its pool, with the ID that it had or this one. */
void sim_pe_start(struct sim_pe *p, uint32_t id);
void sim_pe_leave(struct sim_pe *p); /* deregisters; the process stays */
void sim_pe_join(struct sim_pe *p);
void sim_pe_kill(struct sim_pe *p);
void sim_pe_die(struct sim_pe *p); /* with its host */
void sim_pe_stop(struct sim_pe *p, bool stop);
void sim_pe_set_healthy(struct sim_pe *p, bool healthy);
void sim_pe_change(struct sim_pe *p, uint32_t value); /* of its policy */
/* Its home connection breaks, and it begins its search elsewhere. */
void sim_pe_move(struct sim_pe *p);

/* It should be in its pool now. */
static inline bool
sim_pe_serves(const struct sim_pe *p)
{
	return p->core != NULL && !p->host.stopped && p->joined && !p->sick;
}

bool sim_pe_is_member(const struct sim_pe *p);

/* The registrar at the other end of its home link; -1: none. */
int sim_pe_home(const struct sim_pe *p);

#endif
