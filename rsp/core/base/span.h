/* SPDX-License-Identifier: Apache-2.0 */
/* span.h - borrowed run of bytes: a pointer and a length
 *
 * A span never owns what it points to.  Pool handles, cookies and encoded
 * parameters travel as spans.  A caller that keeps one longer than the buffer
 * it points into copies the bytes first.
 */
#ifndef RSP_SPAN_H
#define RSP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rsp_span {
	const uint8_t *at; /* NULL only when len is 0 */
	size_t len;
};

static inline bool
rsp_span_equal(struct rsp_span a, struct rsp_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

#endif
