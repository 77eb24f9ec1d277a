/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - the registrar's protocol core (RFC 5352 section 3, server side)
 *
 * Holds the handlespace, answers ASAP, watches over registrations.  It does no
 * I/O: the shell (registrar/, or a simulation) tells it which associations are
 * up, what came in on them and what time it is, and takes bytes and actions
 * out.  After every call of open, input, close or tick the shell drains
 * rsp_registry_output() and arms one timer for rsp_registry_deadline().
 *
 * ENRP will join here as peers of the same kind: an association carries one
 * protocol, said when it is opened.
 */
#ifndef RSP_REGISTRY_H
#define RSP_REGISTRY_H

#include "rsp/core/message.h"
#include "rsp/core/time.h"

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
	X(max_handle_length,	 4096)
/* clang-format on */

struct rsp_registry_config {
	uint32_t server_id; /* not 0 */
	bool third_party;   /* accept addresses that are not the sender's */
	bool refuse_loopback; /* PEs on loopback: Invalid Values */
	/* Is this one of the registrar's own host's addresses?  NULL: none. */
	bool (*is_own_address)(void *ctx, const struct rsp_address *a);
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
	bool local; /* over loopback or a unix socket */
};

/* An association came up.  `user` comes back in outputs.  NULL: out of memory,
 * the shell closes it.  The handle is valid until close. */
struct rsp_assoc *rsp_registry_open(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc_info *info, void *user);

/* One whole message.  RSP_OK or an error that ends the association by the
 * shell's rule: on a stream, garbage means that framing is lost. */
int rsp_registry_input(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, struct rsp_span message);

/* The association is gone, whoever ended it.  Outputs for it vanish. */
void rsp_registry_close(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a);

/* How many pool elements are registered over it: one with any is the last that
 * a shell short of descriptors closes. */
unsigned rsp_assoc_elements(const struct rsp_assoc *a);

void rsp_registry_tick(struct rsp_registry *r, rsp_time now);
rsp_time rsp_registry_deadline(const struct rsp_registry *r);

enum rsp_out_kind {
	RSP_OUT_SEND, /* `bytes` on `assoc` */
	RSP_OUT_HANGUP, /* end `assoc`; the shell calls close afterwards */
	RSP_OUT_EVENT, /* for the log: what happened to whom */
};

enum rsp_registry_event {
	RSP_EVENT_PE_ADDED,
	RSP_EVENT_PE_UPDATED, /* values changed; an equal re-registration is none */
	RSP_EVENT_PE_REMOVED, /* `reason` says why */
	RSP_EVENT_REJECTED,   /* registration refused, `cause` */
	RSP_EVENT_REPORT,     /* endpoint unreachable counted */
};

struct rsp_out {
	enum rsp_out_kind kind;
	struct rsp_assoc *assoc; /* SEND, HANGUP; EVENT: whom it came from or NULL */
	void *user;		 /* of that association */
	struct rsp_span bytes;	 /* SEND; valid until the next call */
	enum rsp_registry_event event;
	struct rsp_span handle; /* EVENT; valid until the next call */
	uint32_t pe_id;
	const struct rsp_pe *pe; /* ADDED, UPDATED: as stored; else NULL */
	uint16_t cause;
	const char *reason; /* a static string: "deregistered", "life expired" */
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

#endif
