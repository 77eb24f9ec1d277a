/* SPDX-License-Identifier: Apache-2.0 */
/* register.c - rsp-register: a server's way into a pool and out of it
 *
 * One loop around poll(2): signals, the registrars' links of each member, and
 * the look at the server's ports.  It goes through phases, forward only:
 *
 *	RUN	the ports that the server listens on are members
 *	LEAVE	told to stop: all members deregister
 *	DRAIN	clients that chose the server just before may still come
 *	STOP	the server has got the signal
 *	KILL	and has not minded it
 *	END	the server has ended, its members deregister
 * Without a command it is the same without a server.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "rsp/net/log.h"
#include "rsp/user/user.h"
#include "rsp/register/drain.h"
#include "rsp/register/announced.h"
#include "rsp/register/pool_element.h"
#include "rsp/register/no_port.h"
#include "rsp/register/options.h"
#include "rsp/register/transport.h"
#include "rsp/register/supervise.h"
#include "rsp/register/monitor.h"

#define AT_HUNT 3 /* behind signals, manager, knock in the poll set */
#define OWN_FDS (AT_HUNT + HUNT_FDS)
#define LEAVE_MS 3000	/* for all deregistrations */
#define CHOSEN_MS 5500	/* until no client's cache names us any more */
#define KILL_MS 1000	/* until what is still there is killed again */
#define HUNT_MS 3000	/* until it is said that nobody is announced */
#define NOWHERE_MS 5000 /* until it is said that the server has no port */

enum phase { RUN, LEAVE, DRAIN, STOP, KILL, END };

struct program {
	struct options options;
	struct lookup lookups[RSP_REGISTRARS_MAX];
	struct announced announced;
	struct pool_element_config config;
	struct pool_element *members;
	struct server server;
	struct ports ports;
	struct tcp_connections connections; /* of a port that is drained */
	enum phase phase;
	rsp_time phase_begin;
	rsp_time phase_end;
	rsp_time nowhere; /* when to say that the server has no port */
	bool had_port;
	int stop_signal;
	int signals; /* descriptor */
	struct pollfd *fds;
	size_t room;
};

static bool
has_command(const struct program *p)
{
	return p->options.command != NULL;
}

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

static void
follow_ports(struct program *p, rsp_time now)
{
	struct pool_element *m;
	size_t at;
	unsigned i;

	for (m = p->members; m != NULL; m = m->next)
		if (transport_is_seen(m->key.protocol) &&
		    ports_find(&p->ports, m->key.protocol, m->key.port) == NULL)
			pool_element_leave(m, now);
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

/* Phases. */

/* Nobody is there any more and nobody else will come. */
static bool
is_drained(struct program *p, rsp_time now)
{
	return now - p->phase_begin >= CHOSEN_MS &&
	       drain_count(p->members, &p->connections) == 0;
}

static void
say_cut(struct program *p)
{
	int n = drain_count(p->members, &p->connections);

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

static void
advance(struct program *p, rsp_time now)
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

static bool
is_over(const struct program *p, rsp_time now)
{
	return p->phase == END && (pool_elements_all_left(p->members) ||
				      rsp_time_reached(p->phase_end, now));
}

/* The first asks to stop; the second says that there is no time to lose. */
static void
on_stop_signal(struct program *p, rsp_time now, int sig)
{
	p->stop_signal = sig;
	if (p->phase == RUN) {
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

static void
check_server(struct program *p, rsp_time now)
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

static bool
is_command(void *ctx, pid_t pid, int status)
{
	struct program *p = ctx;

	return monitor_reaped(&p->options.monitor, pid, status);
}

static void
on_signal(struct program *p, rsp_time now, int sig)
{
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
		supervise_stop(&p->server);
		break;
	case SIGCONT:
		supervise_continue(&p->server);
		break;
	case SIGUSR1:
	case SIGUSR2:
	case SIGWINCH:
		if (has_command(p))
			supervise_signal(&p->server, sig);
		ports_expect(&p->ports, now);
		break;
	case SIGHUP: /* to many servers: read your configuration again */
		if (has_command(p) && supervise_is_caught(&p->server, sig)) {
			supervise_signal(&p->server, sig);
			ports_expect(&p->ports, now);
			break;
		}
		on_stop_signal(p, now, sig);
		break;
	default:
		on_stop_signal(p, now, sig);
		break;
	}
}

static void
serve_signals(struct program *p, rsp_time now)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(p, now, (int)info.ssi_signo);
}

/* The loop. */

/* The poll set: the signals, the manager's socket, the knocks, the groups, the
 * watch's places, the members' places. */
static size_t
fill_fds(struct program *p)
{
	size_t n = OWN_FDS + monitor_count(&p->options.monitor);
	struct pool_element *m;
	struct pollfd *fds;

	for (m = p->members; m != NULL; m = m->next)
		n += LIFELINE_FDS;
	if (n > p->room) {
		fds = realloc(p->fds, n * sizeof(*fds));
		if (fds == NULL)
			return 0;
		p->fds = fds;
		p->room = n;
	}
	p->fds[0] = (struct pollfd){ .fd = p->signals, .events = POLLIN };
	p->fds[1] =
	    (struct pollfd){ .fd = p->server.manager.fd, .events = POLLIN };
	listen_notice_poll(&p->server.knock, &p->fds[2]);
	announced_poll(&p->announced, &p->fds[AT_HUNT]);
	monitor_poll(&p->options.monitor, &p->fds[OWN_FDS]);
	n = OWN_FDS + monitor_count(&p->options.monitor);
	for (m = p->members; m != NULL; m = m->next, n += LIFELINE_FDS)
		pool_element_poll(m, &p->fds[n]);
	return n;
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
serve_members(struct program *p, rsp_time now, size_t at, size_t n)
{
	struct pool_element *m;

	for (m = p->members; m != NULL && at < n;
	     m = m->next, at += LIFELINE_FDS)
		pool_element_serve(m, now, &p->fds[at]);
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
	if (p->phase == DRAIN && is_drained(p, now))
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
	monitor_serve(w, now, &p->ports, &p->fds[OWN_FDS], n);
	if (w->changed)
		follow_ports(p, now);
	w->changed = false;
}

static void
run(struct program *p)
{
	rsp_time now = rsp_user_now();
	size_t n, watched;

	while (!is_over(p, now)) {
		watched = monitor_count(&p->options.monitor);
		n = fill_fds(p);
		if (poll(p->fds, n, rsp_time_left(next_deadline(p), now)) < 0 &&
		    errno != EINTR)
			break;
		now = rsp_user_now();
		if (n > 0)
			announced_serve(&p->announced, now, &p->fds[AT_HUNT]);
		/* Members are added in front of the list, so links first. */
		serve_members(p, now, OWN_FDS + watched, n);
		if (n > 0) {
			serve_watch(p, now, watched);
			if (p->fds[1].revents != 0)
				service_manager_serve(&p->server.manager);
			if (listen_notice_serve(&p->server.knock, &p->fds[2]))
				ports_noticed(&p->ports, now);
			if (p->fds[0].revents != 0)
				serve_signals(p, now);
		}
		serve_ports(p, now);
		check_server(p, now);
		advance(p, now);
	}
}

static int
start_server(struct program *p)
{
	int err;

	p->signals = supervise_signals(&p->server);
	if (p->signals < 0) {
		rsp_log(RSP_LOG_ERROR, "signals: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (!has_command(p)) {
		service_manager_init(&p->server.manager);
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

	p->config = (struct pool_element_config){ .endpoints = o->endpoints,
		.lookups = p->lookups,
		.n_endpoints = o->n_endpoints,
		.policy = o->policy,
		.life = o->life,
		.interop_rsplib = o->interop_rsplib,
		.interface = o->interface,
		.runtime_dir = o->runtime_dir,
		.addresses = o->addresses,
		.n_addresses = o->n_addresses,
		.ids = &o->ids,
		.is_alive = is_alive,
		.ctx = p };
	p->announced.is_home = is_home;
	p->announced.ctx = p;
	announced_init(&p->announced, o->endpoints, o->n_endpoints, now);
	if (announced_is_on(&p->announced))
		p->config.hunt_until = rsp_time_add(now, HUNT_MS);
	for (i = 0; i < o->n_pools; i++)
		what |= transport_listeners(o->pools[i].protocol);
	ports_init(&p->ports, !has_command(p), what, now);
	monitor_init(&o->monitor, &p->server.mask, now);
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
	tcp_connections_free(&p->connections);
	options_free(&p->options);
	free(p->fds);
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
