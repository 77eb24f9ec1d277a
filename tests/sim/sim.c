/* SPDX-License-Identifier: Apache-2.0 */
/* sim.c - simulator of whole systems: the program, which runs scenarios from
 * files or made up from seeds
 *
 *	sim FILE...			scenarios; -s SEED for another seed
 *	sim -s SEED [-n COUNT]		made up from as many seeds
 *	    -r REGISTRARS -e ELEMENTS -u USERS -o ORDERS   their size
 *	    -w FILE			write the scenario and do not run it
 *	-t SECONDS			trace on stderr from then on
 *	-k				do not shrink what fails
 *	-f COUNT			end after so many failures (3)
 *
 * Of a run that fails: the seed, why, the trace of the last seconds, and the
 * smallest scenario found that still fails, in a file for the first form.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_invent.h"
#include "tests/sim/sim_run.h"
#include "tests/sim/sim_shrink.h"
#include "tests/sim/sim_scenario.h"

#define TRACED (2 * SIM_S) /* before a failure */
#define SHRINK_RUNS 600

struct options {
	uint64_t seed;
	bool has_seed;
	unsigned long count;
	unsigned registrars, elements, users, orders, failures;
	const char *write_to;
	uint64_t trace_from;
	bool keep;
};

/* Of all runs. */
struct totals {
	unsigned long runs, failures;
	unsigned long long orders, asap, enrp, questions, answers;
	double seconds, traffic, memory;
	uint64_t lapses;
	uint64_t longest_missing, longest_lapse, longest_stale, longest_answer;
	uint64_t longest_outside;
	size_t most_in_flight;
	double most_per_order;
};

static double
in_seconds(uint64_t us)
{
	return (double)us / SIM_S;
}

static void
keep_most(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void
add(struct totals *t, const struct sim_result *r)
{
	double per_order =
	    (double)(r->asap + r->enrp) / (r->orders == 0 ? 1 : r->orders);

	t->runs++;
	t->failures += r->failed;
	t->orders += r->orders;
	t->asap += r->asap;
	t->enrp += r->enrp;
	t->questions += r->questions;
	t->answers += r->answers;
	t->seconds += in_seconds(r->ended);
	keep_most(&t->longest_missing, r->longest_missing);
	t->lapses += r->lapses;
	keep_most(&t->longest_outside, r->longest_outside);
	keep_most(&t->longest_lapse, r->longest_lapse);
	keep_most(&t->longest_stale, r->longest_stale);
	keep_most(&t->longest_answer, r->longest_answer);
	if (r->most_in_flight > t->most_in_flight)
		t->most_in_flight = r->most_in_flight;
	if (r->traffic > t->traffic)
		t->traffic = r->traffic;
	if (r->memory > t->memory)
		t->memory = r->memory;
	if (per_order > t->most_per_order)
		t->most_per_order = per_order;
}

static void
say(const struct totals *t)
{
	printf("%lu runs, %lu failed; %llu orders in %.0f s of virtual time\n",
	    t->runs, t->failures, t->orders, t->seconds);
	printf("messages: %llu ASAP, %llu ENRP; at most %.0f per order in a "
	       "run, %.0f %% of what is allowed, %zu bytes under way; memory: "
	       "%.0f %% of what is allowed\n",
	    t->asap, t->enrp, t->most_per_order, 100 * t->traffic,
	    t->most_in_flight, 100 * t->memory);
	printf("longest: %.1f s missing, %.1f s without a home, %.1f s too "
	       "long there, %.1f s until an answer; %llu of %llu questions "
	       "found their pool\n",
	    in_seconds(t->longest_missing), in_seconds(t->longest_outside),
	    in_seconds(t->longest_stale), in_seconds(t->longest_answer),
	    t->answers, t->questions);
	printf("lapses without a cause: %llu, at most %.1f s\n",
	    (unsigned long long)t->lapses, in_seconds(t->longest_lapse));
}

static void
write_scenario(const struct sim_scenario *s, const char *name)
{
	FILE *f = fopen(name, "w");

	if (f == NULL) {
		perror(name);
		exit(2);
	}
	sim_scenario_write(s, f);
	fclose(f);
}

/* Everything that helps whoever has to find out. */
static void
explain(struct sim_scenario *s, const struct options *o,
    const struct sim_result *r)
{
	struct sim_result small;
	char file[64];

	fprintf(stderr, "FAILED, seed %llu: %s\n",
	    (unsigned long long)s->config.seed, r->failure);
	if (o->keep)
		return;
	sim_shrink(s, r->failure, SHRINK_RUNS);
	sim_run(s, SIM_NEVER, &small);
	snprintf(file, sizeof(file), "sim-%llu.scn",
	    (unsigned long long)s->config.seed);
	write_scenario(s, file);
	fprintf(stderr, "Smaller: %s\nTrace of its end:\n", small.failure);
	sim_run(s, small.ended > TRACED ? small.ended - TRACED : 0, &small);
	fprintf(stderr, "To see it: tests/sim/sim -t 0 %s, which is\n", file);
	sim_scenario_write(s, stderr);
}

static void
run(struct sim_scenario *s, const struct options *o, struct totals *t)
{
	struct sim_result r;

	sim_run(s, o->trace_from, &r);
	add(t, &r);
	if (r.failed)
		explain(s, o, &r);
}

static void
run_seed(const struct options *o, uint64_t seed, struct totals *t)
{
	struct sim_scenario s;

	sim_scenario_init(&s);
	s.config.registrars = o->registrars;
	s.config.elements = o->elements;
	s.config.users = o->users;
	sim_invent(&s, seed, o->orders);
	if (o->write_to != NULL)
		write_scenario(&s, o->write_to);
	else
		run(&s, o, t);
	sim_scenario_fini(&s);
}

static void
run_file(const struct options *o, const char *name, struct totals *t)
{
	struct sim_scenario s;
	FILE *f = fopen(name, "r");

	if (f == NULL) {
		perror(name);
		exit(2);
	}
	sim_scenario_init(&s);
	if (!sim_scenario_read(&s, f, name))
		exit(2);
	fclose(f);
	if (o->has_seed)
		s.config.seed = o->seed;
	printf("%s\n", name);
	run(&s, o, t);
	sim_scenario_fini(&s);
}

static unsigned
number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 0);
}

static struct options
read_options(int argc, char **argv)
{
	struct options o = { .count = 1,
		.registrars = 5,
		.elements = 200,
		.users = 5,
		.orders = 50,
		.failures = 3,
		.trace_from = SIM_NEVER };
	int c;

	while ((c = getopt(argc, argv, "s:n:r:e:u:o:w:t:kf:")) != -1) {
		switch (c) {
		case 's':
			o.seed = strtoull(optarg, NULL, 0);
			o.has_seed = true;
			break;
		case 'n':
			o.count = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			o.registrars = number(optarg);
			break;
		case 'e':
			o.elements = number(optarg);
			break;
		case 'u':
			o.users = number(optarg);
			break;
		case 'o':
			o.orders = number(optarg);
			break;
		case 'w':
			o.write_to = optarg;
			break;
		case 't':
			o.trace_from = (uint64_t)(strtod(optarg, NULL) * SIM_S);
			break;
		case 'f':
			o.failures = number(optarg);
			break;
		case 'k':
			o.keep = true;
			break;
		default:
			exit(2);
		}
	}
	return o;
}

int
main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);
	struct totals t = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (optind < argc) {
		for (int i = optind; i < argc; i++)
			run_file(&o, argv[i], &t);
	} else {
		printf("seeds %llu to %llu\n", (unsigned long long)o.seed,
		    (unsigned long long)(o.seed + o.count - 1));
		for (unsigned long i = 0;
		     i < o.count && t.failures < o.failures; i++)
			run_seed(&o, o.seed + i, &t);
	}
	if (o.write_to == NULL)
		say(&t);
	return t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
