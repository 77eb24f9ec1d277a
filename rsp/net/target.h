/* SPDX-License-Identifier: Apache-2.0 */
/* target.h - the test whether a preload library can reach a program
 *
 * The dynamic loader leaves a library out without a word when the program is
 * static, of another machine, or gains privileges; the user would be left to
 * wonder.  So the file is looked at first, scripts through their interpreter.
 */
#ifndef RSP_TARGET_H
#define RSP_TARGET_H

#include <stddef.h>

#define TARGET_PATH 4096

enum target {
	TARGET_OK,
	TARGET_MISSING, /* there is no such command */
	TARGET_REFUSED, /* it cannot be executed */
	TARGET_OUTSIDE, /* it can, but a preload library has no effect */
};

/* Looks `command` up as a shell does.  `path` is the file that the verdict is
 * about (for a script its interpreter), and *why a static text, or NULL for
 * TARGET_OK. */
enum target target_check(const char *command, char path[TARGET_PATH],
    const char **why);

#endif
