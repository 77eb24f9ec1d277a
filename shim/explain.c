/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - log lines about pools by name and elements by address */
#include "shim/real.h"

#include "shim/explain.h"

#include <string.h>

#include "rsp/net/log.h"
#include "rsp/core/wire/pool_name.h"
#include "shim/settings.h"

#define NAME 256

static const char *
pool_text(const struct rsp_user_pool *pool, char text[NAME])
{
	uint8_t handle[NAME];
	size_t len = rsp_user_handle(pool_user(), pool, handle, sizeof(handle));

	if (len > sizeof(handle))
		len = sizeof(handle);
	return rsp_pool_name_escape((struct rsp_span){ handle, len }, text,
	    NAME);
}

static const char *
element_text(const struct rsp_candidate *e, char text[RSP_SOCKADDR_TEXT])
{
	return rsp_hostport_text(&e->address, e->port, text);
}

void
explain_element(const struct conn *c, int error)
{
	const struct rsp_candidate *e = &c->list[c->at];
	char where[RSP_SOCKADDR_TEXT], name[NAME];

	if (rsp_log_enabled(RSP_LOG_INFO))
		rsp_log(RSP_LOG_INFO,
		    "pool %s: element 0x%x at %s does not answer: %s",
		    pool_text(&c->pool, name), e->pe_id, element_text(e, where),
		    strerrordesc_np(error));
}

/* Pool, time and error of the last search by an IPv4 address that found no
 * element. */
static uint64_t lost;

#define LOST_MS 1000

static void
note_lost(const struct conn *c, int error, rsp_time now)
{
	if (c->named.sa.sa_family == AF_INET)
		__atomic_store_n(&lost,
		    (uint64_t)c->pool.index << 44 |
			((uint64_t)error & 0xfff) << 32 | (uint32_t)now,
		    __ATOMIC_RELAXED);
}

int
explain_lost(const struct rsp_user_pool *pool)
{
	uint64_t seen = __atomic_load_n(&lost, __ATOMIC_RELAXED);

	if (seen == 0 || seen >> 44 != pool->index ||
	    (uint32_t)rsp_user_now() - (uint32_t)seen > LOST_MS)
		return 0;
	/* once: the next one is another search */
	return __atomic_compare_exchange_n(&lost, &seen, 0, false,
		   __ATOMIC_RELAXED, __ATOMIC_RELAXED)
		   ? (int)(seen >> 32 & 0xfff)
		   : 0;
}

void
explain_abandoned(const struct conn *c)
{
	const struct rsp_candidate *e = &c->list[c->at];
	char where[RSP_SOCKADDR_TEXT], name[NAME];

	if (rsp_log_enabled(RSP_LOG_INFO))
		rsp_log(RSP_LOG_INFO,
		    "pool %s: the program gave up on element 0x%x at %s",
		    pool_text(&c->pool, name), e->pe_id,
		    element_text(e, where));
}

void
explain_failure(const struct conn *c, int error)
{
	static rsp_time last;
	rsp_time now = rsp_user_now();
	rsp_time before = __atomic_load_n(&last, __ATOMIC_RELAXED);
	unsigned at = c->at < c->count ? c->at : c->count - 1;
	char where[RSP_SOCKADDR_TEXT], name[NAME];

	note_lost(c, error, now);
	if (c->count == 0 || !rsp_log_enabled(RSP_LOG_WARN) ||
	    (before != 0 && now - before < 1000) ||
	    !__atomic_compare_exchange_n(&last, &before, now, false,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	pool_text(&c->pool, name);
	rsp_log(RSP_LOG_WARN,
	    "pool %s: no connection to any of %u elements, last tried %s "
	    "(%s); rsp-resolve %s lists them",
	    name, at + 1, element_text(&c->list[at], where),
	    strerrordesc_np(error), name);
}

void
explain_transport(const struct rsp_user_pool *pool, const char *why)
{
	char name[NAME];

	rsp_log(RSP_LOG_WARN, "pool %s: its elements speak %s, %s",
	    pool_text(pool, name), rsp_transport_name(pool->transport), why);
}

void
explain_emptiness(const struct rsp_user_pool *pool, int n)
{
	char name[NAME];

	if (n > 0)
		rsp_log(RSP_LOG_WARN,
		    "pool %s: this socket can reach no element (they speak "
		    "%s)",
		    pool_text(pool, name), rsp_transport_name(pool->transport));
	else
		rsp_log(RSP_LOG_WARN, "pool %s: no elements",
		    pool_text(pool, name));
}

void
explain_multicast(const struct rsp_user_pool *pool)
{
	static bool said;
	char name[NAME];

	if (!rsp_log_enabled(RSP_LOG_WARN) ||
	    __atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
		return;
	rsp_log(RSP_LOG_WARN,
	    "pool %s: datagrams to its address are not redirected, because "
	    "neither this process nor one that it descends from has got the "
	    "address from a name",
	    pool_text(pool, name));
}

void
explain_address(const struct rsp_address *a, bool several)
{
	static rsp_time last;
	rsp_time now = rsp_user_now();
	rsp_time before = __atomic_load_n(&last, __ATOMIC_RELAXED);
	char text[RSP_SOCKADDR_TEXT];

	if (!rsp_log_enabled(RSP_LOG_WARN) ||
	    (before != 0 && now - before < 1000) ||
	    !__atomic_compare_exchange_n(&last, &before, now, false,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	rsp_address_text(a, text);
	if (several)
		rsp_log(RSP_LOG_WARN,
		    "%s is the address of different pools in several caches "
		    "of this user; a process must look up names itself, or "
		    "share the cache (RSP_CACHE, RSP_RUNTIME_DIR, "
		    "RSP_REGISTRARS) with the process that does",
		    text);
	else
		rsp_log(RSP_LOG_WARN,
		    "%s is a pool's address, but no cache of this user knows "
		    "which: it comes from another user, a private cache or "
		    "another network namespace; a process must look up names "
		    "itself, or share the cache (RSP_CACHE, RSP_RUNTIME_DIR) "
		    "with the process that does",
		    text);
}

void
explain_port(const struct rsp_user_pool *pool, uint16_t port)
{
	char name[NAME];

	rsp_log(RSP_LOG_WARN,
	    "pool %s: FTP connections are open to several elements, but no "
	    "reply that could be read named port %u",
	    pool_text(pool, name), port);
}

static const char *
why(int error)
{
	return error == 0 ? "it ended the connection" : strerrordesc_np(error);
}

void
explain_move(const struct conn *c)
{
	const struct rsp_candidate *to = &c->list[c->at];
	char before[RSP_SOCKADDR_TEXT], after[RSP_SOCKADDR_TEXT], name[NAME];

	if (rsp_log_enabled(RSP_LOG_WARN))
		rsp_log(RSP_LOG_WARN,
		    "pool %s: a connection moved from element 0x%x at %s to "
		    "0x%x at %s: %s; %llu bytes had come, %lld ms",
		    pool_text(&c->pool, name), c->move.from.pe_id,
		    element_text(&c->move.from, before), to->pe_id,
		    element_text(to, after), why(c->move.error),
		    (unsigned long long)c->move.delivered,
		    (long long)(rsp_user_now() - c->move.begun));
}

void
explain_move_failed(const struct conn *c)
{
	char before[RSP_SOCKADDR_TEXT], name[NAME];

	if (rsp_log_enabled(RSP_LOG_WARN))
		rsp_log(RSP_LOG_WARN,
		    "pool %s: a connection to element 0x%x at %s is lost (%s), "
		    "and no other element takes it over",
		    pool_text(&c->pool, name), c->move.from.pe_id,
		    element_text(&c->move.from, before), why(c->move.error));
}

void
explain_move_refused(const struct conn *c, const char *reason)
{
	char where[RSP_SOCKADDR_TEXT], name[NAME];

	if (rsp_log_enabled(RSP_LOG_WARN))
		rsp_log(RSP_LOG_WARN,
		    "pool %s: a connection is lost (%s): element 0x%x at %s "
		    "%s",
		    pool_text(&c->pool, name), why(c->move.error),
		    c->list[c->at].pe_id, element_text(&c->list[c->at], where),
		    reason);
}
