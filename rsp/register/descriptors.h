/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.h - what a process has open that was forked and runs on in us
 *
 * Close-on-exec is of no use to it, and a life line that it has open, too, does
 * not end when we do.
 */
#ifndef RSP_DESCRIPTORS_H
#define RSP_DESCRIPTORS_H

/* Closes all from that one on, by system calls only. */
void descriptors_close_from(int first);

#endif
