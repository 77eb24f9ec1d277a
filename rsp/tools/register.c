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
 *
 * Without a command it is the same without a server.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "rsp/client/log.h"
#include "rsp/tools/member.h"
#include "rsp/tools/options.h"
#include "rsp/tools/supervise.h"

#define LEAVE_MS 3000	/* for all deregistrations */
#define NOWHERE_MS 5000 /* until it is said that the server has no port */

enum phase { RUN, LEAVE, DRAIN, STOP, KILL, END };

struct program {
	struct options options;
	struct lookup lookups[RSP_REGISTRARS_MAX];
	struct member_config config;
	struct member *members;
	struct server server;
	struct ports ports;
	enum phase phase;
	rsp_time phase_end;
	rsp_time nowhere; /* when to say that the server has no port */
	bool had_port;
	int stop_signal;
	int signals; /* descriptor */
	struct pollfd *fds;
	size_t room;
};

static rsp_time
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (rsp_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
has_command(const struct program *p)
{
	return p->options.command != NULL;
}

/* Can the server answer?  Not while it is stopped as a whole. */
static bool
is_alive(void *ctx)
{
	const struct program *p = ctx;

	return !has_command(p) || !tree_is_stopped(&p->ports.tree);
}

/* Members. */

static struct member *
find_member(const struct program *p, const struct wish *w,
    const struct port *port, unsigned number)
{
	struct member *m;

	for (m = p->members; m != NULL; m = m->next)
		if (m->wish == w && m->key.protocol == port->protocol &&
		    m->key.port == port->port && m->key.number == number)
			return m;
	return NULL;
}

static void
update(struct program *p, rsp_time now, const struct wish *w,
    const struct port *port, unsigned number)
{
	const struct rsp_address *given =
	    p->options.n_addresses > 0 ? &p->options.addresses[number] : NULL;
	struct member *m = find_member(p, w, port, number);

	if (m == NULL) {
		m = member_new(&p->config, w, port, given, number);
		if (m == NULL)
			return; /* the next look tries again */
		m->next = p->members;
		p->members = m;
	}
	p->had_port = true;
	member_update(m, now, port);
}

/* A port that one pool names is not for those that name none. */
static bool
is_named(const struct program *p, const struct port *port)
{
	unsigned i;

	for (i = 0; i < p->options.n_wishes; i++)
		if (p->options.wishes[i].port == port->port &&
		    p->options.wishes[i].protocol == port->protocol)
			return true;
	return false;
}

/* Servers ask others by UDP, too, from ports that the kernel picks. */
static bool
is_passing(const struct port *port)
{
	static unsigned low, high;
	FILE *f;

	if (port->protocol != RSP_PARAM_UDP)
		return false;
	if (high == 0) {
		f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
		if (f == NULL || fscanf(f, "%u %u", &low, &high) != 2) {
			low = 32768;
			high = 60999;
		}
		if (f != NULL)
			fclose(f);
	}
	return port->port >= low && port->port <= high;
}

static bool
suits(const struct program *p, const struct wish *w, const struct port *port)
{
	if (w->protocol != port->protocol)
		return false;
	if (w->port != 0)
		return w->port == port->port;
	return port->ours && !is_named(p, port) && !is_passing(port);
}

static void
follow_ports(struct program *p, rsp_time now)
{
	unsigned n = p->options.n_addresses, i, number;
	struct member *m;
	size_t at;

	for (m = p->members; m != NULL; m = m->next)
		if (ports_find(&p->ports, m->key.protocol, m->key.port) == NULL)
			member_leave(m, now);
	for (at = 0; at < p->ports.n; at++)
		for (i = 0; i < p->options.n_wishes; i++) {
			if (!suits(p, &p->options.wishes[i], &p->ports.at[at]))
				continue;
			for (number = 0; number < (n > 0 ? n : 1); number++)
				update(p, now, &p->options.wishes[i],
				    &p->ports.at[at], number);
		}
}

static void
leave_all(struct program *p, rsp_time now)
{
	struct member *m;

	for (m = p->members; m != NULL; m = m->next)
		member_leave(m, now);
}

static bool
all_left(const struct program *p)
{
	const struct member *m;

	for (m = p->members; m != NULL; m = m->next)
		if (!m->left)
			return false;
	return true;
}

static bool
any_registered(const struct program *p)
{
	const struct member *m;

	for (m = p->members; m != NULL; m = m->next)
		if (m->registered)
			return true;
	return false;
}

/* A server without a port. */

/* What its owner can do: name the port that it has instead, or say that it is
 * somebody else's. */
static const char *
advice(const struct program *p, char *text, size_t size)
{
	const char *pool = p->options.wishes[0].label, *protocol = "";
	struct ports all;
	size_t i;

	text[0] = '\0';
	ports_init(&all, false, true, 0);
	ports_look(&all, 0);
	for (i = 0; i < all.n && text[0] == '\0'; i++) {
		if (!all.at[i].ours || is_passing(&all.at[i]))
			continue;
		if (all.at[i].protocol == RSP_PARAM_UDP)
			protocol = "/udp";
		snprintf(text, size,
		    "it has port %u%s, which --pool %s=%u%s registers",
		    all.at[i].port, protocol, pool, all.at[i].port, protocol);
	}
	ports_free(&all);
	if (text[0] == '\0')
		snprintf(text, size,
		    "a port of a process that it did not start is registered "
		    "by rsp-register --pool %s=PORT",
		    pool);
	return text;
}

static void
say_nowhere_yet(const struct program *p)
{
	const struct wish *w = &p->options.wishes[0];
	const char *name = p->options.command[0];
	const char *protocol = w->protocol == RSP_PARAM_UDP ? "UDP" : "TCP";
	char hint[300], port[16] = "";

	if (w->port != 0)
		snprintf(port, sizeof(port), " %u", w->port);
	rsp_log(RSP_LOG_WARN,
	    "%s: %s listens %s %s port%s yet; it is "
	    "registered as soon as it does; %s",
	    w->label, name, w->port != 0 ? "not on" : "on no", protocol, port,
	    advice(p, hint, sizeof(hint)));
}

static void
say_nowhere(const struct program *p)
{
	const struct wish *w = &p->options.wishes[0];

	if (!has_command(p))
		rsp_log(RSP_LOG_WARN,
		    "%s: nobody listens on %s port %u yet; "
		    "it is registered as soon as somebody does",
		    w->label, w->protocol == RSP_PARAM_UDP ? "UDP" : "TCP",
		    (unsigned)w->port);
	else if (p->ports.hidden != 0)
		rsp_log(RSP_LOG_WARN,
		    "%s: %s runs as another user (process "
		    "%d), whose ports may not be seen: name the port, "
		    "--pool %s=PORT, or start rsp-register as root",
		    w->label, p->options.command[0], (int)p->ports.hidden,
		    w->label);
	else
		say_nowhere_yet(p);
}

/* Phases. */

static void
enter(struct program *p, rsp_time now, enum phase phase)
{
	p->phase = phase;
	p->phase_end = RSP_NEVER;
	switch (phase) {
	case RUN:
		break;
	case LEAVE:
		p->phase_end = rsp_time_add(now, LEAVE_MS);
		leave_all(p, now);
		break;
	case DRAIN:
		p->phase_end = rsp_time_add(now,
		    has_command(p) && any_registered(p) ? p->options.drain_ms
							: 0);
		break;
	case STOP:
		p->phase_end = rsp_time_add(now, p->options.stop_timeout_ms);
		if (has_command(p))
			supervise_signal(&p->server, p->stop_signal);
		break;
	case KILL:
		rsp_log(RSP_LOG_WARN, "%s has not ended by itself: killed",
		    p->options.command[0]);
		supervise_kill(&p->server);
		break;
	case END:
		p->phase_end = rsp_time_add(now, LEAVE_MS);
		leave_all(p, now);
		break;
	}
}

static void
advance(struct program *p, rsp_time now)
{
	bool over = rsp_time_reached(p->phase_end, now);

	if (p->phase == LEAVE && (over || all_left(p)))
		enter(p, now, DRAIN);
	if (p->phase == DRAIN && rsp_time_reached(p->phase_end, now))
		enter(p, now, has_command(p) ? STOP : END);
	else if (p->phase == STOP && over)
		enter(p, now, KILL);
}

static bool
is_over(const struct program *p, rsp_time now)
{
	return p->phase == END &&
	       (all_left(p) || rsp_time_reached(p->phase_end, now));
}

/* The first asks to stop; the second says that there is no time to lose. */
static void
on_stop_signal(struct program *p, rsp_time now, int sig)
{
	p->stop_signal = sig;
	if (p->phase == RUN)
		enter(p, now, LEAVE);
	else if (p->phase < STOP)
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

static void
on_signal(struct program *p, rsp_time now, int sig)
{
	switch (sig) {
	case SIGCHLD:
		supervise_reap(&p->server);
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

static size_t
fill_fds(struct program *p)
{
	size_t n = 1;
	struct member *m;
	struct pollfd *fds;

	for (m = p->members; m != NULL; m = m->next)
		n += LIFELINE_FDS;
	if (n > p->room) {
		fds = realloc(p->fds, n * sizeof(*fds));
		if (fds == NULL)
			return p->room;
		p->fds = fds;
		p->room = n;
	}
	p->fds[0] = (struct pollfd){ .fd = p->signals, .events = POLLIN };
	n = 1;
	for (m = p->members; m != NULL; m = m->next, n += LIFELINE_FDS)
		member_poll(m, &p->fds[n]);
	return n;
}

static rsp_time
next_deadline(const struct program *p)
{
	rsp_time t = p->phase_end;
	const struct member *m;

	if (p->phase != END)
		t = rsp_time_min(t, ports_deadline(&p->ports));
	for (m = p->members; m != NULL; m = m->next)
		t = rsp_time_min(t, member_deadline(m));
	return rsp_time_min(t, p->nowhere);
}

static void
serve_members(struct program *p, rsp_time now, size_t n)
{
	struct member *m;
	size_t at = 1;

	for (m = p->members; m != NULL && at < n;
	     m = m->next, at += LIFELINE_FDS)
		member_serve(m, now, &p->fds[at]);
}

static void
serve_ports(struct program *p, rsp_time now)
{
	if (p->phase == END || !ports_look(&p->ports, now))
		return;
	if (p->phase == RUN)
		follow_ports(p, now);
	if (p->had_port)
		p->nowhere = RSP_NEVER;
	if (p->phase == RUN && rsp_time_reached(p->nowhere, now)) {
		p->nowhere = RSP_NEVER;
		say_nowhere(p);
	}
}

static void
run(struct program *p)
{
	rsp_time now = clock_now();
	size_t n;

	while (!is_over(p, now)) {
		n = fill_fds(p);
		if (poll(p->fds, n, rsp_time_left(next_deadline(p), now)) < 0 &&
		    errno != EINTR)
			break;
		now = clock_now();
		/* Members are added in front of the list, so links first. */
		serve_members(p, now, n);
		if (p->fds[0].revents != 0)
			serve_signals(p, now);
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
	if (!has_command(p))
		return -1;
	err = supervise_start(&p->server, p->options.command);
	if (err == 0)
		return -1;
	rsp_log(RSP_LOG_ERROR, "%s: %s", p->options.command[0], strerror(err));
	return err == ENOENT ? 127 : 126;
}

static void
init(struct program *p)
{
	struct options *o = &p->options;
	rsp_time now = clock_now();
	bool udp = false;
	unsigned i;

	p->config = (struct member_config){ .endpoints = o->endpoints,
		.lookups = p->lookups,
		.n_endpoints = o->n_endpoints,
		.policy = o->policy,
		.life = o->life,
		.interface = o->interface,
		.ids = &o->ids,
		.is_alive = is_alive,
		.ctx = p };
	for (i = 0; i < o->n_wishes; i++)
		udp |= o->wishes[i].protocol == RSP_PARAM_UDP;
	ports_init(&p->ports, !has_command(p), udp, now);
	p->phase_end = RSP_NEVER;
	p->nowhere = rsp_time_add(now, NOWHERE_MS);
}

static void
fini(struct program *p)
{
	struct member *m;
	unsigned i;

	for (i = 0; i < RSP_REGISTRARS_MAX; i++)
		lookup_fini(&p->lookups[i]);
	while ((m = p->members) != NULL) {
		p->members = m->next;
		member_free(m);
	}
	ports_free(&p->ports);
	options_free(&p->options);
	free(p->fds);
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
