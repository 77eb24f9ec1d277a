/* SPDX-License-Identifier: Apache-2.0 */
/* message_walk.c - walks over the lists that decoded messages leave encoded */
#include "rsp/core/wire/message.h"

bool
rsp_next_pe(struct rsp_cursor *c, struct rsp_pe *pe, struct rsp_span *whole)
{
	struct rsp_span handle;

	return rsp_next_table_pe(c, &handle, pe, whole);
}

bool
rsp_next_table_pe(struct rsp_cursor *c, struct rsp_span *handle,
    struct rsp_pe *pe, struct rsp_span *whole)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, whole)) {
		if (type == RSP_PARAM_HANDLE)
			*handle = rsp_get_rest(&value);
		if (type != RSP_PARAM_PE)
			continue;
		rsp_get_pe(&value, pe);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	rsp_clear_pe(pe);
	return false;
}

bool
rsp_next_server(struct rsp_cursor *c, struct rsp_server_info *s)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, NULL)) {
		if (type != RSP_PARAM_SERVER)
			continue;
		rsp_get_server_info(&value, s);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	s->id = 0;
	rsp_clear_transport(&s->transport);
	return false;
}

bool
rsp_next_transport(struct rsp_cursor *c, struct rsp_transport *t)
{
	struct rsp_cursor value;
	uint16_t type;

	while (rsp_next_param(c, &type, &value, NULL)) {
		if (!rsp_is_transport(type))
			continue;
		rsp_get_transport(&value, type, t);
		if (value.err == RSP_OK)
			return true;
		rsp_cursor_fail(c, value.err);
	}
	rsp_clear_transport(t);
	return false;
}

bool
rsp_next_cause(struct rsp_cursor *c, uint16_t *cause,
    struct rsp_span *information)
{
	struct rsp_cursor value;
	bool more = rsp_next_param(c, cause, &value, NULL);

	*information = rsp_get_rest(&value);
	return more;
}
