/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_connections.h - who is connected to one TCP port of this network
 * namespace
 *
 * The kernel lists connections with an inode once the server has accepted them;
 * those that still wait for it have none.  It is asked by netlink (sock_diag),
 * which filters by the port itself.
 */
#ifndef RSP_TCP_CONNECTIONS_H
#define RSP_TCP_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More are counted, but not listed. */
#define CONNECTIONS_WAITING 4096

struct tcp_connections {
	unsigned accepted; /* that are open, or half closed by their client */
	unsigned n_waiting;
	/* The kernel's own number of each that waits, never used twice; as many
	 * as there is room for.  In the order of the kernel's tables. */
	uint64_t *waiting;
};

/* Replaces what is in `c`, all zero at first.  0 or an errno (then it is
 * empty). */
int tcp_connections_read(struct tcp_connections *c, uint16_t port);
void tcp_connections_free(struct tcp_connections *c);

/* True when connection `cookie` waits. */
bool tcp_connections_waits(const struct tcp_connections *c, uint64_t cookie);

#endif
