/* SPDX-License-Identifier: Apache-2.0 */
/* net_inner.h - declarations that the files of the small network (net.h) share,
 * for these files only */
#ifndef RSP_NET_INNER_H
#define RSP_NET_INNER_H

#include "tests/sim/net.h"

enum side_kind { REGISTRAR, ELEMENT, END };

struct packet {
	struct packet *next;
	rsp_time at;
	size_t len;
	uint8_t bytes[];
};

/* One end of a connection, and what is on its way to it. */
struct side {
	enum side_kind kind;
	unsigned who;
	unsigned link;		 /* ELEMENT */
	struct rsp_assoc *assoc; /* REGISTRAR */
	bool open;
	struct packet *first, **last;
	bool ends; /* the far end has closed */
	rsp_time end_at;
};

struct pipe {
	bool used, connected;
	enum rsp_protocol protocol;
	uint32_t connecting;
	rsp_time at; /* connects, or fails */
	bool fails;
	rsp_time gives_up;
	struct side sides[2]; /* [0] has called */
};

_Noreturn void net_fail(const char *what);
uint32_t net_random(void *ctx); /* a seed */
struct rsp_transport net_place(uint8_t net_byte, unsigned i, uint16_t port);

void net_packet_push(struct packet ***last, struct rsp_span bytes);
void net_packets_free(struct packet *p);

void net_pipe_init(void);
void net_pipe_end(void);
struct pipe *net_pipe_new(enum rsp_protocol protocol, struct side from,
    struct side to);
void net_pipe_free(struct pipe *p);
struct pipe *net_pipe_of(const struct side *s);
struct side *net_pipe_far(struct pipe *p, const struct side *s);
/* The element's side of that link, up or on its way; NULL: none. */
struct side *net_pipe_link(unsigned e, unsigned link);
void net_pipe_send(struct pipe *p, struct side *from, struct rsp_span bytes);
/* This side is done with it. */
void net_pipe_close(struct pipe *p, struct side *s);
/* All of them. */
void net_pipe_reset(enum side_kind kind, unsigned who);
/* Carries what is due; when something is next. */
rsp_time net_pipe_step(void);
/* Something has been said, called or closed since this was asked last. */
bool net_pipe_was_busy(void);

/* What becomes of connections is told to these. */

void net_registrar_init(void);
void net_registrar_end(void);
void net_registrar_audit(void);
bool net_is_frozen(unsigned i);
bool net_is_cut(unsigned i, unsigned j);
bool net_registrar_takes_calls(unsigned i, enum rsp_protocol protocol);
void net_registrar_opened(struct pipe *p, struct side *s,
    const struct rsp_transport *remote);
void net_registrar_closed(const struct side *s);
void net_registrar_failed(unsigned i, uint32_t number);
int net_registrar_input(const struct side *s, struct rsp_span bytes);
void net_registrar_drain(unsigned i);
rsp_time net_registrar_step(void); /* timers; the next one */

void net_element_init(void);
void net_element_end(void);
struct rsp_transport net_element_place(unsigned e);
int net_element_at(const struct rsp_transport *place); /* -1: nobody */
bool net_element_takes_call(struct side *s);	       /* and gives it a link */
void net_element_opened(const struct side *s);
void net_element_closed(const struct side *s);
int net_element_input(const struct side *s, struct rsp_span bytes);
void net_element_drain(unsigned e);
rsp_time net_element_step(void);

void net_handmade_init(void);
void net_handmade_end(void);
int net_handmade_instead_of(unsigned registrar); /* -1: none */
void net_handmade_opened(unsigned end, struct pipe *p);
void net_handmade_closed(unsigned end);
void net_handmade_input(unsigned end, struct rsp_span bytes);
void net_handmade_forget(const struct pipe *p);

#endif
