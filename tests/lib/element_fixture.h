/* SPDX-License-Identifier: Apache-2.0 */
/* element_fixture.h - test fixture of a pool element: a clock that the tests
 * set, and a shell that records what it is told */
#ifndef RSP_ELEMENT_FIXTURE_H
#define RSP_ELEMENT_FIXTURE_H

#include "tests/lib/suite.h"

#include "rsp/core/element/element.h"

#define PE_ID 0x1a2b3c4dU
#define CONNECTS 32

extern struct rsp_element *element;
extern struct rsp_element_config config;
extern struct rsp_pe pe; /* what it was made of */
extern rsp_time now;
extern uint32_t dice; /* what it draws */

/* Links that the shell holds. */
extern bool shell_up[RSP_LINKS];

extern unsigned n_connects, connects[CONNECTS]; /* endpoints */
extern unsigned n_sent, sent_link;
extern struct rsp_message sent; /* the last message */
extern unsigned sent_of[256];	/* messages by type */
extern unsigned hangups[RSP_LINKS];
extern unsigned events[RSP_ELEMENT_DEREGISTERED + 1];
extern const char *last_reason;
extern uint16_t last_cause;

/* An element that knows so many registrars and is idle, and its end. */
void start(unsigned n_endpoints);
void finish(void);

/* Takes what it wants of the shell; only what calls the core by itself needs
 * it. */
void drain(void);

void join(void);
void leave(void);
void opened(unsigned link);
void closed(unsigned link);

/* Lets time pass until the next deadline, and ticks; how long that was. */
int64_t pass(void);

/* A registrar's message about the element. */
struct rsp_message answer(uint8_t type, uint8_t flags);
int input_message(unsigned link, const struct rsp_message *m);

/* The two in one; a cause below 0 is none. */
void respond(unsigned link, uint8_t type, uint8_t flags, int cause);

/* Its home grants the registration. */
void grant(void);

/* started, joined, and a member for long enough to be settled. */
void become_member(unsigned n_endpoints);

#endif
