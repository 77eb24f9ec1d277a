/* SPDX-License-Identifier: Apache-2.0 */
/* monitor.c - a list of ports, each with its health and its load */
#include "rsp/register/monitor.h"

#include <stdlib.h>

#include "rsp/net/log.h"

struct monitored {
	struct monitored *next;
	struct health *health;
	struct load load;
	bool was_up;
	bool shed; /* and something is to follow */
};

void
monitor_init(struct monitor *w, const sigset_t *mask, rsp_time now)
{
	w->health.mask = *mask;
	w->said = -1;
	w->said_next = now;
	load_meter_init(&w->meter, &w->load_spec, mask, now);
}

static void
free_first(struct monitored **at)
{
	struct monitored *first = *at;

	*at = first->next;
	health_free(first->health);
	free(first);
}

/* A check's command that is still there ends as one of ours, not as a process
 * of the server's. */
static void
forget(struct monitor *w, struct monitored **at)
{
	struct monitored *p = *at;

	check_stop(&p->health->check);
	if (!check_has_job(&p->health->check)) {
		free_first(at);
		return;
	}
	*at = p->next;
	p->next = w->gone;
	w->gone = p;
}

void
monitor_free(struct monitor *w)
{
	while (w->ports != NULL)
		free_first(&w->ports);
	while (w->gone != NULL)
		free_first(&w->gone);
	load_meter_free(&w->meter);
	load_spec_free(&w->load_spec);
}

static struct monitored *
find(const struct monitor *w, const struct port *port)
{
	struct monitored *p;

	for (p = w->ports; p != NULL; p = p->next)
		if (p->health->protocol == port->protocol &&
		    p->health->port == port->port)
			break;
	return p;
}

/* Without memory it goes unwatched until the next look. */
void
monitor_port(struct monitor *w, const struct port *port, const char *pool)
{
	struct monitored *new;

	if (find(w, port) != NULL)
		return;
	new = calloc(1, sizeof(*new));
	if (new == NULL)
		return;
	new->health = health_new(&w->health, port, pool);
	if (new->health == NULL) {
		free(new);
		return;
	}
	new->load.told = -1;
	new->next = w->ports;
	w->ports = new;
}

static void
say(const struct health *h)
{
	if (h->up)
		rsp_log(RSP_LOG_INFO, "%s: port %u is well", h->pool, h->port);
	else
		rsp_log(RSP_LOG_WARN,
		    "%s: port %u is not well: %s; it stays out of the pool "
		    "until it is",
		    h->pool, h->port, h->reason);
}

static void
on_verdict(struct monitor *w, struct monitored *p, bool changed)
{
	p->shed = !p->health->up && (p->shed || p->was_up);
	p->was_up = p->health->up;
	if (!changed)
		return;
	say(p->health);
	w->changed = true;
}

void
monitor_look(struct monitor *w, rsp_time now, struct ports *ports)
{
	struct monitored **at = &w->ports;
	const struct port *port;

	while (*at != NULL) {
		struct health *h = (*at)->health;

		port = ports_find(ports, h->protocol, h->port);
		if (port == NULL) {
			forget(w, at);
			continue;
		}
		on_verdict(w, *at, health_look(h, now, ports, port));
		at = &(*at)->next;
	}
}

size_t
monitor_count(const struct monitor *w)
{
	const struct monitored *p;
	size_t n = 1;

	for (p = w->ports; p != NULL; p = p->next)
		n++;
	return n;
}

void
monitor_poll(const struct monitor *w, struct pollfd *fds)
{
	const struct monitored *p;

	load_meter_poll(&w->meter, fds);
	for (p = w->ports; p != NULL; p = p->next)
		health_poll(p->health, ++fds);
}

static void
feed_loads(struct monitor *w, const struct ports *ports)
{
	const struct port *port;
	struct monitored *p;
	double value;

	for (p = w->ports; p != NULL; p = p->next) {
		port = ports_find(ports, p->health->protocol, p->health->port);
		value = port == NULL ? -1 : load_meter_value(&w->meter, port);
		if (value >= 0 && load_add(&p->load, value))
			w->changed = true;
	}
	if (w->meter.trouble != NULL)
		rsp_log(RSP_LOG_WARN, "%s; the load stays as it was",
		    w->meter.trouble);
	w->meter.trouble = NULL;
}

void
monitor_serve(struct monitor *w, rsp_time now, struct ports *ports,
    const struct pollfd *fds, size_t n)
{
	struct monitored *p;
	size_t i = 1;

	/* A port that is new has no place yet, and those are in front. */
	if (n == monitor_count(w))
		for (p = w->ports; p != NULL; p = p->next)
			on_verdict(w, p,
			    health_serve(p->health, now, &fds[i++]));
	if (load_meter_serve(&w->meter, now, ports, &fds[0]))
		feed_loads(w, ports);
	if (w->said_news && rsp_time_reached(w->said_next, now)) {
		w->said_news = false;
		w->said_next = rsp_time_add(now, LOAD_INTERVAL_MS);
		w->changed = true;
	}
}

/* What it said wrong is said once, however often. */
static void
complain(struct monitor *w, const char *trouble)
{
	if (trouble == NULL || trouble == w->said_trouble)
		return;
	w->said_trouble = trouble;
	rsp_log(RSP_LOG_WARN, "the server says what is not understood: %s",
	    trouble);
}

void
watch_hear(struct monitor *w, struct word *word)
{
	complain(w, word->trouble);
	if (word->has_load && !w->takes_load)
		complain(w, "X_RSP_LOAD, but the policy has no load");
	else if (word->has_load && word->load != w->said) {
		w->said = word->load;
		w->said_news = true;
	}
	if (word->has_ready && word->ready == w->unready) {
		w->unready = !word->ready;
		w->changed = true;
		rsp_log(RSP_LOG_INFO, "the server says that it is %s",
		    w->unready ? "not ready: it stays out of its pools until "
				 "it is"
			       : "ready");
	}
	*word = (struct word){ 0 };
}

rsp_time
monitor_deadline(const struct monitor *w)
{
	rsp_time t = load_meter_deadline(&w->meter);
	const struct monitored *p;

	if (w->said_news)
		t = rsp_time_min(t, w->said_next);
	for (p = w->ports; p != NULL; p = p->next)
		t = rsp_time_min(t, health_deadline(p->health));
	return t;
}

bool
monitor_reaped(struct monitor *w, pid_t pid, int status)
{
	struct monitored *p, **at;

	if (load_meter_reaped(&w->meter, pid, status))
		return true;
	for (p = w->ports; p != NULL; p = p->next)
		if (health_reaped(p->health, pid, status))
			return true;
	for (at = &w->gone; *at != NULL; at = &(*at)->next)
		if (health_reaped((*at)->health, pid, status)) {
			free_first(at);
			return true;
		}
	return false;
}

bool
watch_owns(const struct monitor *w, pid_t pid)
{
	const struct monitored *p;

	if (job_is(&w->meter.command, pid))
		return true;
	for (p = w->ports; p != NULL; p = p->next)
		if (job_is(&p->health->check.command, pid))
			return true;
	for (p = w->gone; p != NULL; p = p->next)
		if (job_is(&p->health->check.command, pid))
			return true;
	return false;
}

bool
monitor_is_up(const struct monitor *w, const struct port *port)
{
	const struct monitored *p = find(w, port);

	return !w->unready && (p == NULL || p->health->up);
}

bool
watch_is_shed(const struct monitor *w, const struct port *port)
{
	const struct monitored *p = find(w, port);

	return p != NULL && p->shed;
}

void
watch_was_shed(struct monitor *w, const struct port *port)
{
	struct monitored *p = find(w, port);

	if (p != NULL)
		p->shed = false;
}

double
monitor_load(const struct monitor *w, const struct port *port)
{
	const struct monitored *p = find(w, port);

	if (w->said >= 0)
		return w->said;
	return p == NULL || !p->load.known ? -1 : p->load.told;
}
