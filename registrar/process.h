/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - what the daemon wants of its process: descriptors, no SIGPIPE,
 * and at last nobody's powers */
#ifndef RSP_PROCESS_H
#define RSP_PROCESS_H

#include <stdbool.h>

/* Raises the soft limit of descriptors to the hard one, ignores SIGPIPE. */
void process_init(void);

/* Is there such a user? */
bool process_has_user(const char *user);

/* Becomes the user, with the groups that are the user's, for good.  false: and
 * errno says why. */
bool process_become(const char *user);

#endif
