/* SPDX-License-Identifier: Apache-2.0 */
/* run_check.h - rsp-run --check: would a command find its pools?
 *
 * The dynamic loader goes on without a library that it cannot load, so people
 * need something to ask.
 */
#ifndef RSP_SHIM_RUN_CHECK_H
#define RSP_SHIM_RUN_CHECK_H

/* Prints what it finds; 0 when the library is active and a registrar answers.
 * LD_PRELOAD is set already. */
int run_check(void);

/* What the probe does, a process of its own: 0 if it is under the library. */
int run_probe(void);

#endif
