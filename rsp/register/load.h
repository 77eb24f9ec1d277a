/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - the load of an unmodified server, for the adaptive policies
 *
 * --policy lu:auto[:SOURCE], likewise in the place of LOAD of every policy that
 * has one:
 *	cpu		    processor time of the server's processes against
 *			    what they may use (the default)
 *	connections:MAX	    open connections of the port against a capacity
 *	file:PATH	    a percentage in a file, read every second
 *	exec:COMMAND	    the same in a command's output
 * One sample a second is smoothed; what is registered follows it when it has
 * changed by more than noise.
 */
#ifndef RSP_LOAD_H
#define RSP_LOAD_H

#include "rsp/register/tcp_connections.h"
#include "rsp/register/cpu.h"
#include "rsp/register/command.h"
#include "rsp/register/ports.h"

#include "rsp/core/pool/policy.h"

enum load_source {
	LOAD_FIXED, /* not found out: what the policy says */
	LOAD_CPU,
	LOAD_CONNECTIONS,
	LOAD_FILE,
	LOAD_EXEC,
};

struct load_spec {
	enum load_source source;
	unsigned max; /* CONNECTIONS */
	char *what;   /* FILE, EXEC; allocated */
};

/* A policy specification, with "auto" for its load or without.  RSP_EINVALID
 * with `why` a static text; RSP_ENOMEM. */
int load_parse(const char *text, struct rsp_policy *policy,
    struct load_spec *spec, const char **why);
void load_spec_free(struct load_spec *spec);

#define LOAD_INTERVAL_MS 1000

/* A smoothed value, in percent. */
struct load {
	bool known;
	double value;
	double told; /* what was registered last; below 0: nothing yet */
};

/* One more sample.  True when what is registered should change to l->value. */
bool load_add(struct load *l, double percent);

/* What all ports of a server have in common. */
struct load_meter {
	const struct load_spec *spec;
	sigset_t mask;
	struct cpu cpu;
	struct command command;
	struct tcp_connections connections;
	double percent; /* the last sample; below 0: none */
	rsp_time next;
	bool complained;
	const char *trouble; /* a static text, once, when there is no value */
};

void load_meter_init(struct load_meter *m, const struct load_spec *spec,
    const sigset_t *mask, rsp_time now);
void load_meter_free(struct load_meter *m);

/* Takes a sample if it is time to; true if it did: then loads are to be fed. */
bool load_meter_serve(struct load_meter *m, rsp_time now, struct ports *ports,
    const struct pollfd *p);
void load_meter_poll(const struct load_meter *m, struct pollfd *p);
rsp_time load_meter_deadline(const struct load_meter *m);
bool load_meter_reaped(struct load_meter *m, pid_t pid, int status);

/* The present sample for one port, in percent; below 0: none. */
double load_meter_value(struct load_meter *m, const struct port *port);

#endif
