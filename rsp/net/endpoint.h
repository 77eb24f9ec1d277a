/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h - a registrar's endpoint: tcp://HOST[:PORT],
 * sctp://HOST[,HOST...], unix:///PATH, or a bare HOST[:PORT] for tcp
 *
 * Parsing does no lookup; a host that is no literal stays a name until it is
 * resolved by rsp_endpoint_resolve().
 */
#ifndef RSP_ENDPOINT_H
#define RSP_ENDPOINT_H

#include <sys/socket.h>

#include "rsp/core/wire/param.h"

#define RSP_PORT_ASAP 3863
#define RSP_PORT_ENRP 9901
#define RSP_ENDPOINT_HOSTS 8

/* MULTICAST is no registrar, but a group where registrars announce themselves.
 */
enum rsp_scheme { RSP_TCP, RSP_SCTP, RSP_UNIX, RSP_MULTICAST };

struct rsp_endpoint {
	enum rsp_scheme scheme;
	uint16_t port;
	unsigned n_hosts; /* several: SCTP multi-homing, or groups */
	struct rsp_address hosts[RSP_ENDPOINT_HOSTS]; /* family 0: see name */
	char name[256]; /* UNIX: the path; MULTICAST: the interface, "" for all;
			 * else the host if it is a name */
	char text[280]; /* as given, for messages */
};

/* `what`, on error, is set to a static text for a message: "no such scheme".
 * RSP_EINVALID, or RSP_ELIMIT when something is too long. */
int rsp_endpoint_parse(const char *text, uint16_t default_port,
    struct rsp_endpoint *e, const char **what);

/* Where announcements are sent: GROUP[:PORT][%IFACE], one address. */
int rsp_multicast_parse(const char *text, uint16_t default_port,
    struct rsp_endpoint *e, const char **what);

/* What a user of registrars may be given: an endpoint, `multicast` (the groups
 * that IANA has assigned to ASAP: 224.0.1.185 and, on each link, ff02::133) or
 * `multicast:` and a group. */
int rsp_registrar_parse(const char *text, struct rsp_endpoint *e,
    const char **what);

/* Steps through a list of endpoints: copies the next one into `text`, false at
 * the end.  A comma also stands between the hosts of one sctp:// endpoint, so
 * after one of those, up to its port, what has no scheme belongs to it.  An
 * endpoint that does not fit comes out empty, which does not parse. */
bool rsp_endpoint_next(const char **list, char *text, size_t size);

/* The endpoint with all that was implied: "tcp://127.0.0.1:3863".  Returns
 * `text`. */
#define RSP_ENDPOINT_TEXT 512
const char *rsp_endpoint_text(const struct rsp_endpoint *e,
    char text[RSP_ENDPOINT_TEXT]);

/* Looks a host name up (getaddrinfo, so it may block as long as that does) and
 * fills in `hosts`.  Literals and paths need no lookup.  RSP_ENOENT.  The shim
 * sets its own lookup, because getaddrinfo is intercepted there. */
int rsp_endpoint_resolve(struct rsp_endpoint *e);
extern int (*rsp_endpoint_lookup)(const char *name, struct rsp_endpoint *e);

/* Socket addresses of host number `i` (of 0 for a path). */
socklen_t rsp_endpoint_sockaddr(const struct rsp_endpoint *e, unsigned i,
    struct sockaddr_storage *ss);

/* struct sockaddr <-> address and port; false for other families.  An IPv4
 * address mapped into IPv6 becomes IPv4. */
bool rsp_sockaddr_get(const struct sockaddr *sa, socklen_t len,
    struct rsp_address *a, uint16_t *port);
socklen_t rsp_sockaddr_put(struct sockaddr_storage *ss,
    const struct rsp_address *a, uint16_t port);

/* "127.0.0.1:80", "[::1]:80"; returns `text`. */
#define RSP_SOCKADDR_TEXT 64
const char *rsp_address_text(const struct rsp_address *a,
    char text[RSP_SOCKADDR_TEXT]);
const char *rsp_hostport_text(const struct rsp_address *a, uint16_t port,
    char text[RSP_SOCKADDR_TEXT]);

#endif
