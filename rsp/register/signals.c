/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - what each signal means for the server */
#include "rsp/register/signals.h"

#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "rsp/net/log.h"
#include "rsp/register/phases.h"
#include "rsp/register/program.h"

static bool
is_command(void *ctx, pid_t pid, int status)
{
	struct program *p = ctx;
	struct element_ids *ids = &p->options.ids;
	int err;

	if (ids_reaped(ids, pid, status, &err)) {
		if (err != 0)
			rsp_log(RSP_LOG_WARN, "%s: the ID is not kept: %s",
			    ids->file, strerror(err));
		return true;
	}
	return monitor_reaped(&p->options.monitor, pid, status);
}

static void
on_signal(struct program *p, rsp_time now, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;
	bool was_running;

	switch (sig) {
	case SIGCHLD:
		was_running = p->server.running;
		supervise_reap(&p->server, is_command, p);
		/* who is left of a command that has obeyed is told, too */
		if (p->phase == STOP && was_running && !p->server.running)
			supervise_signal(&p->server, p->stop_signal);
		ports_expect(&p->ports, now);
		break;
	case SIGTSTP:
		if (!supervise_stop(&p->server))
			supervise_continue(&p->server);
		break;
	case SIGCONT:
		supervise_continue(&p->server);
		break;
	case SIGHUP: /* to many servers: read your configuration again */
		if (has_command(p) && supervise_is_caught(&p->server, sig)) {
			supervise_signal(&p->server, sig);
			ports_expect(&p->ports, now);
			break;
		}
		phases_stop(p, now, sig);
		break;
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
		phases_stop(p, now, sig);
		break;
	default:
		if (has_command(p))
			supervise_pass(&p->server, sig, info);
		ports_expect(&p->ports, now);
		break;
	}
}

void
signals_serve(struct program *p, rsp_time now)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(p, now, &info);
}
