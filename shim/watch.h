/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h - the program's epoll registrations of a connection
 *
 * An event names its socket by a data word that only the program understands,
 * and the end of a connection looks like bytes unless EPOLLRDHUP is asked for.
 * So epoll_ctl() on a connection to a pool is noted, and that is asked for
 * together with EPOLLIN.  A registration that does not come by here (made
 * before the connection was, or by io_uring) is not known, and nothing is lost
 * but that.
 */
#ifndef RSP_SHIM_WATCH_H
#define RSP_SHIM_WATCH_H

#include <sys/epoll.h>

#include "shim/conn.h"
#include "shim/epolls.h"

/* epoll_ctl() for a connection to a pool. */
int watch_control(int epoll, int op, int fd, struct epoll_event *e);

/* The registration with this data word, as the program made it; false: none is
 * known. */
bool watch_find(int epoll, uint64_t data, struct epoll_entry *entry);

/* Restores the registration, or has its socket looked at again. */
void watch_again(int epoll, const struct epoll_entry *entry);

#endif
