/* SPDX-License-Identifier: Apache-2.0 */
/* user_fixture.c - test fixture of a pool user: a registrar and a cache
 * directory of its own */
#include "tests/lib/user_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

struct fake_registrar *fake;
char directory[32];
struct rsp_user user;
struct rsp_user_config config;
struct rsp_user_pool pool;
struct rsp_candidate list[RSP_CANDIDATES_MAX];

void
use_registrar(unsigned i, const char *endpoint)
{
	const char *what;

	ck_assert_int_eq(rsp_endpoint_parse(endpoint, RSP_PORT_ASAP,
			     &config.registrars[i], &what),
	    RSP_OK);
}

void
user_setup(void)
{
	memset(directory, 0, sizeof(directory));
	strcpy(directory, "/tmp/check_user.");
	memset(directory + strlen(directory), 'X', 6); /* for mkdtemp */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	fake = fake_start("Web", 3, 0);
	ck_assert_ptr_nonnull(fake);
	rsp_user_config_init(&config);
	use_registrar(0, fake_endpoint(fake));
	strcpy(config.runtime_dir, directory);
	config.connect_timeout_ms = 300;
	ck_assert_int_eq(rsp_user_init(&user, &config), RSP_OK);
}

void
empty_directory(void)
{
	DIR *d = opendir(directory);
	char path[400];

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		unlink(path);
	}
	closedir(d);
}

void
user_teardown(void)
{
	rsp_user_fini(&user);
	fake_stop(fake);
	munmap(fake, sizeof(*fake));
	empty_directory();
	rmdir(directory);
}

/* The file's path; there is one. */
const char *
cache_path(void)
{
	static char path[400];
	DIR *d = opendir(directory);

	path[0] = '\0';
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%s", directory,
			    e->d_name);
	closedir(d);
	return path;
}

void
reopen(void)
{
	rsp_user_fini(&user);
	ck_assert_int_eq(rsp_user_init(&user, &config), RSP_OK);
}

void
find_web(void)
{
	ck_assert_int_eq(rsp_user_find(&user, WEB, false, &pool), RSP_OK);
}
