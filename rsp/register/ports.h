/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - the ports that our server serves
 *
 * All listeners of the host, joined with the sockets that the server's
 * processes have open, one entry per port however many listeners it has.
 * Most servers knock when they open one (listen_notice.h).  For the others, and
 * to see one close, the way is to look again: soon while something may be about
 * to happen, seldom when nothing does.  The ports that are known are looked at
 * once a second, for their queues; the list of all, which costs as much as the
 * host has listeners, every other second, or every fifth if the server knocks.
 */
#ifndef RSP_PORTS_H
#define RSP_PORTS_H

#include "rsp/core/base/time.h"
#include "rsp/register/listeners.h"
#include "rsp/register/process_tree.h"

#define PORT_BOUND 8
#define PORTS_UNSEEN (-1)

struct port {
	uint16_t protocol; /* RSP_PARAM_TCP ... */
	uint16_t port;
	bool ours;	       /* false: somebody's, see `hidden` */
	bool any4, any6;       /* a wildcard listener serves that family */
	struct rsp_address v4; /* of a listener with an address, not loopback */
	struct rsp_address v6; /* if there is such a one; family 0: none */
	unsigned n_bound;      /* all addresses but wildcards */
	struct rsp_address bound[PORT_BOUND];
	uint32_t waiting; /* of the listener with most, see listeners.h */
	uint64_t inodes;  /* their sum: another one, other listeners */
};

/* A process and a listener that it has open. */
struct holder {
	pid_t pid;
	uint32_t inode;
};

struct ports {
	struct port *at;
	size_t n, room;

	/* A process of ours that may not be looked into, PORTS_UNSEEN if none
	 * is to be seen, or 0.  Unless that, the list holds everybody's ports,
	 * for any may be its; but never those of this process. */
	pid_t hidden;
	bool all;      /* no server of ours: the listeners of everybody */
	unsigned what; /* LISTENERS_... beside TCP */

	/* Listeners of this process, which are no server's; NULL: none. */
	bool (*is_own)(void *ctx, uint32_t inode);
	void *ctx;

	/* Private. */
	struct listeners listeners, last, known;
	struct process_tree tree;
	uint8_t *ours; /* beside `listeners`: whose is it? */
	struct holder *holders;
	size_t n_holders, holders_room;
	pid_t reading;	 /* whose sockets are being looked at */
	rsp_time full;	 /* when all is looked at again */
	rsp_time listed; /* when all listeners were */
	rsp_time next;
	int64_t pause;
	bool knocks; /* it has done so */
};

/* `all` and `what` as in the struct.  Looks from the first call of ports_look()
 * on. */
void ports_init(struct ports *p, bool all, unsigned what, rsp_time now);
void ports_free(struct ports *p);

/* Something may change soon: look at once, and often for a while. */
void ports_expect(struct ports *p, rsp_time now);

/* The server says that it has opened a port: look at once. */
void ports_noticed(struct ports *p, rsp_time now);

/* Brings the list up to date if it is time to; true if it did. */
bool ports_look(struct ports *p, rsp_time now);
rsp_time ports_deadline(const struct ports *p);

/* Are all processes that have a listener of that port open stopped (SIGSTOP, a
 * debugger)?  Those of our server are known by themselves; with `all`, after
 * ports_seek(). */
bool ports_is_stopped(struct ports *p, const struct port *port);

/* Looks through all processes of the host for who has the port's listeners
 * open.  Takes milliseconds. */
void ports_seek(struct ports *p, const struct port *port);

/* Reads the list of the server's processes anew. */
void ports_refresh_tree(struct ports *p);

/* NULL: not served. */
const struct port *ports_find(const struct ports *p, uint16_t protocol,
    uint16_t port);

#endif
