/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - a short command beside the server: a health check, a load's
 * source
 *
 * Run by the shell in a process group of its own, with /dev/null as input, its
 * output taken as far as it fits, killed with its group when its time is over.
 */
#ifndef RSP_COMMAND_H
#define RSP_COMMAND_H

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include "rsp/core/base/time.h"

#define COMMAND_OUTPUT 256

enum command_state {
	COMMAND_IDLE,
	COMMAND_RUNNING,
	COMMAND_DONE, /* status and output are there; until the next start */
};

struct command {
	enum command_state state;
	int status; /* 0: ended with it; else why not, see command_reason() */
	char output[COMMAND_OUTPUT]; /* a string */

	/* Private. */
	pid_t pid;
	int fd; /* of its output, -1: at its end */
	size_t len;
	bool killed;
	rsp_time end;
};

/* Variables for a job's environment, "NAME=VALUE" each, NULL behind the last.
 */
void command_start(struct command *j, rsp_time now, const char *command,
    char *const variables[], int64_t timeout_ms, const sigset_t *mask);

/* One place in a poll set; fd -1 when there is nothing to wait for. */
void command_poll(const struct command *j, struct pollfd *p);
void command_serve(struct command *j, rsp_time now, const struct pollfd *p);
rsp_time command_deadline(const struct command *j);

/* A child has ended; true if it was the job's. */
bool command_reaped(struct command *j, pid_t pid, int status);

/* Kills it, if it runs; it is done when it has been reaped. */
void command_stop(struct command *j);

/* Why a job has not ended with 0. */
#define COMMAND_REASON 48
const char *command_reason(const struct command *j, char text[COMMAND_REASON]);

#endif
