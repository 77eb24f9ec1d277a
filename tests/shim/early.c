/* SPDX-License-Identifier: Apache-2.0 */
/* early.c - a library whose constructor looks pools up before the shim's runs
 *
 * Preloaded behind it, for shim/strange.sh.  A line to the standard output says
 * what came of it, once in the constructor and once at the end.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

static void
look_up(const char *when)
{
	const char *name = getenv("EARLY_NAME");
	struct addrinfo *list;
	int r;

	if (name == NULL)
		return;
	r = getaddrinfo(name, "80", NULL, &list);
	if (r == 0)
		freeaddrinfo(list);
	printf("%s: %s\n", when, r == 0 ? "found" : gai_strerror(r));
}

__attribute__((constructor)) static void
begin(void)
{
	look_up("first");
}

__attribute__((destructor)) static void
end(void)
{
	look_up("last");
	fflush(stdout);
}
