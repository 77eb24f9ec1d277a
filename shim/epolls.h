/* SPDX-License-Identifier: Apache-2.0 */
/* epolls.h - the kernel's list of what an epoll descriptor watches
 *
 * libuv registers through io_uring, and a copy of what the kernel knows would
 * go stale.  fdinfo in /proc has a line per registration, and is read on the
 * rare occasions that need it; what epoll_ctl() has done counts where there is
 * no /proc (noted.h).
 */
#ifndef RSP_SHIM_EPOLLS_H
#define RSP_SHIM_EPOLLS_H

#include <stdbool.h>
#include <stdint.h>

struct epoll_entry {
	int fd; /* number that it was registered by */
	uint32_t events;
	uint64_t data;
};

/* The one registration with this data word; false if there is none or several.
 */
bool epolls_by_data(int epoll, uint64_t data, struct epoll_entry *entry);

/* The registration of a descriptor. */
bool epolls_by_fd(int epoll, int fd, struct epoll_entry *entry);

/* Calls `each` for every descriptor number of this process, with the text that
 * its link in fd of /proc has; stops when that returns false.  False: there
 * is no /proc. */
bool epolls_every_fd(bool (*each)(int fd, const char *link, void *arg),
    void *arg);

#endif
