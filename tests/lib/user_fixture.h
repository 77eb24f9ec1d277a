/* SPDX-License-Identifier: Apache-2.0 */
/* user_fixture.h - test fixture of a pool user: a registrar that knows the pool
 * "Web", and a user whose cache lies in a new directory */
#ifndef RSP_USER_FIXTURE_H
#define RSP_USER_FIXTURE_H

#include "tests/lib/suite.h"

#include "tests/lib/fake_registrar.h"
#include "rsp/user/user.h"

#define WEB ((struct rsp_span){ (const uint8_t *)"Web", 3 })

extern struct fake_registrar *fake;
extern char directory[32];
extern struct rsp_user user;
extern struct rsp_user_config config; /* changes count after reopen() */
extern struct rsp_user_pool pool;
extern struct rsp_candidate list[RSP_CANDIDATES_MAX];

void user_setup(void);
void user_teardown(void);

void use_registrar(unsigned i, const char *endpoint);

/* The user ends, and begins again as another process would. */
void reopen(void);

/* Finds the pool "Web", which must work. */
void find_web(void);

void empty_directory(void);

/* The cache's file; "" when there is none. */
const char *cache_path(void);

#endif
