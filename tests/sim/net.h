/* SPDX-License-Identifier: Apache-2.0 */
/* net.h - small network of registrars and pool elements on virtual time, in one
 * process
 *
 * Registrar i has the ID NET_ID(i), is reached at 10.0.0.(i + 1), and is the
 * shell's configured peer number i for all others.  Connections are like TCP's:
 * in order, and what was sent arrives unless its end is gone.
 *
 *	net_registrar.h	registrars that start, die, hang
 *	net_element.h	pool elements
 *	net_handmade.h	associations that a test speaks over
 *	net_look.h	what registrars did and hold
 */
#ifndef RSP_NET_H
#define RSP_NET_H

#include "rsp/core/registry/registry.h"

#define NET_REGISTRARS 8
#define NET_EVENTS 20000
#define NET_PORT 9901
#define NET_ID(i) (0x10000000u * ((uint32_t)(i) + 1) + 0x5e4e)

struct net_event {
	unsigned reg;
	rsp_time at;
	enum rsp_registry_event event;
	uint32_t server_id, other_id, pe_id;
	uint64_t n;
	const char *reason;
};

/* What went out, by registrar and message type. */
struct net_sent {
	uint64_t messages[16], bytes;
};

struct net {
	rsp_time now;
	int64_t latency; /* ms */
	struct rsp_registry *reg[NET_REGISTRARS];
	struct rsp_registry_config config[NET_REGISTRARS];
	struct net_sent sent[NET_REGISTRARS]; /* ENRP */
	uint64_t announced[NET_REGISTRARS];
	struct net_event events[NET_EVENTS];
	unsigned n_events;
	uint64_t seed;
	bool multicast;	  /* announcements reach everybody */
	bool forgets;	  /* old events, when there are too many */
	bool in_registry; /* a registrar is being called just now */
	void (*on_message)(unsigned from, unsigned to,
	    enum rsp_protocol protocol, struct rsp_span bytes);
};

extern struct net net;

void net_init(void);
void net_end(void);

void net_run(int64_t ms);

#endif
