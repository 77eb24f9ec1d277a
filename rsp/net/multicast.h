/* SPDX-License-Identifier: Apache-2.0 */
/* multicast.h - multicast sockets: where registrars announce themselves
 *
 * A group without an interface is that group on every interface that is up and
 * can multicast, and on loopback.  By bare system calls (sys.h): the pool user
 * listens in strangers' processes.  A failure is returned as -errno.
 */
#ifndef RSP_CLIENT_MULTICAST_H
#define RSP_CLIENT_MULTICAST_H

#include <stdbool.h>

#include "rsp/net/endpoint.h"

#define RSP_INTERFACES_MAX 64

struct rsp_interface {
	int index; /* 0: whichever the system takes */
	bool loopback;
};

/* Finds the interfaces that this name means, "" for all.  `room` is for the
 * kernel's answer (RSP_INTERFACES_ROOM bytes will do).  Without that answer
 * there is one interface, of index 0. */
#define RSP_INTERFACES_ROOM 32768
unsigned rsp_interfaces(const char *name, struct rsp_interface *list,
    unsigned max, void *room, size_t size);

/* A non-blocking, close-on-exec socket that hears what is sent to host number
 * `host` of the group, once it has joined; others may listen beside it. */
int rsp_multicast_listen(const struct rsp_endpoint *g, unsigned host);

/* Joins the group on those of these interfaces where it is no member yet.  The
 * number of those on which it is a member now. */
unsigned rsp_multicast_join(int fd, const struct rsp_address *group,
    const struct rsp_interface *list, unsigned n);

/* Reads a datagram that was sent to the group, and where it came from.
 * -EAGAIN: there is none. */
ssize_t rsp_multicast_receive(int fd, const struct rsp_address *group,
    void *room, size_t size, struct rsp_address *from, uint16_t *port);

/* A socket to send to groups of that family from, in as many hops.  Its port is
 * `port` if that can be had. */
int rsp_multicast_sender(int family4or6, uint16_t port, int hops);

/* Sends to host number `host` of the group, out of that interface. */
int rsp_multicast_send(int fd, const struct rsp_endpoint *g, unsigned host,
    const struct rsp_interface *out, struct rsp_span bytes);

#endif
