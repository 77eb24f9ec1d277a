/* SPDX-License-Identifier: Apache-2.0 */
/* noted.h - epoll registrations of pool connections, as watch.c has noted them
 *
 * What the kernel says is better (epolls.h): libuv registers through io_uring,
 * and then nothing is noted, or what is noted is old.  But a program that has
 * gone into a chroot has no /proc to read that from.  And a note tells without
 * a system call that an event may be about one of ours.
 */
#ifndef RSP_SHIM_NOTED_H
#define RSP_SHIM_NOTED_H

#include "shim/epolls.h"

/* The one note with this data word, or of this descriptor; false if there is
 * none, or several. */
bool noted_by_data(int epoll, uint64_t data, struct epoll_entry *entry);
bool noted_by_fd(int epoll, int fd, struct epoll_entry *entry);

/* May an event with trouble in it be about a pool connection?  Else all is well
 * with these, and it is no connection of ours. */
bool noted_may_concern(int epoll, uint64_t data);

#endif
