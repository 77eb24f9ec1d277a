/* SPDX-License-Identifier: Apache-2.0 */
/* announce.h - one protocol's multicast: announcements of ASAP, presences of
 * ENRP
 *
 * What the registry wants announced is sent to each group, out of each
 * interface that the group names or, if it names none, of each that there is at
 * that moment.  What others send there comes to the server's function.
 */
#ifndef RSP_REGISTRAR_ANNOUNCE_H
#define RSP_REGISTRAR_ANNOUNCE_H

#include <ev.h>

#include "registrar/config.h"
#include "rsp/net/multicast.h"

struct announce_group {
	struct rsp_endpoint group;
	int listener, sender;
	ev_io reader;
};

struct announce {
	unsigned n; /* groups; 0: off */
	struct announce_group at[CONFIG_GROUPS_MAX];
	struct ev_loop *loop; /* NULL: not started */
	void (*heard)(void *ctx, const struct rsp_transport *from,
	    struct rsp_span message);
	void *ctx;
};

/* Opens the sockets; an empty list is nothing to do.  `port` is where datagrams
 * come from, if that can be had: RSPLIB takes it for the registrar's own port.
 * 0, or the exit status that the failure is worth with a line for the user in
 * `error`.  announce_close() is due in any case. */
int announce_open(struct announce *a, const struct group_list *groups,
    uint16_t port, int hops, char *error, size_t size);

/* From now on each datagram goes to `heard`, in turns of the loop.  `from` is
 * its source as a transport of type UDP; own ones may come back. */
void announce_start(struct announce *a, struct ev_loop *loop,
    void (*heard)(void *ctx, const struct rsp_transport *from,
	struct rsp_span message),
    void *ctx);

/* To all groups; over loopback alone what is not for the outside. */
void announce_send(struct announce *a, bool outside, struct rsp_span bytes);

void announce_close(struct announce *a);

/* "224.0.1.185:3863, [ff02::133]:3863%eth0"; returns `text`. */
const char *announce_text(const struct announce *a, char text[CONFIG_TEXT]);

#endif
