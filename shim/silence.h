/* SPDX-License-Identifier: Apache-2.0 */
/* silence.h - the watch for silent hosts and for servers that never answer
 *
 * The kernel notices a silent host by keep-alive probes while nothing is on its
 * way, and by TCP_USER_TIMEOUT while something is; without them after a quarter
 * of an hour or never.  Both are set when a wait has lasted a second, not
 * before, so that connections that are busy pay nothing; and the latter only
 * while something is being retransmitted to a peer that does not acknowledge
 * even that, for a peer that merely does not read is not dead.  From then on
 * the error is the kernel's own.
 */
#ifndef RSP_SHIM_SILENCE_H
#define RSP_SHIM_SILENCE_H

#include "shim/conn.h"

/* When to look next; RSP_NEVER: there is nothing to look at. */
rsp_time silence_deadline(void);

/* Looks at all open connections, if it is time; no lock is held. */
void silence_drive(void);

/* Is it an option that we change? */
bool silence_cares(int level, int name);

/* An option as the program has set it, where we have changed it; -1: as it is.
 * Locked. */
int silence_option(const struct conn *c, int level, int name);

/* The program has set the option itself. */
void silence_option_set(struct conn *c, int level, int name, int value);

#endif
