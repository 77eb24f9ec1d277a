/* SPDX-License-Identifier: Apache-2.0 */
/* http_proof.h - proof that two servers have the same content: their
 * validators, compared
 *
 * Bytes that are equal so far do not prove that the next ones are: a page made
 * for one user begins as that for another one does.  So a body goes on with
 * another server's bytes only where a strong validator (RFC 9110, 8.8) of both
 * says that it is the same to the byte:
 *
 *   an entity tag without W/, the same in both; or
 *   a Last-Modified date, the same in both and in both older than Date by a
 *   second at least, which is no date that everything carries (an epoch, or
 *   the date that reproducible builds put there)
 *
 * Tags that differ under such dates are those of servers that make them of an
 * inode.  The administrator of a pool may vouch for it in the place of
 * validators.  Then these must not contradict each other.
 */
#ifndef RSP_HTTP_PROOF_H
#define RSP_HTTP_PROOF_H

#include "rsp/core/failover/http_head.h"

/* Does it have a validator that could prove anything? */
bool rsp_http_has_proof(const struct rsp_http_head *head);

/* Last-Modified, as above. */
bool rsp_http_is_strong_date(const struct rsp_http_head *head);

/* Is it of a type of which there is always more to come, as long as the
 * connection stands? */
bool rsp_http_is_endless(const struct rsp_http_head *head);

/* Are type and coding what the program has been told? */
bool rsp_http_same_form(const struct rsp_http_head *view,
    const struct rsp_http_head *answer);

/* Is the content the same: proven, or (`vouched`) not contradicted? */
bool rsp_http_same_content(const struct rsp_http_head *view,
    const struct rsp_http_head *answer, bool vouched);

/* The same of a part that was asked for by If-Range. */
bool rsp_http_same_part(const struct rsp_http_head *view,
    const struct rsp_http_head *answer);

#endif
