/* SPDX-License-Identifier: Apache-2.0 */
/* pool_element.c - what the element asks for is done, what it tells is said */
#include "rsp/register/pool_element.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/user/local_notice.h"
#include "rsp/net/sctp.h"
#include "rsp/core/pool/policy.h"
#include "rsp/register/address.h"
#include "rsp/register/advice.h"
#include "rsp/register/transport.h"

/* IDs that are drawn anew at once when others have them. */
#define REDRAWS 3

static uint32_t
random_u32(void *ctx)
{
	(void)ctx;
	return element_ids_random();
}

struct pool_element *
pool_element_new(struct pool_element_config *config,
    const struct pool_option *option, const struct port *port,
    const struct rsp_address *given, unsigned number)
{
	struct pool_element *m = calloc(1, sizeof(*m));
	struct rsp_element_config c;
	struct rsp_pe pe = { .life = config->life, .policy = config->policy };
	int err;

	if (m == NULL)
		return NULL;
	m->config = config;
	m->option = option;
	m->left = true;
	m->load = -1;
	if (given != NULL && port->protocol != RSP_PARAM_SCTP)
		m->given = *given;
	m->key =
	    (struct id_key){ option->text, port->protocol, port->port, number };
	err = element_ids_get(config->ids, &m->key, &pe.id);
	if (err != 0)
		rsp_log(RSP_LOG_WARN, "%s: the ID is not kept: %s",
		    config->ids->file, strerror(err));
	pe.user.type = port->protocol;
	pe.user.port = port->port;
	pe.user.service_code = option->service;
	rsp_element_config_init(&c);
	c.handle = (struct rsp_span){ option->handle, option->handle_len };
	c.n_endpoints = config->n_endpoints;
	c.random = random_u32;
	c.attempt = config->attempt_ms;
	if (c.attempt_max < c.attempt)
		c.attempt_max = c.attempt;
	c.interop_rsplib = config->interop_rsplib;
	lifeline_init(&m->line);
	m->element = rsp_element_new(&c, &pe);
	m->errors = calloc(config->n_endpoints, sizeof(*m->errors));
	if (m->element == NULL || m->errors == NULL) {
		pool_element_free(m);
		return NULL;
	}
	return m;
}

void
pool_element_free(struct pool_element *m)
{
	if (m == NULL)
		return;
	lifeline_free(&m->line);
	rsp_element_free(m->element);
	free(m->errors);
	free(m);
}

/* What this host's users are to know at once. */
static void
notify(const struct pool_element *m,
    void (*say)(const char *runtime_dir, struct rsp_span handle,
	const struct rsp_candidate *e))
{
	const struct rsp_pe *pe = rsp_element_pe(m->element);
	struct rsp_candidate e = { pe->id, pe->user.type, pe->user.port,
		pe->user.addresses[0], false };

	if (pe->user.n_addresses > 0)
		say(m->config->runtime_dir,
		    (struct rsp_span){ m->option->handle,
			m->option->handle_len },
		    &e);
}

/* Lines. */

/* "127.0.0.1:8001", "127.0.0.1:53/udp", "10.0.0.1:7 and 1 more/sctp" */
#define WHERE_TEXT (RSP_SOCKADDR_TEXT + 64)

static const char *
where(const struct pool_element *m, char text[WHERE_TEXT])
{
	const struct rsp_transport *t = &rsp_element_pe(m->element)->user;
	char host[RSP_SOCKADDR_TEXT], more[24] = "";
	bool tcp = t->type == RSP_PARAM_TCP;

	if (t->n_addresses > 1)
		snprintf(more, sizeof(more), " and %u more",
		    t->n_addresses - 1);
	if (t->n_addresses == 0)
		snprintf(text, WHERE_TEXT, "port %u", t->port);
	else
		snprintf(text, WHERE_TEXT, "%s%s%s%s",
		    rsp_hostport_text(&t->addresses[0], t->port, host),
		    tcp ? "" : "/", tcp ? "" : transport_word(t->type), more);
	return text;
}

static const char *
home(const struct pool_element *m, char text[LIFELINE_TEXT])
{
	int link = rsp_element_home(m->element);

	return lifeline_peer(&m->line, link < 0 ? RSP_LINK_OUT : (unsigned)link,
	    text);
}

static void
say_registered(struct pool_element *m)
{
	char at[WHERE_TEXT], peer[LIFELINE_TEXT], id[12];

	snprintf(id, sizeof(id), "0x%08x", rsp_element_pe(m->element)->id);
	rsp_log(RSP_LOG_INFO, "%s: registered %s as %s at %s%s",
	    m->option->label, where(m, at), id, home(m, peer),
	    rsp_element_home(m->element) > RSP_LINK_OUT
		? ", which has taken over"
		: "");
	m->registered = true;
	m->said_rejected = false;
	m->redrawn = 0;
	m->config->said_no_registrar = false;
}

#define CAUSE_TEXT 16

/* The number of a cause that the RFC does not have, else nothing. */
static const char *
foreign(uint16_t cause, char text[CAUSE_TEXT])
{
	text[0] = '\0';
	if (cause > RSP_CAUSE_SECURITY)
		snprintf(text, CAUSE_TEXT, " 0x%x", cause);
	return text;
}

static void
on_rejected(struct pool_element *m, rsp_time now, uint16_t cause)
{
	struct rsp_pe pe = *rsp_element_pe(m->element);
	char at[WHERE_TEXT], policy[RSP_POLICY_TEXT], number[CAUSE_TEXT];
	bool again;

	if (cause == RSP_CAUSE_PE_ID && m->redrawn < REDRAWS &&
	    element_ids_replace(m->config->ids, &m->key, &pe.id)) {
		m->redrawn++;
		rsp_element_change(m->element, now, &pe);
		return;
	}
	/* at every registrar and again and again, but once is enough */
	again = m->said_rejected && m->said_cause == cause;
	m->said_rejected = true;
	m->said_cause = cause;
	rsp_log(again ? RSP_LOG_DEBUG : RSP_LOG_ERROR,
	    "%s: %s with policy %s is rejected: %s%s; %s; it is tried again "
	    "now and then",
	    m->option->label, where(m, at), rsp_policy_text(&pe.policy, policy),
	    rsp_cause_text(cause), foreign(cause, number),
	    advice_on(cause, &pe.user, m->config->ids->fixed));
}

/* "tcp://127.0.0.1:3863: Connection refused", appended; the new length. */
static size_t
add_tried(char *text, size_t size, size_t len, const struct rsp_endpoint *e,
    int error)
{
	char host[RSP_SOCKADDR_TEXT];
	const char *scheme = e->scheme == RSP_SCTP ? "sctp" : "tcp";
	const char *separator = len > 0 ? ", " : "";
	int n;

	if (e->scheme == RSP_MULTICAST)
		n = snprintf(text + len, size - len, "%s%s: %s", separator,
		    e->text, lookup_strerror(LOOKUP_UNHEARD));
	else if (e->scheme == RSP_UNIX)
		n = snprintf(text + len, size - len, "%sunix://%s: %s",
		    separator, e->name, lookup_strerror(error));
	else if (e->name[0] != '\0')
		n = snprintf(text + len, size - len, "%s%s://%s:%u: %s",
		    separator, scheme, e->name, e->port,
		    lookup_strerror(error));
	else
		n = snprintf(text + len, size - len, "%s%s://%s: %s", separator,
		    scheme, rsp_hostport_text(&e->hosts[0], e->port, host),
		    lookup_strerror(error));
	return n < 0 || (size_t)n >= size - len ? size : len + (size_t)n;
}

static void
say_no_registrar(const struct pool_element *m)
{
	const struct pool_element_config *c = m->config;
	char tried[800] = "";
	size_t len = 0;
	unsigned i;

	if (c->said_no_registrar)
		return;
	m->config->said_no_registrar = true;
	for (i = 0; i < c->n_endpoints && len < sizeof(tried); i++) {
		/* one empty place of a group is like another */
		if (i > 0 && c->endpoints[i].scheme == RSP_MULTICAST &&
		    strcmp(c->endpoints[i].text, c->endpoints[i - 1].text) == 0)
			continue;
		len = add_tried(tried, sizeof(tried), len, &c->endpoints[i],
		    m->errors[i]);
	}
	rsp_log(RSP_LOG_WARN,
	    "no registrar answers (%s); \"rsp-registrar &\" starts one here, "
	    "--registrar names another; %s joins as soon as one answers",
	    tried, m->option->label);
}

static void
tell(struct pool_element *m, rsp_time now, const struct rsp_element_out *o)
{
	char at[WHERE_TEXT], peer[LIFELINE_TEXT], number[CAUSE_TEXT];

	switch (o->event) {
	case RSP_ELEMENT_REGISTERED:
		say_registered(m);
		notify(m, rsp_local_notice_serves);
		break;
	case RSP_ELEMENT_LOST:
		rsp_log(RSP_LOG_WARN, "%s: lost the registration of %s: %s",
		    m->option->label, where(m, at), o->reason);
		break;
	case RSP_ELEMENT_REJECTED:
		on_rejected(m, now, o->cause);
		break;
	case RSP_ELEMENT_WARNED:
		rsp_log(RSP_LOG_WARN, "%s: %s remarks: %s%s", m->option->label,
		    home(m, peer), rsp_cause_text(o->cause),
		    foreign(o->cause, number));
		break;
	case RSP_ELEMENT_NO_REGISTRAR:
		m->no_registrar = true;
		break;
	case RSP_ELEMENT_DEREGISTERED:
		m->left = true;
		if (!m->registered)
			break;
		notify(m,
		    rsp_local_notice_leaves); /* an answer may be on its way */
		rsp_log(RSP_LOG_INFO, "%s: deregistered %s%s%s",
		    m->option->label, where(m, at), o->reason ? ": " : "",
		    o->reason ? o->reason : "");
		break;
	}
}

/* The element's pools. */

/* SCTP: all addresses of the server in one element.  What the association to
 * the registrar has now says which they are, for they may change under it. */
static unsigned
all_addresses(const struct pool_element *m, struct rsp_address *list)
{
	const struct link *k = &m->line.links[RSP_LINK_OUT];
	const struct pool_element_config *c = m->config;
	struct rsp_address locals[RSP_ADDRESSES_MAX];
	unsigned n = 0;

	if (c->n_addresses > 0) {
		memcpy(list, c->addresses,
		    c->n_addresses * sizeof(c->addresses[0]));
		return c->n_addresses;
	}
	if (k->up && k->sctp)
		n = rsp_sctp_locals(k->fd, locals, RSP_ADDRESSES_MAX);
	return address_choose_all(&m->port, locals, n, &m->line.local,
	    c->interface, list, RSP_ADDRESSES_MAX);
}

static unsigned
addresses(const struct pool_element *m, struct rsp_address *list)
{
	if (m->port.protocol == RSP_PARAM_SCTP)
		return all_addresses(m, list);
	if (m->given.family != 0) {
		list[0] = m->given;
		return 1;
	}
	return address_choose(&m->port, &m->line.local, m->config->interface,
	    list);
}

/* What is registered follows the listener and the way to the registrar. */
static void
set_address(struct pool_element *m, rsp_time now)
{
	struct rsp_pe pe = *rsp_element_pe(m->element);
	bool has;

	pe.user.n_addresses = addresses(m, pe.user.addresses);
	has = pe.user.n_addresses > 0;

	if (m->load >= 0)
		pe.policy.words[0] = rsp_load_of((uint32_t)(m->load * 1000000));
	if (has) {
		rsp_element_change(m->element, now, &pe);
		m->said_no_address = false;
	} else if (!m->said_no_address) {
		rsp_log(RSP_LOG_WARN,
		    "%s: interface %s has no address on "
		    "which port %u is served; waiting for one",
		    m->option->label, m->config->interface, m->port.port);
		m->said_no_address = true;
	}
	rsp_element_set_healthy(m->element, now,
	    has && m->config->is_alive(m->config->ctx, &m->port));
}

static void
on_opened(struct pool_element *m, rsp_time now)
{
	set_address(m, now);
	rsp_element_opened(m->element, now, RSP_LINK_OUT);
}

static void
fail(struct pool_element *m, rsp_time now, unsigned endpoint, int error)
{
	m->errors[endpoint] = error;
	rsp_log(RSP_LOG_DEBUG, "%s: %s: %s", m->option->label,
	    m->config->endpoints[endpoint].text, lookup_strerror(error));
	rsp_element_closed(m->element, now, RSP_LINK_OUT);
}

static void
on_state(struct pool_element *m, rsp_time now, enum lifeline_state state)
{
	if (state == LIFELINE_UP)
		on_opened(m, now);
	else if (state == LIFELINE_FAILED)
		fail(m, now,
		    (unsigned)(m->line.endpoint - m->config->endpoints),
		    m->line.error);
}

static void
end_link(struct pool_element *m, rsp_time now, unsigned link)
{
	lifeline_hangup(&m->line, link);
	if (link == RSP_LINK_OUT)
		m->errors[m->line.endpoint - m->config->endpoints] =
		    m->line.error != 0 ? m->line.error : ECONNRESET;
	rsp_element_closed(m->element, now, link);
}

static void
start_connecting(struct pool_element *m, rsp_time now, unsigned i)
{
	struct pool_element_config *c = m->config;
	int err = lookup_hosts(&c->lookups[i], &c->endpoints[i]);

	if (err != 0) {
		fail(m, now, i, err);
		return;
	}
	m->errors[i] = ETIMEDOUT; /* until it fails otherwise */
	on_state(m, now, lifeline_connect(&m->line, &c->endpoints[i], now));
}

static void
do_output(struct pool_element *m, rsp_time now, const struct rsp_element_out *o)
{
	const struct link *k = &m->line.links[o->link];

	switch (o->kind) {
	case RSP_ELEMENT_CONNECT:
		start_connecting(m, now, o->endpoint);
		break;
	case RSP_ELEMENT_SEND:
		if (k->up && !lifeline_send(&m->line, o->link, o->bytes))
			end_link(m, now, o->link);
		break;
	case RSP_ELEMENT_HANGUP:
		lifeline_hangup(&m->line, o->link);
		break;
	case RSP_ELEMENT_EVENT:
		tell(m, now, o);
		break;
	}
}

static void
drain(struct pool_element *m, rsp_time now)
{
	struct rsp_element_out o;

	while (rsp_element_output(m->element, &o))
		do_output(m, now, &o);
}

/* Events. */

void
pool_element_leave(struct pool_element *m, rsp_time now)
{
	if (!m->joined)
		return;
	m->joined = false;
	if (m->registered)
		notify(m, rsp_local_notice_leaves);
	rsp_element_leave(m->element, now);
	drain(m, now);
}

void
pool_element_set_load(struct pool_element *m, double percent)
{
	if (percent >= 0)
		m->load = percent > 100 ? 100 : percent;
}

void
pool_element_update(struct pool_element *m, rsp_time now,
    const struct port *port)
{
	if (port == NULL) {
		pool_element_leave(m, now);
		return;
	}
	m->port = *port;
	if (m->joined)
		set_address(m, now);
	else
		rsp_element_join(m->element, now);
	m->joined = true;
	m->left = false;
	drain(m, now);
}

static void
serve_input(struct pool_element *m, rsp_time now, unsigned link)
{
	bool good = lifeline_receive(&m->line, link);
	struct rsp_span message;
	int err = 0;

	while (m->line.links[link].up &&
	       (err = lifeline_message(&m->line, link, &message)) > 0) {
		if (message.at[0] == RSP_ASAP_KEEP_ALIVE)
			set_address(m, now);
		err = rsp_element_input(m->element, now, link, message);
		drain(m, now);
		if (err != RSP_OK)
			break;
	}
	if ((!good || err < 0) && m->line.links[link].up)
		end_link(m, now, link);
}

static void
serve_call(struct pool_element *m, rsp_time now)
{
	int dropped, link = lifeline_accept(&m->line, now, &dropped);

	if (dropped != RSP_LINK_NONE)
		rsp_element_closed(m->element, now, (unsigned)dropped);
	if (link != RSP_LINK_NONE)
		rsp_element_opened(m->element, now, (unsigned)link);
}

void
pool_element_poll(const struct pool_element *m, struct pollfd fds[LIFELINE_FDS])
{
	lifeline_poll(&m->line, fds);
}

void
pool_element_serve(struct pool_element *m, rsp_time now,
    const struct pollfd fds[LIFELINE_FDS])
{
	unsigned i;

	for (i = 0; i < RSP_LINKS; i++) {
		const struct link *k = &m->line.links[i];

		/* What came before may have replaced the descriptor. */
		if (fds[i].revents == 0 || fds[i].fd != k->fd)
			continue;
		if (k->up)
			serve_input(m, now, i);
		else
			on_state(m, now, lifeline_connected(&m->line));
		drain(m, now);
	}
	if (fds[RSP_LINKS].revents != 0 &&
	    fds[RSP_LINKS].fd == m->line.listener)
		serve_call(m, now);
	lifeline_tick(&m->line, now);
	rsp_element_tick(m->element, now);
	drain(m, now);
	if (!m->no_registrar || now < m->config->hunt_until)
		return;
	m->no_registrar = false;
	if (m->joined && !rsp_element_is_member(m->element))
		say_no_registrar(m);
}

rsp_time
pool_element_deadline(const struct pool_element *m)
{
	rsp_time t = rsp_time_min(rsp_element_deadline(m->element),
	    lifeline_deadline(&m->line));

	return m->no_registrar ? rsp_time_min(t, m->config->hunt_until) : t;
}

/* Lists. */

struct pool_element *
pool_elements_find(struct pool_element *m, const struct pool_option *option,
    const struct port *port, unsigned number)
{
	for (; m != NULL; m = m->next)
		if (m->option == option && m->key.protocol == port->protocol &&
		    m->key.port == port->port && m->key.number == number)
			return m;
	return NULL;
}

void
pool_elements_leave(struct pool_element *m, rsp_time now)
{
	for (; m != NULL; m = m->next)
		pool_element_leave(m, now);
}

bool
pool_elements_all_left(const struct pool_element *m)
{
	for (; m != NULL; m = m->next)
		if (!m->left)
			return false;
	return true;
}

bool
pool_elements_any_registered(const struct pool_element *m)
{
	for (; m != NULL; m = m->next)
		if (m->registered)
			return true;
	return false;
}
