/* SPDX-License-Identifier: Apache-2.0 */
/* udp_watch.h - ICMP errors for sockets that are not connected
 *
 * The kernel tells such a socket of them only if IP_RECVERR is set, and then
 * its program, too, in calls in which it has never seen an error.  So it is set
 * for the moment of a send only: an element on this host, or one behind a
 * router that refuses at once, answers within it.  The datagram is lost, as
 * datagrams are; the next one goes to another element.
 */
#ifndef RSP_SHIM_UDP_WATCH_H
#define RSP_SHIM_UDP_WATCH_H

#include "shim/conn.h"

/* A datagram is about to go to an element; locked. */
void udp_watch_begin(struct conn *c, struct conn_peer *p);

/* The datagram has gone.  No lock is held. */
void udp_watch_end(int fd);

/* A read has failed on an unconnected socket with an error that only came to it
 * because another thread was watching. */
bool udp_is_ours(int fd, int error);

#endif
