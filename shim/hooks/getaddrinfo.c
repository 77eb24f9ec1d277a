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
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"
#include "shim/settings.h"
#include "shim/sctp.h"

/* No handle is longer than what an ASAP parameter can carry. */
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

int
names_find(const char *name, struct rsp_user_pool *pool)
{
	size_t len = strlen(name);
	struct rsp_user *user = pool_user();
	struct rsp_pool_name parsed;

	if (user == NULL)
		return EAI_MEMORY;
	if (len > NAME_LONGEST)
		return EAI_NONAME;
	/* a handle is shorter than its name, and names are short: lookups run
	 * in threads with small stacks */
	uint8_t handle[len + 1];
	rsp_pool_name_parse(name, settings()->domain, handle, len + 1, &parsed);
	if (parsed.kind != RSP_POOL_NAME_OURS) {
		if (parsed.why != NULL)
			explain(name, parsed.why);
		return EAI_NONAME;
	}
	switch (rsp_user_find(user, parsed.handle, parsed.any_case, pool)) {
	case RSP_OK:
		return 0;
	case RSP_ETIMEOUT:
		return EAI_AGAIN;
	case RSP_ENOMEM:
	case RSP_ELIMIT: /* no room for one more pool, which may exist */
		return EAI_MEMORY;
	}
	return EAI_NONAME;
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

/* Who asks for a stream, of whatever protocol, is given SCTP. */
static void
name_sctp(struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next)
		if (list->ai_socktype == SOCK_STREAM &&
		    list->ai_protocol == IPPROTO_TCP)
			list->ai_protocol = IPPROTO_SCTP;
	sctp_note_answer();
}

/* libc's answer for the pool's address, with the name that was asked for as the
 * canonical one. */
static int
answer(const struct rsp_user_pool *pool, const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo h = { .ai_family = AF_UNSPEC };
	struct rsp_address a;
	char text[RSP_SOCKADDR_TEXT];
	int canonical, r;

	if (hints != NULL)
		h = *hints;
	canonical = h.ai_flags & AI_CANONNAME;
	h.ai_flags &=
	    ~(AI_CANONNAME | AI_ADDRCONFIG | AI_PASSIVE | AI_IDN | AI_CANONIDN);
	h.ai_flags |= AI_NUMERICHOST;
	rsp_user_synthetic(pool,
	    h.ai_family == AF_INET6 || (h.ai_family == AF_UNSPEC &&
					   pool->has_ipv6 && !pool->has_ipv4)
		? 6
		: 4,
	    &a);
	r = real.getaddrinfo(rsp_address_text(&a, text), service, &h, result);
	if (r == 0 && h.ai_protocol == 0 && sctp_is_answer(pool))
		name_sctp(*result);
	if (r != 0 || !canonical)
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

	/* programs ask so first, to see whether it is an address */
	if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	r = names_find(name, &pool);
	return r != 0 ? r : answer(&pool, name, service, hints, result);
}

EXPORT int
getaddrinfo(const char *__restrict name, const char *__restrict service,
    const struct addrinfo *__restrict hints,
    struct addrinfo **__restrict result)
{
	int saved = errno, r;

	if (!settings_names_pool(name))
		return real.getaddrinfo(name, service, hints, result);
	r = look_up_pool(name, service, hints, result);
	if (r != EAI_SYSTEM)
		errno = saved;
	return r;
}

/* libc looks up in threads of its own, and would not meet us there.  Pools are
 * looked up here at once; libc skips the entries that are NULL, and sends the
 * notification, when it has done the rest. */
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
