/* SPDX-License-Identifier: Apache-2.0 */
/* sim_scenario.h - scenarios: what happens when, and what is expected then
 *
 * Scenarios are text, read from files or made up from a seed; those that fail
 * are written as text again.
 *
 *	# a comment
 *	set registrars 3
 *	set keep_alive_interval 10000
 *	at 0 start registrar 1..3
 *	at 1 start element 1..20
 *	at 5 kill registrar 2
 *	at 5 expect takeover of registrar 2 by 8
 *	at 9 cut registrar 1 from all		# both ways; `to`: one way
 *	at 20 heal all from all
 *	at 20 expect equal by 25
 *	at 25 expect no takeover begun until 60
 *	at 60 end
 *
 * Times are seconds, things are numbered from 1.  `by` wants it once until
 * then, `until` all the time, neither at once.  Settings are those of
 * sim_world.h and the registry's.
 */
#ifndef RSP_SIM_SCENARIO_H
#define RSP_SIM_SCENARIO_H

#include <stdio.h>

#include "tests/sim/sim_world.h"

enum sim_expectation {
	SIM_EXPECT_EQUAL,    /* sim_is_equal() */
	SIM_EXPECT_TAKEOVER, /* of `who`: nobody believes it to be a home */
	SIM_EXPECT_KNOWN,    /* `who` at `where` */
	SIM_EXPECT_UNKNOWN,
	SIM_EXPECT_MEMBER,  /* `who` believes to be one */
	SIM_EXPECT_SERVING, /* `who` */
	SIM_EXPECT_QUIET,   /* no more messages than in peace */
	SIM_EXPECT_EVENT,   /* any registrar reports it */
	SIM_EXPECT_NO_EVENT,
};

enum sim_term { SIM_AT_ONCE, SIM_BY, SIM_UNTIL };

struct sim_expect {
	enum sim_expectation what;
	struct sim_who who, where;
	enum rsp_registry_event event;
	enum sim_term term;
	uint64_t end; /* us */
};

enum sim_step_kind { SIM_STEP_ORDER, SIM_STEP_EXPECT, SIM_STEP_END };

struct sim_scene {
	uint64_t at; /* us */
	enum sim_step_kind kind;
	struct sim_order order;
	struct sim_expect expect;
};

struct sim_scenario {
	struct sim_config config;
	struct sim_scene *scenes;
	unsigned n, size;
};

void sim_scenario_init(struct sim_scenario *s);
void sim_scenario_fini(struct sim_scenario *s);

/* Behind what is there. */
struct sim_scene *sim_scenario_add(struct sim_scenario *s, uint64_t at,
    enum sim_step_kind kind);

/* False, and one line on stderr, when it is no scenario. */
bool sim_scenario_read(struct sim_scenario *s, FILE *f, const char *name);

/* Settings that are not the default, and all scenes. */
void sim_scenario_write(const struct sim_scenario *s, FILE *f);
void sim_scene_text(const struct sim_scene *s, char *text, size_t size);

/* One setting by name; false: there is none. */
bool sim_set(struct sim_config *c, const char *name, int64_t value);

#endif
