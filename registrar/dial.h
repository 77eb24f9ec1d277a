/* SPDX-License-Identifier: Apache-2.0 */
/* dial.h - connections that the registry asks for: to its peers, and to pool
 * elements that it has taken over
 *
 * An attempt has a number, a time in which it has to come to an end, and one
 * end: the connection is a client, or the registry is told that it failed.  The
 * hosts of an endpoint are tried in turn, each for its share of the time; with
 * SCTP all at once.  A name is looked up at each attempt, beside the loop.
 */
#ifndef RSP_REGISTRAR_DIAL_H
#define RSP_REGISTRAR_DIAL_H

#include <ev.h>

#include "registrar/listener.h"
#include "rsp/net/endpoint.h"
#include "rsp/core/base/list.h"
#include "rsp/core/registry/registry.h"
#include "rsp/net/lookup.h"

struct server;

/* A configured peer: --peer. */
struct configured_peer {
	struct rsp_list all;
	unsigned number; /* what the registry calls it */
	struct rsp_endpoint endpoint;
	struct lookup lookup; /* may go on from one attempt to the next */
	bool unreachable;     /* the log says so */
};

/* What came of an attempt. */
struct dialled {
	int fd;		     /* -1: nothing */
	uint32_t connecting; /* the registry's number of it */
	enum rsp_protocol protocol;
	enum rsp_scheme scheme;
	struct origin from;
};
typedef void dialled_fn(struct server *s, const struct dialled *d);

struct dials {
	dialled_fn *done;
	struct rsp_list attempts, configured_peers;
	unsigned last_number;
};

void dials_init(struct dials *d, dialled_fn *done);

/* Ends all attempts without a word. */
void dials_fini(struct dials *d);

/* Does what a RSP_OUT_CONNECT asks for.  Nothing is told to the registry before
 * the loop's next turn. */
void dial_start(struct server *s, const struct rsp_out *out);

/* An association that was called from a listening socket has come there (`fd`),
 * or is not to come (`fd` below 0).  false: nobody called that one. */
bool dial_came(struct server *s, uint32_t association, int fd);

/* Makes the configured peers those of s->config, and tells the registry of
 * those that are new or gone. */
void dial_configured(struct server *s);

#endif
