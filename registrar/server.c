/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - the daemon's life: start, turns of the loop, signals, end */
#include "registrar/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "registrar/accept.h"
#include "registrar/client_io.h"
#include "registrar/due.h"
#include "registrar/notify.h"
#include "registrar/process.h"
#include "registrar/sctp.h"
#include "registrar/turn.h"

/* From SIGTERM to the end, while elements have no new home. */
#define RETIREMENT_MS 1000

static rsp_time
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (rsp_time)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* splitmix64: evenly spread is all that policies and timers ask for */
static uint32_t
next_random(void *ctx)
{
	struct server *s = ctx;
	uint64_t z = s->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

static bool
is_own_address(void *ctx, const struct rsp_address *a)
{
	struct server *s = ctx;

	return host_addresses_has(&s->host_addresses, a, s->now);
}

static bool
has_address(void *ctx, void *user, const struct rsp_address *a)
{
	const struct client *g = user;

	(void)ctx;
	return g->stream.sctp && sctp_has(g->stream.fd, a);
}

/* TCP is our addition here, too. */
static int64_t
round_trip(void *ctx, void *user)
{
	const struct client *g = user;
	struct tcp_info info = { .tcpi_rtt = 0 };
	socklen_t len = sizeof(info);

	(void)ctx;
	if (g->stream.sctp)
		return sctp_round_trip(g->stream.fd);
	if (getsockopt(g->stream.fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return -1;
	return info.tcpi_rtt;
}

static bool
is_reachable_from_outside(const struct server *s)
{
	for (unsigned i = 0; i < s->listeners.n; i++)
		if (!s->listeners.at[i].loopback)
			return true;
	return false;
}

/* What the registry is to know: the settings, and what only we can say. */
static struct rsp_registry_config
registry_config(struct server *s)
{
	struct rsp_registry_config c = s->config.registry;

	c.server_id = s->id;
	c.refuse_loopback = is_reachable_from_outside(s);
	c.announce = s->config.announce.n > 0;
	c.multicast = s->config.enrp_announce.n > 0;
	c.is_own_address = is_own_address;
	c.has_address = has_address;
	c.is_clogged = client_io_is_clogged;
	c.is_ending = client_io_is_ending;
	c.round_trip = round_trip;
	c.random = next_random;
	c.ctx = s;
	return c;
}

/* It ends the waiting; what is due is seen to when all has been read. */
static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

static void
arm_timer(struct server *s)
{
	rsp_time next = due_next(s);

	next = rsp_time_min(next, rsp_time_min(s->accept_again, s->end));
	ev_timer_stop(s->loop, &s->timer);
	if (next == RSP_NEVER)
		return;
	/* the loop's idea of now is as old as this turn, like ours */
	ev_timer_set(&s->timer, (double)rsp_time_left(next, s->now) / 1000, 0);
	ev_timer_start(s->loop, &s->timer);
}

/* First of all callbacks in a turn. */
static void
on_after(struct ev_loop *loop, ev_check *w, int events)
{
	struct server *s = w->data;

	(void)loop;
	(void)events;
	s->now = clock_ms();
	turn_wake(s);
}

/* Those who have been here before come first, for what they have said is
 * older. */
static void
work(struct server *s)
{
	s->backlog = false;
	turn_read(s);
	accept_callers(s);
	turn_read(s);
}

static void
on_before(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct server *s = w->data;

	(void)events;
	work(s);
	due_serve(s);
	if (rsp_time_reached(s->accept_again, s->now))
		turn_listen_again(s);
	if (rsp_time_reached(s->end, s->now) ||
	    (s->end != RSP_NEVER &&
		rsp_registry_own_elements(s->registry) == 0))
		ev_break(loop, EVBREAK_ALL);
	arm_timer(s);
	/* an idle watcher keeps the loop from waiting */
	if (rsp_list_is_empty(&s->waking))
		ev_idle_stop(loop, &s->busy);
	else
		ev_idle_start(loop, &s->busy);
}

static void
on_idle(struct ev_loop *loop, ev_idle *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

/* The peers are asked to take the elements over, and given a moment for it; a
 * second signal spares the moment. */
static void
on_end(struct ev_loop *loop, ev_signal *w, int events)
{
	struct server *s = w->data;
	unsigned connected;

	(void)events;
	log_info("ends: signal=%d", w->signum);
	notify("STOPPING=1");
	turn_count_peers(s, &connected);
	if (connected == 0 || s->end != RSP_NEVER) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	s->end = rsp_time_add(s->now, RETIREMENT_MS);
	rsp_registry_retire(s->registry, s->now);
	turn_drain(s);
}

/* A line for each setting that is another now, or would be after a restart. */
static void
compare(const struct config *old, const struct config *new)
{
	char was[CONFIG_TEXT], is[CONFIG_TEXT];
	const struct setting *row;

	for (unsigned i = 0; (row = config_row(i)) != NULL; i++) {
		config_text(old, row, was);
		config_text(new, row, is);
		if (strcmp(was, is) == 0)
			continue;
		if (row->scope == SCOPE_START)
			log_warnx("needs a restart: setting=%s value=\"%s\"",
			    row->name, is);
		else
			log_info("set: %s=\"%s\" was=\"%s\"", row->name, is,
			    was);
	}
}

static void
apply(struct server *s)
{
	struct rsp_registry_config c = registry_config(s);

	log_init(config_log_level(&s->config));
	for (unsigned i = 0; i < s->listeners.n; i++)
		listener_tune(s->listeners.at[i].fd, s->listeners.at[i].scheme,
		    s->config.tcp_keep_alive);
	rsp_registry_configure(s->registry, &c);
	dial_configured(s);
	turn_drain(s);
}

static void
on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
	struct server *s = w->data;
	char error[CONFIG_TEXT];
	struct config c;

	(void)loop;
	(void)events;
	notify_reloading();
	if (config_load(&c, s->argv, error)) {
		compare(&s->config, &c);
		config_keep(&c, &s->config);
		s->config = c;
		apply(s);
		log_info("configuration read again");
	} else
		log_warnx("configuration stays as it was: %s", error);
	notify("READY=1");
}

static int
open_endpoints(struct server *s, enum rsp_protocol protocol,
    const struct endpoints *list, char *error)
{
	int status = 0;

	if (list->n == 0 && !list->off)
		return listeners_add_default(&s->listeners, protocol, error,
		    SERVER_ERROR);
	for (unsigned i = 0; status == 0 && i < list->n; i++)
		status = listeners_add(&s->listeners, protocol, &list->at[i],
		    error, SERVER_ERROR);
	return status;
}

/* The port that the registrar has for a protocol, 0 without one. */
static uint16_t
port_of(const struct server *s, enum rsp_protocol protocol)
{
	for (unsigned i = 0; i < s->listeners.n; i++)
		if (s->listeners.at[i].protocol == protocol &&
		    s->listeners.at[i].bound.port != 0)
			return s->listeners.at[i].bound.port;
	return 0;
}

static int
open_groups(struct server *s, char *error)
{
	const struct config *c = &s->config;
	int status = announce_open(&s->announce[RSP_ASAP], &c->announce,
	    port_of(s, RSP_ASAP), (int)c->announce_hops, error, SERVER_ERROR);

	if (status != 0)
		return status;
	return announce_open(&s->announce[RSP_ENRP], &c->enrp_announce,
	    port_of(s, RSP_ENRP), (int)c->announce_hops, error, SERVER_ERROR);
}

static int
open_all(struct server *s, char *error)
{
	int status = open_endpoints(s, RSP_ASAP, &s->config.listen, error);

	if (status == 0)
		status = open_endpoints(s, RSP_ENRP, &s->config.enrp, error);
	if (status == 0)
		status = listeners_listen(&s->listeners, RSP_ENRP, error,
		    SERVER_ERROR);
	return status != 0 ? status : open_groups(s, error);
}

static void
on_asap_datagram(void *ctx, const struct rsp_transport *from,
    struct rsp_span message)
{
	struct server *s = ctx;

	rsp_registry_datagram(s->registry, s->now, RSP_ASAP, from, message);
	turn_drain(s);
}

static void
on_enrp_datagram(void *ctx, const struct rsp_transport *from,
    struct rsp_span message)
{
	struct server *s = ctx;

	rsp_registry_datagram(s->registry, s->now, RSP_ENRP, from, message);
	turn_drain(s);
}

static void
watch(struct server *s)
{
	ev_init(&s->timer, on_timer);
	ev_prepare_init(&s->before, on_before);
	ev_check_init(&s->after, on_after);
	ev_set_priority(&s->after, EV_MAXPRI);
	ev_idle_init(&s->busy, on_idle);
	ev_signal_init(&s->term, on_end, SIGTERM);
	ev_signal_init(&s->intr, on_end, SIGINT);
	ev_signal_init(&s->hup, on_hup, SIGHUP);
	s->timer.data = s->before.data = s->after.data = s->hup.data = s;
	s->term.data = s->intr.data = s;
	ev_prepare_start(s->loop, &s->before);
	ev_check_start(s->loop, &s->after);
	ev_signal_start(s->loop, &s->term);
	ev_signal_start(s->loop, &s->intr);
	ev_signal_start(s->loop, &s->hup);
	for (unsigned i = 0; i < s->listeners.n; i++) {
		ev_io_init(&s->accepting[i], accept_ready,
		    s->listeners.at[i].fd, EV_READ);
		s->accepting[i].data = s;
	}
	turn_listen_again(s);
}

static bool
create(struct server *s)
{
	struct rsp_registry_config c;

	if (getrandom(&s->random, sizeof(s->random), 0) < 0)
		s->random = (uint64_t)clock_ms() ^ (uint64_t)getpid() << 32;
	s->id = s->config.id;
	while (s->id == 0)
		s->id = next_random(s);
	c = registry_config(s);
	s->registry = rsp_registry_new(&c);
	s->loop = ev_default_loop(EVFLAG_AUTO);
	return s->registry != NULL && s->loop != NULL;
}

static void
clear(struct server *s, const struct config *c, char **argv)
{
	memset(s, 0, sizeof(*s));
	s->config = *c;
	s->argv = argv;
	s->now = clock_ms();
	s->accept_again = s->end = RSP_NEVER;
	s->element_lines.what = "pool element lines";
	s->report_lines.what = "report lines";
	s->guest_lines.what = "connection lines";
	s->refusal_lines.what = "refusal lines";
	s->peer_lines.what = "peer lines";
	dials_init(&s->dials, accept_called);
	clients_init(&s->clients);
	rsp_list_init(&s->reading);
	rsp_list_init(&s->touched);
	rsp_list_init(&s->waking);
	s->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Who has peers looks for one to learn from, and refuses its callers until
 * then; who has none serves at once. */
static int
begin(struct server *s, char *error)
{
	if (s->config.peers.n > 0 || s->config.enrp_announce.n > 0) {
		notify("STATUS=looks for a registrar to learn from");
		rsp_registry_hunt(s->registry, s->now);
		turn_drain(s);
		return 0;
	}
	return listeners_listen(&s->listeners, RSP_ASAP, error, SERVER_ERROR);
}

int
server_init(struct server *s, const struct config *c, char **argv,
    char error[SERVER_ERROR])
{
	const char *user = c->user;
	int status;

	clear(s, c, argv);
	process_init();
	if (user[0] != '\0' && !process_has_user(user)) {
		snprintf(error, SERVER_ERROR, "--user: %s: no such user", user);
		return 2;
	}
	status = open_all(s, error);
	if (status != 0)
		return status;
	if (user[0] != '\0' && !process_become(user)) {
		snprintf(error, SERVER_ERROR, "--user: %s: %s", user,
		    strerror(errno));
		return 1;
	}
	if (!create(s)) {
		snprintf(error, SERVER_ERROR, "no memory, or no event loop");
		return 1;
	}
	watch(s);
	announce_start(&s->announce[RSP_ASAP], s->loop, on_asap_datagram, s);
	announce_start(&s->announce[RSP_ENRP], s->loop, on_enrp_datagram, s);
	turn_set_transports(s, RSP_ENRP);
	turn_set_transports(s, RSP_ASAP);
	apply(s);
	return begin(s, error);
}

void
server_run(struct server *s)
{
	if (rsp_registry_is_serving(s->registry))
		turn_serve(s);
	ev_run(s->loop, 0);
}

void
server_fini(struct server *s)
{
	if (s->loop != NULL) {
		turn_close_all(s);
		dials_fini(&s->dials);
		announce_close(&s->announce[RSP_ASAP]);
		announce_close(&s->announce[RSP_ENRP]);
		for (unsigned i = 0; i < s->listeners.n; i++)
			ev_io_stop(s->loop, &s->accepting[i]);
	}
	listeners_close(&s->listeners);
	rsp_registry_free(s->registry);
	host_addresses_fini(&s->host_addresses);
	if (s->reserve >= 0)
		close(s->reserve);
	if (s->loop != NULL)
		ev_loop_destroy(s->loop);
}
