/* SPDX-License-Identifier: Apache-2.0 */
/* room.h - working memory for the time of a call, off the stack
 *
 * Programs call connect() as a system call: on a signal stack of 8 KiB, in a
 * thread of 16 KiB.  Lists of candidates and their like do not fit there, and
 * the heap must not be used.  Some rooms are kept when they are given back, so
 * that a call costs two atomic exchanges; they are taken and given without
 * waiting, also in a signal handler.
 */
#ifndef RSP_ROOM_H
#define RSP_ROOM_H

#include <stddef.h>

#define RSP_ROOM_BYTES 16384u

/* A room is aligned for any type, and not cleared.  NULL: there is no memory.
 */
void *rsp_room_open(void);
void rsp_room_close(void *room); /* or NULL */

/* Makes rooms beforehand, so that the next calls find some. */
void rsp_room_prepare(void);

#endif
