/* SPDX-License-Identifier: Apache-2.0 */
/* element_inner.h - what the parts of a pool element share
 *
 *	element.c	  its life, what the shell wants of it, its timers
 *	element_hunt.c	  the way to a home, and to the next one
 *	element_input.c	  what registrars say
 *	element_output.c  what it wants of the shell
 */
#ifndef RSP_ELEMENT_INNER_H
#define RSP_ELEMENT_INNER_H

#include "rsp/core/element/element.h"

#define ELEMENT_QUEUE 16
/* Largest message that it sends, without the handle: a registration with a
 * multi-homed transport, or a report of what was not understood. */
#define ELEMENT_MESSAGE 1280
#define ELEMENT_REPORT 1024

enum state { OUT, PAUSED, CONNECTING, ASKED, MEMBER, LAPSED };

/* A registrar that has rejected it. */
struct refusal {
	rsp_time until; /* is not asked before; 0: it has not */
	int64_t pause;
};

struct rsp_element {
	struct rsp_element_config config;
	uint8_t *handle;
	struct rsp_pe pe;

	enum state state;
	bool wanted;  /* the shell wants it in the pool */
	bool leaving; /* DEREGISTERED is owed to the shell */
	bool healthy;
	bool member;   /* the registration was granted and not lost */
	bool known;    /* some registrar may hold a registration */
	bool rejected; /* and not corrected or granted since */
	bool slow;     /* an attempt of this round had too little time */
	bool changed;  /* since the registration that is being answered */
	bool moved;    /* the home changed since it was last announced */
	bool up[RSP_LINKS];
	int home;	/* link */
	int caller;	/* link of who says that it is home now; see call()
			 */
	rsp_time heard; /* the home, last */

	int64_t attempt; /* the time of one */
	rsp_time asked;	 /* the registration that is answered next */

	unsigned endpoint; /* the one in use, or tried last */
	unsigned tried;	   /* failures in this round */
	int64_t rounds;	   /* failed ones in a row */
	int64_t retry;	   /* the next pause */
	int64_t t2;	   /* grows while nobody answers */
	rsp_time member_since;
	rsp_time deadline;

	struct rsp_element_out queue[ELEMENT_QUEUE];
	unsigned head, queued;
	struct rsp_builder bytes;  /* of the queued messages */
	struct refusal refusals[]; /* by endpoint */
};

/* Registers over the home link; LAPSED while it is not healthy. */
void element_register(struct rsp_element *e, rsp_time now);

/* Out of the pool and of all links. */
void element_finish(struct rsp_element *e, rsp_time now, const char *reason);

/* Asks for a link to the registrar whose turn it is, or to the next one; after
 * a whole round that failed, pauses.  Who has rejected it lately is passed
 * over.
 */
void element_attempt(struct rsp_element *e, rsp_time now);
void element_try_next(struct rsp_element *e, rsp_time now);

/* The registrar has rejected it, and the other ones may not; nobody has, or
 * what they have rejected is corrected. */
void element_refuse(struct rsp_element *e, rsp_time now);
void element_forget_refusals(struct rsp_element *e);

/* The registrar on `link` is home from now on. */
void element_adopt(struct rsp_element *e, rsp_time now, unsigned link);

/* The home is lost, or only the registration there. */
void element_lose(struct rsp_element *e, rsp_time now, const char *reason);
void element_lapse(struct rsp_element *e, rsp_time now, const char *reason);

struct rsp_element_out *element_put(struct rsp_element *e,
    enum rsp_element_out_kind kind);
void element_put_event(struct rsp_element *e, enum rsp_element_event event,
    uint16_t cause, const char *reason);
void element_put_message(struct rsp_element *e, int link,
    const struct rsp_message *m);

/* A message of this type about the element. */
struct rsp_message element_message(const struct rsp_element *e, uint8_t type);

/* Nothing when the link is not up, nor asked for. */
void element_hang_up(struct rsp_element *e, unsigned link);

#endif
