/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - the daemon: the registry on one side, sockets on the other
 *
 * One turn of the loop: whatever can be read is read and given to the registry;
 * what the registry has to say is collected with the connections that it is
 * for; before the loop waits again each of these is written to once, whoever
 * has to go is closed, and the one timer is set.
 *
 * server.c has the daemon's life and its turns, client_io.c what happens on a
 * connection, dial.c the connections that it opens itself, event_log.c the log
 * lines about pool elements and peers.
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

/* Carries out what the registry has to say; after every call of it. */
void server_drain(struct server *s);

/* The handlespace is here, or there is nobody to have it from: ASAP is served
 * from now on. */
void server_serve(struct server *s);

/* One line about what happened to a pool element or a peer. */
void server_event(struct server *s, const struct rsp_out *out);

/* Tells the service manager how many peers are connected. */
void server_status(struct server *s);

/* client_io.c: callbacks of the listeners, and the parts of a turn.
 * client_io_called() takes over a connection that was asked for, in any case,
 * and is false when there is no memory for it. */
void client_io_accept(struct ev_loop *loop, ev_io *w, int events);
bool client_io_called(struct server *s, int fd, enum rsp_scheme scheme,
    enum rsp_protocol protocol, const struct origin *from, uint32_t connecting);
void client_io_is_peer(struct client *g);
void client_io_send(struct client *g, struct rsp_span message);
void client_io_finish(struct client *g, const char *why);
void client_io_cut(struct client *g, const char *why);
void client_io_wake(struct server *s);
void client_io_settle(struct server *s);
void client_io_late(struct server *s);
void client_io_close_all(struct server *s);

/* "127.0.0.1:4711" or "unix"; returns `text`. */
const char *client_io_origin(const struct client *g,
    char text[RSP_SOCKADDR_TEXT]);

#endif
