/* SPDX-License-Identifier: Apache-2.0 */
/* bench_handlespace.c - how fast the handlespace is, and how large
 *
 *	bench_handlespace [ELEMENTS [POOLS [ITEMS [POLICY]]]]
 *
 * Without arguments: 1 000 to 1 000 000 elements in one pool and with ten in
 * each, every policy.  One line per case, operations per second:
 *	reg	registration of all, with a deadline each
 *	rereg	of a random element, with new values and address
 *	timer	find an element, give it another deadline
 *	hres	resolution of a random pool, ITEMS elements copied into an answer
 *	dereg	of all, in random order
 * and bytes of resident memory per element.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "rsp/core/handlespace.h"

#define SECONDS 0.4 /* for each phase that can be as long as one likes */
#define BATCH 1024

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
random32(void *ctx)
{
	uint64_t *state = ctx;

	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static uint32_t
below(struct bench *b, uint32_t bound)
{
	return (uint32_t)((uint64_t)random32(&b->state) * bound >> 32);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

static struct rsp_span
handle_of(uint32_t pool, char text[16])
{
	int len = snprintf(text, 16, "Pool%08u", (unsigned)pool);

	return (struct rsp_span){ (const uint8_t *)text, (size_t)len };
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
	p->words[0] = def->n_words > 0 && def->words[0].kind == RSP_WORD_LOAD ?
	    random32(&b->state) >> 1 :
	    1 + below(b, 100);
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

	set_pe(b, &pe, i, random32(&b->state));
	must(rsp_entry_update(&b->space, &e, &pe, &b->owner, &changed));
}

static void
set_timer(struct bench *b)
{
	struct rsp_entry *e = find(b, below(b, b->n));

	rsp_heap_move(&b->timers, &e->timer, random32(&b->state));
}

static uint8_t room[65536];

static void
resolve(struct bench *b)
{
	struct rsp_builder answer = rsp_builder_into(room, sizeof(room));
	char text[16];
	struct rsp_pool *pool = rsp_pool_find(&b->space,
	    handle_of(below(b, b->pools), text));

	rsp_pool_list(&b->space, pool, b->items, random32, &b->state);
	for (uint32_t i = 0; i < b->space.list.n; i++)
		rsp_put_span(&answer,
		    rsp_entry_param(rsp_pool_listed(&b->space, i)));
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
	double start = now(), spent;
	uint64_t n = 0;

	do {
		for (unsigned i = 0; i < BATCH; i++)
			operation(b);
		n += BATCH;
	} while ((spent = now() - start) < SECONDS);
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
run(struct bench *b)
{
	double start, before = resident(), size, rates[5];

	start = now();
	for (uint32_t i = 0; i < b->n; i++)
		enrol(b, i);
	rates[0] = b->n / (now() - start);
	size = (resident() - before) / b->n;
	rates[1] = rate(b, enrol_again);
	rates[2] = rate(b, set_timer);
	rates[3] = rate(b, resolve);
	shuffle(b);
	start = now();
	for (uint32_t i = 0; i < b->n; i++)
		leave(b, b->shuffled[i]);
	rates[4] = b->n / (now() - start);
	printf("%-13s %7u elements %6u pools %3u items | reg %8.0f "
	       "rereg %8.0f timer %8.0f hres %9.0f dereg %8.0f | %4.0f B\n",
	    rsp_policy_def(b->policy)->spec, b->n, b->pools, b->items,
	    rates[0], rates[1], rates[2], rates[3], rates[4], size);
	fflush(stdout);
}

static void
bench(uint32_t n, uint32_t pools, uint32_t items, uint32_t policy)
{
	struct bench *b = calloc(1, sizeof(*b));

	must(b == NULL ? RSP_ENOMEM : RSP_OK);
	b->n = n;
	b->pools = pools;
	b->items = items;
	b->policy = policy;
	b->state = UINT64_C(88172645463325252);
	rsp_home_init(&b->home, 0x12345678);
	b->shuffled = calloc(n, sizeof(uint32_t));
	must(b->shuffled == NULL ? RSP_ENOMEM : RSP_OK);
	must(rsp_handlespace_init(&b->space, random32, &b->state));
	rsp_owner_init(&b->owner, &b->home);
	run(b);
	rsp_handlespace_fini(&b->space);
	rsp_heap_fini(&b->timers);
	free(b->shuffled);
	free(b);
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
		if (v[0] > 0 && v[1] > 0) {
			bench(v[0], v[1], v[2], def->type);
			continue;
		}
		for (uint32_t n = 1000; n <= 1000000; n *= 10) {
			bench(n, 1, 1, def->type);
			bench(n, n / 10, 1, def->type);
		}
	}
	return EXIT_SUCCESS;
}
