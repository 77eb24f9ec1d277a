/* SPDX-License-Identifier: Apache-2.0 */
/* given.h - the pools that this process knows by name, so that datagrams to
 * them are redirected
 *
 * The question is: may this process's datagrams to a pool's address be meant
 * for it?  TCP to the block of synthetic addresses never means anything else;
 * datagrams may be multicast.  See rsp/user/given.h.
 */
#ifndef RSP_SHIM_GIVEN_H
#define RSP_SHIM_GIVEN_H

#include "rsp/user/user.h"

/* A name was answered with the pool's address. */
void given_note(const struct rsp_user_pool *pool);

/* False: the datagrams are not redirected, and a log line has said so once. */
bool given_is(const struct rsp_user_pool *pool);

/* The pool of an address that a socket is to be connected to.  For a stream any
 * of the user's caches may have given the address out. */
bool given_pool(int fd, const struct rsp_address *a,
    struct rsp_user_pool *pool);

#endif
