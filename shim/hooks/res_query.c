/* SPDX-License-Identifier: Apache-2.0 */
/* res_query.c - programs that ask DNS themselves hear that no pool is there
 *
 * .alt names must not be asked of DNS (RFC 9476), and neither must a pool's
 * name under any suffix: it says what this host is interested in.
 */
#include "shim/real.h"

#include "shim/settings.h"

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
	return settings_names_pool(n) ? no_such_name(NULL)
				      : real.res_search(n, c, t, a, l);
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
	return settings_names_pool(n) ? no_such_name(s)
				      : real.res_nsearch(s, n, c, t, a, l);
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
