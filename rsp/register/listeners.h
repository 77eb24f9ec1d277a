/* SPDX-License-Identifier: Apache-2.0 */
/* listeners.h - every socket of this network namespace that waits for clients
 *
 * TCP and SCTP sockets that listen, UDP and UDP-Lite sockets that are bound and
 * not connected, of all processes, with the inode that /proc/PID/fd shows too.
 * The kernel is asked by netlink (sock_diag), which needs no privilege and
 * takes microseconds, or, where that is shut, by the tables in /proc/net; for
 * SCTP always by its table, for its diagnoses are a module that is seldom
 * there.
 */
#ifndef RSP_LISTENERS_H
#define RSP_LISTENERS_H

#include "rsp/core/wire/param.h"

#define LISTENER_MORE 7

struct listener {
	uint16_t protocol; /* RSP_PARAM_TCP ... */
	uint16_t port;
	struct rsp_address address; /* a v4-mapped one becomes IPv4 */
	bool v6_only;		    /* :: without IPv4 */
	uint32_t waiting; /* TCP: completed connections, not yet accepted */
	uint32_t inode;
	unsigned n_more; /* SCTP: further addresses of the socket */
	struct rsp_address more[LISTENER_MORE];
};

/* What to look for beside TCP. */
enum { LISTENERS_UDP = 1, LISTENERS_UDPLITE = 2, LISTENERS_SCTP = 4 };

struct listeners {
	struct listener *at;
	size_t n, room;
};

/* Replaces the list, sorted by inode.  0, or an errno when neither way works
 * (the list is empty then).  UDP only if asked for: clients have such sockets,
 * too, for a moment each. */
int listeners_read(struct listeners *l, unsigned what);

/* Those of one port alone, by netlink: the same work for the kernel, and little
 * for us where there are many.  ENOTSUP for SCTP. */
int listeners_read_port(struct listeners *l, uint16_t protocol, uint16_t port);

/* The two ways by themselves, for tests; SCTP is of both. */
int listeners_read_netlink(struct listeners *l, unsigned what);
int listeners_read_proc(struct listeners *l, unsigned what);

/* A line of /proc/net/sctp/eps, appended if it is a listening socket; for
 * tests.  0 or ENOMEM. */
int listeners_add_sctp(struct listeners *l, const char *line);

/* NULL when there is none with that inode. */
const struct listener *listeners_find(const struct listeners *l,
    uint32_t inode);
void listeners_free(struct listeners *l);

#endif
