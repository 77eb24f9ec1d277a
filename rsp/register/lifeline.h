/* SPDX-License-Identifier: Apache-2.0 */
/* lifeline.h - one pool element's connections with registrars
 *
 * The element's own connection to its home is its life line: it ends, and the
 * registrar takes the element out.  Over TCP it leaves from a port on which the
 * element listens, too, so that the address that the registrar sees is one at
 * which a registrar that takes over can call.  One connection and one such port
 * per element; for the sockets to share it both have SO_REUSEPORT, and the
 * listener comes first.  Every connection ends with a reset, which leaves no
 * TIME-WAIT behind that would keep us from connecting again from that port.
 * With SCTP it is the same, and the association has all addresses of the host.
 *
 * All sockets are non-blocking and close-on-exec.  Links are numbered as in
 * element.h.
 */
#ifndef RSP_LIFELINE_H
#define RSP_LIFELINE_H

#include <poll.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/element/element.h"

struct link {
	int fd; /* -1: none */
	bool up;
	bool sctp;
	bool heard;	/* a whole message came in */
	rsp_time since; /* opened or asked for */
	uint8_t *in;	/* RSP_MESSAGE_MAX and padding, once anything came */
	size_t n_in, used;
};

struct lifeline {
	struct link links[RSP_LINKS];
	int listener;	/* -1: none */
	uint32_t inode; /* of that */
	struct rsp_address
	    local; /* of link 0 and the listener; family 0: none */
	uint16_t port;
	bool listens_sctp;
	struct rsp_endpoint *endpoint; /* of link 0 */
	unsigned host;		       /* of that, tried now */
	struct rsp_address remote;     /* its address */
	rsp_time deaf_until; /* no calls are taken before; 0: they are */
	int error; /* errno of the last failed attempt or broken link */
};

void lifeline_init(struct lifeline *l);
void lifeline_free(struct lifeline *l);

enum lifeline_state { LIFELINE_FAILED, LIFELINE_UNDER_WAY, LIFELINE_UP };

/* Link 0: connects to the endpoint's hosts in turn, which must be known
 * (lookup.h).  After all have failed those of a name are forgotten, for it may
 * mean others next time.  `endpoint` must stay. */
enum lifeline_state lifeline_connect(struct lifeline *l,
    struct rsp_endpoint *endpoint, rsp_time now);

/* After POLLOUT on a link 0 under way: what became of it. */
enum lifeline_state lifeline_connected(struct lifeline *l);

/* Takes a registrar's call: its link, or RSP_LINK_NONE.  With all links taken,
 * one that never said anything for 5 s makes room.  `dropped` is that link or
 * RSP_LINK_NONE. */
int lifeline_accept(struct lifeline *l, rsp_time now, int *dropped);

void lifeline_hangup(struct lifeline *l, unsigned link);

/* Reads what there is; false when the link is broken or at its end. */
bool lifeline_receive(struct lifeline *l, unsigned link);

/* The next whole message, valid until the next lifeline_receive().  1, 0 when
 * there is none, or an error when the framing is lost. */
int lifeline_message(struct lifeline *l, unsigned link,
    struct rsp_span *message);

/* false when the link is broken, or so full that it might as well be. */
bool lifeline_send(struct lifeline *l, unsigned link, struct rsp_span bytes);

/* The far end of a link as text: the endpoint, or who called. */
#define LIFELINE_TEXT 300
const char *lifeline_peer(const struct lifeline *l, unsigned link,
    char text[LIFELINE_TEXT]);

/* What to poll for: link i at [i], the listener behind them; -1 where there is
 * nothing. */
#define LIFELINE_FDS (RSP_LINKS + 1)
void lifeline_poll(const struct lifeline *l, struct pollfd fds[LIFELINE_FDS]);

/* When lifeline_tick() is to be called. */
rsp_time lifeline_deadline(const struct lifeline *l);
void lifeline_tick(struct lifeline *l, rsp_time now);

#endif
