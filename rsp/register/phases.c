/* SPDX-License-Identifier: Apache-2.0 */
/* phases.c - what is done when one begins, and what ends it */
#include "rsp/register/phases.h"

#include "rsp/net/log.h"
#include "rsp/register/program.h"

#define LEAVE_MS 3000  /* for all deregistrations */
#define CHOSEN_MS 5500 /* until no client's cache names us any more */
#define KILL_MS 1000   /* until what is still there is killed again */

bool
phases_is_drained(struct program *p, rsp_time now)
{
	return now - p->phase_begin >= CHOSEN_MS &&
	       drain_count(&p->drain, p->members) == 0;
}

static void
say_cut(struct program *p)
{
	int n = drain_count(&p->drain, p->members);

	if (n > 0)
		rsp_log(RSP_LOG_INFO,
		    "%d connection%s still open at the end of --drain", n,
		    n == 1 ? " is" : "s are");
}

static void
enter(struct program *p, rsp_time now, enum phase phase)
{
	p->phase = phase;
	p->phase_begin = now;
	p->phase_end = RSP_NEVER;
	switch (phase) {
	case RUN:
		break;
	case LEAVE:
		p->phase_end = rsp_time_add(now, LEAVE_MS);
		pool_elements_leave(p->members, now);
		break;
	case DRAIN:
		p->phase_end = rsp_time_add(now,
		    has_command(p) && pool_elements_any_registered(p->members)
			? p->options.drain_ms
			: 0);
		break;
	case STOP:
		p->phase_end = rsp_time_add(now, p->options.stop_timeout_ms);
		say_cut(p);
		if (has_command(p))
			supervise_signal(&p->server, p->stop_signal);
		break;
	case KILL: /* again and again: it may fork meanwhile */
		p->phase_end = rsp_time_add(now, KILL_MS);
		supervise_kill(&p->server);
		break;
	case END:
		p->phase_end = rsp_time_add(now, LEAVE_MS);
		pool_elements_leave(p->members, now);
		break;
	}
}

void
phases_advance(struct program *p, rsp_time now)
{
	bool over = rsp_time_reached(p->phase_end, now);

	if (p->phase == LEAVE && (over || pool_elements_all_left(p->members)))
		enter(p, now, DRAIN);
	if (p->phase == DRAIN && rsp_time_reached(p->phase_end, now))
		enter(p, now, has_command(p) ? STOP : END);
	else if (p->phase == STOP && over) {
		rsp_log(RSP_LOG_WARN, "%s has not ended by itself: killed",
		    p->options.command[0]);
		enter(p, now, KILL);
	} else if (p->phase == KILL && over)
		enter(p, now, KILL);
}

bool
phases_is_over(const struct program *p, rsp_time now)
{
	return p->phase == END && (pool_elements_all_left(p->members) ||
				      rsp_time_reached(p->phase_end, now));
}

/* The first asks to stop; the second says that there is no time to lose. */
void
phases_stop(struct program *p, rsp_time now, int sig)
{
	p->stop_signal = sig;
	if (p->phase == RUN) {
		if (has_command(p))
			supervise_guard(&p->server, sig,
			    p->options.stop_timeout_ms);
		service_manager_stopping(&p->server.manager,
		    LEAVE_MS + p->options.drain_ms +
			p->options.stop_timeout_ms + KILL_MS);
		enter(p, now, LEAVE);
	} else if (p->phase < STOP)
		enter(p, now, has_command(p) ? STOP : END);
	else if (p->phase == STOP)
		supervise_signal(&p->server, sig);
}

/* The command has ended.  A server goes on while daemons that it left have a
 * port, or may be about to get one. */
static bool
has_ended(const struct program *p)
{
	if (!has_command(p) || p->server.running)
		return false;
	if (p->server.empty)
		return true;
	if (p->ports.hidden != 0)
		return false;
	if (p->had_port || supervise_exit_status(&p->server) != 0)
		return p->ports.n == 0;
	return false;
}

void
phases_check_server(struct program *p, rsp_time now)
{
	int status;

	if (p->phase == END || !has_ended(p))
		return;
	status = supervise_exit_status(&p->server);
	if (!p->had_port && p->phase == RUN)
		rsp_log(RSP_LOG_WARN,
		    "%s ended (status %d) before it listened "
		    "on a port",
		    p->options.command[0], status);
	enter(p, now, END);
}
