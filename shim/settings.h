/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the shim's settings, and the pool user that they make
 *
 * The RSP_* variables are copied when the process starts, because programs
 * overwrite their environment (to show a title in ps), and are read when the
 * first pool name or synthetic address turns up.  Most processes under the shim
 * never get that far, and pay for the copy only.
 */
#ifndef RSP_SHIM_SETTINGS_H
#define RSP_SHIM_SETTINGS_H

#include "rsp/user/failover_mode.h"
#include "rsp/user/user.h"

struct settings {
	int64_t connect_timeout_ms;  /* RSP_CONNECT_TIMEOUT */
	int64_t failover_timeout_ms; /* RSP_FAILOVER_TIMEOUT */
	int64_t dead_after_ms;	     /* RSP_DEAD_AFTER; 0: none */
	int64_t answer_timeout_ms;   /* RSP_ANSWER_TIMEOUT; 0: never */
	int64_t replay_limit;	     /* RSP_REPLAY_LIMIT, bytes */
	enum failover failover;	     /* RSP_FAILOVER, if no pool's */
	const char *failover_pools;  /* "POOL=MODE,...", the rest of it */
	const char *stick_pools;     /* RSP_STICK, "POOL,..." */
	const char *domain;	     /* RSP_DOMAIN */
};

/* For the constructor; a call that needs the settings before that does the
 * same. */
void settings_save(void);

/* The process's pool user; made at the first call.  NULL: there is no memory
 * for it, and pools do not exist. */
struct rsp_user *pool_user(void);

/* Valid once pool_user() was called. */
const struct settings *settings(void);
enum failover failover_of(const struct rsp_user_pool *pool);
bool sticks(const struct rsp_user_pool *pool); /* RSP_STICK has it */

/* Is this text a pool's name?  Costs no pool user. */
bool settings_names_pool(const char *text);

/* Tells a registrar which elements did not answer, if there is something to
 * tell.  Called when nothing waits for it and no lock is held. */
void reports_due(void);
void reports_send(void);

/* For the child after fork. */
void settings_after_fork(void);

#endif
