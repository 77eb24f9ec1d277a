/* SPDX-License-Identifier: Apache-2.0 */
/* advice.h - what the owner of a server can do about a rejection */
#ifndef RSP_ADVICE_H
#define RSP_ADVICE_H

#include <stdbool.h>

#include "rsp/core/wire/param.h"

/* Never NULL.  `t` is what was to be registered, `fixed_id` whether its ID was
 * given. */
const char *advice_on(uint16_t cause, const struct rsp_transport *t,
    bool fixed_id);

#endif
