/* SPDX-License-Identifier: Apache-2.0 */
/* listener.h - the sockets that the registrar serves
 *
 * Each endpoint becomes one socket per address (tcp), or one for its path
 * (unix) or for all its addresses (sctp).  They are bound first, while there
 * are the powers for it, and listen when there is somebody to serve: until then
 * a caller is refused at once and goes to another registrar.
 */
#ifndef RSP_REGISTRAR_LISTENER_H
#define RSP_REGISTRAR_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/wire/message.h"

#define LISTENERS_MAX 64

struct listener {
	int fd;
	enum rsp_scheme scheme;
	enum rsp_protocol protocol;
	bool listening;
	/* what it is bound to, with the port it has; type 0 for unix */
	struct rsp_transport bound;
	/* "tcp://127.0.0.1:3863", with the port it has */
	char text[RSP_ENDPOINT_TEXT];
	bool loopback; /* only this host gets here (unix too) */
	dev_t dev;     /* unix: which file is ours to remove */
	ino_t ino;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct listeners {
	unsigned n;
	struct listener at[LISTENERS_MAX];
};

/* The far end of a new connection, the address that it came from first.  Family
 * 0: over a unix socket. */
struct origin {
	struct rsp_address address;
	uint16_t port;
	uint32_t association; /* SCTP: its ID */
	bool has_uid;	      /* over a unix socket: which user it is */
	uint32_t uid;
};

/* Binds what the endpoint asks for and appends it.  0, or the exit status that
 * the failure is worth, with a line for the user in `error`: what, why and
 * what to do. */
int listeners_add(struct listeners *ls, enum rsp_protocol protocol,
    const struct rsp_endpoint *e, char *error, size_t size);

/* The endpoints that are served when none is given: loopback, with IPv6 and
 * SCTP where the host has it.  Otherwise as listeners_add().  For ENRP, one
 * that another registrar has is left out, too, so that several can run on a
 * host that know nothing of each other. */
int listeners_add_default(struct listeners *ls, enum rsp_protocol protocol,
    char *error, size_t size);

/* Has all of that protocol listen; once more does no harm.  Those at a path do
 * so from the first, so that nobody takes them for a dead process's.  Result as
 * above. */
int listeners_listen(struct listeners *ls, enum rsp_protocol protocol,
    char *error, size_t size);

/* Closes all and removes the files. */
void listeners_close(struct listeners *ls);

/* A new connection or association, non-blocking and close-on-exec, or -1 with
 * errno: as sctp_accept() has it. */
int listener_accept(const struct listener *l, struct origin *from);

/* How the kernel is to treat a connection, or those that a listening socket
 * gets from now on: no delay, and probes after that much silence (0: none). */
void listener_tune(int fd, enum rsp_scheme scheme, int64_t keep_alive_ms);

#endif
