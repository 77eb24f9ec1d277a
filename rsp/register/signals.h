/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - signals that rsp-register gets: its own, and the server's */
#ifndef RSP_REGISTER_SIGNALS_H
#define RSP_REGISTER_SIGNALS_H

#include "rsp/core/base/time.h"

struct program;

/* Takes what has come. */
void signals_serve(struct program *p, rsp_time now);

#endif
