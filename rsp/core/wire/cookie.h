/* SPDX-License-Identifier: Apache-2.0 */
/* cookie.h - one end of a control channel between pool user and pool element:
 * cookies and business cards (RFC 5352 sections 3.8 and 3.9)
 *
 * Beside the data of a session its two ends may send each other ASAP messages.
 * The element leaves cookies with the user, and the user hands the last one to
 * the element that goes on in its place.  An end that is in a pool says by a
 * business card which pool that is, and which elements should go on.  This file
 * has what an end keeps of that and what it sends.  The content of a cookie is
 * the elements' own affair, and so is its signature.
 *
 * A channel is there where the transport can tell control from data: over SCTP
 * with transport use "data plus control", by the payload protocol identifier.
 * The shell passes in what came with ASAP's, one message at a time.
 */
#ifndef RSP_COOKIE_H
#define RSP_COOKIE_H

#include "rsp/core/wire/message.h"

/* Starts as zeros; members are private. */
struct rsp_cookie {
	uint8_t *cookie;
	size_t cookie_len;
	bool has_cookie;
	uint8_t *card; /* the whole message; `handle`, `elements` are in it */
	struct rsp_span handle, elements;
};

void rsp_cookie_fini(struct rsp_cookie *c);

/* May this transport have a control channel? (RFC 5354 sections 3.3 to 3.7) */
bool rsp_cookie_is_possible(const struct rsp_transport *user);

enum rsp_cookie_event {
	RSP_COOKIE_NOTHING, /* dropped, or it was an error message */
	RSP_COOKIE_NEW,	    /* kept; older ones are forgotten */
	RSP_COOKIE_ECHO, /* `cookie` is what an element left with this user */
	RSP_COOKIE_CARD, /* kept; see rsp_cookie_handle() */
};

/* Takes one whole message, which `cookie` borrows.  What was not understood and
 * is to be told goes to `answer` as a whole ASAP_ERROR.  Returns RSP_OK,
 * RSP_ENOMEM (what was kept stays), or what the decoder says. */
int rsp_cookie_input(struct rsp_cookie *c, struct rsp_span message,
    enum rsp_cookie_event *event, struct rsp_span *cookie,
    struct rsp_builder *answer);

/* What a user keeps.  Spans are valid until the next input. */
bool rsp_cookie_get(const struct rsp_cookie *c, struct rsp_span *cookie);

/* The pool on the business card: to be resolved, unless it is in the cache
 * (BC1).  Empty without a card. */
struct rsp_span rsp_cookie_handle(const struct rsp_cookie *c);

/* The elements in the order in which they should go on (BC2); walk them with
 * rsp_next_pe(). */
struct rsp_cursor rsp_cookie_order(const struct rsp_cookie *c);

/* Writes what is to be sent.  The echo goes to the next element before all
 * else.  Without a cookie it is empty. */
void rsp_cookie_put_echo(const struct rsp_cookie *c, struct rsp_builder *b);
void rsp_cookie_put(struct rsp_builder *b, struct rsp_span cookie);

/* `elements` are encoded pool element parameters, as resolutions have them. */
void rsp_cookie_put_card(struct rsp_builder *b, struct rsp_span handle,
    struct rsp_span elements);

#endif
