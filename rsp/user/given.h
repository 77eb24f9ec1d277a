/* SPDX-License-Identifier: Apache-2.0 */
/* given.h - the processes that have got a pool's address from a name
 *
 * Programs that use multicast may have a group of the block that synthetic
 * addresses are from, and their datagrams are their own.  So it matters whether
 * a process has such an address from a name: itself, or a process that it
 * descends from, which may have passed it on by fork, as an argument or in a
 * file.
 *
 * Processes are known by their number and the time when they began, in the
 * cache, as words that may be lost: it is no more than a reason to redirect.
 */
#ifndef RSP_CLIENT_GIVEN_H
#define RSP_CLIENT_GIVEN_H

#include "rsp/user/user.h"

/* This process has been given the pool's address. */
void rsp_user_note_given(struct rsp_user *u, const struct rsp_user_pool *pool);

/* Has this process been given it, or one that it descends from?  True, too,
 * where the system does not say. */
bool rsp_user_was_given(struct rsp_user *u, const struct rsp_user_pool *pool);

#endif
