/* SPDX-License-Identifier: Apache-2.0 */
/* element.h - one pool element's side of ASAP (RFC 5352 sections 3.1, 3.2, 3.4,
 * 3.6, 3.7)
 *
 * Finds a home registrar, registers there, stays registered, answers
 * keep-alives, follows a registrar that takes over, deregisters.  It does no
 * I/O: the shell (rsp-register, or a simulation) makes the connections that
 * are asked for, tells what becomes of them and what came in on them, and takes
 * bytes and events out.  After every call that takes `now` the shell drains
 * rsp_element_output() and arms one timer for rsp_element_deadline().
 *
 * Connections are called links and have numbers that the shell keeps:
 * RSP_LINK_OUT is the one that the element asks for, all others were opened by
 * registrars that call.
 */
#ifndef RSP_ELEMENT_H
#define RSP_ELEMENT_H

#include "rsp/core/wire/message.h"
#include "rsp/core/base/time.h"

struct rsp_element;

#define RSP_LINK_OUT 0
#define RSP_LINKS                                                              \
	3 /* never more than three at once, RFC 5352 section 3.6 SH1 */
#define RSP_LINK_NONE (-1)

/* Timers and thresholds under their RFC names, where they have one.  Durations
 * in milliseconds.  T2 starts at its value and doubles to its ceiling while
 * registrars stay silent. */
/* clang-format off */
#define RSP_ELEMENT_SETTINGS(X)						\
	X(t2_registration,	 1000)	/* for an answer */		\
	X(t2_registration_max,	30000)					\
	X(t3_deregistration,	 1000)	/* for an answer */		\
	X(t4_reregistration,	30000)	/* at most; a short life shortens it */\
	X(attempt,		  500)	/* for one connection to come up; */\
	X(attempt_max,		10000)	/* doubles with each round that was	\
					 * too short for one */		\
	X(retry,		  100)	/* after all failed; doubles */	\
	X(retry_max,		 1000)	/* its ceiling */		\
	X(refused,		10000)	/* until a registrar that has rejected	\
					 * it is asked again; doubles, */ \
	X(refused_max,		40000)	/* and is half as long again at most */\
	X(max_reg_attempt,	    2)	/* failed rounds before it is said */
/* clang-format on */

struct rsp_element_config {
	struct rsp_span handle; /* copied */
	bool interop_rsplib;	/* registrars read a life in milliseconds */
	unsigned n_endpoints;	/* registrars, numbered from 0; at least 1 */
	/* Uniform 32 bits; need not be fit for keys. */
	uint32_t (*random)(void *ctx);
	void *ctx;
#define RSP_ELEMENT_MEMBER(name, value) int64_t name;
	RSP_ELEMENT_SETTINGS(RSP_ELEMENT_MEMBER)
#undef RSP_ELEMENT_MEMBER
};

/* Fills in the defaults of the table above; the rest is zero. */
void rsp_element_config_init(struct rsp_element_config *c);

/* `pe` is what it registers: ID, life, user transport, policy (its `home` and
 * `asap` are left out of registrations).  NULL when out of memory.  It is idle,
 * and healthy, until told to join. */
struct rsp_element *rsp_element_new(const struct rsp_element_config *c,
    const struct rsp_pe *pe);
void rsp_element_free(struct rsp_element *e);

/* What the shell wants.  `leave` always ends in RSP_ELEMENT_DEREGISTERED. */
void rsp_element_join(struct rsp_element *e, rsp_time now);
void rsp_element_leave(struct rsp_element *e, rsp_time now);

/* An unhealthy element answers no keep-alive and does not register. */
void rsp_element_set_healthy(struct rsp_element *e, rsp_time now, bool healthy);

/* Changes what it registers, at once when it is a member; this is also how a
 * rejected element is corrected and tries again at once, unless only the load
 * of its policy is another one.  Values that are equal change nothing.  A
 * member's ID cannot change: RSP_ESTATE. */
int rsp_element_change(struct rsp_element *e, rsp_time now,
    const struct rsp_pe *pe);
const struct rsp_pe *rsp_element_pe(const struct rsp_element *e);

/* A link is up: the one asked for, or a registrar's call. */
void rsp_element_opened(struct rsp_element *e, rsp_time now, unsigned link);

/* A link is gone, or the attempt to open it failed, whoever ended it.  Not to
 * be called after RSP_ELEMENT_HANGUP. */
void rsp_element_closed(struct rsp_element *e, rsp_time now, unsigned link);

/* One whole message.  After an error the shell ends the link and calls closed:
 * on a stream, garbage means that framing is lost. */
int rsp_element_input(struct rsp_element *e, rsp_time now, unsigned link,
    struct rsp_span message);

void rsp_element_tick(struct rsp_element *e, rsp_time now);
rsp_time rsp_element_deadline(const struct rsp_element *e);

/* The link to the home registrar, or RSP_LINK_NONE. */
int rsp_element_home(const struct rsp_element *e);
bool rsp_element_is_member(const struct rsp_element *e);

enum rsp_element_out_kind {
	RSP_ELEMENT_CONNECT, /* open RSP_LINK_OUT to `endpoint` */
	RSP_ELEMENT_SEND,    /* `bytes` on `link` */
	RSP_ELEMENT_HANGUP,  /* end `link`, or the attempt to open it */
	RSP_ELEMENT_EVENT,   /* for the log and the shell: what happened */
};

enum rsp_element_event {
	RSP_ELEMENT_REGISTERED, /* member, at a home that is new to it */
	RSP_ELEMENT_LOST,	/* member no more, tries again; `reason` */
	RSP_ELEMENT_REJECTED,	/* `cause`; tries the next registrar, and
				 * this one after a while */
	RSP_ELEMENT_WARNED,	/* granted with a remark, or an error message */
	RSP_ELEMENT_NO_REGISTRAR, /* nobody answers; once until one does */
	RSP_ELEMENT_DEREGISTERED, /* left; confirmed, or `reason` says why not
				   */
};

struct rsp_element_out {
	enum rsp_element_out_kind kind;
	unsigned link;
	unsigned endpoint;     /* CONNECT */
	struct rsp_span bytes; /* SEND; valid until the next call */
	enum rsp_element_event event;
	uint16_t cause;	    /* REJECTED, WARNED: the first of them */
	const char *reason; /* a static string or NULL */
};

/* false when there is nothing more. */
bool rsp_element_output(struct rsp_element *e, struct rsp_element_out *out);

#endif
