/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - the daemon: the registry on one side, sockets on the other
 *
 * One turn of the loop: whatever can be read is read, in the order in which it
 * became readable, and given to the registry; then it is looked at what is due,
 * for after a pause the sign of life that somebody waits for may have been
 * there all the time.  What the registry has to say is collected with the
 * connections that it is for; before the loop waits again each of these is
 * written to once, whoever has to go is closed, and the one timer is set.
 *
 * server.c has the daemon's life, turn.c a turn, due.c what is due in it,
 * accept.c new connections, client_io.c what is written on one, output.c how
 * much waits in all, dial.c the connections that it opens itself, event_log.c
 * the log lines about pool elements and peers.
 */
#ifndef RSP_REGISTRAR_SERVER_H
#define RSP_REGISTRAR_SERVER_H

#include <ev.h>

#include "registrar/announce.h"
#include "registrar/config.h"
#include "registrar/dial.h"
#include "registrar/clients.h"
#include "registrar/listener.h"
#include "registrar/log.h"
#include "registrar/host_addresses.h"

struct server {
	struct config config;
	char **argv; /* read again at a reload */
	struct ev_loop *loop;
	struct rsp_registry *registry;
	uint32_t id;  /* ENRP server ID */
	bool serving; /* ASAP */
	rsp_time now; /* of this turn */
	uint64_t random;
	struct host_addresses host_addresses;

	struct dials dials;
	struct announce announce[2]; /* by protocol */
	struct listeners listeners;
	ev_io accepting[LISTENERS_MAX];
	rsp_time accept_again; /* RSP_NEVER: accepting now */
	rsp_time end;	       /* RSP_NEVER: not ending */
	int reserve;	       /* a descriptor for when there is none */

	struct clients clients;
	struct rsp_list reading; /* can be read from, who came first first */
	uint64_t callers;	 /* a bit for each listener that has any */
	bool backlog;		 /* there was more than a turn takes */
	rsp_time planned;	 /* when something is due, as it was seen */
	bool looked_again;	 /* in this turn: nothing is due yet */
	unsigned postponed;	 /* turns in which nothing was due for that */
	struct rsp_list touched; /* have output, or are to be closed */
	struct rsp_list waking;	 /* go on with what was read before */

	ev_timer timer;
	ev_prepare before;
	ev_check after;
	ev_idle busy;
	ev_signal term, intr, hup;

	struct log_limit element_lines, report_lines;
	struct log_limit guest_lines, refusal_lines, peer_lines;
	uint8_t shared[CONNECTION_READ_SIZE];
};

#define SERVER_ERROR 600

/* Binds, drops privileges, sets all up.  0, or the exit status that the failure
 * is worth, with a line for the user.  server_fini() is due in any case. */
int server_init(struct server *s, const struct config *c, char **argv,
    char error[SERVER_ERROR]);

/* Says that it is ready, serves until SIGTERM or SIGINT. */
void server_run(struct server *s);
void server_fini(struct server *s);

#endif
