/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.h - lookups of registrars' names in a thread
 *
 * The program goes on while a name is looked up.  getaddrinfo() can take as
 * long as the name servers make it take, and by then keep-alives want their
 * answer and signals their attention.  So a thread does it; a caller that needs
 * the hosts asks again until they are there.
 */
#ifndef RSP_LOOKUP_H
#define RSP_LOOKUP_H

#include "rsp/net/endpoint.h"

/* One per endpoint, all zero at first. */
struct lookup {
	bool running;
	int fd; /* for the thread's answer, while it is running */
};

/* Values beside those of errno. */
enum { LOOKUP_NO_HOST = -1, LOOKUP_PENDING = -2, LOOKUP_UNHEARD = -3 };

/* 0: the endpoint has its hosts, or needs none.  Else LOOKUP_NO_HOST, after
 * which the next call tries anew, or LOOKUP_PENDING; LOOKUP_UNHEARD for a group
 * of which no registrar is known.  Waits for a moment, so
 * that names which this host knows by itself are found at once. */
int lookup_hosts(struct lookup *k, struct rsp_endpoint *e);

/* Does the same in two steps, for a caller that waits for many things: begin a
 * lookup, unless one is running, of a name; when k->fd can be read, take what
 * it found.  LOOKUP_PENDING, LOOKUP_NO_HOST as above, or an errno. */
int lookup_begin(struct lookup *k, const struct rsp_endpoint *e);
int lookup_take(struct lookup *k, struct rsp_endpoint *e);

/* A lookup that is still running ends by itself, and its result is dropped. */
void lookup_fini(struct lookup *k);

/* An errno or one of the above as text. */
const char *lookup_strerror(int error);

#endif
