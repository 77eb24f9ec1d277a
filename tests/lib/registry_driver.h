/* SPDX-License-Identifier: Apache-2.0 */
/* registry_driver.h - driver of a registry on virtual time: conversations with
 * it
 *
 * It stands in for the registrar's shell.  It opens associations, passes
 * messages in, and keeps what comes out until a test takes it.  It lets time go
 * by, calling the registry exactly when the registry asked for it.
 */
#ifndef RSP_REGISTRY_DRIVER_H
#define RSP_REGISTRY_DRIVER_H

#include "rsp/core/registry/registry.h"

#define TALK_ENDS 16
#define TALK_MESSAGES 4096
#define TALK_EVENTS 4096
#define NO_CAUSE 0 /* a plain yes */

struct talk_event {
	enum rsp_registry_event event;
	uint32_t pe_id;
	uint16_t cause;
	const char *reason;
	int32_t life; /* of ADDED, UPDATED */
};

/* One end of an association. */
struct talk_end {
	struct rsp_assoc *assoc; /* NULL: closed */
	bool hung_up;		 /* the registry wants it ended */
	int result;		 /* of the last message passed in */
	unsigned n, taken;
	struct {
		uint8_t *bytes;
		size_t len;
	} messages[TALK_MESSAGES];
	uint8_t *last; /* taken last; its decoded form borrows it */
};

struct talk {
	struct rsp_registry_config config;
	struct rsp_registry *registry;
	rsp_time now;
	struct talk_end ends[TALK_ENDS];
	unsigned n_ends;
	struct talk_event events[TALK_EVENTS];
	unsigned n_events, seen; /* events that a test has asked for */
	uint64_t state;		 /* of the random numbers */
};

extern struct talk talk;

/* Settings are those of the configuration's init; change talk.config between
 * init and start. */
void talk_init(void);
void talk_start(void);
void talk_begin(void); /* the two in one */
void talk_end(void);

struct rsp_address talk_address(const char *text); /* "10.0.0.1", "::1" */
struct rsp_span talk_span(const char *text);

/* An association from these addresses, separated by spaces; with `type` 0 a
 * unix socket.  Local means over loopback. */
struct talk_end *talk_open(uint16_t type, const char *addresses, bool local);
struct talk_end *talk_tcp(const char *address); /* not local */
void talk_close(struct talk_end *e);

void talk_bytes(struct talk_end *e, const void *bytes, size_t len);
void talk_say(struct talk_end *e, const struct rsp_message *m);

/* The next message that has come out to this end; false when there is none. */
bool talk_hear(struct talk_end *e, struct rsp_message *m);

/* The next event; NULL when there is none. */
const struct talk_event *talk_event(void);

void talk_wait(int64_t ms);

/* A TCP element at 10.0.0.1:80 (or the address given), round robin, 90 s. */
void talk_registration(struct rsp_message *m, const char *handle, uint32_t id,
    const char *address);
void talk_request(struct rsp_message *m, uint8_t type, const char *handle,
    uint32_t id);

/* A message's first cause, what type of parameter that encloses (0: none), and
 * how many causes there are. */
int talk_causes(const struct rsp_message *m, uint16_t *enclosed, unsigned *n);

/* Says it and hears the answer: its cause, NO_CAUSE, or -1 for silence or
 * something else. */
int talk_register(struct talk_end *e, const struct rsp_message *m);
int talk_deregister(struct talk_end *e, const char *handle, uint32_t id);

/* Registers a TCP element of 10.0.0.1, which must be granted. */
void talk_join(struct talk_end *e, const char *handle, uint32_t id);

/* Resolves `handle`; the answer's identifiers in their order; the number of
 * elements, or minus the cause. */
int talk_resolve(struct talk_end *e, const char *handle, uint32_t items,
    uint32_t *ids);

/* The only element of the pool, as an answer has it. */
struct rsp_pe talk_only_element(struct talk_end *e, const char *handle);

uint64_t talk_elements(void);

#endif
