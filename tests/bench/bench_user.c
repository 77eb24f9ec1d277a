/* SPDX-License-Identifier: Apache-2.0 */
/* bench_user.c - benchmark of the pool user: what its start, a cached pool, and
 * a question to a registrar next door cost a process
 *
 * The figures are CPU time of the process, which repeats on a busy machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/fake_registrar.h"
#include "rsp/user/user.h"
#include "rsp/core/base/error.h"

static struct rsp_user user;
static struct rsp_user_config config;
static struct fake_registrar *registrar;
static char directory[32];
static const struct rsp_span web = { (const uint8_t *)"Web", 3 };

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "bench_user: %s: %s\n", what, rsp_strerror(err));
	exit(1);
}

static void
report(const char *what, unsigned n, double start)
{
	printf("bench_user: %-40s %8.0f ns (%u times)\n", what,
	    (seconds() - start) / n * 1e9, n);
}

static void
start_often(const char *what, enum rsp_cache_mode mode)
{
	struct rsp_user_config c = config;
	static struct rsp_user u;
	double start = seconds();
	unsigned n = 2000;

	c.cache = mode;
	for (unsigned i = 0; i < n; i++) {
		must(rsp_user_init(&u, &c), "init");
		rsp_user_fini(&u);
	}
	report(what, n, start);
}

static void
find_and_choose(unsigned n_elements, unsigned n)
{
	struct rsp_candidate list[RSP_CANDIDATES_MAX];
	struct rsp_user_pool pool;
	char what[60];
	double start;

	registrar->n_elements = n_elements;
	config.ttl_ms = 0; /* learn the new list */
	rsp_user_fini(&user);
	must(rsp_user_init(&user, &config), "init");
	must(rsp_user_find(&user, web, false, &pool), "find");
	user.config.ttl_ms = 1000000;
	start = seconds();
	for (unsigned i = 0; i < n; i++)
		must(rsp_user_find(&user, web, false, &pool), "find");
	snprintf(what, sizeof(what), "find, cached, %u elements", n_elements);
	report(what, n, start);
	start = seconds();
	for (unsigned i = 0; i < n; i++)
		must(rsp_user_choose(&user, &pool, list, RSP_CANDIDATES_MAX),
		    "choose");
	snprintf(what, sizeof(what), "choose, cached, %u elements", n_elements);
	report(what, n, start);
}

static void
ask_often(void)
{
	struct rsp_user_pool pool;
	unsigned n = 2000;
	double start;

	registrar->n_elements = 3;
	user.config.ttl_ms = 0;
	start = seconds();
	for (unsigned i = 0; i < n; i++)
		must(rsp_user_find(&user, web, false, &pool), "find");
	report("find, asking a registrar, 3 elements", n, start);
}

int
main(void)
{
	const char *what;
	char command[60];

	strcpy(directory, "/tmp/bench_user.");
	memset(directory + strlen(directory), 'X', 6); /* for mkdtemp */
	registrar = fake_start(web.at, web.len, 0);
	if (mkdtemp(directory) == NULL || registrar == NULL)
		return 1;
	rsp_user_config_init(&config);
	must(rsp_endpoint_parse(fake_endpoint(registrar), RSP_PORT_ASAP,
		 &config.registrars[0], &what),
	    "endpoint");
	strcpy(config.runtime_dir, directory);
	must(rsp_user_init(&user, &config), "init");
	start_often("start and end, shared cache", RSP_CACHE_SHARED);
	start_often("start and end, private cache", RSP_CACHE_PRIVATE);
	find_and_choose(3, 200000);
	find_and_choose(30, 50000);
	find_and_choose(128, 10000);
	ask_often();
	fake_stop(registrar);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command) == 0 ? 0 : 1;
}
