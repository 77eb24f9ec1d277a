/* SPDX-License-Identifier: Apache-2.0 */
/* bench_handlespace.c - benchmark of the handlespace: speed and memory
 *
 *	bench_handlespace [ELEMENTS [POOLS [ITEMS [POLICY]]]]
 *
 * Without arguments: 1 000 to 1 000 000 elements in one pool and with ten in
 * each, every policy.  It prints operations per second:
 *
 *	reg	registration of all, with a deadline each
 *	rereg	of a random element, with new values and address
 *	timer	find an element, give it another deadline
 *	hres	resolution of a random pool, ITEMS elements copied into an
 *		answer
 *	dereg	of all, in random order
 *
 * and bytes of resident memory per element.  The peer is RSPLIB 3.4.4 with the
 * same workload, on another day and a Xeon of 2.6 GHz.  Where RSPLIB was not
 * measured with many pools, it is RSPLIB with another policy of the same
 * storage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/core/pool/handlespace.h"
#include "tests/bench/bench.h"
#include "tests/lib/repeatable.h"

#define RUNS 3
#define SECONDS 0.15 /* for each phase that can be as long as one likes */
#define BATCH 1024

enum { REG, REREG, TIMER, HRES, DEREG, BYTES, PHASES };

static const char *const phases[PHASES] = { "reg", "rereg", "timer", "hres",
	"dereg", "memory" };

struct bench {
	struct rsp_handlespace space;
	struct rsp_home home;
	struct rsp_owner owner;
	struct rsp_heap timers;
	uint32_t n, pools, items, policy;
	uint32_t *shuffled;
	uint64_t state;
};

static uint32_t
below(struct bench *b, uint32_t bound)
{
	return (uint32_t)((uint64_t)repeatable(&b->state) * bound >> 32);
}

static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, pages = 0;

	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void
must(int err)
{
	if (err == RSP_OK)
		return;
	fprintf(stderr, "bench_handlespace: %s\n", rsp_strerror(err));
	exit(EXIT_FAILURE);
}

/* "Pool%08u", for snprintf takes longer than some of what is measured. */
static struct rsp_span
handle_of(uint32_t pool, char text[16])
{
	memcpy(text, "Pool", 4);
	for (int i = 11; i >= 4; i--, pool /= 10)
		text[i] = (char)('0' + pool % 10);
	return (struct rsp_span){ (const uint8_t *)text, 12 };
}

static uint32_t
id_of(uint32_t i)
{
	return (i + 1) * 2654435761u;
}

static void
set_transport(struct rsp_transport *t, uint32_t address, uint16_t port)
{
	t->type = RSP_PARAM_SCTP;
	t->port = port;
	t->n_addresses = 1;
	t->addresses[0].family = 4;
	for (unsigned i = 0; i < 4; i++)
		t->addresses[0].bytes[i] = (uint8_t)(address >> (24 - 8 * i));
}

/* Loads of 31 bits, weights of 1 to 100, degradation 1/65536. */
static void
set_policy(struct bench *b, struct rsp_policy *p)
{
	const struct rsp_policy_def *def = rsp_policy_def(b->policy);

	p->type = b->policy;
	p->n_words = def->n_words;
	p->words[0] = def->n_words > 0 && def->words[0].kind == RSP_WORD_LOAD
			  ? repeatable(&b->state) >> 1
			  : 1 + below(b, 100);
	p->words[1] = 0x10000;
	p->words[2] = 50 * below(b, 4);
}

static void
set_pe(struct bench *b, struct rsp_pe *pe, uint32_t i, uint32_t address)
{
	rsp_clear_pe(pe);
	pe->id = id_of(i);
	pe->life = 90;
	memset(pe->user.addresses, 0, sizeof(pe->user.addresses[0]));
	memset(pe->asap.addresses, 0, sizeof(pe->asap.addresses[0]));
	set_transport(&pe->user, address, (uint16_t)(1024 + i % 60000));
	set_transport(&pe->asap, address, 5000);
	set_policy(b, &pe->policy);
}

static struct rsp_entry *
find(struct bench *b, uint32_t i)
{
	char text[16];
	struct rsp_pool *pool =
	    rsp_pool_find(&b->space, handle_of(i % b->pools, text));

	return rsp_entry_find(&b->space, pool, id_of(i));
}

static void
enrol(struct bench *b, uint32_t i)
{
	struct rsp_entry *e;
	struct rsp_pe pe;
	char text[16];

	set_pe(b, &pe, i, 0x0a000000 + i);
	must(rsp_heap_reserve(&b->timers, b->timers.n + 1));
	must(rsp_entry_add(&b->space, handle_of(i % b->pools, text), &pe,
	    &b->owner, &e));
	rsp_heap_add(&b->timers, &e->timer, i);
}

static void
enrol_again(struct bench *b)
{
	uint32_t i = below(b, b->n);
	struct rsp_entry *e = find(b, i);
	struct rsp_pe pe;
	bool changed;

	set_pe(b, &pe, i, repeatable(&b->state));
	must(rsp_entry_update(&b->space, &e, &pe, &b->owner, &changed));
}

static void
set_timer(struct bench *b)
{
	struct rsp_entry *e = find(b, below(b, b->n));

	rsp_heap_move(&b->timers, &e->timer, repeatable(&b->state));
}

static uint8_t room[65536];

static void
resolve(struct bench *b)
{
	struct rsp_builder answer = rsp_builder_into(room, sizeof(room));
	char text[16];
	struct rsp_pool *pool =
	    rsp_pool_find(&b->space, handle_of(below(b, b->pools), text));

	rsp_pool_list(&b->space, pool, b->items, repeatable, &b->state);
	for (uint32_t i = 0; i < b->space.list.n; i++)
		rsp_put_entry(&answer, rsp_pool_listed(&b->space, i));
	rsp_pool_selected(&b->space, pool, b->space.list.n);
}

static void
leave(struct bench *b, uint32_t i)
{
	struct rsp_entry *e = find(b, i);

	rsp_heap_remove(&b->timers, &e->timer);
	rsp_entry_remove(&b->space, e);
}

/* Operations per second over SECONDS. */
static double
rate(struct bench *b, void (*operation)(struct bench *))
{
	double start = bench_cpu(), spent;
	uint64_t n = 0;

	do {
		for (unsigned i = 0; i < BATCH; i++)
			operation(b);
		n += BATCH;
	} while ((spent = bench_cpu() - start) < SECONDS);
	return (double)n / spent;
}

static void
shuffle(struct bench *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t j = below(b, i + 1);

		b->shuffled[i] = b->shuffled[j];
		b->shuffled[j] = i;
	}
}

static void
run(struct bench *b, double results[PHASES])
{
	double start, before = resident();

	start = bench_cpu();
	for (uint32_t i = 0; i < b->n; i++)
		enrol(b, i);
	results[REG] = b->n / (bench_cpu() - start);
	results[BYTES] = (resident() - before) / b->n;
	results[REREG] = rate(b, enrol_again);
	results[TIMER] = rate(b, set_timer);
	results[HRES] = rate(b, resolve);
	shuffle(b);
	start = bench_cpu();
	for (uint32_t i = 0; i < b->n; i++)
		leave(b, b->shuffled[i]);
	results[DEREG] = b->n / (bench_cpu() - start);
}

static void
bench(const struct bench *like, double results[PHASES])
{
	struct bench *b = calloc(1, sizeof(*b));

	must(b == NULL ? RSP_ENOMEM : RSP_OK);
	*b = *like;
	b->state = UINT64_C(88172645463325252);
	rsp_home_init(&b->home, 0x12345678);
	b->shuffled = calloc(b->n, sizeof(uint32_t));
	must(b->shuffled == NULL ? RSP_ENOMEM : RSP_OK);
	must(rsp_handlespace_init(&b->space, repeatable, &b->state));
	rsp_owner_init(&b->owner, &b->home);
	run(b, results);
	rsp_handlespace_fini(&b->space);
	rsp_heap_fini(&b->timers);
	free(b->shuffled);
	free(b);
}

/* In a process of its own, or the memory of the case before would be used
 * again. */
static void
bench_apart(const struct bench *like, double results[PHASES])
{
	size_t size = PHASES * sizeof(double);
	int out[2], status;
	pid_t pid;

	if (pipe(out) != 0 || (pid = fork()) < 0)
		exit(EXIT_FAILURE);
	if (pid == 0) {
		bench(like, results);
		_exit(write(out[1], results, size) == (ssize_t)size ? 0 : 1);
	}
	close(out[1]);
	if (read(out[0], results, size) != (ssize_t)size ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		exit(EXIT_FAILURE);
	close(out[0]);
}

/* RSPLIB's figures in thousands per second; memory in bytes. */
struct peer {
	uint32_t n, per_pool, policy;
	double figures[PHASES];
};

#define MANY 10 /* elements per pool */

static const struct peer peers[] = {
/* clang-format off */
#define ONE(n, policy, ...) { n, 0, RSP_POLICY_##policy, { __VA_ARGS__, 547 } },
#define TEN(n, policy, ...) { n, MANY, RSP_POLICY_##policy, { __VA_ARGS__, 575 } },
	ONE(1000, RR,	1680, 3440, 5060, 10600, 2270)
	ONE(1000, WRR,	1510, 3050, 5080, 15700, 2120)
	ONE(1000, RAND,	1570, 3270, 4980, 4040, 2480)
	ONE(1000, WRAND, 1730, 3450, 5170, 4140, 2370)
	ONE(1000, PRIO,	1500, 3060, 5160, 13600, 2290)
	ONE(1000, LU,	1580, 3030, 5190, 16800, 2330)
	ONE(1000, LUD,	1630, 3070, 5050, 9800, 2340)
	ONE(1000, PLU,	1540, 2960, 5140, 16200, 1890)
	ONE(1000, RLU,	1630, 3310, 5070, 3960, 2360)
	ONE(10000, RR,	1160, 1990, 2720, 7220, 1170)
	ONE(10000, WRR,	1100, 1600, 2760, 11000, 1080)
	ONE(10000, RAND, 1200, 2070, 2850, 2580, 1060)
	ONE(10000, WRAND, 1240, 1960, 2960, 2790, 1150)
	ONE(10000, PRIO, 1100, 1840, 2960, 9830, 1160)
	ONE(10000, LU,	1070, 1730, 2750, 13700, 1210)
	ONE(10000, LUD,	1070, 1670, 2800, 7490, 1110)
	ONE(10000, PLU,	1150, 1830, 2930, 13500, 1180)
	ONE(10000, RLU,	1300, 2020, 2920, 2780, 1090)
	ONE(100000, RR,	710, 488, 627, 3510, 357)
	ONE(100000, WRR, 593, 356, 607, 8760, 319)
	ONE(100000, RAND, 774, 517, 604, 673, 353)
	ONE(100000, WRAND, 825, 542, 652, 671, 320)
	ONE(100000, PRIO, 558, 397, 650, 6880, 339)
	ONE(100000, LU,	408, 370, 603, 10200, 320)
	ONE(100000, LUD, 359, 338, 554, 5560, 320)
	ONE(100000, PLU, 349, 327, 562, 9550, 307)
	ONE(100000, RLU, 775, 536, 637, 641, 342)
	ONE(1000000, RR, 418, 221, 233, 2460, 158)
	ONE(1000000, WRR, 233, 134, 237, 5830, 132)
	ONE(1000000, RAND, 439, 294, 249, 316, 171)
	ONE(1000000, WRAND, 437, 270, 237, 308, 158)
	ONE(1000000, PRIO, 230, 129, 210, 3870, 143)
	ONE(1000000, LU, 177, 145, 248, 7640, 143)
	ONE(1000000, LUD, 166, 147, 234, 3910, 143)
	ONE(1000000, PLU, 186, 142, 242, 7100, 141)
	ONE(1000000, RLU, 347, 198, 197, 136, 95)
	TEN(1000, RR,	1680, 4570, 4480, 8300, 1700)
	TEN(1000, LU,	1700, 4380, 4730, 10100, 1690)
	TEN(10000, RR,	1310, 2750, 2200, 4490, 1170)
	TEN(10000, LU,	1280, 2420, 2340, 6220, 1100)
	TEN(100000, RR,	612, 642, 522, 848, 325)
	TEN(100000, RAND, 651, 662, 564, 1030, 359)
	TEN(100000, LU,	761, 582, 501, 1060, 296)
	TEN(1000000, RR, 226, 261, 224, 327, 102)
	TEN(1000000, RAND, 240, 228, 144, 276, 111)
	TEN(1000000, LU, 271, 254, 221, 380, 133)
#undef ONE
#undef TEN
	/* clang-format on */
};

/* The row of the policy, or of the last one that is kept alike. */
static const struct peer *
peer_of(const struct bench *b)
{
	enum rsp_selection d = rsp_policy_def(b->policy)->selection;
	uint32_t per_pool = b->pools == 1 ? 0 : b->n / b->pools;
	const struct peer *found = NULL;

	for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++) {
		const struct peer *p = &peers[i];

		if (p->n != b->n || p->per_pool != per_pool)
			continue;
		if (p->policy == b->policy)
			return p;
		if (found == NULL || rsp_policy_def(p->policy)->selection == d)
			found = p;
	}
	return found;
}

/* 128 items: 31, 4.0 ... thousands per second; by policy. */
static double
peer_of_many_items(const struct bench *b)
{
	static const struct {
		uint32_t n, policy;
		double one, all; /* 3 and 128 items */
	} rows[] = {
		{ 1000, RSP_POLICY_RR, 10800, 1930 },
		{ 1000, RSP_POLICY_LU, 15600, 1940 },
		{ 1000, RSP_POLICY_RAND, 1340, 31 },
		{ 100000, RSP_POLICY_RR, 3280, 1340 },
		{ 100000, RSP_POLICY_LU, 9460, 1230 },
		{ 100000, RSP_POLICY_RAND, 189, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].n == b->n && rows[i].policy == b->policy &&
		    b->pools == 1)
			return b->items == 3	 ? rows[i].one
			       : b->items == 128 ? rows[i].all
						 : 0;
	return 0;
}

static double
peer_figure(const struct bench *b, int phase)
{
	const struct peer *p = peer_of(b);

	if (phase == HRES && b->items != 1)
		return 1000 * peer_of_many_items(b);
	if (p == NULL)
		return 0;
	return p->figures[phase] * (phase == BYTES ? 1 : 1000);
}

/* Of the last case; nanoseconds. */
static double resolution[RUNS];

static void
bench_case(uint32_t n, uint32_t pools, uint32_t items, uint32_t policy)
{
	static double results[RUNS][PHASES];
	const struct bench b = { .n = n,
		.pools = pools,
		.items = items,
		.policy = policy };
	char name[80];

	for (int i = 0; i < RUNS; i++) {
		bench_apart(&b, results[i]);
		resolution[i] = 1e9 / results[i][HRES];
	}
	for (int phase = 0; phase < PHASES; phase++) {
		double ours[RUNS], peer = peer_figure(&b, phase);
		struct bench_case c = { "handlespace", name,
			phase == BYTES ? "B" : "/s", "RSPLIB, elsewhere" };

		if (items != 1 && phase != HRES)
			continue;
		for (int i = 0; i < RUNS; i++)
			ours[i] = results[i][phase];
		snprintf(name, sizeof(name), "%s %s, %u PEs, %u pools%s",
		    rsp_policy_def(policy)->spec, phases[phase], n, pools,
		    items == 1	   ? ""
		    : items == 128 ? ", 128 items"
				   : ", 3 items");
		if (peer == 0)
			c.peer = NULL;
		if (peer == 0)
			bench_print(&c, ours, NULL, RUNS);
		else
			bench_print_fixed(&c, ours, peer, RUNS);
	}
}

static void
bench_policy(uint32_t policy)
{
	double small[RUNS];
	char name[80];
	const struct bench_case growth = { "handlespace", name, "ns",
		"at 1000 PEs" };

	for (uint32_t n = 1000; n <= 1000000; n *= 10) {
		bench_case(n, 1, 1, policy);
		if (n == 1000)
			memcpy(small, resolution, sizeof(small));
		snprintf(name, sizeof(name), "%s growth of hres, %u PEs",
		    rsp_policy_def(policy)->spec, n);
		if (n == 1000000)
			bench_print(&growth, resolution, small, RUNS);
		bench_case(n, n / MANY, 1, policy);
		if (n == 1000 || n == 100000)
			bench_case(n, 1, 128, policy);
	}
}

int
main(int argc, char **argv)
{
	const struct rsp_policy_def *def;
	uint32_t v[3] = { 0, 1, 1 };

	for (int i = 1; i < argc && i < 4; i++)
		v[i - 1] = (uint32_t)strtoul(argv[i], NULL, 0);
	for (unsigned row = 0; (def = rsp_policy_row(row)) != NULL; row++) {
		if (argc > 4 && strcmp(argv[4], def->spec) != 0)
			continue;
		if (v[0] > 0 && v[1] > 0)
			bench_case(v[0], v[1], v[2], def->type);
		else
			bench_policy(def->type);
	}
	return EXIT_SUCCESS;
}
