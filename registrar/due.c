/* SPDX-License-Identifier: Apache-2.0 */
/* due.c - deadlines that have passed, unless there is more to be read */
#include "registrar/due.h"

#include "registrar/server.h"
#include "registrar/turn.h"

#define BACKLOG_TURNS 64

/* Past the time for which it was to wait: later than a busy turn makes it. */
#define LATE_MS 50

/* A process that was stopped comes out of its wait with nothing to read,
 * whatever there is by now (epoll_wait(2) and EINTR): it has to look once more.
 */
static bool
was_away(struct server *s)
{
	bool late = s->now > s->planned && s->now - s->planned > LATE_MS;

	s->looked_again = late && !s->looked_again;
	return s->looked_again;
}

static bool
is_behind(struct server *s)
{
	if (was_away(s))
		return true;
	if (!s->backlog || s->postponed >= BACKLOG_TURNS) {
		s->postponed = 0;
		return false;
	}
	s->postponed++;
	return true;
}

rsp_time
due_next(const struct server *s)
{
	return rsp_time_min(rsp_registry_deadline(s->registry),
	    clients_deadline(&s->clients, s->config.message_timeout));
}

static void
see_to_it(struct server *s)
{
	if (rsp_time_reached(rsp_registry_deadline(s->registry), s->now)) {
		rsp_registry_tick(s->registry, s->now);
		turn_drain(s);
	}
	turn_settle(s);
	turn_end_late(s);
}

void
due_serve(struct server *s)
{
	if (!is_behind(s))
		see_to_it(s);
	turn_settle(s);
	s->planned = due_next(s);
	if (s->planned < s->now)
		s->planned = s->now;
}
