/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo.h - lookups from a pool's name to its synthetic address, and
 * back */
#ifndef RSP_SHIM_GETADDRINFO_H
#define RSP_SHIM_GETADDRINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "rsp/user/user.h"

/* The longest name in an answer, with its NUL. */
#define NAMES_TEXT 1025

/* The pool behind a name for which settings_names_pool() is true: 0, or an
 * EAI_ code: EAI_NONAME (no such pool), EAI_AGAIN (no registrar answers). */
int names_find(const char *name, struct rsp_user_pool *pool);

/* A name that leads to the pool behind a synthetic address.  False: the address
 * is no pool's, or the name does not fit. */
bool names_of_address(const struct rsp_address *a, char *text, size_t size);

/* 0 or h_errno's codes, for those EAI_ codes. */
int names_h_errno(int eai);

#endif
