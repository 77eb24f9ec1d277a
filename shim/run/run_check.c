/* SPDX-License-Identifier: Apache-2.0 */
/* run_check.c - rsp-run --check: a probe under the library, each registrar,
 * and the cache's pools */
#include "shim/run/run_check.h"

#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/user/user.h"
#include "rsp/core/user/cache.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"

/* A handle that no pool has: any answer will do. */
#define NOBODY "rsp-run --check"

int
run_probe(void)
{
	Dl_info info;
	void *f = dlsym(RTLD_DEFAULT, "getaddrinfo");
	const char *base;

	if (f == NULL || dladdr(f, &info) == 0 || info.dli_fname == NULL)
		return 1;
	base = strrchr(info.dli_fname, '/');
	return strcmp(base != NULL ? base + 1 : info.dli_fname,
		   "librspshim.so") == 0
		   ? 0
		   : 1;
}

static bool
check_library(void)
{
	static char name[] = "rsp-run", option[] = "--probe";
	char *argv[] = { name, option, NULL };
	bool active = false;
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) ==
		0 &&
	    waitpid(pid, &status, 0) == pid)
		active = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("library    %s: LD_PRELOAD=%s\n",
	    active ? "active" : "NOT ACTIVE", getenv("LD_PRELOAD"));
	return active;
}

static bool
answers(const struct rsp_user_config *all, unsigned i)
{
	struct rsp_user_config one = *all;
	struct rsp_span nobody = { (const uint8_t *)NOBODY, strlen(NOBODY) };
	struct rsp_user_pool pool;
	struct rsp_user user;
	int r;

	one.n_registrars = 1;
	one.registrars[0] = all->registrars[i];
	one.cache = RSP_CACHE_OFF;
	if (rsp_user_init(&user, &one) != RSP_OK)
		return false;
	r = rsp_user_find(&user, nobody, false, &pool);
	rsp_user_fini(&user);
	return r == RSP_OK || r == RSP_ENOENT;
}

static bool
check_registrars(const struct rsp_user_config *config)
{
	bool any = false;

	for (unsigned i = 0; i < config->n_registrars; i++) {
		bool one = answers(config, i);

		printf("registrar  %s: %s\n", config->registrars[i].text,
		    one ? "answers" : "DOES NOT ANSWER");
		any |= one;
	}
	if (!any)
		puts("           start one with: rsp-registrar");
	return any;
}

static void
print_pool(struct rsp_cache *cache, int slot)
{
	static uint64_t words[RSP_ANSWER_WORDS];
	static uint8_t handle[RSP_CACHE_HANDLE_MAX];
	char name[256];
	struct rsp_answer a = { .words = words, .size = RSP_ANSWER_WORDS };
	rsp_time now = rsp_user_now(), confirmed;
	size_t len = rsp_cache_handle(cache, slot, handle, sizeof(handle));

	if (len == 0 || !rsp_cache_has_answer(cache, slot) ||
	    rsp_cache_read(cache, slot, &a) != RSP_OK)
		return;
	confirmed = rsp_cache_confirmed(cache, slot, now);
	printf("pool       %s: %u elements, %lld s old\n",
	    rsp_pool_name_escape((struct rsp_span){ handle, len }, name,
		sizeof(name)),
	    rsp_answer_count(&a),
	    confirmed == RSP_NEVER ? -1LL
				   : (long long)(now - confirmed) / 1000);
}

static void
check_cache(const struct rsp_user_config *config)
{
	struct rsp_user user;

	if (rsp_user_init(&user, config) != RSP_OK) {
		puts("cache      none: not enough memory");
		return;
	}
	if (user.shared)
		printf("cache      shared, in %s\n", config->runtime_dir);
	else
		puts("cache      private to each process");
	for (unsigned slot = 0; user.shared && slot < RSP_CACHE_SLOTS; slot++)
		print_pool(rsp_user_cache(&user), (int)slot);
	rsp_user_fini(&user);
}

int
run_check(void)
{
	struct rsp_user_config config;
	bool active, answered;

	rsp_user_config_init(&config);
	rsp_user_config_env(&config, secure_getenv);
	active = check_library();
	answered = check_registrars(&config);
	check_cache(&config);
	return active && answered ? 0 : 1;
}
