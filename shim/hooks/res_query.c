/* SPDX-License-Identifier: Apache-2.0 */
/* res_query.c - res_query and its like, which never ask DNS for a pool
 *
 * Programs that ask DNS themselves hear that no pool is there.  .alt names
 * must not be asked of DNS (RFC 9476), and neither must a pool's name under
 * any suffix: it says what this host is interested in.
 */
#include "shim/real.h"

#include <arpa/nameser.h>
#include <string.h>

#include "shim/settings.h"
#include "shim/search.h"

static int
no_such_name(res_state state)
{
	if (state != NULL)
		state->res_h_errno = HOST_NOT_FOUND;
	h_errno = HOST_NOT_FOUND;
	return -1;
}

EXPORT int
res_query(const char *n, int c, int t, unsigned char *a, int l)
{
	return settings_names_pool(n) ? no_such_name(NULL)
				      : real.res_query(n, c, t, a, l);
}

EXPORT int
res_search(const char *n, int c, int t, unsigned char *a, int l)
{
	if (settings_names_pool(n))
		return no_such_name(NULL);
	search_begin(n);
	return real.res_search(n, c, t, a, l);
}

EXPORT int
res_nquery(res_state s, const char *n, int c, int t, unsigned char *a, int l)
{
	return settings_names_pool(n) ? no_such_name(s)
				      : real.res_nquery(s, n, c, t, a, l);
}

EXPORT int
res_nsearch(res_state s, const char *n, int c, int t, unsigned char *a, int l)
{
	if (settings_names_pool(n))
		return no_such_name(s);
	search_begin_with(s);
	return real.res_nsearch(s, n, c, t, a, l);
}

/* NAME and DOMAIN are joined by a dot, and asked for as they are. */
static bool
names_pool(const char *name, const char *domain)
{
	char joined[MAXDNAME + 1];
	size_t n, d;

	if (settings_names_pool(name))
		return true;
	if (name == NULL || domain == NULL)
		return false;
	n = strlen(name);
	d = strlen(domain);
	/* libc refuses what is longer */
	if (n + d + 2 > sizeof(joined))
		return settings_names_pool(domain);
	memcpy(joined, name, n);
	joined[n] = '.';
	memcpy(joined + n + 1, domain, d + 1);
	return settings_names_pool(joined);
}

EXPORT int
res_querydomain(const char *n, const char *d, int c, int t, unsigned char *a,
    int l)
{
	return names_pool(n, d) ? no_such_name(NULL)
				: real.res_querydomain(n, d, c, t, a, l);
}

EXPORT int
res_nquerydomain(res_state s, const char *n, const char *d, int c, int t,
    unsigned char *a, int l)
{
	return names_pool(n, d) ? no_such_name(s)
				: real.res_nquerydomain(s, n, d, c, t, a, l);
}

EXPORT int
__res_querydomain(const char *n, const char *d, int c, int t, unsigned char *a,
    int l)
{
	return res_querydomain(n, d, c, t, a, l);
}

EXPORT int
__res_nquerydomain(res_state s, const char *n, const char *d, int c, int t,
    unsigned char *a, int l)
{
	return res_nquerydomain(s, n, d, c, t, a, l);
}

EXPORT int
__res_query(const char *n, int c, int t, unsigned char *a, int l)
{
	return res_query(n, c, t, a, l);
}

EXPORT int
__res_search(const char *n, int c, int t, unsigned char *a, int l)
{
	return res_search(n, c, t, a, l);
}

EXPORT int
__res_nquery(res_state s, const char *n, int c, int t, unsigned char *a, int l)
{
	return res_nquery(s, n, c, t, a, l);
}

EXPORT int
__res_nsearch(res_state s, const char *n, int c, int t, unsigned char *a, int l)
{
	return res_nsearch(s, n, c, t, a, l);
}
