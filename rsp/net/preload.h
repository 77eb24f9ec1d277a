/* SPDX-License-Identifier: Apache-2.0 */
/* preload.h - our libraries and LD_PRELOAD */
#ifndef RSP_PRELOAD_H
#define RSP_PRELOAD_H

#include <stdbool.h>

#include "rsp/net/target.h"

/* Where that library of ours is: in the build tree beside this program, else
 * where it was installed, or would be if the whole installation had been moved.
 * False, with the path where it should be, if it is nowhere. */
bool preload_find(const char *library, char path[TARGET_PATH]);

/* Puts the library in front of what LD_PRELOAD has.  0, EINVAL for a path that
 * it cannot hold, or ENOMEM. */
int preload_set(const char *path);

#endif
