/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c - the end of a pipe that closes when we are gone */
#include "rsp/register/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rsp/register/descriptors.h"

/* Between two looks whether they have ended. */
#define LOOK_MS 20

/* In the guard.  There may have been threads: nothing but system calls. */

/* True if we have ended without a word. */
static bool
is_orphaned(void)
{
	char word;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, &word, 1);
	} while (n < 0 && errno == EINTR);
	return n == 0;
}

/* They are handed to somebody who waits for them, so a number may be another's
 * by and by; not in the time that this takes. */
static bool
signal_all(const pid_t *servers, size_t n, int sig)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++)
		any |= kill(servers[i], sig) == 0;
	return any;
}

static _Noreturn void
guard(int fd, const pid_t *servers, size_t n, int sig, int64_t left_ms)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setpgid(0, 0);
	if (dup2(fd, STDIN_FILENO) < 0)
		_exit(0);
	descriptors_close_from(STDIN_FILENO + 1);
	if (!is_orphaned())
		_exit(0);
	signal_all(servers, n, sig);
	while (left_ms > 0 && signal_all(servers, n, 0)) {
		poll(NULL, 0, LOOK_MS);
		left_ms -= LOOK_MS;
	}
	signal_all(servers, n, SIGKILL);
	_exit(0);
}

/* Without a signal at its end it is no child for wait(). */
void
guard_start(struct guard *g, const pid_t *servers, size_t n, int sig,
    int64_t stop_timeout_ms)
{
	int ends[2];
	long pid;

	if (g->pid > 0 || n == 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	if (n > GUARD_SERVERS)
		n = GUARD_SERVERS;
	pid = syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
	if (pid == 0)
		guard(ends[0], servers, n, sig, stop_timeout_ms);
	close(ends[0]);
	if (pid < 0)
		close(ends[1]);
	else
		*g = (struct guard){ (pid_t)pid, ends[1] };
}

void
guard_dismiss(struct guard *g)
{
	if (g->pid <= 0)
		return;
	if (write(g->fd, "", 1) == 1)
		while (waitpid(g->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	close(g->fd);
	*g = (struct guard){ 0 };
}
