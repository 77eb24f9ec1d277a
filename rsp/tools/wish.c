/* SPDX-License-Identifier: Apache-2.0 */
/* wish.c - the last equals sign ends the name */
#include "rsp/tools/wish.h"

#include <stdlib.h>

#include "rsp/core/name.h"

static int
refuse(const char **what, const char *why)
{
	*what = why;
	return RSP_EINVALID;
}

static int
parse_protocol(const char *text, uint16_t *protocol, const char **what)
{
	if (strcmp(text, "tcp") == 0)
		*protocol = RSP_PARAM_TCP;
	else if (strcmp(text, "udp") == 0)
		*protocol = RSP_PARAM_UDP;
	else if (strcmp(text, "sctp") == 0)
		return refuse(what, "SCTP servers are not in this version");
	else
		return refuse(what, "the protocol is tcp or udp");
	return RSP_OK;
}

/* "", "80", "80/udp", "/udp" */
static int
parse_port(const char *text, struct wish *w, const char **what)
{
	unsigned long port = 0;

	if (*text == '\0')
		return refuse(what, "the port is missing (an equals sign in "
				    "the name is written %3D)");
	for (; *text >= '0' && *text <= '9' && port <= UINT16_MAX; text++)
		port = port * 10 + (unsigned long)(*text - '0');
	if (*text != '\0' && *text != '/')
		return refuse(what, "the port is no number (an equals sign in "
				    "the name is written %3D)");
	if (port > UINT16_MAX)
		return refuse(what, "the port is above 65535");
	w->port = (uint16_t)port;
	return *text == '/' ? parse_protocol(text + 1, &w->protocol, what)
			    : RSP_OK;
}

static int
parse_handle(const char *text, const char *domain, struct wish *w,
    const char **what)
{
	uint8_t buffer[WISH_HANDLE_MAX];
	struct rsp_name name;

	rsp_name_parse_bare(text, domain, buffer, sizeof(buffer), &name);
	if (name.kind != RSP_NAME_POOL)
		return refuse(what, name.why);
	w->handle_len = name.handle.len;
	w->handle = malloc(name.handle.len);
	w->text = malloc(RSP_NAME_ESCAPED(name.handle.len) + 4);
	if (w->handle == NULL || w->text == NULL)
		return RSP_ENOMEM;
	memcpy(w->handle, name.handle.at, name.handle.len);
	rsp_name_escape(name.handle, w->label, sizeof(w->label));
	rsp_name_escape(name.handle, w->text,
	    RSP_NAME_ESCAPED(name.handle.len) + 4);
	return RSP_OK;
}

int
wish_parse(const char *text, const char *domain, struct wish *w,
    const char **what)
{
	const char *equals = strrchr(text, '=');
	char *name;
	int err;

	*what = "out of memory";
	*w = (struct wish){ .protocol = RSP_PARAM_TCP };
	if (equals != NULL) {
		err = parse_port(equals + 1, w, what);
		if (err != RSP_OK)
			return err;
	}
	name = strndup(text,
	    equals != NULL ? (size_t)(equals - text) : strlen(text));
	if (name == NULL)
		return RSP_ENOMEM;
	err = parse_handle(name, domain, w, what);
	free(name);
	if (err != RSP_OK)
		wish_free(w);
	return err;
}

void
wish_free(struct wish *w)
{
	free(w->handle);
	free(w->text);
	*w = (struct wish){ 0 };
}
