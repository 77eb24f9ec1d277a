/* SPDX-License-Identifier: Apache-2.0 */
/* preload.c - our libraries and LD_PRELOAD: where they are, and how they get
 * in front of a command */
#include "rsp/net/preload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
own_directory(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* Without `..`, for it is read by people, too. */
static void
plain(char path[TARGET_PATH])
{
	char *real = realpath(path, NULL);

	if (real != NULL && strlen(real) < TARGET_PATH)
		strcpy(path, real);
	free(real);
}

bool
preload_find(const char *library, char path[TARGET_PATH])
{
	static const char *const beside[] = { "/", "/../../shim/.libs/",
		"/../../../shim/.libs/", NULL, "/../lib/rspool/" };
	char directory[TARGET_PATH - 64];
	bool known = own_directory(directory, sizeof(directory));
	size_t i;

	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		if (beside[i] == NULL)
			snprintf(path, TARGET_PATH, "%s/%s", PKGLIBDIR,
			    library);
		else if (known)
			snprintf(path, TARGET_PATH, "%s%s%s", directory,
			    beside[i], library);
		else
			continue;
		if (access(path, R_OK) == 0) {
			plain(path);
			return true;
		}
	}
	snprintf(path, TARGET_PATH, "%s/%s", PKGLIBDIR, library);
	return false;
}

/* Is the path an item of the list?  A longer item that begins with the path is
 * another one. */
static bool
is_listed(const char *list, const char *path)
{
	size_t len = strlen(path);

	for (; *list != '\0'; list += strspn(list, " :")) {
		size_t item = strcspn(list, " :");

		if (item == len && memcmp(list, path, len) == 0)
			return true;
		list += item;
	}
	return false;
}

int
preload_set(const char *path)
{
	const char *before = getenv("LD_PRELOAD");
	char *list = NULL;
	int err;

	if (strpbrk(path, " :\t\n") != NULL)
		return EINVAL;
	if (before != NULL && is_listed(before, path))
		return 0;
	if (before != NULL && *before != '\0' &&
	    asprintf(&list, "%s:%s", path, before) < 0)
		return ENOMEM;
	err = setenv("LD_PRELOAD", list != NULL ? list : path, 1) == 0 ? 0
								       : ENOMEM;
	free(list);
	return err;
}
