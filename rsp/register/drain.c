/* SPDX-License-Identifier: Apache-2.0 */
/* drain.c - a sum over the members' ports */
#include "rsp/register/drain.h"

int
drain_count(const struct pool_element *m, struct tcp_connections *c)
{
	int n = 0;

	for (; m != NULL; m = m->next) {
		if (!m->registered || m->key.number > 0)
			continue;
		if (m->key.protocol != RSP_PARAM_TCP ||
		    tcp_connections_read(c, m->key.port) != 0)
			return -1;
		n += (int)(c->accepted + c->n_waiting);
	}
	return n;
}
