/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - who has most of it
 *
 * Whoever has output is touched in this turn, or stuck from an earlier one.
 */
#include "registrar/output.h"

#include "registrar/client_io.h"
#include "registrar/server.h"

static void
find_most(const struct rsp_list *touched, const struct rsp_list *stuck,
    struct client **most)
{
	RSP_LIST_EACH(l, touched)
	{
		struct client *g = RSP_CONTAINER(l, struct client, touched);

		if (*most == NULL ||
		    g->counted_output > (*most)->counted_output)
			*most = g;
	}
	RSP_LIST_EACH(l, stuck)
	{
		struct client *g = RSP_CONTAINER(l, struct client, by_stuck);

		if (*most == NULL ||
		    g->counted_output > (*most)->counted_output)
			*most = g;
	}
}

/* Many who each stay within their own limit: whoever has the most goes first,
 * and its output at once. */
void
output_limit(struct server *s)
{
	while (s->clients.pending > (uint64_t)s->config.max_pending_total) {
		struct client *most = NULL;

		find_most(&s->touched, &s->clients.stuck, &most);
		if (most == NULL || most->counted_output == 0)
			return;
		client_io_cut(most, "reads too slowly, as others do");
		connection_discard(&most->stream);
		clients_output(&s->clients, most);
	}
}
