/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c - the join, and when to do it */
#include "rsp/register/ports.h"

#include <stdlib.h>
#include <unistd.h>

#include "rsp/register/address.h"

#define PAUSE_FIRST 5	  /* ms */
#define PAUSE_LAST 1000	  /* ms */
#define FULL_EVERY 30000  /* ms; a descriptor may have been handed on */
#define LIST_EVERY 2000	  /* ms; of a server that may open ports unheard */
#define KNOCKS_EVERY 5000 /* ms; of one that is heard */
#define KNOWN_MAX 8	  /* ports that are looked at one by one */

/* Whose is a listener?  From 0 up: not found in our tree so many times, SURE is
 * enough.  From OURS down: ours, and since missed so many times.  For a single
 * look can miss a process that is just being handed over to us. */
#define SURE 3
#define OURS UINT8_MAX
#define LOST (OURS - SURE)

void
ports_init(struct ports *p, bool all, unsigned what, rsp_time now)
{
	*p = (struct ports){ .all = all, .what = what };
	ports_expect(p, now);
}

void
ports_free(struct ports *p)
{
	listeners_free(&p->listeners);
	listeners_free(&p->last);
	listeners_free(&p->known);
	process_tree_free(&p->tree);
	free(p->holders);
	free(p->ours);
	free(p->at);
	*p = (struct ports){ 0 };
}

void
ports_expect(struct ports *p, rsp_time now)
{
	p->full = now;
	p->next = now;
	p->pause = PAUSE_FIRST;
}

void
ports_noticed(struct ports *p, rsp_time now)
{
	p->knocks = true;
	p->listed = 0;
	p->next = now;
}

rsp_time
ports_deadline(const struct ports *p)
{
	return p->next;
}

const struct port *
ports_find(const struct ports *p, uint16_t protocol, uint16_t port)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->at[i].protocol == protocol && p->at[i].port == port)
			return &p->at[i];
	return NULL;
}

/* Who owns which listener. */

static void
add_holder(struct ports *p, uint32_t inode)
{
	struct holder *h = p->holders;

	if (p->n_holders == p->holders_room) {
		h = realloc(h, (p->holders_room + 16) * sizeof(*h));
		if (h == NULL)
			return;
		p->holders = h;
		p->holders_room += 16;
	}
	h[p->n_holders++] = (struct holder){ p->reading, inode };
}

static void
mark(void *ctx, uint32_t inode)
{
	struct ports *p = ctx;
	const struct listener *l = listeners_find(&p->listeners, inode);

	if (l == NULL)
		return;
	p->ours[l - p->listeners.at] = OURS;
	add_holder(p, inode);
}

static void
mark_tree(struct ports *p)
{
	size_t i;

	p->hidden = tree_is_visible() ? 0 : PORTS_UNSEEN;
	p->n_holders = 0;
	process_tree_read(&p->tree, getpid());
	for (i = 0; i < p->tree.n; i++) {
		p->reading = p->tree.pids[i];
		if (process_tree_sockets(p->reading, mark, p) != 0)
			p->hidden = p->reading;
	}
}

/* Listeners known from last time are still whose they were; true if there is
 * one of which that is not sure. */
static bool
mark_known(struct ports *p, const uint8_t *were_ours)
{
	const struct listener *l;
	bool news = false;
	size_t i;

	for (i = 0; i < p->listeners.n; i++) {
		l = listeners_find(&p->last, p->listeners.at[i].inode);
		if (l != NULL)
			p->ours[i] = were_ours[l - p->last.at];
		if (p->ours[i] != SURE && p->ours[i] != OURS)
			news = true;
	}
	return news;
}

static void
mark_all(struct ports *p)
{
	size_t i;

	for (i = 0; i < p->listeners.n; i++) {
		if (p->ours[i] < SURE)
			p->ours[i]++;
		else if (p->ours[i] > SURE && --p->ours[i] == LOST)
			p->ours[i] = SURE;
	}
	mark_tree(p);
}

/* One entry per port. */

static struct port *
find_or_add(struct ports *p, const struct listener *l)
{
	struct port *new = (struct port *)ports_find(p, l->protocol, l->port);

	if (new != NULL)
		return new;
	if (p->n == p->room) {
		new = realloc(p->at, (p->room + 8) * sizeof(*new));
		if (new == NULL)
			return NULL;
		p->at = new;
		p->room += 8;
	}
	new = &p->at[p->n++];
	*new = (struct port){ .protocol = l->protocol, .port = l->port };
	return new;
}

static void
add_address(struct port *port, const struct rsp_address *a, bool v6_only)
{
	struct rsp_address *known = a->family == 4 ? &port->v4 : &port->v6;

	if (rsp_address_is_wildcard(a)) {
		port->any4 |= a->family == 4 || !v6_only;
		port->any6 |= a->family == 6;
		return;
	}
	if (port->n_bound < PORT_BOUND)
		port->bound[port->n_bound++] = *a;
	if (address_rank(a) > address_rank(known) ||
	    (rsp_address_is_loopback(known) && rsp_address_is_loopback(a)))
		*known = *a;
}

static void
add_listener(struct ports *p, const struct listener *l, bool ours)
{
	struct port *port = find_or_add(p, l);
	unsigned i;

	if (port == NULL)
		return;
	port->ours |= ours;
	port->inodes += l->inode;
	if (l->waiting > port->waiting)
		port->waiting = l->waiting;
	add_address(port, &l->address, l->v6_only);
	for (i = 0; i < l->n_more; i++)
		add_address(port, &l->more[i], l->v6_only);
}

static int
by_port(const void *left, const void *right)
{
	const struct port *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol - b->protocol;
	return a->port - b->port;
}

static void
collect(struct ports *p)
{
	size_t i;

	p->n = 0;
	for (i = 0; i < p->listeners.n; i++) {
		const struct listener *l = &p->listeners.at[i];
		bool ours = p->all || p->ours[i] > SURE;

		if ((ours || p->hidden != 0) &&
		    (p->is_own == NULL || !p->is_own(p->ctx, l->inode)))
			add_listener(p, l, ours);
	}
	if (p->n > 0)
		qsort(p->at, p->n, sizeof(p->at[0]), by_port);
}

/* Nothing is lost by a look that failed: the list stays as it was. */
static void
look(struct ports *p, rsp_time now)
{
	struct listeners swap = p->last;
	uint8_t *were_ours = p->ours;
	bool news;

	p->last = p->listeners;
	p->listeners = swap;
	if (listeners_read(&p->listeners, p->what) != 0 ||
	    (p->ours = calloc(p->listeners.n + 1, 1)) == NULL) {
		swap = p->listeners;
		p->listeners = p->last;
		p->last = swap;
		p->ours = were_ours;
		return;
	}
	news = mark_known(p, were_ours);
	if (!p->all && (news || rsp_time_reached(p->full, now))) {
		mark_all(p);
		p->full = rsp_time_add(now, FULL_EVERY);
	}
	free(were_ours);
	collect(p);
	p->listed = now;
}

/* One port's listeners, and how many wait.  False: not the ones that are
 * known. */
static bool
look_at_port(struct ports *p, struct port *port)
{
	const struct listener *l, *end;
	uint64_t inodes = 0;
	uint32_t waiting = 0;

	if (listeners_read_port(&p->known, port->protocol, port->port) != 0)
		return false;
	for (l = p->known.at, end = l + p->known.n; l < end; l++) {
		const struct listener *was =
		    listeners_find(&p->listeners, l->inode);

		if (was == NULL)
			return false;
		if (p->ours[was - p->listeners.at] <= SURE)
			continue; /* somebody else's, at another address */
		inodes += l->inode;
		if (l->waiting > waiting)
			waiting = l->waiting;
	}
	port->waiting = waiting;
	return inodes == port->inodes;
}

/* What is known, without the host's other listeners; false if that does not
 * do. */
static bool
look_at_known(struct ports *p, rsp_time now)
{
	int64_t every = p->knocks ? KNOCKS_EVERY : LIST_EVERY;
	size_t i;

	if (p->all || p->hidden != 0 || p->n == 0 || p->n > KNOWN_MAX ||
	    p->pause < PAUSE_LAST || p->listed == 0 ||
	    rsp_time_reached(rsp_time_add(p->listed, every), now))
		return false;
	for (i = 0; i < p->n; i++)
		if (!look_at_port(p, &p->at[i]))
			return false;
	return true;
}

bool
ports_look(struct ports *p, rsp_time now)
{
	if (!rsp_time_reached(p->next, now))
		return false;
	if (!look_at_known(p, now))
		look(p, now);
	p->pause = p->pause * 3 / 2;
	if (p->pause > PAUSE_LAST)
		p->pause = PAUSE_LAST;
	p->next = rsp_time_add(now, p->pause);
	return true;
}

/* Stopped servers. */

static bool
is_of(const struct ports *p, uint32_t inode, const struct port *port)
{
	const struct listener *l = listeners_find(&p->listeners, inode);

	return l != NULL && l->protocol == port->protocol &&
	       l->port == port->port;
}

static bool
holders_are_stopped(const struct ports *p, const struct port *port)
{
	size_t i, stopped = 0;

	for (i = 0; i < p->n_holders; i++) {
		if (!is_of(p, p->holders[i].inode, port))
			continue;
		switch (process_tree_state(p->holders[i].pid)) {
		case PROCESS_GONE:
			break;
		case PROCESS_RUNS:
			return false;
		case PROCESS_STOPPED:
			stopped++;
			break;
		}
	}
	return stopped > 0;
}

bool
ports_is_stopped(struct ports *p, const struct port *port)
{
	if (!holders_are_stopped(p, port))
		return false;
	/* A child that was forked since the last look may serve. */
	if (p->all)
		ports_seek(p, port);
	else
		mark_tree(p);
	return holders_are_stopped(p, port);
}

void
ports_refresh_tree(struct ports *p)
{
	if (!p->all)
		process_tree_read(&p->tree, getpid());
}

struct seeking {
	struct ports *ports;
	const struct port *port;
};

static void
note(void *ctx, uint32_t inode)
{
	const struct seeking *s = ctx;

	if (is_of(s->ports, inode, s->port))
		add_holder(s->ports, inode);
}

void
ports_seek(struct ports *p, const struct port *port)
{
	struct seeking s = { p, port };
	struct process_tree t = { 0 };
	size_t i, kept = 0;

	for (i = 0; i < p->n_holders; i++)
		if (!is_of(p, p->holders[i].inode, port))
			p->holders[kept++] = p->holders[i];
	p->n_holders = kept;
	process_tree_read_everybody(&t);
	for (i = 0; i < t.n; i++) {
		p->reading = t.pids[i];
		process_tree_sockets(t.pids[i], note, &s);
	}
	process_tree_free(&t);
}
