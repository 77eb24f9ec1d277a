/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c - fork, exec, wait, and the terminal */
#include "rsp/register/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/register/process_tree.h"

static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT };

static bool
is_ignored(int sig)
{
	struct sigaction a;

	return sigaction(sig, NULL, &a) == 0 && a.sa_handler == SIG_IGN;
}

/* What was ignored when we started stays so (nohup; a shell's background): a
 * signal that is blocked, too, would come after all.  But children that nobody
 * waits for have no exit status. */
int
supervise_signals(struct server *s)
{
	sigset_t set;
	size_t i;

	s->ignored_children = is_ignored(SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (!is_ignored(handled[i]))
			sigaddset(&set, handled[i]);
	/* So that tcsetpgrp() works from the background. */
	sigaddset(&set, SIGTTOU);
	if (sigprocmask(SIG_BLOCK, &set, &s->mask) < 0)
		return -1;
	sigdelset(&set, SIGTTOU);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static _Noreturn void
run(const struct server *s, char **argv, int parent, int report)
{
	ssize_t n;
	int err;

	setpgid(0, 0);
	if (s->ignored_children)
		signal(SIGCHLD, SIG_IGN);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	service_manager_set_environment(&s->manager, parent);
	listen_notice_set_environment(&s->knock);
	execvp(argv[0], argv);
	err = errno;
	n = write(report, &err, sizeof(err));
	_exit(n < 0 ? 126 : 127);
}

int
supervise_start(struct server *s, char **argv)
{
	int report[2], err = 0, parent = getpid();
	ssize_t n;

	service_manager_init(&s->manager);
	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	s->pid = fork();
	if (s->pid == 0)
		run(s, argv, parent, report[1]);
	if (s->pid < 0)
		err = errno;
	else
		setpgid(s->pid, s->pid);
	close(report[1]);
	/* Nothing comes when exec succeeds. */
	do {
		n = err == 0 ? read(report[0], &err, sizeof(err)) : 0;
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	s->running = err == 0;
	s->empty = !s->running;
	return err;
}

/* The command waits for the terminal: it shall have it, if it is ours to give.
 * In the background it waits, and so do we. */
static void
on_stop(struct server *s, pid_t pid, int sig)
{
	if (pid != s->pid || (sig != SIGTTIN && sig != SIGTTOU))
		return;
	if (tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcsetpgrp(STDIN_FILENO, pid) < 0) {
		supervise_stop(s);
		return;
	}
	s->has_terminal = true;
	kill(-pid, SIGCONT);
}

static void
on_end(struct server *s, pid_t pid, int status)
{
	bool daemonized =
	    !s->running && WIFEXITED(s->status) && WEXITSTATUS(s->status) == 0;

	if (pid == s->pid || daemonized)
		s->status = status;
	if (pid != s->pid)
		return;
	s->running = false;
	if (s->has_terminal)
		tcsetpgrp(STDIN_FILENO, getpgrp());
}

void
supervise_reap(struct server *s,
    bool (*is_other)(void *ctx, pid_t pid, int status), void *ctx)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status))
			on_stop(s, pid, WSTOPSIG(status));
		else if (!is_other(ctx, pid, status))
			on_end(s, pid, status);
	}
	s->empty = pid < 0;
}

static void
signal_all(const struct process_tree *t, int sig)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		kill(t->pids[i], sig);
}

void
supervise_signal(struct server *s, int sig)
{
	struct process_tree t = { 0 };

	if (s->running) {
		kill(s->pid, sig);
		return;
	}
	process_tree_read_children(&t, getpid());
	signal_all(&t, sig);
	process_tree_free(&t);
}

void
supervise_kill(struct server *s)
{
	struct process_tree t = { 0 };

	if (s->empty)
		return;
	process_tree_read(&t, getpid());
	signal_all(&t, SIGKILL);
	process_tree_free(&t);
}

bool
supervise_is_caught(const struct server *s, int sig)
{
	return s->running &&
	       (process_tree_has_signal(s->pid, "SigCgt", sig) ||
		   process_tree_has_signal(s->pid, "SigIgn", sig));
}

void
supervise_stop(struct server *s)
{
	if (s->running)
		kill(-s->pid, SIGSTOP);
	s->stopped = true;
	raise(SIGSTOP);
}

void
supervise_continue(struct server *s)
{
	if (s->running && s->stopped)
		kill(-s->pid, SIGCONT);
	s->stopped = false;
}

int
supervise_exit_status(const struct server *s)
{
	if (WIFSIGNALED(s->status))
		return 128 + WTERMSIG(s->status);
	return WEXITSTATUS(s->status);
}
