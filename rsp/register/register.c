/* SPDX-License-Identifier: Apache-2.0 */
/* register.c - rsp-register: a server's way into a pool and out of it
 *
 * One loop around poll(2): signals, the registrars' links of each member, and
 * the look at the server's ports.  phases.h has the order in which it goes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rsp/net/log.h"
#include "rsp/user/user.h"
#include "rsp/register/no_port.h"
#include "rsp/register/phases.h"
#include "rsp/register/program.h"
#include "rsp/register/transport.h"
#include "rsp/register/shed.h"
#include "rsp/register/signals.h"

#define AT_HUNT 3 /* behind signals, manager, knock in the poll set */
#define OWN_FDS (AT_HUNT + HUNT_FDS)
#define HUNT_MS 3000	/* until it is said that nobody is announced */
#define NOWHERE_MS 5000 /* until it is said that the server has no port */

/* Asked when a registrar wants to know: the last verdict, but that a server
 * which has been stopped since then cannot answer. */
static bool
is_alive(void *ctx, const struct port *port)
{
	struct program *p = ctx;

	return monitor_is_up(&p->options.monitor, port) &&
	       (p->options.monitor.health.check.kind == CHECK_NONE ||
		   !ports_is_stopped(&p->ports, port));
}

/* Members. */

static void
update(struct program *p, rsp_time now, const struct pool_option *w,
    const struct port *port, unsigned number)
{
	const struct rsp_address *given =
	    p->options.n_addresses > 0 ? &p->options.addresses[number] : NULL;
	struct pool_element *m =
	    pool_elements_find(p->members, w, port, number);

	if (m == NULL) {
		m = pool_element_new(&p->config, w, port, given, number);
		if (m == NULL)
			return; /* the next look tries again */
		m->next = p->members;
		p->members = m;
	}
	pool_element_set_load(m, monitor_load(&p->options.monitor, port));
	pool_element_update(m, now, port);
}

static bool
suits(const struct program *p, unsigned option, const struct port *port)
{
	return pool_option_suits(p->options.pools, p->options.n_pools, option,
	    port);
}

/* One port and one pool that it suits. */
static void
follow(struct program *p, rsp_time now, const struct pool_option *w,
    const struct port *port)
{
	unsigned n = p->options.n_addresses;
	bool up = monitor_is_up(&p->options.monitor, port);
	struct pool_element *m;
	unsigned number;

	/* an SCTP element has all addresses */
	if (n == 0 || port->protocol == RSP_PARAM_SCTP)
		n = 1;
	p->had_port = true;
	service_manager_ready(&p->server.manager);
	for (number = 0; number < n; number++) {
		if (up)
			update(p, now, w, port, number);
		else if ((m = pool_elements_find(p->members, w, port,
			      number)) != NULL)
			pool_element_leave(m, now);
	}
}

static bool
is_gone(const struct program *p, const struct pool_element *m)
{
	return transport_is_seen(m->key.protocol) &&
	       ports_find(&p->ports, m->key.protocol, m->key.port) == NULL;
}

/* Those that have left and whose port is gone; a port that comes back finds its
 * ID again. */
static void
free_gone(struct program *p)
{
	struct pool_element **at = &p->members, *m;

	while ((m = *at) != NULL) {
		if (m->joined || !m->left || !is_gone(p, m)) {
			at = &m->next;
			continue;
		}
		*at = m->next;
		drain_remember(&p->drain, m);
		pool_element_free(m);
	}
}

static void
follow_ports(struct program *p, rsp_time now)
{
	struct pool_element *m;
	size_t at;
	unsigned i;

	for (m = p->members; m != NULL; m = m->next)
		if (is_gone(p, m))
			pool_element_leave(m, now);
	free_gone(p);
	for (i = 0; i < p->options.n_pools; i++) {
		const struct pool_option *w = &p->options.pools[i];
		const struct port unseen = { w->protocol, w->port, .ours = true,
			.any4 = true, .any6 = true };

		if (!transport_is_seen(w->protocol))
			follow(p, now, w, &unseen);
	}
	for (at = 0; at < p->ports.n; at++)
		for (i = 0; i < p->options.n_pools; i++)
			if (suits(p, i, &p->ports.at[at]))
				follow(p, now, &p->options.pools[i],
				    &p->ports.at[at]);
}

/* Before they are followed, so that the first verdict is there. */
static void
watch_ports(struct program *p, rsp_time now)
{
	size_t at;
	unsigned i;

	for (at = 0; at < p->ports.n; at++)
		for (i = 0; i < p->options.n_pools; i++)
			if (suits(p, i, &p->ports.at[at]))
				monitor_port(&p->options.monitor,
				    &p->ports.at[at],
				    p->options.pools[i].label);
	monitor_look(&p->options.monitor, now, &p->ports);
}

/* The loop. */

/* The poll set: the signals, the manager's socket, the knocks, the groups, the
 * watch's places, the members' places.  False: no memory, so nothing is waited
 * for but the time. */
static bool
fill_set(struct program *p)
{
	size_t watched = OWN_FDS + monitor_count(&p->options.monitor),
	       n = watched;
	struct pollfd *fds;
	struct pool_element *m;

	for (m = p->members; m != NULL; m = m->next)
		n += LIFELINE_FDS;
	if (!pollset_resize(&p->set, n)) {
		p->set.n = 0;
		return false;
	}
	fds = p->set.at;
	fds[0] = (struct pollfd){ .fd = p->signals, .events = POLLIN };
	fds[1] =
	    (struct pollfd){ .fd = p->server.manager.fd, .events = POLLIN };
	listen_notice_poll(&p->server.knock, &fds[2]);
	announced_poll(&p->announced, &fds[AT_HUNT]);
	monitor_poll(&p->options.monitor, &fds[OWN_FDS]);
	for (m = p->members, n = watched; m != NULL;
	     m = m->next, n += LIFELINE_FDS)
		pool_element_poll(m, &fds[n]);
	return true;
}

static rsp_time
next_deadline(const struct program *p)
{
	rsp_time t = p->phase_end;
	const struct pool_element *m;

	if (p->phase != END)
		t = rsp_time_min(t, ports_deadline(&p->ports));
	if (p->phase == RUN)
		t = rsp_time_min(t, monitor_deadline(&p->options.monitor));
	for (m = p->members; m != NULL; m = m->next)
		t = rsp_time_min(t, pool_element_deadline(m));
	t = rsp_time_min(t, announced_deadline(&p->announced));
	return rsp_time_min(t, p->nowhere);
}

static void
serve_members(struct program *p, rsp_time now, size_t at)
{
	struct pool_element *m;

	for (m = p->members; m != NULL && at < p->set.n;
	     m = m->next, at += LIFELINE_FDS)
		pool_element_serve(m, now, &p->set.at[at]);
}

static void
serve_ports(struct program *p, rsp_time now)
{
	if (p->phase == END || !ports_look(&p->ports, now))
		return;
	if (p->phase == RUN) {
		watch_ports(p, now);
		follow_ports(p, now);
	}
	if (p->phase == DRAIN && phases_is_drained(p, now))
		p->phase_end = now;
	if (p->had_port)
		p->nowhere = RSP_NEVER;
	if (p->phase == RUN && rsp_time_reached(p->nowhere, now)) {
		p->nowhere = RSP_NEVER;
		no_port_say(&p->options.pools[0],
		    has_command(p) ? p->options.command[0] : NULL, &p->ports);
	}
}

static void
serve_watch(struct program *p, rsp_time now, size_t n)
{
	struct monitor *w = &p->options.monitor;

	if (p->phase != RUN)
		return;
	monitor_serve(w, now, &p->ports, &p->set.at[OWN_FDS], n);
	if (w->changed)
		follow_ports(p, now);
	w->changed = false;
	shed_serve(w, p->members, &p->ports);
}

/* What has happened at the places, whose first are ours. */
static void
serve_set(struct program *p, rsp_time now, size_t watched)
{
	struct pollfd *fds = p->set.at;

	announced_serve(&p->announced, now, &fds[AT_HUNT]);
	/* Members are added in front of the list, so links first. */
	serve_members(p, now, OWN_FDS + watched);
	if (fds[1].revents != 0) {
		service_manager_serve(&p->server.manager);
		watch_hear(&p->options.monitor, &p->server.manager.word);
	}
	serve_watch(p, now, watched);
	if (listen_notice_serve(&p->server.knock, &fds[2]))
		ports_noticed(&p->ports, now);
	if (fds[0].revents != 0)
		signals_serve(p, now);
}

static void
run(struct program *p)
{
	rsp_time now = rsp_user_now();
	size_t watched;

	while (!phases_is_over(p, now)) {
		watched = monitor_count(&p->options.monitor);
		fill_set(p);
		pollset_wait(&p->set, rsp_time_left(next_deadline(p), now));
		now = rsp_user_now();
		if (p->set.n > 0)
			serve_set(p, now, watched);
		else
			signals_serve(p, now);
		serve_ports(p, now);
		phases_check_server(p, now);
		phases_advance(p, now);
	}
}

static int
start_server(struct program *p)
{
	int err;

	p->signals = supervise_signals(&p->server, has_command(p));
	if (p->signals < 0) {
		rsp_log(RSP_LOG_ERROR, "signals: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (!has_command(p)) {
		service_manager_init(&p->server.manager, false);
		listen_notice_init(&p->server.knock, NULL);
		return -1;
	}
	listen_notice_init(&p->server.knock,
	    p->options.no_preload ? NULL : p->options.command[0]);
	err = supervise_start(&p->server, p->options.command);
	if (err == 0)
		return -1;
	rsp_log(RSP_LOG_ERROR, "%s: %s", p->options.command[0], strerror(err));
	return err == ENOENT ? 127 : 126;
}

/* A child that is a check's command, or a load's, or writes for us. */
static bool
is_watchs(void *ctx, pid_t pid)
{
	const struct program *p = ctx;

	return watch_owns(&p->options.monitor, pid) ||
	       p->options.ids.writer == pid;
}

static bool
is_own_listener(void *ctx, uint32_t inode)
{
	const struct program *p = ctx;
	const struct pool_element *m;

	for (m = p->members; m != NULL; m = m->next)
		if (m->line.listener >= 0 && m->line.inode == inode)
			return true;
	return false;
}

/* Is that registrar an element's home, or about to be? */
static bool
is_home(void *ctx, unsigned endpoint)
{
	const struct program *p = ctx;
	const struct pool_element *m;

	for (m = p->members; m != NULL; m = m->next)
		if (m->line.links[RSP_LINK_OUT].fd >= 0 &&
		    m->line.endpoint == &p->options.endpoints[endpoint])
			return true;
	return false;
}

static void
init(struct program *p)
{
	struct options *o = &p->options;
	rsp_time now = rsp_user_now();
	unsigned i, what = 0;
	int err;

	p->config = (struct pool_element_config){ .endpoints = o->endpoints,
		.lookups = p->lookups,
		.n_endpoints = o->n_endpoints,
		.policy = o->policy,
		.life = o->life,
		.attempt_ms = o->attempt_ms,
		.interop_rsplib = o->interop_rsplib,
		.interface = o->interface,
		.runtime_dir = o->runtime_dir,
		.addresses = o->addresses,
		.n_addresses = o->n_addresses,
		.ids = &o->ids,
		.is_alive = is_alive,
		.ctx = p };
	p->server.is_other = is_watchs;
	p->server.ctx = p;
	p->announced.is_home = is_home;
	p->announced.ctx = p;
	announced_init(&p->announced, o->endpoints, o->n_endpoints, now);
	if (announced_is_on(&p->announced))
		p->config.hunt_until = rsp_time_add(now, HUNT_MS);
	for (i = 0; i < o->n_pools; i++)
		what |= transport_listeners(o->pools[i].protocol);
	ports_init(&p->ports, !has_command(p), what, now);
	p->ports.is_own = is_own_listener;
	p->ports.ctx = p;
	monitor_init(&o->monitor, &p->server.mask, now);
	err = o->monitor.sheds ? shed_check() : 0;
	if (err != 0)
		rsp_log(RSP_LOG_WARN,
		    "--on-unhealthy reset: no connection can be reset here: %s "
		    "(it takes CAP_NET_ADMIN and a kernel with "
		    "INET_DIAG_DESTROY)",
		    strerror(err));
	o->ids.aside = true;
	o->monitor.takes_load = rsp_policy_is_adaptive(o->policy.type);
	p->phase_end = RSP_NEVER;
	p->nowhere = rsp_time_add(now, NOWHERE_MS);
}

static void
fini(struct program *p)
{
	struct pool_element *m;
	unsigned i;

	for (i = 0; i < RSP_REGISTRARS_MAX; i++)
		lookup_fini(&p->lookups[i]);
	while ((m = p->members) != NULL) {
		p->members = m->next;
		pool_element_free(m);
	}
	announced_fini(&p->announced);
	ports_free(&p->ports);
	drain_free(&p->drain);
	options_free(&p->options);
	pollset_free(&p->set);
	guard_dismiss(&p->server.guard);
	service_manager_fini(&p->server.manager);
	listen_notice_fini(&p->server.knock);
	close(p->signals);
}

int
main(int argc, char **argv)
{
	struct program p = { 0 };
	int status = options_parse(&p.options, argc, argv);

	if (status < 0) {
		rsp_log_init("rsp-register",
		    p.options.verbose > 0 ? RSP_LOG_DEBUG : RSP_LOG_INFO, NULL);
		status = start_server(&p);
	}
	if (status >= 0) {
		options_free(&p.options);
		return status;
	}
	init(&p);
	run(&p);
	status = has_command(&p) ? supervise_exit_status(&p.server) : 0;
	fini(&p);
	return status;
}
