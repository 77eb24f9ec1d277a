/* SPDX-License-Identifier: Apache-2.0 */
/* recall.h - synthetic addresses that other caches of this user gave out
 *
 * A helper may have been started with other registrars, another directory or a
 * private cache, and be given an address that its own cache does not know.
 */
#ifndef RSP_CLIENT_RECALL_H
#define RSP_CLIENT_RECALL_H

#include "rsp/user/user.h"

/* Gives the pool as rsp_user_find() finds it by the handle.  RSP_ENOENT: no
 * cache knows the address, RSP_EEXIST: different caches know it as different
 * pools'.
 */
int rsp_user_recall(struct rsp_user *u, const struct rsp_address *a,
    struct rsp_user_pool *pool);

#endif
