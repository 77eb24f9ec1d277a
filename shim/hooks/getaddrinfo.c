/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo.c - getaddrinfo and getaddrinfo_a
 *
 * A pool's name becomes its synthetic address, and libc makes the answer: it is
 * asked again with that address as text.  So hints, service names, the shape
 * and the freeing of the answer are libc's.
 */
#include "shim/real.h"

#include "shim/hooks/getaddrinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"
#include "shim/conn.h"
#include "shim/settings.h"
#include "shim/given.h"
#include "shim/sctp.h"
#include "shim/search.h"

/* Names are short, and lookups run in threads with small stacks. */
#define NAME_SHORT 512
/* With each byte of the longest handle in hexadecimal, and a suffix. */
#define NAME_LONGEST 200000
/* Of a name, in a line of the log. */
#define SHOWN 200

static void
explain(const char *name, const char *why)
{
	char shown[SHOWN];

	rsp_pool_name_escape((struct rsp_span){ (const uint8_t *)name,
				 strlen(name) },
	    shown, sizeof(shown));
	rsp_log(RSP_LOG_WARN, "%s: %s", shown, why);
}

static int
find(struct rsp_user *user, const char *name, uint8_t *room, size_t size,
    struct rsp_user_pool *pool)
{
	struct rsp_pool_name parsed;

	rsp_pool_name_parse(name, settings()->domain, room, size, &parsed);
	if (parsed.kind != RSP_POOL_NAME_OURS ||
	    parsed.handle.len > RSP_CACHE_HANDLE_MAX) {
		if (parsed.why != NULL)
			explain(name, parsed.why);
		return EAI_NONAME;
	}
	switch (rsp_user_find(user, parsed.handle, parsed.any_case, pool)) {
	case RSP_OK:
		conn_prepare();
		given_note(pool);
		return 0;
	case RSP_ETIMEOUT:
		return EAI_AGAIN;
	case RSP_ENOMEM:
	case RSP_ELIMIT: /* no room for one more pool, but it may exist */
		return EAI_MEMORY;
	}
	return EAI_NONAME;
}

int
names_find(const char *name, struct rsp_user_pool *pool)
{
	struct rsp_user *user = pool_user();
	size_t size = strlen(name) + 1; /* a handle is shorter than its name */
	uint8_t few[NAME_SHORT];
	void *room;
	int r;

	if (user == NULL)
		return EAI_MEMORY;
	if (size <= sizeof(few))
		return find(user, name, few, sizeof(few), pool);
	if (size > NAME_LONGEST)
		return EAI_NONAME;
	if (sys_mmap(&room, NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1) < 0)
		return EAI_MEMORY;
	r = find(user, name, room, size, pool);
	sys_munmap(room, size);
	return r;
}

bool
names_of_address(const struct rsp_address *a, char *text, size_t size)
{
	uint8_t handle[NAMES_TEXT];
	struct rsp_user_pool pool;
	size_t len;

	if (!rsp_user_is_synthetic(a) || pool_user() == NULL ||
	    rsp_user_by_address(pool_user(), a, &pool) != RSP_OK)
		return false;
	len = rsp_user_handle(pool_user(), &pool, handle, sizeof(handle));
	return len <= sizeof(handle) &&
	       rsp_pool_name_make((struct rsp_span){ handle, len },
		   settings()->domain, text, size) > 0;
}

int
names_h_errno(int eai)
{
	switch (eai) {
	case 0:
		return 0;
	case EAI_AGAIN:
		return TRY_AGAIN;
	case EAI_MEMORY:
		return NO_RECOVERY;
	}
	return HOST_NOT_FOUND;
}

/* A program that asks for a stream, of whatever protocol, is given SCTP. */
static void
name_sctp(struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next)
		if (list->ai_socktype == SOCK_STREAM &&
		    list->ai_protocol == IPPROTO_TCP)
			list->ai_protocol = IPPROTO_SCTP;
	sctp_note_answer();
}

/* libc's answer for the pool's address of one family. */
static int
answer_in(int family, const struct rsp_user_pool *pool, const char *service,
    const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo h = *hints;
	struct rsp_address a;
	char text[RSP_SOCKADDR_TEXT];

	h.ai_flags &=
	    ~(AI_CANONNAME | AI_ADDRCONFIG | AI_PASSIVE | AI_IDN | AI_CANONIDN);
	h.ai_flags |= AI_NUMERICHOST;
	rsp_user_synthetic(pool, family, &a);
	return real.getaddrinfo(rsp_address_text(&a, text), service, &h,
	    result);
}

/* A program that wants IPv6 only may ask for any family, and leave the others
 * out itself (curl -6).  It finds the other address of the same pool behind the
 * first one.  A program that asks for what suits the host's interfaces does
 * not. */
static void
append_v6(const struct rsp_user_pool *pool, const char *service,
    const struct addrinfo *hints, struct addrinfo *first)
{
	struct addrinfo *more;

	if ((hints->ai_flags & AI_ADDRCONFIG) != 0 ||
	    hints->ai_socktype == SOCK_DGRAM ||
	    answer_in(6, pool, service, hints, &more) != 0)
		return;
	while (first->ai_next != NULL)
		first = first->ai_next;
	first->ai_next = more;
}

/* libc's answer for the pool's addresses, with the name that was asked for as
 * the canonical one. */
static int
answer(const struct rsp_user_pool *pool, const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **result)
{
	static const struct addrinfo none = { .ai_family = AF_UNSPEC,
		.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG };
	bool any, six;
	int r;

	if (hints == NULL)
		hints = &none;
	any = hints->ai_family == AF_UNSPEC;
	six = hints->ai_family == AF_INET6 ||
	      (any && pool->has_ipv6 && !pool->has_ipv4);
	r = answer_in(six ? 6 : 4, pool, service, hints, result);
	if (r == 0 && any && !six)
		append_v6(pool, service, hints, *result);
	if (r == 0 && hints->ai_protocol == 0 && sctp_is_answer(pool))
		name_sctp(*result);
	if (r != 0 || (hints->ai_flags & AI_CANONNAME) == 0)
		return r;
	(*result)->ai_canonname = strdup(name);
	if ((*result)->ai_canonname != NULL)
		return 0;
	freeaddrinfo(*result);
	*result = NULL;
	return EAI_MEMORY;
}

static int
look_up_pool(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **result)
{
	struct rsp_user_pool pool;
	int r;

	/* programs ask this way first, to see whether it is an address */
	if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	r = names_find(name, &pool);
	return r != 0 ? r : answer(&pool, name, service, hints, result);
}

/* libc, and then the pools that the name may be short for. */
static int
search(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **result)
{
	int r = real.getaddrinfo(name, service, hints, result), saved = errno;
	char text[NAME_SHORT];

	if (r != EAI_NONAME && r != EAI_NODATA && r != EAI_AGAIN)
		return r;
	for (unsigned i = 0; search_complete(name, i, text, sizeof(text)); i++)
		if (look_up_pool(text, service, hints, result) == 0) {
			errno = saved;
			return 0;
		}
	return r;
}

EXPORT int
getaddrinfo(const char *__restrict name, const char *__restrict service,
    const struct addrinfo *__restrict hints,
    struct addrinfo **__restrict result)
{
	int saved = errno, r;

	if (!settings_names_pool(name))
		return search_begin(name)
			   ? search(name, service, hints, result)
			   : real.getaddrinfo(name, service, hints, result);
	r = look_up_pool(name, service, hints, result);
	if (r != EAI_SYSTEM)
		errno = saved;
	return r;
}

/* libc looks names up in threads of its own, where it does not call us.  Pools
 * are looked up here at once; libc skips the entries that are NULL, and sends
 * the notification, when it has done the rest. */
EXPORT int
getaddrinfo_a(int mode, struct gaicb *list[__restrict], int n,
    struct sigevent *__restrict event)
{
	struct gaicb **others;
	int r, pools = 0;

	for (int i = 0; i < n; i++)
		pools +=
		    list[i] != NULL && settings_names_pool(list[i]->ar_name);
	if (pools == 0)
		return real.getaddrinfo_a(mode, list, n, event);
	others = calloc((size_t)n, sizeof(struct gaicb *));
	if (others == NULL)
		return EAI_MEMORY;
	for (int i = 0; i < n; i++) {
		struct gaicb *g = list[i];

		if (g == NULL || !settings_names_pool(g->ar_name)) {
			others[i] = g;
			continue;
		}
		g->ar_result = NULL;
		g->__return = look_up_pool(g->ar_name, g->ar_service,
		    g->ar_request, &g->ar_result);
	}
	r = real.getaddrinfo_a(mode, others, n, event);
	free(others);
	return r;
}
