/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c - fork, exec, wait, and the terminal */
#include "rsp/register/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/register/process_tree.h"

static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT };

/* What says something to us, or cannot be caught. */
static const int ours[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP,
	SIGCONT, SIGKILL, SIGSTOP };

/* What a process's own doing raises: an error of ours shall end us. */
static const int raised[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS,
	SIGABRT, SIGPIPE, SIGXCPU, SIGXFSZ };

static bool
is_among(int sig, const int *list, size_t size)
{
	size_t i;

	for (i = 0; i < size / sizeof(list[0]); i++)
		if (list[i] == sig)
			return true;
	return false;
}

/* All others are the server's.  Between the two ranges are the C library's. */
static bool
is_servers(int sig)
{
	return (sig < 32 || sig >= SIGRTMIN) &&
	       !is_among(sig, ours, sizeof(ours)) &&
	       !is_among(sig, raised, sizeof(raised));
}

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
supervise_signals(struct server *s, bool pass_on)
{
	sigset_t set, blocked;
	int sig;

	s->ignored_children = is_ignored(SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (sig = 1; sig <= SIGRTMAX; sig++)
		if ((is_among(sig, handled, sizeof(handled)) ||
			(pass_on && is_servers(sig))) &&
		    !is_ignored(sig))
			sigaddset(&set, sig);
	/* So that tcsetpgrp() works from the background. */
	blocked = set;
	sigaddset(&blocked, SIGTTOU);
	if (sigprocmask(SIG_BLOCK, &blocked, &s->mask) < 0)
		return -1;
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

	service_manager_init(&s->manager, true);
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

/* The terminal. */

static void
give_terminal(pid_t from, pid_t to)
{
	if (tcgetpgrp(STDIN_FILENO) == from)
		tcsetpgrp(STDIN_FILENO, to);
}

/* Stops us as a terminal does, and returns when we go on.  False: not stopped,
 * for our process group is one that nobody would continue (no shell is above
 * it), and there Ctrl-Z does nothing. */
static bool
stop_us(void)
{
	sigset_t stop, pending;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

/* It had the terminal, so the Ctrl-Z came to it alone: the shell that waits for
 * our group is to see all of that stopped, and to have the terminal. */
static void
on_ctrl_z(struct server *s)
{
	give_terminal(s->pid, getpgrp());
	kill(0, SIGTSTP);
	s->stopped = true;
	if (!stop_us())
		supervise_continue(s);
}

/* The command waits for the terminal: it shall have it, if it is ours to give.
 * In the background it waits, and so do we. */
static void
on_stop(struct server *s, pid_t pid, int sig)
{
	if (pid == s->pid && sig == SIGTSTP && s->has_terminal)
		on_ctrl_z(s);
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
		give_terminal(pid, getpgrp());
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

/* With the value that came along, if it was sent with one. */
static void
send_signal(pid_t pid, int sig, const struct signalfd_siginfo *as)
{
	union sigval value = { 0 };

	if (as == NULL || as->ssi_code != SI_QUEUE) {
		kill(pid, sig);
		return;
	}
	memcpy(&value, &as->ssi_ptr,
	    sizeof(value) < sizeof(as->ssi_ptr) ? sizeof(value)
						: sizeof(as->ssi_ptr));
	sigqueue(pid, sig, value);
}

/* The daemons that the command left: our children but for what is not the
 * server's. */
static void
read_daemons(const struct server *s, struct process_tree *t)
{
	size_t i, kept = 0;

	process_tree_read_children(t, getpid());
	for (i = 0; i < t->n; i++)
		if (t->pids[i] != s->guard.pid &&
		    (s->is_other == NULL || !s->is_other(s->ctx, t->pids[i])))
			t->pids[kept++] = t->pids[i];
	t->n = kept;
}

void
supervise_pass(struct server *s, int sig, const struct signalfd_siginfo *as)
{
	struct process_tree t = { 0 };
	size_t i;

	if (s->running) {
		send_signal(s->pid, sig, as);
		return;
	}
	read_daemons(s, &t);
	for (i = 0; i < t.n; i++)
		send_signal(t.pids[i], sig, as);
	process_tree_free(&t);
}

void
supervise_signal(struct server *s, int sig)
{
	supervise_pass(s, sig, NULL);
}

void
supervise_kill(struct server *s)
{
	struct process_tree t = { 0 };
	size_t i;

	if (s->empty)
		return;
	if (s->running) /* also where no processes are to be seen */
		kill(s->pid, SIGKILL);
	process_tree_read(&t, getpid());
	for (i = 0; i < t.n; i++)
		if (t.pids[i] != s->guard.pid)
			kill(t.pids[i], SIGKILL);
	process_tree_free(&t);
}

void
supervise_guard(struct server *s, int sig, int64_t stop_timeout_ms)
{
	struct process_tree t = { 0 };

	if (s->running) {
		guard_start(&s->guard, &s->pid, 1, sig, stop_timeout_ms);
		return;
	}
	read_daemons(s, &t);
	guard_start(&s->guard, t.pids, t.n, sig, stop_timeout_ms);
	process_tree_free(&t);
}

/* Blocked: it reads them (signalfd). */
static bool
does_not_end(pid_t pid, int sig)
{
	return process_tree_has_signal(pid, "SigCgt", sig) ||
	       process_tree_has_signal(pid, "SigBlk", sig) ||
	       process_tree_has_signal(pid, "SigIgn", sig);
}

bool
supervise_is_caught(const struct server *s, int sig)
{
	struct process_tree t = { 0 };
	bool caught = false;
	size_t i;

	if (s->running)
		return does_not_end(s->pid, sig);
	read_daemons(s, &t);
	for (i = 0; i < t.n && !caught; i++)
		caught = does_not_end(t.pids[i], sig);
	process_tree_free(&t);
	return caught;
}

bool
supervise_stop(struct server *s)
{
	if (s->running)
		kill(-s->pid, SIGSTOP);
	s->stopped = true;
	return stop_us();
}

void
supervise_continue(struct server *s)
{
	if (s->running && s->stopped) {
		/* in the background it has to ask for it again */
		if (s->has_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp())
			tcsetpgrp(STDIN_FILENO, s->pid);
		else
			s->has_terminal = false;
		kill(-s->pid, SIGCONT);
	}
	s->stopped = false;
}

int
supervise_exit_status(const struct server *s)
{
	if (WIFSIGNALED(s->status))
		return 128 + WTERMSIG(s->status);
	return WEXITSTATUS(s->status);
}
