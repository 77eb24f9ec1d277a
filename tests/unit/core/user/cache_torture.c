/* SPDX-License-Identifier: Apache-2.0 */
/* cache_torture.c - random trial of the shared cache: processes are killed and
 * stopped while they write it; the others must not hang, crash or read nonsense
 *
 * usage: cache_torture [ROUNDS [SEED]]
 *
 * Each round starts a child that does nothing but change the cache, or that is
 * a pool user with a lifetime of 0, or that makes the file anew.  The child
 * runs for a moment and is killed or stopped.  Stopped ones are woken some
 * rounds later, when the ring has gone around, or killed.  After each round the
 * parent reads everything, and is a pool user itself, within a time limit.
 * Every answer carries its writer's mark, so that a mixture of two is noticed.
 *
 * 200 rounds from a new seed; RSP_SOAK=1: 10000.  The seed is printed.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/fake_registrar.h"
#include "tests/lib/marked_answer.h"
#include "rsp/user/user.h"
#include "rsp/core/base/error.h"

#define NONSENSE 4 /* exit status of a child that read some */
#define POOLS 6
#define STOPPED 8
#define LIMIT_MS 2000 /* for what takes microseconds, on a busy machine */

static uint64_t seed, state; /* as given, and as drawn from */
static unsigned long round_number;
static char directory[32];
static struct fake_registrar *registrar;
static struct rsp_user user;
static struct rsp_user_config config;
static pid_t stopped[STOPPED];
static pid_t busy; /* changes the cache all the time */
static struct {
	unsigned long killed, stopped, reads, lost, renewed;
	rsp_time slowest;
} counts;

static void die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

static void
die(const char *format, ...)
{
	va_list args;

	fprintf(stderr,
	    "cache_torture: seed %llu, round %lu: ", (unsigned long long)seed,
	    round_number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	for (int i = 0; i < STOPPED; i++)
		if (stopped[i] > 0)
			kill(stopped[i], SIGKILL);
	if (busy > 0)
		kill(busy, SIGKILL);
	exit(1);
}

static void
check_answer(const struct rsp_answer *a, unsigned pool)
{
	const char *why = marked_verify(a, pool);

	if (why != NULL)
		die("pool %u: %s", pool, why);
}

/* The child's part: changes without end. */
static void
hammer_cache(struct rsp_cache *c, uint64_t own)
{
	static uint64_t words[2][RSP_ANSWER_WORDS];
	struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
	struct rsp_answer scratch = { words[1], RSP_ANSWER_WORDS, 0 };
	uint64_t token;
	uint32_t pe;
	char text[20];

	for (;;) {
		unsigned pool = draw(&own) % POOLS;
		int slot = rsp_cache_claim(c, marked_handle(pool, text)), other;
		uint64_t key = draw(&own) % 50 * UINT64_C(0x9e3779b97f4a7c15);
		rsp_time now = rsp_user_now();

		if (slot < 0)
			_exit(3);
		marked_make(&a, pool, draw(&own));
		rsp_cache_publish(c, slot, &a, now, now, &scratch);
		rsp_cache_advance(c, slot);
		if (rsp_cache_lease(c, slot, now, 50, &token))
			rsp_cache_hold(c, slot, token, 0);
		rsp_cache_mark_dead(c, key, now, 1, 60);
		rsp_cache_probe(c, key, now + 1000, 10);
		rsp_cache_use(c, key);
		rsp_cache_report(c, slot, draw(&own), now);
		rsp_cache_take_report(c, &other, &pe, now);
	}
}

/* Or reads without end. */
static void
read_cache(struct rsp_cache *c)
{
	static uint64_t words[RSP_ANSWER_WORDS];
	struct rsp_answer a = { words, RSP_ANSWER_WORDS, 0 };
	char text[20];

	for (unsigned pool = 0;; pool = (pool + 1) % POOLS) {
		int slot = rsp_cache_lookup(c, marked_handle(pool, text));

		if (slot >= 0 && rsp_cache_read(c, slot, &a) == RSP_OK &&
		    marked_verify(&a, pool) != NULL)
			_exit(NONSENSE);
	}
}

static void
hammer_user(void)
{
	struct rsp_candidate list[8];
	struct rsp_user_pool pool;
	struct rsp_span web = { (const uint8_t *)"Web", 3 };

	for (;;)
		if (rsp_user_find(&user, web, false, &pool) == RSP_OK &&
		    rsp_user_choose(&user, &pool, list, 8) > 0)
			rsp_user_outcome(&user, &pool, &list[0],
			    draw(&state) % 2 == 0 ? RSP_OUTCOME_REFUSED
						  : RSP_OUTCOME_ALIVE);
}

static void
remove_file(void)
{
	DIR *d = opendir(directory);
	char path[400];

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
}

static unsigned
count_files(void)
{
	DIR *d = opendir(directory);
	unsigned n = 0;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void
open_user(void)
{
	rsp_user_fini(&user);
	if (rsp_user_init(&user, &config) != RSP_OK || !user.shared)
		die("no shared cache");
}

static pid_t
start_child(unsigned kind)
{
	uint64_t own = seed ^ draw(&state);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (kind == 0) {
		open_user();
		_exit(0);
	}
	if (kind % 4 == 0)
		hammer_user();
	if (kind % 4 == 1)
		read_cache(rsp_user_cache(&user));
	hammer_cache(rsp_user_cache(&user), own | 1);
	_exit(0);
}

static void
sleep_us(unsigned us)
{
	struct timespec ts = { 0, (long)us * 1000 };

	nanosleep(&ts, NULL);
}

static void
end_child(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		die("a child ended with %d", WEXITSTATUS(status));
}

/* Kills the child, or stops it and lets go of the one stopped longest ago. */
static void
interrupt(pid_t pid)
{
	int status, i = (int)(draw(&state) % STOPPED);

	if (draw(&state) % 2 == 0) {
		end_child(pid);
		counts.killed++;
		return;
	}
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	if (!WIFSTOPPED(status)) {
		if (status != 0)
			die("a child ended with status %x", status);
		return;
	}
	counts.stopped++;
	if (stopped[i] > 0) {
		kill(stopped[i], SIGCONT);
		sleep_us(draw(&state) % 300);
		end_child(stopped[i]);
	}
	stopped[i] = pid;
}

static void
read_all(void)
{
	static uint64_t words[2][RSP_ANSWER_WORDS];
	struct rsp_answer a = { words[0], RSP_ANSWER_WORDS, 0 };
	struct rsp_answer scratch = { words[1], RSP_ANSWER_WORDS, 0 };
	struct rsp_cache *c = rsp_user_cache(&user);
	rsp_time now = rsp_user_now();
	char text[20];

	for (unsigned pool = 0; pool < POOLS; pool++) {
		int slot = rsp_cache_claim(c, marked_handle(pool, text));

		if (slot < 0)
			die("pool %u has no slot: %s", pool,
			    rsp_strerror(slot));
		counts.reads++;
		if (rsp_cache_read(c, slot, &a) == RSP_OK) {
			check_answer(&a, pool);
			continue;
		}
		counts.lost += rsp_cache_has_answer(c, slot);
		/* whoever comes next can publish at once */
		marked_make(&a, pool, draw(&state));
		rsp_cache_publish(c, slot, &a, now, now, &scratch);
		if (rsp_cache_read(c, slot, &a) != RSP_OK)
			die("pool %u cannot be published", pool);
		check_answer(&a, pool);
		counts.renewed++;
	}
}

static void
use_all(void)
{
	struct rsp_candidate list[8];
	struct rsp_user_pool pool;
	struct rsp_span web = { (const uint8_t *)"Web", 3 };
	int err = rsp_user_find(&user, web, false, &pool);

	if (err != RSP_OK)
		die("find: %s", rsp_strerror(err));
	err = rsp_user_choose(&user, &pool, list, 8);
	if (err < 1 || err > 3)
		die("choose: %d", err);
	for (int i = 0; i < err; i++)
		if (list[i].pe_id - 100 > 2 ||
		    list[i].port != list[i].pe_id - 100 + 1001)
			die("choose: element %u at port %u", list[i].pe_id,
			    list[i].port);
}

static void
play_round(void)
{
	unsigned kind = draw(&state) % 20;
	rsp_time start, took;
	pid_t pid;

	if (kind == 0)
		remove_file();
	if (round_number % 50 == 1) { /* it has to learn of a new file */
		if (busy > 0)
			end_child(busy);
		busy = start_child(3);
	}
	pid = start_child(kind);
	if (pid < 0)
		die("fork: %s", strerror(errno));
	sleep_us(draw(&state) % (kind == 0 ? 600 : 2000));
	interrupt(pid);
	start = rsp_user_now();
	if (kind == 0) {
		open_user();
		if (count_files() != 1)
			die("%u files", count_files());
	}
	read_all();
	use_all();
	took = rsp_user_now() - start;
	if (took > counts.slowest)
		counts.slowest = took;
	if (took > LIMIT_MS)
		die("that took %lld ms", (long long)took);
}

static void
prepare(void)
{
	const char *what;

	strcpy(directory, "/tmp/cache_torture.");
	memset(directory + strlen(directory), 'X', 6); /* for mkdtemp */
	if (mkdtemp(directory) == NULL)
		die("no directory: %s", strerror(errno));
	registrar = fake_start("Web", 3, 0);
	if (registrar == NULL)
		die("no registrar");
	rsp_user_config_init(&config);
	rsp_endpoint_parse(fake_endpoint(registrar), RSP_PORT_ASAP,
	    &config.registrars[0], &what);
	strcpy(config.runtime_dir, directory);
	config.ttl_ms = 0;
	open_user();
}

int
main(int argc, char **argv)
{
	const char *soak = getenv("RSP_SOAK");
	unsigned long rounds =
	    soak != NULL && strcmp(soak, "1") == 0 ? 10000 : 200;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	seed = (uint64_t)ts.tv_nsec ^ (uint64_t)getpid() << 32;
	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	seed |= 1; /* the generator's one bad seed is 0 */
	state = seed;
	printf("cache_torture: %lu rounds, seed %llu\n", rounds,
	    (unsigned long long)seed);
	fflush(stdout);
	prepare();
	/* a hang is a failure that says so */
	for (round_number = 1; round_number <= rounds; round_number++) {
		alarm(20);
		play_round();
	}
	alarm(0);
	end_child(busy);
	for (int i = 0; i < STOPPED; i++)
		if (stopped[i] > 0)
			end_child(stopped[i]);
	read_all();
	fake_stop(registrar);
	remove_file();
	rmdir(directory);
	printf("cache_torture: %lu killed, %lu stopped, %lu answers read, "
	       "%lu lost, %lu published anew, slowest %lld ms\n",
	    counts.killed, counts.stopped, counts.reads, counts.lost,
	    counts.renewed, (long long)counts.slowest);
	/* a writer that was stopped between two instructions while the ring
	 * went around may cost an answer, which is then asked for again */
	if (counts.lost > 2 + rounds / 500)
		die("too many answers were lost");
	return 0;
}
