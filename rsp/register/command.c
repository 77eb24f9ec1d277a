/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - it is over when its process has ended, whoever still holds its
 * output
 */
#include "rsp/register/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/register/descriptors.h"

#define TIMED_OUT (-1)
#define NOT_STARTED (-2)
#define MOMENT_MS 50
#define AT_ONCE 64 /* reads of its output; the rest later */

static void
done(struct command *j, int status)
{
	j->state = COMMAND_DONE;
	j->status = status;
	j->output[j->len] = '\0';
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

static void
prepare(int out, const sigset_t *mask)
{
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

static _Noreturn void
run(const char *command, char *const variables[])
{
	size_t i;

	for (i = 0; variables[i] != NULL; i++)
		putenv(variables[i]);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static _Noreturn void
print(const char *path)
{
	char text[COMMAND_OUTPUT - 1];
	ssize_t n;
	int fd;

	descriptors_close_from(STDERR_FILENO + 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	_exit(n < 0 || write(STDOUT_FILENO, text, (size_t)n) != n);
}

/* `variables` are a command's; NULL: `what` is a file. */
static void
start(struct command *j, rsp_time now, const char *what,
    char *const variables[], int64_t timeout_ms, const sigset_t *mask)
{
	int ends[2];

	*j = (struct command){ .state = COMMAND_RUNNING, .fd = -1, .pid = -1 };
	j->end = rsp_time_add(now, timeout_ms);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		done(j, NOT_STARTED);
		return;
	}
	/* Our end only: the command's output blocks, as commands expect. */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	j->pid = fork();
	if (j->pid == 0) {
		prepare(ends[1], mask);
		if (variables != NULL)
			run(what, variables);
		print(what);
	}
	close(ends[1]);
	j->fd = ends[0];
	if (j->pid < 0)
		done(j, NOT_STARTED);
	else
		setpgid(j->pid, j->pid);
}

void
command_start(struct command *j, rsp_time now, const char *command,
    char *const variables[], int64_t timeout_ms, const sigset_t *mask)
{
	start(j, now, command, variables, timeout_ms, mask);
}

/* Most files are read before one has looked away. */
static void
wait_a_moment(struct command *j)
{
	struct pollfd p = { j->fd, POLLIN, 0 };
	int status, left = MOMENT_MS;
	pid_t pid = 0;

	if (poll(&p, 1, MOMENT_MS) <= 0)
		return;
	while ((pid = waitpid(j->pid, &status, WNOHANG)) == 0 && left-- > 0)
		poll(NULL, 0, 1);
	if (pid > 0)
		command_reaped(j, pid, status);
}

void
job_read_file(struct command *j, rsp_time now, const char *path,
    int64_t timeout_ms, const sigset_t *mask)
{
	start(j, now, path, NULL, timeout_ms, mask);
	if (j->state == COMMAND_RUNNING)
		wait_a_moment(j);
}

void
command_poll(const struct command *j, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (j->state == COMMAND_RUNNING)
		p->fd = j->fd;
}

static void
hear(struct command *j)
{
	char beyond[16384];
	int left = AT_ONCE;
	ssize_t n;

	do {
		size_t room = sizeof(j->output) - 1 - j->len;

		n = read(j->fd, room > 0 ? j->output + j->len : beyond,
		    room > 0 ? room : sizeof(beyond));
		if (n > 0 && room > 0)
			j->len += (size_t)n;
	} while (n > 0 && --left > 0);
	if (n == 0) {
		close(j->fd);
		j->fd = -1;
	}
}

void
command_serve(struct command *j, rsp_time now, const struct pollfd *p)
{
	if (j->state != COMMAND_RUNNING)
		return;
	if (p->fd >= 0 && p->fd == j->fd && p->revents != 0)
		hear(j);
	if (rsp_time_reached(j->end, now))
		command_stop(j);
}

rsp_time
command_deadline(const struct command *j)
{
	return j->state == COMMAND_RUNNING ? j->end : RSP_NEVER;
}

bool
command_reaped(struct command *j, pid_t pid, int status)
{
	if (j->pid <= 0 || pid != j->pid)
		return false;
	j->pid = -1;
	if (j->state != COMMAND_RUNNING)
		return true;
	if (j->fd >= 0)
		hear(j);
	if (j->killed)
		status = TIMED_OUT;
	else if (WIFEXITED(status))
		status = WEXITSTATUS(status);
	else
		status = 128 + WTERMSIG(status);
	done(j, status);
	return true;
}

void
command_stop(struct command *j)
{
	if (j->state != COMMAND_RUNNING || j->killed)
		return;
	kill(-j->pid, SIGKILL);
	j->killed = true;
	j->end = RSP_NEVER;
}

bool
job_is_late(const struct command *j)
{
	return j->state == COMMAND_RUNNING && j->killed;
}

const char *
command_reason(const struct command *j, char text[COMMAND_REASON])
{
	if (j->status == TIMED_OUT)
		snprintf(text, COMMAND_REASON, "it did not end in time");
	else if (j->status == NOT_STARTED)
		snprintf(text, COMMAND_REASON, "it cannot be started");
	else if (j->status > 128)
		snprintf(text, COMMAND_REASON, "ended by signal %d",
		    j->status - 128);
	else
		snprintf(text, COMMAND_REASON, "exit status %d", j->status);
	return text;
}
