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
	char output[COMMAND_OUTPUT]; /* a string, if no zero is in it */
	size_t len;		     /* of that */

	/* Private. */
	pid_t pid;
	int fd; /* of its output, -1: at its end */
	bool killed;
	rsp_time end;
};

/* Variables for a job's environment, "NAME=VALUE" each, NULL behind the last.
 */
void command_start(struct command *j, rsp_time now, const char *command,
    char *const variables[], int64_t timeout_ms, const sigset_t *mask);

/* The output is what is at the beginning of a file.  Reading one may take for
 * ever (a FIFO, a mount whose server is gone), so a process of its own does; it
 * is waited for for a moment only. */
void job_read_file(struct command *j, rsp_time now, const char *path,
    int64_t timeout_ms, const sigset_t *mask);

/* Its time is over, and it has not ended for all that it was killed. */
bool job_is_late(const struct command *j);

/* One place in a poll set; fd -1 when there is nothing to wait for. */
void command_poll(const struct command *j, struct pollfd *p);
void command_serve(struct command *j, rsp_time now, const struct pollfd *p);
rsp_time command_deadline(const struct command *j);

/* Is that child the job's? */
static inline bool
job_is(const struct command *j, pid_t pid)
{
	return j->pid > 0 && j->pid == pid;
}

/* A child has ended; true if it was the job's. */
bool command_reaped(struct command *j, pid_t pid, int status);

/* Kills it, if it runs; it is done when it has been reaped. */
void command_stop(struct command *j);

/* Why a job has not ended with 0. */
#define COMMAND_REASON 48
const char *command_reason(const struct command *j, char text[COMMAND_REASON]);

#endif
