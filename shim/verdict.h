/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h - recent verdicts on whether an element is dead
 *
 * That is asked once, not by each connection.  When a server dies, all its
 * connections meet that at about the same time.  The first one finds out; what
 * it found holds for the whole process for a moment.
 */
#ifndef RSP_SHIM_VERDICT_H
#define RSP_SHIM_VERDICT_H

#include "shim/conn.h"

/* A verdict of the last moment: *death is the error that says that the element
 * is dead, or 0.  False: no thread has looked. */
bool verdict_find(const struct rsp_candidate *e, int *death);

void verdict_note(const struct rsp_candidate *e, int death);

#endif
