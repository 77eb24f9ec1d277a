/* SPDX-License-Identifier: Apache-2.0 */
/* local_notice.h - notices from a server's side to the pool users of its own
 * host and user
 *
 * A pool user learns from a registrar that an element has left, but not before
 * its answer is old.  The program that takes an element out of its pool is
 * often on the same host (one machine, one container); then a mark in the
 * caches of that user is enough for the element not to be chosen again at once.
 * Connections in use are not touched.
 *
 * All caches in the directory get the mark: there is one for each set of
 * registrars and each network.  A cache that does not exist yet needs none.
 */
#ifndef RSP_LOCAL_NOTICE_H
#define RSP_LOCAL_NOTICE_H

#include "rsp/user/user.h"

/* The element leaves its pool: the mark is the longest there is, and is left to
 * end by itself, for until then the last answer that has it is gone. */
void rsp_local_notice_leaves(const char *runtime_dir, struct rsp_span handle,
    const struct rsp_candidate *e);

/* The element is in its pool (again), and was seen to serve: its mark goes. */
void rsp_local_notice_serves(const char *runtime_dir, struct rsp_span handle,
    const struct rsp_candidate *e);

#endif
