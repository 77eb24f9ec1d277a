/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h - a server is not left behind by who was about to stop it
 *
 * Supervisors that wait for less time than draining takes kill us in the middle
 * of it, and those that know nothing of control groups would start the server
 * anew beside the old one, which still has the port.  So from the moment on
 * that we are told to stop, a process waits for our end: it stops the server if
 * that comes early.  It has a process group of its own and nothing open but a
 * pipe, and is not waited for by whoever waits for the server's processes.
 */
#ifndef RSP_GUARD_H
#define RSP_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GUARD_SERVERS 16

struct guard {
	pid_t pid; /* 0: there is none */
	int fd;
};

/* If we end before guard_dismiss(), these processes get `sig`, and SIGKILL when
 * that has not ended them in time; more than GUARD_SERVERS do not.  Without a
 * process for it nothing is guarded. */
void guard_start(struct guard *g, const pid_t *servers, size_t n, int sig,
    int64_t stop_timeout_ms);
void guard_dismiss(struct guard *g);

#endif
