/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - what happens before and after each read and write on a connection
 *
 * For descriptors without FD_IO, which are all but those of connections that
 * are still connecting (and of datagram sockets), nothing does.
 */
#ifndef RSP_SHIM_GATE_H
#define RSP_SHIM_GATE_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "shim/fdtable.h"

static inline bool
gate_is_special(int fd)
{
	return __builtin_expect((fd_flags(fd) & FD_IO) != 0, 0);
}

/* What is done for such a descriptor.  It is a function of its own, so that for
 * all others there is a jump to libc and no frame: coming back to one after a
 * system call costs as much as ten instructions. */
#define SPECIAL static __attribute__((noinline))

/* Before the call.  `flags` are those of recv() and send(); `timeout` is
 * SO_RCVTIMEO or SO_SNDTIMEO.  False: the call is over, it fails with errno. */
bool gate_begin(int fd, int flags, int timeout);

/* After the call, with its result and errno.  True: repeat the call. */
bool gate_again(int fd, int timeout, ssize_t result);

/* The call between these two, repeated as long as needed. */
#define IO(fd, flags, timeout, call)                                           \
	__extension__({                                                        \
		ssize_t io_r = -1;                                             \
                                                                               \
		if (gate_begin(fd, flags, timeout))                            \
			do                                                     \
				io_r = call;                                   \
			while (gate_again(fd, timeout, io_r));                 \
		io_r;                                                          \
	})

#endif
