/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - a short command beside the server: a health check, a load's source
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

#define JOB_OUTPUT 256

enum job_state {
	JOB_IDLE,
	JOB_RUNNING,
	JOB_DONE, /* status and output are there; until the next start */
};

struct job {
	enum job_state state;
	int status; /* 0: ended with it; else why not, see job_reason() */
	char output[JOB_OUTPUT]; /* a string */

	/* Private. */
	pid_t pid;
	int fd; /* of its output, -1: at its end */
	size_t len;
	bool killed;
	rsp_time end;
};

/* Variables for a job's environment, "NAME=VALUE" each, NULL behind the last.
 */
void job_start(struct job *j, rsp_time now, const char *command,
    char *const variables[], int64_t timeout_ms, const sigset_t *mask);

/* One place in a poll set; fd -1 when there is nothing to wait for. */
void job_poll(const struct job *j, struct pollfd *p);
void job_serve(struct job *j, rsp_time now, const struct pollfd *p);
rsp_time job_deadline(const struct job *j);

/* A child has ended; true if it was the job's. */
bool job_reaped(struct job *j, pid_t pid, int status);

/* Kills it, if it runs; it is done when it has been reaped. */
void job_stop(struct job *j);

/* Why a job has not ended with 0. */
#define JOB_REASON 48
const char *job_reason(const struct job *j, char text[JOB_REASON]);

#endif
