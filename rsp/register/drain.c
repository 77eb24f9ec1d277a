/* SPDX-License-Identifier: Apache-2.0 */
/* drain.c - a sum over ports */
#include "rsp/register/drain.h"

#include <stdlib.h>

struct drain_port {
	uint16_t protocol, port;
};

static int
count_port(struct drain *d, uint16_t protocol, uint16_t port)
{
	if (protocol != RSP_PARAM_TCP ||
	    tcp_connections_read(&d->connections, port) != 0)
		return -1;
	return (int)(d->connections.accepted + d->connections.n_waiting);
}

static bool
is_port(const struct pool_element *m, uint16_t protocol, uint16_t port)
{
	return m->registered && m->key.protocol == protocol &&
	       m->key.port == port;
}

/* Has one of these members that port? */
static bool
has_port(const struct pool_element *m, const struct pool_element *end,
    uint16_t protocol, uint16_t port)
{
	for (; m != end; m = m->next)
		if (is_port(m, protocol, port))
			return true;
	return false;
}

int
drain_count(struct drain *d, const struct pool_element *first)
{
	const struct pool_element *m;
	int n, sum = 0;
	size_t i;

	for (m = first; m != NULL; m = m->next) {
		if (!m->registered ||
		    has_port(first, m, m->key.protocol, m->key.port))
			continue;
		n = count_port(d, m->key.protocol, m->key.port);
		if (n < 0)
			return -1;
		sum += n;
	}
	for (i = 0; i < d->n; i++) {
		if (has_port(first, NULL, d->gone[i].protocol, d->gone[i].port))
			continue;
		n = count_port(d, d->gone[i].protocol, d->gone[i].port);
		if (n > 0)
			sum += n;
	}
	return sum;
}

/* Nobody comes to a port that is gone, so when the last has left it is over. */
static void
forget_empty(struct drain *d)
{
	size_t i, kept = 0;

	for (i = 0; i < d->n; i++)
		if (count_port(d, d->gone[i].protocol, d->gone[i].port) > 0)
			d->gone[kept++] = d->gone[i];
	d->n = kept;
}

void
drain_remember(struct drain *d, const struct pool_element *m)
{
	struct drain_port *gone;
	size_t i;

	forget_empty(d);
	if (!m->registered || count_port(d, m->key.protocol, m->key.port) <= 0)
		return;
	for (i = 0; i < d->n; i++)
		if (is_port(m, d->gone[i].protocol, d->gone[i].port))
			return;
	if (d->n == d->room) {
		gone = realloc(d->gone, (d->room + 8) * sizeof(*gone));
		if (gone == NULL)
			return; /* it is cut at the end */
		d->gone = gone;
		d->room += 8;
	}
	d->gone[d->n++] = (struct drain_port){ m->key.protocol, m->key.port };
}

void
drain_free(struct drain *d)
{
	tcp_connections_free(&d->connections);
	free(d->gone);
	*d = (struct drain){ 0 };
}
