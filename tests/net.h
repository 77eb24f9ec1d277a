/* SPDX-License-Identifier: Apache-2.0 */
/* net.h - a few registrars, and pool elements, on virtual time in one process
 *
 * Registrar i has the ID NET_ID(i), is reached at 10.0.0.(i + 1), and is the
 * shell's configured peer number i for all others.  Connections are like TCP's:
 * in order, and what was sent arrives unless its end is gone.  Elements are
 * real ones (rsp/core/element.h) at 10.1.0.0 and following.
 */
#ifndef RSP_NET_H
#define RSP_NET_H

#include "rsp/core/element.h"
#include "rsp/core/registry.h"

#define NET_REGISTRARS 8
#define NET_ELEMENTS 64
#define NET_ENDS 8 /* hand-made associations */
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
	bool multicast; /* announcements reach everybody */
	bool forgets;	/* old events, when there are too many */
	bool in_registry; /* a registrar is being called just now */
	void (*on_message)(unsigned from, unsigned to,
	    enum rsp_protocol protocol, struct rsp_span bytes);
};

extern struct net net;

void net_init(void);
void net_end(void);

/* Fills in config[i]; change it before the start.  `peers`: a bit for each
 * configured one. */
void net_prepare(unsigned i);
void net_start(unsigned i, unsigned peers);
void net_reload(unsigned i, unsigned peer, bool add);

/* prepare and start of `n`, each with all others configured, and a second's
 * time. */
void net_start_all(unsigned n);

void net_run(int64_t ms);

/* Its process is gone, and its connections reset. */
void net_kill(unsigned i);
/* It does nothing; its kernel still accepts and acknowledges. */
void net_freeze(unsigned i, bool frozen);
/* Nothing passes between two registrars; connections hang. */
void net_cut(unsigned i, unsigned j, bool cut);

/* Element `e` with identifier e + 1, joining at the registrars of `homes` (bits,
 * tried in order).  Not callable: nobody can connect to it. */
void net_element(unsigned e, const char *handle, unsigned homes,
    bool callable);
void net_element_load(unsigned e, uint32_t load); /* policy lu */
void net_element_kill(unsigned e);
void net_element_leave(unsigned e);
bool net_is_element(unsigned e);	 /* and lives */
int net_element_home(unsigned e); /* registrar; -1: none */

/* A hand-made ENRP association to registrar i, from 10.9.0.(end + 1). */
void net_open(unsigned end, unsigned i);
void net_close(unsigned end);
/* Whoever calls registrar i, which does not run, gets this end. */
void net_listen(unsigned end, unsigned i);
bool net_is_open(unsigned end);
void net_say(unsigned end, const struct rsp_message *m);
void net_say_bytes(unsigned end, struct rsp_span bytes);
/* The next message that came; false: none. */
bool net_hear(unsigned end, struct rsp_message *m);
/* The next of that type, others are skipped. */
bool net_hear_type(unsigned end, uint8_t type, struct rsp_message *m);

/* How many events of that kind there were at registrar i, since `from`. */
unsigned net_count(unsigned i, enum rsp_registry_event event, rsp_time from);

/* Whom registrar i takes for element e's home; 0: not there. */
uint32_t net_owner(unsigned i, const char *handle, unsigned e);
uint64_t net_elements(unsigned i);

/* All registrars that run have equal handlespaces, and know each other's
 * checksums. */
bool net_is_equal(void);

#endif
