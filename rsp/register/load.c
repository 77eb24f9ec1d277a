/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - the four sources, and the smoothing */
#include "rsp/register/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/core/base/error.h"

/* Of the difference between a sample and the value so far, that much goes into
 * the value: after three seconds it has gone four fifths of the way. */
#define SHARE 0.4
/* Percentage points that are more than noise. */
#define NOISE 2.0
#define TAKES_MS 5000 /* a command, a file */

/* The specification. */

static const struct {
	const char *name;
	enum load_source source;
	bool takes; /* something after a colon */
} sources[] = {
	{ "cpu", LOAD_CPU, false },
	{ "connections", LOAD_CONNECTIONS, true },
	{ "file", LOAD_FILE, true },
	{ "exec", LOAD_EXEC, true },
};

static const char *
parse_argument(const char *text, size_t len, struct load_spec *spec)
{
	char *end;
	unsigned long n;

	if (spec->source == LOAD_CONNECTIONS) {
		n = strtoul(text, &end, 10);
		if (end != text + len || n == 0 || n > 10000000)
			return "connections wants a capacity: "
			       "auto:connections:100";
		spec->max = (unsigned)n;
		return NULL;
	}
	if (len == 0)
		return spec->source == LOAD_FILE ? "which file?"
						 : "which command?";
	spec->what = strndup(text, len);
	return spec->what == NULL ? "out of memory" : NULL;
}

/* SOURCE[:ARGUMENT], `len` characters of it. */
static const char *
parse_source(const char *text, size_t len, struct load_spec *spec)
{
	size_t i, name = strcspn(text, ":");

	if (name > len)
		name = len;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strlen(sources[i].name) == name &&
		    strncmp(sources[i].name, text, name) == 0)
			break;
	if (i == sizeof(sources) / sizeof(sources[0]))
		return "auto takes cpu, connections:MAX, file:PATH or "
		       "exec:COMMAND";
	spec->source = sources[i].source;
	if (!sources[i].takes)
		return name == len ? NULL : "cpu takes nothing";
	if (name == len)
		return "there is nothing after the source's name";
	return parse_argument(text + name + 1, len - name - 1, spec);
}

/* Whether the specification's first value is "auto": what follows that. */
static const char *
after_auto(const char *text)
{
	const char *colon = strchr(text, ':');

	if (colon == NULL || strncmp(colon + 1, "auto", 4) != 0)
		return NULL;
	text = colon + 5;
	return *text == '\0' || *text == ':' || *text == ',' ? text : NULL;
}

int
load_parse(const char *text, struct rsp_policy *policy, struct load_spec *spec,
    const char **why)
{
	const char *rest = after_auto(text), *comma;
	char plain[128];
	size_t name = strcspn(text, ":");
	int err;

	*spec = (struct load_spec){ .source = LOAD_FIXED };
	if (rest == NULL)
		return rsp_policy_parse(text, policy, why);
	/* Commands may have commas, so the last one ends the load; where the
	 * policy wants no further value, none does. */
	if (name > 32)
		name = 32;
	snprintf(plain, sizeof(plain), "%.*s:0", (int)name, text);
	err = rsp_policy_parse(plain, policy, why);
	comma = err == RSP_OK ? NULL : strrchr(rest, ',');
	if (comma == NULL)
		comma = rest + strlen(rest);
	snprintf(plain, sizeof(plain), "%.*s:0%.64s", (int)name, text, comma);
	err = rsp_policy_parse(plain, policy, why);
	if (err != RSP_OK)
		return err;
	if (!rsp_policy_is_adaptive(policy->type)) {
		*why = "has no load";
		return RSP_EINVALID;
	}
	spec->source = LOAD_CPU;
	if (rest == comma)
		return RSP_OK;
	if (*rest != ':') {
		*why = "has something behind its last value";
		return RSP_EINVALID;
	}
	*why = parse_source(rest + 1, (size_t)(comma - rest - 1), spec);
	return *why == NULL ? RSP_OK : RSP_EINVALID;
}

void
load_spec_free(struct load_spec *spec)
{
	free(spec->what);
	*spec = (struct load_spec){ 0 };
}

/* The value. */

static double
distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

bool
load_add(struct load *l, double percent)
{
	if (!l->known)
		*l = (struct load){ true, percent, -1 };
	l->value += (percent - l->value) * SHARE;
	/* It comes to rest at idle and at full, not near them. */
	if (distance(l->value, percent) < NOISE / 4)
		l->value = percent;
	if (l->told >= 0 && distance(l->value, l->told) < NOISE &&
	    (l->value == l->told || (l->value > 0 && l->value < 100)))
		return false;
	l->told = l->value;
	return true;
}

/* The meter. */

void
load_meter_init(struct load_meter *m, const struct load_spec *spec,
    const sigset_t *mask, rsp_time now)
{
	*m = (struct load_meter){ .spec = spec,
		.mask = *mask,
		.percent = -1,
		.next = spec->source == LOAD_FIXED ? RSP_NEVER : now };
}

void
load_meter_free(struct load_meter *m)
{
	command_stop(&m->command);
	tcp_connections_free(&m->connections);
}

static void
complain(struct load_meter *m, const char *what)
{
	m->percent = -1;
	if (!m->complained)
		m->trouble = what;
	m->complained = true;
}

/* "12", "12.5", "12.5%" and white space around it. */
static void
take_text(struct load_meter *m, const char *text, size_t len,
    const char *complaint)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || !(v >= 0) || strlen(text) != len ||
	    strspn(end, "% \t\r\n") != strlen(end)) {
		complain(m, complaint);
		return;
	}
	m->percent = v > 100 ? 100 : v;
	m->complained = false;
}

static void
take_output(struct load_meter *m)
{
	bool file = m->spec->source == LOAD_FILE;

	if (m->command.status != 0)
		complain(m, file ? "the load's file cannot be read"
				 : "the load's command fails");
	else
		take_text(m, m->command.output, m->command.len,
		    file ? "the load's file holds no percentage"
			 : "the load's command prints no percentage");
	m->command.state = COMMAND_IDLE;
}

static void
read_cpu(struct load_meter *m, rsp_time now, const struct ports *ports)
{
	double share;
	pid_t pids[256];
	size_t i, n = 0;

	if (!ports->all)
		share =
		    cpu_share(&m->cpu, now, ports->tree.pids, ports->tree.n);
	else {
		for (i = 0; i < ports->n_holders && n < 256; i++)
			if (n == 0 || pids[n - 1] != ports->holders[i].pid)
				pids[n++] = ports->holders[i].pid;
		share = cpu_share(&m->cpu, now, pids, n);
	}
	m->percent = share < 0 ? -1 : share * 100;
}

bool
load_meter_serve(struct load_meter *m, rsp_time now, struct ports *ports,
    const struct pollfd *p)
{
	static char *const none[] = { NULL };

	command_serve(&m->command, now, p);
	if (m->command.state == COMMAND_DONE) {
		take_output(m);
		return true;
	}
	if (job_is_late(&m->command) && !m->complained) {
		complain(m, m->spec->source == LOAD_FILE
				? "the load's file cannot be read in time"
				: "the load's command does not end");
		return true;
	}
	if (!rsp_time_reached(m->next, now) ||
	    m->command.state == COMMAND_RUNNING)
		return false;
	m->next = rsp_time_add(now, LOAD_INTERVAL_MS);
	switch (m->spec->source) {
	case LOAD_FIXED:
		return false;
	case LOAD_EXEC:
		command_start(&m->command, now, m->spec->what, none, TAKES_MS,
		    &m->mask);
		return false;
	case LOAD_FILE:
		job_read_file(&m->command, now, m->spec->what, TAKES_MS,
		    &m->mask);
		if (m->command.state != COMMAND_DONE)
			return false;
		take_output(m);
		break;
	case LOAD_CPU:
		ports_refresh_tree(ports);
		read_cpu(m, now, ports);
		break;
	case LOAD_CONNECTIONS:
		break;
	}
	return true;
}

void
load_meter_poll(const struct load_meter *m, struct pollfd *p)
{
	command_poll(&m->command, p);
}

rsp_time
load_meter_deadline(const struct load_meter *m)
{
	return m->command.state == COMMAND_RUNNING
		   ? command_deadline(&m->command)
		   : m->next;
}

bool
load_meter_reaped(struct load_meter *m, pid_t pid, int status)
{
	return command_reaped(&m->command, pid, status);
}

double
load_meter_value(struct load_meter *m, const struct port *port)
{
	const struct tcp_connections *c = &m->connections;
	double n;

	if (m->spec->source != LOAD_CONNECTIONS)
		return m->percent;
	if (port->protocol != RSP_PARAM_TCP ||
	    tcp_connections_read(&m->connections, port->port) != 0) {
		complain(m, "the connections of the port are not told");
		return -1;
	}
	n = 100.0 * (c->accepted + c->n_waiting) / m->spec->max;
	return n > 100 ? 100 : n;
}
