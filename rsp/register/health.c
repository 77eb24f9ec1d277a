/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - the two judges, and one verdict */
#include "rsp/register/health.h"
#include "rsp/register/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_active(const struct health_config *c)
{
	return c->check.kind != CHECK_PASSIVE && c->check.kind != CHECK_NONE;
}

struct health *
health_new(const struct health_config *config, const struct port *port,
    const char *pool)
{
	struct health *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->config = config;
	h->protocol = port->protocol;
	h->port = port->port;
	h->pool = pool;
	h->check.fd = -1;
	h->passed = !is_active(config);
	h->up = h->passed;
	return h;
}

void
health_free(struct health *h)
{
	if (h == NULL)
		return;
	check_stop(&h->check);
	accept_queue_free(&h->backlog);
	free(h);
}

/* True when the verdict is another one than before, or the first one and bad:
 * until then one that has never been well is only not known. */
static bool
judge(struct health *h)
{
	bool before = h->up, bad;

	h->reason[0] = '\0';
	if (h->stopped)
		snprintf(h->reason, sizeof(h->reason),
		    "all its processes are stopped");
	else if (h->backlog.stuck)
		snprintf(h->reason, sizeof(h->reason),
		    "it has accepted nobody for %d s, %u wait",
		    BACKLOG_MS / 1000, h->backlog.stuck_with);
	else if (!h->passed)
		snprintf(h->reason, sizeof(h->reason), "%s", h->said);
	h->up = !h->stopped && !h->backlog.stuck && h->passed;
	bad = h->stopped || h->backlog.stuck || h->bad >= h->config->fall;
	if (h->up != before || (bad && !h->judged)) {
		h->judged = true;
		return true;
	}
	return false;
}

/* Where the server itself is asked: over loopback if it listens there. */
static struct rsp_address
address_of(const struct port *port)
{
	if (port->any4)
		return (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	if (port->any6)
		return (struct rsp_address){ 6, { [15] = 1 } };
	return port->v4.family != 0 ? port->v4 : port->v6;
}

bool
health_look(struct health *h, rsp_time now, struct ports *ports,
    const struct port *port)
{
	if (h->config->check.kind == CHECK_NONE)
		return false;
	h->address = address_of(port);
	if (ports->all && h->inodes != port->inodes)
		ports_seek(ports, port);
	h->inodes = port->inodes;
	h->stopped = ports_is_stopped(ports, port);
	if (port->protocol == RSP_PARAM_TCP)
		accept_queue_look(&h->backlog, now, port->port, port->waiting);
	return judge(h);
}

static void
begin(struct health *h, rsp_time now)
{
	const struct health_config *c = h->config;
	struct check_target target = { .address = h->address,
		.port = h->port,
		.protocol = transport_word(h->protocol),
		.pool = h->pool };

	check_start(&h->check, now, &c->check, &target, c->timeout_ms,
	    &c->mask);
	h->next_check = RSP_NEVER;
}

/* The first good answer is enough to begin with. */
static void
count(struct health *h, rsp_time now)
{
	const struct health_config *c = h->config;
	bool first = h->good == 0 && h->bad == 0;

	h->next_check = rsp_time_add(now, c->interval_ms);
	if (h->check.state == CHECK_GOOD) {
		h->good++;
		h->bad = 0;
		if (first || h->good >= c->rise)
			h->passed = true;
	} else {
		snprintf(h->said, sizeof(h->said), "%s", h->check.reason);
		h->bad++;
		h->good = 0;
		if (h->bad >= c->fall)
			h->passed = false;
	}
	h->check.state = CHECK_IDLE;
}

void
health_poll(const struct health *h, struct pollfd *p)
{
	check_poll(&h->check, p);
}

bool
health_serve(struct health *h, rsp_time now, const struct pollfd *p)
{
	if (!is_active(h->config) || h->address.family == 0)
		return false;
	check_serve(&h->check, now, p);
	if (h->check.state == CHECK_GOOD || h->check.state == CHECK_BAD)
		count(h, now);
	if (check_may_start(&h->check) && h->next_check <= now)
		begin(h, now);
	return judge(h);
}

rsp_time
health_deadline(const struct health *h)
{
	if (!is_active(h->config) || h->address.family == 0)
		return RSP_NEVER;
	if (check_may_start(&h->check))
		return h->next_check;
	return check_deadline(&h->check);
}

bool
health_reaped(struct health *h, pid_t pid, int status)
{
	return check_reaped(&h->check, pid, status);
}
