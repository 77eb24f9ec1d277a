/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - the registrar's protocol core (RFC 5352 section 3, server side,
 * and RFC 5353)
 *
 * Holds the handlespace, answers ASAP, watches over registrations, and keeps
 * all this equal with its peers by ENRP.  It does no I/O: the shell
 * (registrar/, or a simulation) tells it which associations are up, what came
 * in on them and what time it is, and takes bytes and actions out.  After every
 * call that takes `now` the shell drains rsp_registry_output() and arms one
 * timer for rsp_registry_deadline().
 *
 * An association carries one protocol, said when it is opened.  Most are
 * accepted by the shell; those that the registry asks for (RSP_OUT_CONNECT)
 * have the number of the attempt, and every attempt ends in exactly one
 * rsp_registry_open() or rsp_registry_failed() with that number.
 *
 * A registry serves from its birth.  One that has peers is told of them
 * (rsp_registry_add_peer(), or config.multicast) and then to hunt: it serves
 * when it has their handlespace, or has found nobody to ask.
 */
#ifndef RSP_REGISTRY_H
#define RSP_REGISTRY_H

#include "rsp/core/wire/message.h"
#include "rsp/core/base/time.h"

struct rsp_registry;
struct rsp_assoc;

/* Every duration and limit under the name that the RFC, the configuration and
 * the options give it.  Durations in milliseconds. */
/* clang-format off */
#define RSP_REGISTRY_SETTINGS(X)					\
	X(max_bad_pe_report,	    3)	/* reports above which a PE goes */\
	X(keep_alive_interval,	30000)	/* between keep-alives; spread +-50 % */\
	X(keep_alive_timeout,	 5000)	/* for its answer */		\
	X(lifeline_grace,	 2000)	/* PE's connection lost, until it goes */\
	X(report_interval,	10000)	/* one report per reporter address */\
	X(default_items,	   32)	/* PEs in an answer without 0x803f */\
	X(max_pools,	       100000)					\
	X(max_pes_per_pool,   1000000)					\
	X(max_pes_per_association, 65536)				\
	X(max_pes_per_identity,	10000)	/* of an address or user */	\
	X(max_pools_per_identity, 1000)	/* that it was the first in */	\
	X(changes_per_second,	  100)	/* beyond that many PEs at once */ \
	X(max_handle_length,	 4096)					\
	X(distance_step,	   50)	/* of distances; 0: not measured */ \
	X(t6_serverannounce,	 1000)	/* between announcements of all */ \
	X(t7_enrpoutdate,	 5000)	/* of another's silence */	\
	X(update_interval,	  100)	/* between two lists of a pool's */ \
	X(max_subscriptions,	65536)	/* of all associations */	\
	X(max_subscriptions_per_association, 256)			\
	X(peer_heartbeat_cycle,	 2000)	/* between presences; spread +-10 % */\
	X(max_time_last_heard,	 5000)	/* peer's silence, until it is asked */\
	X(max_time_no_response,	 2000)	/* for any answer of a peer's */\
	X(mentor_hunt,		 3000)	/* for somebody to download from */\
	X(mentor_retry,		  500)	/* after all mentors said no */	\
	X(peer_retry,		 1000)	/* between calls of a configured peer */\
	X(inherited_grace,	 5000)	/* inherited PE that cannot be called */\
	X(max_peers,		 1024)					\
	X(max_downloads,	   64)	/* by peers, at once; at most 64 */\
	X(max_calls,		  256)	/* of inherited PEs, at once */	\
	X(max_table_response, 65532)	/* bytes */
/* clang-format on */

struct rsp_registry_config {
	uint32_t server_id;   /* not 0 */
	bool third_party;     /* accept addresses that are not the sender's */
	bool refuse_loopback; /* PEs on loopback: Invalid Values */
	/* Presences go out by multicast, and peers may come in that way: the
	 * hunt waits for them. */
	bool multicast;
	/* ASAP announcements go out once there are transports to announce. */
	bool announce;
	/* RSPLIB's reading where it cannot be told from the wire: lives in
	 * milliseconds from elements that come over SCTP and towards peers that
	 * do not say that they are of our kind, and the smaller ID wins an
	 * arbitration. */
	bool interop_rsplib;
	/* Is this one of the registrar's own host's addresses?  NULL: none. */
	bool (*is_own_address)(void *ctx, const struct rsp_address *a);
	/* Has the far end of an association got this address since it was
	 * opened (RFC 5061)?  `user` is its user.  NULL: never. */
	bool (*has_address)(void *ctx, void *user, const struct rsp_address *a);
	/* Does much of what was sent to `user` still wait?  Then the next part
	 * of a handlespace waits, too, until rsp_registry_hold() says that
	 * nothing does any more.  NULL: never. */
	bool (*is_clogged)(void *ctx, void *user);
	/* Has the far end of an association ended it, though what it had sent
	 * before may still be there to be read?  `user` is its user.  NULL:
	 * never. */
	bool (*is_ending)(void *ctx, void *user);
	/* An association's smoothed round trip in microseconds, below 0 when
	 * not known; `user` is its user.  NULL: nobody measures. */
	int64_t (*round_trip)(void *ctx, void *user);
	/* Uniform 32 bits; need not be fit for keys. */
	uint32_t (*random)(void *ctx);
	void *ctx;
#define RSP_REGISTRY_MEMBER(name, value) int64_t name;
	RSP_REGISTRY_SETTINGS(RSP_REGISTRY_MEMBER)
#undef RSP_REGISTRY_MEMBER
};

/* Fills in the defaults of the table above; the rest is zero. */
void rsp_registry_config_init(struct rsp_registry_config *c);

/* NULL when out of memory.  The configuration is copied. */
struct rsp_registry *rsp_registry_new(const struct rsp_registry_config *c);
void rsp_registry_free(struct rsp_registry *r);

/* Limits and timers of a running registry; IDs and functions stay. */
void rsp_registry_configure(struct rsp_registry *r,
    const struct rsp_registry_config *c);

/* What the shell knows of an association. */
struct rsp_assoc_info {
	enum rsp_protocol protocol;
	struct rsp_transport remote; /* RSP_PARAM_TCP or RSP_PARAM_SCTP with the
				      * far end's addresses; type 0: unix */
	bool local;		     /* over loopback or a unix socket */
	bool has_uid; /* the kernel says who it is: user `uid` of this host */
	uint32_t uid;
	bool trusted; /* that user may register as much as there is room for */
	uint32_t connecting; /* of the RSP_OUT_CONNECT that it comes from; 0:
				accepted */
};

/* An association came up.  `user` comes back in outputs.  NULL: out of memory,
 * the shell closes it.  The handle is valid until close. */
struct rsp_assoc *rsp_registry_open(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc_info *info, void *user);

/* One whole message.  What is wrong inside it is answered; RSP_OK or an error
 * that ends the association by the shell's rule: its length is not what its
 * header says, so on a stream framing is lost. */
int rsp_registry_input(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, struct rsp_span message);

/* The association is gone, whoever ended it.  Outputs for it vanish. */
void rsp_registry_close(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a);

/* The shell ends it by itself, and close follows: that says nothing about who
 * is at its far end. */
void rsp_assoc_end(struct rsp_assoc *a);

/* What was sent on it waits, or does not wait any more, to be read: meanwhile
 * it is not told of changes to the pools that it has subscribed to, and of all
 * these at once afterwards.  To be called before the deadline is looked at, and
 * before output is taken. */
void rsp_registry_hold(struct rsp_registry *r, struct rsp_assoc *a, bool held);

/* How many pool elements are registered over it, or might be again: one with
 * any is the last that a shell short of descriptors closes. */
unsigned rsp_assoc_elements(const struct rsp_assoc *a);

/* Another registrar has said over it who it is. */
bool rsp_assoc_is_peer(const struct rsp_assoc *a);

/* The attempt `connecting` to connect came to nothing. */
void rsp_registry_failed(struct rsp_registry *r, rsp_time now,
    uint32_t connecting);

/* A whole message that came by multicast.  `from`: its source address, and the
 * port there, as a transport of any type; never answered the same way. */
void rsp_registry_datagram(struct rsp_registry *r, rsp_time now,
    enum rsp_protocol protocol, const struct rsp_transport *from,
    struct rsp_span message);

/* Where this registrar is reached, best first; copied.  ENRP's (SCTP, TCP) go
 * into its Server Information, ASAP's into its announcements.  A wildcard
 * address is as good as the one that the far end sees.  RSP_ELIMIT: more than
 * RSP_OWN_TRANSPORTS. */
#define RSP_OWN_TRANSPORTS 4
int rsp_registry_set_transports(struct rsp_registry *r,
    enum rsp_protocol protocol, const struct rsp_transport *t, unsigned n);

/* A configured peer: the shell numbers them and knows where they are.  It is
 * called again and again for as long as it is not connected.  RSP_EEXIST,
 * RSP_ENOMEM.  Removing it lets a connection be. */
int rsp_registry_add_peer(struct rsp_registry *r, rsp_time now,
    unsigned number);
void rsp_registry_remove_peer(struct rsp_registry *r, rsp_time now,
    unsigned number);

/* Once, before the first association: look for a mentor among the configured
 * peers and, with config.multicast, whoever announces himself.  Until that has
 * ended nothing that comes by ASAP is answered: its associations are hung up,
 * so a shell had better accept none. */
void rsp_registry_hunt(struct rsp_registry *r, rsp_time now);
bool rsp_registry_is_serving(const struct rsp_registry *r);

/* An orderly end: suggests to the peers, in turn, to take over the elements
 * here (draft enrp-takeover).  The shell waits a moment, for as long as
 * elements are left here, and ends. */
void rsp_registry_retire(struct rsp_registry *r, rsp_time now);

/* The elements whose home this registrar is. */
uint64_t rsp_registry_own_elements(const struct rsp_registry *r);

void rsp_registry_tick(struct rsp_registry *r, rsp_time now);
rsp_time rsp_registry_deadline(const struct rsp_registry *r);

enum rsp_out_kind {
	RSP_OUT_SEND,	/* `bytes` on `assoc` */
	RSP_OUT_HANGUP, /* end `assoc`; the shell calls close afterwards */
	RSP_OUT_EVENT,	/* for the log: what happened to whom */
	/* Connect: by `protocol`, as attempt `connecting`, within `timeout` ms,
	 * to the configured peer number `endpoint` or, if that is below 0, to
	 * `transport`; ASAP's are pool elements. */
	RSP_OUT_CONNECT,
	RSP_OUT_ANNOUNCE, /* `bytes` by `protocol`'s multicast */
};

enum rsp_registry_event {
	RSP_EVENT_PE_ADDED,
	RSP_EVENT_PE_UPDATED, /* values changed; an equal re-registration is
				 none */
	RSP_EVENT_PE_REMOVED, /* `reason` says why */
	RSP_EVENT_REJECTED,   /* registration refused, `cause` */
	RSP_EVENT_REPORT,     /* endpoint unreachable counted */

	/* Of peers; `server_id` names them. */
	RSP_EVENT_PEER_UP,	    /* heard over an association */
	RSP_EVENT_PEER_LOST,	    /* its association ended, or it is silent */
	RSP_EVENT_PEER_DEAD,	    /* a takeover begins, own or another's */
	RSP_EVENT_PEER_GONE,	    /* forgotten; `reason` */
	RSP_EVENT_SYNCHRONISED,	    /* the mentor's handlespace is here */
	RSP_EVENT_SERVING,	    /* the hunt has ended; `reason` */
	RSP_EVENT_TAKEOVER_BEGUN,   /* own INIT_TAKEOVER is out */
	RSP_EVENT_TAKEOVER_AGREED,  /* another's has been acknowledged */
	RSP_EVENT_TAKEOVER_WON,	    /* its elements (`n`) are this one's now */
	RSP_EVENT_TAKEOVER_DONE,    /* they are `other_id`'s now */
	RSP_EVENT_TAKEOVER_ABORTED, /* `reason` */
	RSP_EVENT_AUDIT_FAILED,	    /* checksums differ: resynchronising */
	RSP_EVENT_RESYNCHRONISED,   /* `n` elements of the peer are here */
	RSP_EVENT_ID_CONFLICT,	    /* somebody else uses this server ID */
	RSP_EVENT_PEER_ERROR,	    /* an ENRP_ERROR came; `cause` */
};

struct rsp_out {
	enum rsp_out_kind kind;
	struct rsp_assoc
	    *assoc; /* SEND, HANGUP; EVENT: whom it came from or NULL */
	void *user; /* of that association */
	struct rsp_span bytes; /* SEND; valid until the next call */
	enum rsp_registry_event event;
	struct rsp_span handle; /* EVENT; valid until the next call */
	uint32_t pe_id;
	const struct rsp_pe *pe; /* ADDED, UPDATED: as stored; else NULL */
	uint16_t cause;
	const char
	    *reason; /* a static string: "deregistered", "life expired" */
	uint32_t server_id; /* EVENT: the peer; for PE_ events its home */
	uint32_t other_id;  /* EVENT: of a takeover, the other party; or 0 */
	uint64_t n;	    /* EVENT: elements */
	enum rsp_protocol protocol; /* CONNECT, ANNOUNCE */
	uint32_t connecting;	    /* CONNECT; never 0 */
	int endpoint;		    /* CONNECT: number, or below 0 */
	int64_t timeout;	    /* CONNECT: milliseconds */
	const struct rsp_transport
	    *transport; /* CONNECT; until the next call */
};

/* false when there is nothing more. */
bool rsp_registry_output(struct rsp_registry *r, struct rsp_out *out);

struct rsp_registry_counts {
	uint64_t pools, elements, associations;
	uint64_t registrations, reregistrations, deregistrations, rejections;
	uint64_t resolutions, unknown_handles, reports, keep_alives, removals;
};

void rsp_registry_count(const struct rsp_registry *r,
    struct rsp_registry_counts *counts);

enum rsp_peer_state {
	RSP_PEER_NAMED, /* by others; not heard yet */
	RSP_PEER_ACTIVE,
	RSP_PEER_SILENT, /* asked, or called, whether it is there */
	RSP_PEER_DYING,	 /* another one takes it over */
	RSP_PEER_TAKEN,	 /* this one does: arbitration */
};

/* One known peer.  To walk them all: begin with all zero and go on until
 * false. */
struct rsp_peer_view {
	uint32_t id; /* not 0; in no order */
	enum rsp_peer_state state;
	bool connected;
	bool ours; /* an RSPool registrar, that is */
	rsp_time last_heard;
	uint64_t elements;
	uint16_t checksum;
	struct rsp_transport transport; /* type 0: unknown */
	size_t at;			/* of the walk */
};
bool rsp_registry_next_peer(const struct rsp_registry *r,
    struct rsp_peer_view *view);

/* The own one. */
uint16_t rsp_registry_checksum(const struct rsp_registry *r);

/* "peer up"; never NULL. */
const char *rsp_registry_event_text(enum rsp_registry_event event);

#endif
