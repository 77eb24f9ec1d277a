/* SPDX-License-Identifier: Apache-2.0 */
/* sim_registrar.h - simulated registrar: the daemon's part
 *
 * Here the simulated network takes the place of the sockets and libev of
 * registrar/.  The core's wishes become connections and datagrams.  What comes
 * of these is told to the core, at the time that this host's clock shows.
 */
#ifndef RSP_SIM_REGISTRAR_H
#define RSP_SIM_REGISTRAR_H

#include "rsp/core/registry/registry.h"
#include "tests/sim/sim_net.h"

struct sim_registrar;

/* What all registrars of a run share. */
struct sim_realm {
	struct sim_net *net;
	struct rsp_registry_config
	    config; /* IDs and randomness are each one's */
	struct sim_registrar *registrars;
	unsigned n_registrars;
	unsigned static_peers; /* each knows so many others by configuration */
	uint16_t transport;    /* RSP_PARAM_TCP or RSP_PARAM_SCTP */
	/* Faults: a bit for each type that is never sent, and repetitions. */
	unsigned mute[2], stutter;
	uint64_t mute_after; /* us */
	void (*on_event)(void *ctx, struct sim_registrar *r,
	    const struct rsp_out *out);
	void (*on_start)(void *ctx, struct sim_registrar *r);
	void *ctx;
};

struct sim_registrar {
	struct sim_host host;
	struct sim_realm *realm;
	unsigned number; /* from 0 */
	uint32_t id;
	struct rsp_registry *core; /* NULL: no process */
	struct sim_skew skew;
	struct sim_random random;
	struct sim_event timer;
	struct rsp_list dials; /* attempts to connect */
	bool serving;
	bool retiring;
	uint64_t retires; /* at the latest */
	uint64_t serving_since;
	uint64_t disturbed; /* when something was done to it last */
	uint64_t sent[2];   /* messages, by protocol */
};

/* Of the host; the process is not started. */
void sim_registrar_init(struct sim_registrar *r, struct sim_realm *realm,
    unsigned number, unsigned zone, uint64_t seed);
void sim_registrar_fini(struct sim_registrar *r);

/* With the ID that it had last, or a new one.  No effect on one that runs. */
void sim_registrar_start(struct sim_registrar *r, bool new_id);
void sim_registrar_kill(struct sim_registrar *r);
void sim_registrar_die(struct sim_registrar *r); /* with its host */
void sim_registrar_stop(struct sim_registrar *r, bool stop);
void sim_registrar_retire(struct sim_registrar *r);

static inline bool
sim_registrar_runs(const struct sim_registrar *r)
{
	return r->core != NULL && !r->host.stopped;
}

rsp_time sim_registrar_now(const struct sim_registrar *r);

#endif
