/* SPDX-License-Identifier: Apache-2.0 */
/* cache_steps.c - exhaustive trial of the shared cache: a process is killed,
 * and one is stopped, before every single access that its work makes
 *
 * What cache_torture.c leaves to chance is done here exhaustively.  The cache
 * is compiled with a call before each access (RSP_CACHE_STEPS), and the call
 * kills or stops the child when its turn has come.  After a kill the others
 * find all whole.  While the child is stopped, the ring is brought around until
 * live answers lie where the child was writing or reading.  Then the child goes
 * on.  It must not spoil what it finds there, nor take that for what it had
 * begun to read.
 *
 * The one exception is a writer that was stopped between its look at the ring's
 * position and the swap that follows.  Where the later answer happens to have
 * the same word as what was there before, the writer spoils that word and with
 * it one answer.  That answer is never taken for anything but lost.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/marked_answer.h"
#include "rsp/core/base/error.h"

#define NOW 1000000
#define NONSENSE 4
#define RING_WORDS 131072u
#define VICTIMS 3 /* pools whose answers come to lie in the child's way */
#define FILLER 100

static struct rsp_cache *cache;
static uint64_t words[4][RSP_ANSWER_WORDS];
static struct rsp_answer answer = { words[0], RSP_ANSWER_WORDS, 0 };
static struct rsp_answer scratch = { words[1], RSP_ANSWER_WORDS, 0 };
static struct rsp_answer fillers[2] = { { words[2], RSP_ANSWER_WORDS, 0 },
	{ words[3], RSP_ANSWER_WORDS, 0 } };
static pid_t child;
static unsigned long steps, turn; /* turn 0: never */
static int turn_signal;
static unsigned long lost;

enum work { CHANGE, READ };

void cache_step(void); /* as cache_block.h has it */

void
cache_step(void)
{
	if (++steps == turn)
		raise(turn_signal);
}

static void die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

static void
die(const char *format, ...)
{
	va_list args;

	fputs("cache_steps: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (child > 0)
		kill(child, SIGKILL);
	exit(1);
}

static int
slot_of(unsigned pool)
{
	char text[20];
	int slot = rsp_cache_claim(cache, marked_handle(pool, text));

	if (slot < 0)
		die("pool %u has no slot: %s", pool, rsp_strerror(slot));
	return slot;
}

/* Publishes; returns the position in the ring, which the head has. */
static uint64_t
publish(unsigned pool, uint32_t g)
{
	marked_make(&answer, pool, g);
	rsp_cache_publish(cache, slot_of(pool), &answer, NOW, NOW, &scratch);
	return answer.words[2];
}

/* The same cheaply: two large answers in turn. */
static uint64_t
fill(void)
{
	static unsigned i;
	struct rsp_answer *a = &fillers[i++ % 2];

	rsp_cache_publish(cache, slot_of(FILLER), a, NOW, NOW, &scratch);
	return a->words[2];
}

/* Everything that changes the cache. */
static void
change_everything(uint32_t g)
{
	struct rsp_span handle = { (const uint8_t *)&g, sizeof(g) };
	uint64_t token;
	uint32_t pe;
	int slot, other;

	slot = rsp_cache_claim(cache, handle);
	publish(0, g * 100 + 2); /* three elements */
	rsp_cache_advance(cache, slot);
	rsp_cache_lease(cache, slot, NOW, 10, &token);
	rsp_cache_hold(cache, slot, token, 0);
	rsp_cache_unknown(cache, slot, NOW);
	rsp_cache_nobody(cache, slot);
	rsp_cache_used(cache, slot, NOW);
	rsp_cache_set_alias(cache, handle, slot, NOW);
	rsp_cache_note_unknown(cache, g, NOW);
	rsp_cache_mark_dead(cache, g, NOW, 1, 60);
	rsp_cache_probe(cache, g, NOW + 1000, 10);
	rsp_cache_mark_alive(cache, g);
	rsp_cache_use(cache, g);
	rsp_cache_report(cache, slot, g, NOW);
	rsp_cache_take_report(cache, &other, &pe, NOW);
}

static int
read_one(void)
{
	if (rsp_cache_read(cache, slot_of(0), &answer) != RSP_OK)
		return 0;
	return marked_verify(&answer, 0) == NULL ? 0 : NONSENSE;
}

/* A child that does the work and gets the signal before access number `at`. */
static void
start(enum work work, unsigned long at, int signal, uint32_t g)
{
	int status = 0;

	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		steps = 0;
		turn = at;
		turn_signal = signal;
		if (work == READ)
			_exit(read_one());
		change_everything(g);
		_exit(0);
	}
	waitpid(child, &status, WUNTRACED);
	if (WIFEXITED(status))
		die("access %lu was never made", at);
}

static void
check_pool(unsigned pool, bool may_be_lost)
{
	const char *why;

	if (rsp_cache_read(cache, slot_of(pool), &answer) != RSP_OK) {
		if (!may_be_lost)
			die("pool %u lost its answer", pool);
		lost++;
		return;
	}
	why = marked_verify(&answer, pool);
	if (why != NULL)
		die("pool %u: %s", pool, why);
}

static void
check_all(bool may_be_lost)
{
	for (unsigned i = 0; i <= VICTIMS; i++)
		check_pool(i, may_be_lost);
	/* and whoever comes next can work */
	for (unsigned i = 0; i <= VICTIMS; i++)
		publish(i, i);
	for (unsigned i = 0; i <= VICTIMS; i++)
		check_pool(i, false);
}

static void
kill_before(unsigned long access)
{
	start(CHANGE, access, SIGKILL, (uint32_t)access + 1000);
	check_all(false);
}

/* Brings the ring around, so that answers of the victims lie over `position`
 * and what follows. */
static void
go_around(uint64_t position)
{
	uint64_t at;

	do
		at = fill();
	while (at - position < RING_WORDS - 2000);
	/* small ones up to it, then a large one over it, then small ones */
	for (uint32_t g = 0; at - position < RING_WORDS - 40; g += 100)
		at = publish(FILLER, g);
	for (unsigned i = 1; i <= VICTIMS; i++)
		publish(i, i == 1 ? 99 : 102);
}

static void
stop_before(unsigned long access, enum work work)
{
	uint64_t position;
	int status = 0;

	publish(0, 102);
	position = publish(0, 2);
	/* what is written follows this, and what is read is this */
	start(work, access, SIGSTOP, (uint32_t)access + 100000);
	go_around(position);
	kill(child, SIGCONT);
	waitpid(child, &status, 0);
	if (status != 0)
		die("access %lu: the %s ended with status %x", access,
		    work == READ ? "reader" : "writer", status);
	check_all(work == CHANGE);
}

int
main(void)
{
	static const struct rsp_cache_id id = { "a boot", 1 };
	unsigned long changing, reading;

	cache = mmap(NULL, rsp_cache_size(), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cache == MAP_FAILED)
		die("no memory");
	alarm(120); /* a hang is a failure that says so */
	rsp_cache_format(cache, &id);
	marked_make(&fillers[0], FILLER, 98);
	marked_make(&fillers[1], FILLER, 99);
	for (unsigned i = 0; i <= VICTIMS; i++)
		publish(i, i);
	publish(0, 2);
	steps = 0;
	read_one();
	reading = steps;
	steps = 0;
	change_everything(1);
	changing = steps;
	for (unsigned long i = 1; i <= changing; i++)
		kill_before(i);
	for (unsigned long i = 1; i <= changing; i++)
		stop_before(i, CHANGE);
	for (unsigned long i = 1; i <= reading; i++)
		stop_before(i, READ);
	printf("cache_steps: killed and stopped before %lu accesses, stopped "
	       "before %lu of reading; %lu answers lost\n",
	    changing, reading, lost);
	if (lost > 8)
		die("too many answers were lost");
	return 0;
}
