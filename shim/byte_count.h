/* SPDX-License-Identifier: Apache-2.0 */
/* byte_count.h - the kernel's counts of a connection's bytes
 *
 * It counts the beginning among what was sent, and the end among what was
 * received.
 */
#ifndef RSP_SHIM_BYTE_COUNT_H
#define RSP_SHIM_BYTE_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Has anything gone either way?  By standard I/O, a child or raw system calls,
 * too. */
bool byte_count_is_used(int fd);

/* Bytes that the program has sent and taken. */
void byte_count(int fd, uint64_t *sent, uint64_t *taken);

#endif
