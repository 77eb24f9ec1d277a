/* SPDX-License-Identifier: Apache-2.0 */
/* cachefile.h - the file behind the cache: mapped memory of the user, or
 * private memory when anything about the file is not as it should be
 *
 * The file lies in a directory that is the user's alone (owner, mode 0700, no
 * symbolic link), is made complete under another name and then linked into
 * place, never grows or shrinks, and is replaced only by rename.  Its blocks
 * are allocated when it is made, so that a full file system cannot turn a store
 * into a SIGBUS later.
 *
 * Nothing but good manners keeps the same user from truncating the file under
 * our mapping.  rsp_cachefile_is_whole() asks the kernel (one cheap system
 * call) whether the memory is still there; a caller that asks before each use
 * is safe from earlier truncations.  One that comes in the microseconds of a
 * use is a SIGBUS: no mapping of a file can exclude that.
 */
#ifndef RSP_CACHEFILE_H
#define RSP_CACHEFILE_H

#include "rsp/core/user/cache.h"

/* Maps the file for this identity in `directory`, making both if need be.
 * NULL: something is wrong, `*why` says what (a static text). */
struct rsp_cache *rsp_cachefile_open(const char *directory,
    const struct rsp_cache_id *id, const char **why);

/* The same for the successor of `old`, which is full: `old` is replaced, if no
 * other process has done that yet. */
struct rsp_cache *rsp_cachefile_renew(const char *directory,
    const struct rsp_cache_id *id, struct rsp_cache *old, const char **why);

/* Formatted memory that forked children share; NULL: there is none. */
struct rsp_cache *rsp_cachefile_private(const struct rsp_cache_id *id);

/* Puts such memory in the place of a cache, at once for all threads that use
 * it; false when there is none. */
bool rsp_cachefile_replace(struct rsp_cache *c, const struct rsp_cache_id *id);

/* Looks at every good cache in `directory`, of this user and this boot, that is
 * there already: one for each scope. */
void rsp_cachefile_each(const char *directory,
    void (*look)(void *ctx, struct rsp_cache *c), void *ctx);

void rsp_cachefile_close(struct rsp_cache *c);

bool rsp_cachefile_is_whole(const struct rsp_cache *c,
    const struct rsp_cache_id *id);

/* The boot of this host and, in `scope`, its network namespace and the layout
 * of the cache mixed with `configured`: versions that differ in that have a
 * file each.  False when the system does not say which boot it is. */
bool rsp_cachefile_id(struct rsp_cache_id *id, uint64_t configured);

#endif
