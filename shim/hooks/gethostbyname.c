/* SPDX-License-Identifier: Apache-2.0 */
/* gethostbyname.c - gethostbyname, gethostbyaddr and their reentrant forms
 *
 * struct hostent is old enough to be built by hand: a name, no aliases, one
 * address, all in one buffer.
 */
#include "shim/real.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "shim/settings.h"
#include "shim/hooks/getaddrinfo.h"
#include "shim/search.h"

/* What a struct hostent points to. */
struct layout {
	char *aliases[1];
	char *addresses[2];
	uint8_t address[16];
	char name[];
};

/* Fills *h in from the buffer; ERANGE if that is too small. */
static int
build(struct hostent *h, char *buffer, size_t size, const char *name,
    const struct rsp_address *a)
{
	size_t skip = -(uintptr_t)buffer % __alignof__(struct layout);
	size_t len = strlen(name) + 1;
	struct layout *l;

	if (size < skip || size - skip < sizeof(*l) + len)
		return ERANGE;
	l = (struct layout *)(void *)(buffer + skip);
	l->aliases[0] = NULL;
	l->addresses[0] = (char *)l->address;
	l->addresses[1] = NULL;
	memcpy(l->address, a->bytes, sizeof(l->address));
	memcpy(l->name, name, len);
	h->h_name = l->name;
	h->h_aliases = l->aliases;
	h->h_addrtype = a->family == 4 ? AF_INET : AF_INET6;
	h->h_length = a->family == 4 ? 4 : 16;
	h->h_addr_list = l->addresses;
	return 0;
}

/* The reentrant forms end like this: not found is no error, but no result
 * either. */
static int
end(int eai, struct hostent *h, struct hostent **result, int *h_err)
{
	*result = eai == 0 ? h : NULL;
	*h_err = names_h_errno(eai);
	return eai == 0 || *h_err == HOST_NOT_FOUND ? 0
	       : *h_err == TRY_AGAIN		    ? EAGAIN
						    : ENOMEM;
}

static int
by_name(const char *name, int family, struct hostent *h, char *buffer,
    size_t size, struct hostent **result, int *h_err)
{
	struct rsp_user_pool pool;
	struct rsp_address a;
	int r = family == AF_INET || family == AF_INET6
		    ? names_find(name, &pool)
		    : EAI_NONAME;

	*result = NULL;
	if (r != 0)
		return end(r, h, result, h_err);
	rsp_user_synthetic(&pool, family == AF_INET6 ? 6 : 4, &a);
	if (build(h, buffer, size, name, &a) != 0) {
		*h_err = NETDB_INTERNAL;
		return ERANGE;
	}
	return end(0, h, result, h_err);
}

/* The forms that are not reentrant: each has a result of its own, as in libc.
 */
static struct hostent *
by_name_static(const char *name, int family)
{
	static struct hostent h;
	static char buffer[sizeof(struct layout) + NAMES_TEXT + 16];
	struct hostent *result;
	int saved = errno, r;

	r = by_name(name, family, &h, buffer, sizeof(buffer), &result,
	    &h_errno);
	errno = r == 0 ? saved : r;
	return result;
}

EXPORT struct hostent *
gethostbyname(const char *name)
{
	if (!settings_names_pool(name)) {
		search_begin(name);
		return real.gethostbyname(name);
	}
	return by_name_static(name, AF_INET);
}

EXPORT struct hostent *
gethostbyname2(const char *name, int family)
{
	if (!settings_names_pool(name)) {
		search_begin(name);
		return real.gethostbyname2(name, family);
	}
	return by_name_static(name, family);
}

EXPORT int
gethostbyname_r(const char *__restrict name, struct hostent *__restrict h,
    char *__restrict buffer, size_t size, struct hostent **__restrict result,
    int *__restrict h_err)
{
	if (!settings_names_pool(name)) {
		search_begin(name);
		return real.gethostbyname_r(name, h, buffer, size, result,
		    h_err);
	}
	return by_name(name, AF_INET, h, buffer, size, result, h_err);
}

EXPORT int
gethostbyname2_r(const char *__restrict name, int family,
    struct hostent *__restrict h, char *__restrict buffer, size_t size,
    struct hostent **__restrict result, int *__restrict h_err)
{
	if (!settings_names_pool(name)) {
		search_begin(name);
		return real.gethostbyname2_r(name, family, h, buffer, size,
		    result, h_err);
	}
	return by_name(name, family, h, buffer, size, result, h_err);
}

/* The address as the program gave it, and the pool's name; false: not ours. */
static bool
name_of(const void *address, socklen_t len, int family, struct rsp_address *a,
    char *name, size_t size)
{
	memset(a, 0, sizeof(*a));
	if (address == NULL || !((family == AF_INET && len == 4) ||
				   (family == AF_INET6 && len == 16)))
		return false;
	a->family = family == AF_INET ? 4 : 6;
	memcpy(a->bytes, address, len);
	return names_of_address(a, name, size);
}

EXPORT struct hostent *
gethostbyaddr(const void *address, socklen_t len, int family)
{
	static struct hostent h;
	static char buffer[sizeof(struct layout) + NAMES_TEXT + 16];
	char name[NAMES_TEXT];
	struct rsp_address a;

	if (!name_of(address, len, family, &a, name, sizeof(name)) ||
	    build(&h, buffer, sizeof(buffer), name, &a) != 0)
		return real.gethostbyaddr(address, len, family);
	return &h;
}

EXPORT int
gethostbyaddr_r(const void *__restrict address, socklen_t len, int family,
    struct hostent *__restrict h, char *__restrict buffer, size_t size,
    struct hostent **__restrict result, int *__restrict h_err)
{
	char name[NAMES_TEXT];
	struct rsp_address a;

	if (!name_of(address, len, family, &a, name, sizeof(name)))
		return real.gethostbyaddr_r(address, len, family, h, buffer,
		    size, result, h_err);
	*result = NULL;
	if (build(h, buffer, size, name, &a) != 0) {
		*h_err = NETDB_INTERNAL;
		return ERANGE;
	}
	return end(0, h, result, h_err);
}
