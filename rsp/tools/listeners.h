/* SPDX-License-Identifier: Apache-2.0 */
/* listeners.h - every socket of this network namespace that waits for clients
 *
 * TCP sockets that listen, UDP sockets that are bound and not connected, of all
 * processes, with the inode that /proc/PID/fd shows too.  The kernel is asked
 * by netlink (sock_diag), which needs no privilege and takes microseconds, or,
 * where that is shut, by the tables in /proc/net.
 */
#ifndef RSP_LISTENERS_H
#define RSP_LISTENERS_H

#include "rsp/core/param.h"

struct listener {
	uint16_t protocol; /* RSP_PARAM_TCP or RSP_PARAM_UDP */
	uint16_t port;
	struct rsp_address address; /* a v4-mapped one becomes IPv4 */
	bool v6_only;		    /* :: without IPv4 */
	uint32_t waiting; /* TCP: completed connections, not yet accepted */
	uint32_t inode;
};

struct listeners {
	struct listener *at;
	size_t n, room;
};

/* Replaces the list, sorted by inode.  0, or an errno when neither way works
 * (the list is empty then).  UDP only if asked for: clients have such sockets,
 * too, for a moment each. */
int listeners_read(struct listeners *l, bool udp);

/* The two ways by themselves, for tests. */
int listeners_read_netlink(struct listeners *l, bool udp);
int listeners_read_proc(struct listeners *l, bool udp);

/* NULL when there is none with that inode. */
const struct listener *listeners_find(const struct listeners *l,
    uint32_t inode);
void listeners_free(struct listeners *l);

#endif
