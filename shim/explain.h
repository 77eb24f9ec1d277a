/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - log lines for what the program cannot say
 *
 * Its own message will be that it could not connect to one address, which no
 * user has heard of.
 */
#ifndef RSP_SHIM_EXPLAIN_H
#define RSP_SHIM_EXPLAIN_H

#include "shim/conn.h"

/* The current candidate did not answer; info. */
void explain_element(const struct conn *c, int error);

/* The program gives up on the current candidate; info. */
void explain_abandoned(const struct conn *c);

/* No candidate answered; warn, once per second. */
void explain_failure(const struct conn *c, int error);

/* A connection in use goes on with another element, or with none; warn. */
void explain_move(const struct conn *c);
void explain_move_failed(const struct conn *c);
void explain_move_refused(const struct conn *c, const char *reason);

/* There is no candidate among the `n` elements that the pool has; warn. */
void explain_emptiness(const struct rsp_user_pool *pool, int n);

/* A second port of FTP servers, and it is not known of which. */
void explain_port(const struct rsp_user_pool *pool, uint16_t port);

/* Datagrams to the pool's address are not redirected; warn, once. */
void explain_multicast(const struct rsp_user_pool *pool);

/* No cache knows which pool's address that is; warn, once per second. */
void explain_address(const struct rsp_address *a, bool several);

/* Why this socket cannot use the pool's transport. */
void explain_transport(const struct rsp_user_pool *pool, const char *why);

/* A program that finds two addresses of a pool tries the second when the first
 * has failed.  The error of a search for that pool that ended just now by its
 * IPv4 address, once, for a connect() to the other one; else 0. */
int explain_lost(const struct rsp_user_pool *pool);

#endif
