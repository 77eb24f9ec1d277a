/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.h - the server process: started, heard, signalled, waited for
 *
 * The command runs as if the shell had started it: the signal mask, ignored
 * signals, descriptors and environment are those that we were given.  But it
 * gets a process group of its own, so that a Ctrl-C comes to us alone and the
 * pool is left before the server hears of it.  Should it want to read from the
 * terminal, it gets it.
 *
 * We are the subreaper: a daemon that forks away stays below us.  Nothing ties
 * the server to our life, though: if we are killed it goes on, unless we were
 * about to stop it (guard.h).
 */
#ifndef RSP_SUPERVISE_H
#define RSP_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "rsp/register/guard.h"
#include "rsp/register/listen_notice.h"
#include "rsp/register/service_manager.h"

struct server {
	pid_t pid;     /* of the command */
	bool running;  /* that one is */
	bool empty;    /* no process is left below us */
	int status;    /* as waitpid() has it: the command's; of a command
			* that forked a daemon and succeeded, that of the
			* process that ended last */
	sigset_t mask; /* ours at the start, the server's */
	bool ignored_children; /* SIGCHLD was, at the start */
	bool stopped;	       /* by us, for the terminal's sake */
	bool has_terminal;     /* we gave it, and take it back at its end */
	/* Which of our children are not the server's; NULL: all are. */
	bool (*is_other)(void *ctx, pid_t pid);
	void *ctx;
	struct guard guard;
	struct service_manager
	    manager; /* the service manager, if there is one */
	struct listen_notice
	    knock; /* where it tells of its ports; from outside */
};

/* Blocks the signals that we handle, with `pass_on` all that can be passed on,
 * and returns a descriptor for them (signalfd), -1 with errno.  Before
 * supervise_start(). */
int supervise_signals(struct server *s, bool pass_on);

/* 0 when the command runs, else the errno of why it does not. */
int supervise_start(struct server *s, char **argv);

/* After SIGCHLD: waits for whoever has ended.  `is_other` is asked first about
 * each: true for a process that is not the server's. */
void supervise_reap(struct server *s,
    bool (*is_other)(void *ctx, pid_t pid, int status), void *ctx);

/* To the command; once that has ended, to the daemons that it left. */
void supervise_signal(struct server *s, int sig);

/* The same for one that has come, with its value. */
struct signalfd_siginfo;
void supervise_pass(struct server *s, int sig,
    const struct signalfd_siginfo *as);

/* Would the command do something else than end on that signal; or, once it has
 * ended, one of the daemons that it left? */
bool supervise_is_caught(const struct server *s, int sig);

/* From here on the server is not to outlive us: it gets that signal then. */
void supervise_guard(struct server *s, int sig, int64_t stop_timeout_ms);

/* SIGKILL to everything below us. */
void supervise_kill(struct server *s);

/* Ctrl-Z and fg: the server's group stops and goes on with us.  False: only
 * that has stopped, for nobody could go on with us. */
bool supervise_stop(struct server *s);
void supervise_continue(struct server *s);

/* As a shell has it: the status, or 128 and the signal. */
int supervise_exit_status(const struct server *s);

#endif
