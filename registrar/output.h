/* SPDX-License-Identifier: Apache-2.0 */
/* output.h - what all connections together have not read yet
 *
 * Each has its own limit, but there are many of them.
 */
#ifndef RSP_REGISTRAR_OUTPUT_H
#define RSP_REGISTRAR_OUTPUT_H

struct server;

/* Ends those with the most until the rest is within max-pending-total. */
void output_limit(struct server *s);

#endif
