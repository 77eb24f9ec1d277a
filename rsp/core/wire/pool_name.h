/* SPDX-License-Identifier: Apache-2.0 */
/* pool_name.h - host names that mean pools: from names to handles and back
 *
 *   pool:HANDLE          exact bytes, %XX for any of them
 *   HANDLE.pool.alt      without regard to ASCII case, for programs that lower
 *                        host names; the suffix can be configured
 *   x--HEX.pool.alt      exact bytes in hex, dots anywhere between the digits
 *
 * A name that has one of these shapes but no meaning (a broken %XX, an empty
 * handle) is still ours: it must not be asked of DNS, so it is told apart from
 * names that have nothing to do with pools.
 */
#ifndef RSP_POOL_NAME_H
#define RSP_POOL_NAME_H

#include "rsp/core/base/span.h"

enum rsp_pool_name_kind {
	RSP_POOL_NAME_OTHER, /* not ours */
	RSP_POOL_NAME_OURS,
	RSP_POOL_NAME_BAD, /* ours, and means nothing; `why` says it */
};

struct rsp_pool_name {
	enum rsp_pool_name_kind kind;
	bool any_case;		/* a dotted handle: the real one may differ */
	struct rsp_span handle; /* in the caller's buffer */
	const char *why;	/* BAD: a static text, else NULL */
};

/* A handle longer than `size` is RSP_POOL_NAME_BAD.  `domain` has no outer
 * dots; an empty one switches the dotted forms off. */
void rsp_pool_name_parse(const char *text, const char *domain, void *buffer,
    size_t size, struct rsp_pool_name *name);

/* The same for a place where only a pool can be meant.  A name of neither form
 * is a bare handle, %XX and all.  Never RSP_POOL_NAME_OTHER. */
void rsp_pool_name_parse_bare(const char *text, const char *domain,
    void *buffer, size_t size, struct rsp_pool_name *name);

/* Does the text have one of the shapes?  A cheap test that needs no buffer. */
bool rsp_pool_name_is_ours(const char *text, const char *domain);

/* A name that leads back to the handle: HANDLE.domain for a plain host label,
 * else x--HEX.domain in labels that DNS could bear.  Returns the length, or
 * RSP_ESPACE when it and its final NUL do not fit (then text[0] is NUL). */
int rsp_pool_name_make(struct rsp_span handle, const char *domain, char *text,
    size_t size);

/* The handle for people, logs and JSON: a bare handle as
 * rsp_pool_name_parse_bare takes it.  `%`, blanks, controls, what cannot be
 * seen and whatever is not UTF-8 become %XX.  Cut with "..." when it does not
 * fit; `size` is at least 4. Returns `text`. */
const char *rsp_pool_name_escape(struct rsp_span handle, char *text,
    size_t size);

/* Bytes of the character at the start, 0 when it is no UTF-8 or none that a
 * reader sees: a blank, a control, what is invisible or turns text around. */
size_t rsp_pool_name_visible(struct rsp_span s);

/* The most that escaping needs for `len` bytes, NUL included. */
#define RSP_POOL_NAME_ESCAPED(len) ((len)*3 + 1)

#endif
