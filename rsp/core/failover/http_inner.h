/* SPDX-License-Identifier: Apache-2.0 */
/* http_inner.h - functions that the files of http.h share, for these files
 * only */
#ifndef RSP_HTTP_INNER_H
#define RSP_HTTP_INNER_H

#include "rsp/core/failover/http.h"

/* The program gets these bytes, wherever they come from. */
void rsp_http_deliver(struct rsp_http *h, const uint8_t *p, size_t n);

/* Does a response with this head have framing that we follow? */
bool rsp_http_is_clear(const struct rsp_http_head *head);

/* Will another response come on the connection of this one, as far as the
 * program knows? */
bool rsp_http_persists(const struct rsp_http *h);

/* Notes that the program has the whole response. */
void rsp_http_source_over(struct rsp_http *h);

/* The value of a line with that name, one of those in http_head.c; else an `at`
 * of NULL. */
struct rsp_span rsp_http_field(struct rsp_span line, const char *name);

/* The next item of a list with commas, trimmed; false at its end. */
bool rsp_http_next_item(struct rsp_span *list, struct rsp_span *item);

#endif
