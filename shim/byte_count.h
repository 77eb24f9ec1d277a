/* SPDX-License-Identifier: Apache-2.0 */
/* byte_count.h - the kernel's counts of a connection's bytes
 *
 * The kernel counts a connection's beginning among the bytes sent, and its end
 * among the bytes received.
 */
#ifndef RSP_SHIM_BYTE_COUNT_H
#define RSP_SHIM_BYTE_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Has a byte gone either way?  Bytes by standard I/O, a child process or raw
 * system calls count, too. */
bool byte_count_is_used(int fd);

/* Bytes that the program has sent and taken. */
void byte_count(int fd, uint64_t *sent, uint64_t *taken);

#endif
