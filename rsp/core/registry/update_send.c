/* SPDX-License-Identifier: Apache-2.0 */
/* update_send.c - word to the peers of what has become of this registrar's
 * elements (RFC 5353 section 3.3), and how each of them may see an element
 */
#include "rsp/core/registry/update_send.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry_inner.h"

/* A longer handle, in any message, ends an RSPLIB process. */
#define RSPLIB_HANDLE 32

bool
update_is_rsplib(const struct rsp_registry *r, const struct peer *p)
{
	return p != NULL && p->foreign && r->config.interop_rsplib;
}

bool
update_suits(const struct rsp_registry *r, const struct peer *p,
    const struct rsp_entry *e)
{
	return !update_is_rsplib(r, p) || e->pool->handle_len <= RSPLIB_HANDLE;
}

static int32_t
life_in_ms(int32_t life)
{
	if (life == RSP_LIFE_FOREVER)
		return life;
	return life > INT32_MAX / 1000 ? INT32_MAX : life * 1000;
}

void
update_put_pe(const struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, const struct peer *p)
{
	struct rsp_pe pe;

	if (p == NULL || !p->foreign) {
		rsp_put_entry(b, e);
		return;
	}
	rsp_entry_decode(e, &pe);
	/* RFC 5354 knows ASAP over SCTP only. */
	if (pe.asap.type != RSP_PARAM_SCTP)
		rsp_clear_transport(&pe.asap);
	if (update_is_rsplib(r, p))
		pe.life = life_in_ms(pe.life);
	rsp_put_pe(b, &pe);
}

static void
send_to(struct rsp_registry *r, struct peer *p, const struct rsp_entry *e,
    enum rsp_update action, uint8_t flags, uint32_t receiver)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);
	size_t mark, handle;

	mark = rsp_open_message(&b, RSP_ENRP_UPDATE, flags);
	rsp_put_u32(&b, r->config.server_id);
	rsp_put_u32(&b, receiver);
	rsp_put_u16(&b, (uint16_t)action);
	rsp_put_u16(&b, 0);
	handle = rsp_open_param(&b, RSP_PARAM_HANDLE);
	rsp_put_span(&b, rsp_pool_handle(e->pool));
	rsp_close_param(&b, handle);
	rsp_put_padding(&b);
	update_put_pe(r, &b, e, p);
	rsp_close_message(&b, mark);
	registry_sent(r, p->via, &b);
}

void
update_send(struct rsp_registry *r, const struct rsp_entry *e,
    enum rsp_update action, uint8_t flags, struct peer *only)
{
	if (only != NULL) {
		if (only->via != NULL && update_suits(r, only, e))
			send_to(r, only, e, action, flags, only->id);
		return;
	}
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p->via != NULL && update_suits(r, p, e))
			send_to(r, p, e, action, flags, 0);
	}
}

/* RFC 5353 section 3.3.1 has every re-registration announced, and RSPLIB lets
 * an element go whose life it has not heard renewed. */
void
update_refresh(struct rsp_registry *r, const struct rsp_entry *e)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p->via != NULL && p->foreign && update_suits(r, p, e))
			send_to(r, p, e, RSP_UPDATE_ADD, 0, 0);
	}
}

/* ENRP has no such question.  An update that suggests to its receiver an
 * element which is at home there already says nothing else: registrars of our
 * kind take it so, and to others it means nothing. */
void
update_doubt(struct rsp_registry *r, const struct rsp_entry *e)
{
	struct peer *home = RSP_CONTAINER(e->owner, struct peer, owner);

	if (!home->foreign)
		update_send(r, e, RSP_UPDATE_ADD, RSP_FLAG_SUGGEST, home);
}
