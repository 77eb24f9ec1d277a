/* SPDX-License-Identifier: Apache-2.0 */
/* pool_option.c - the last equals sign ends the name */
#include "rsp/register/pool_option.h"

#include <stdlib.h>

#include "rsp/core/wire/pool_name.h"
#include "rsp/register/no_port.h"
#include "rsp/register/transport.h"

static int
refuse(const char **what, const char *why)
{
	*what = why;
	return RSP_EINVALID;
}

/* A DCCP service code: a number, or up to four characters of text, which count
 * from the left (RFC 4340 section 8.1.2). */
static bool
parse_service(const char *text, uint32_t *service)
{
	size_t len = strlen(text), i;
	unsigned long long n;
	char *end;

	if (*text >= '0' && *text <= '9') {
		n = strtoull(text, &end, 0);
		*service = (uint32_t)n;
		return *end == '\0' && n <= UINT32_MAX;
	}
	*service = 0;
	for (i = 0; i < 4; i++)
		*service = *service << 8 |
			   (i < len ? (unsigned char)text[i] : (unsigned)' ');
	return len > 0 && len <= 4;
}

static int
parse_protocol(const char *text, struct pool_option *w, const char **what)
{
	if (strncmp(text, "dccp:", 5) == 0) {
		w->protocol = RSP_PARAM_DCCP;
		if (!parse_service(text + 5, &w->service))
			return refuse(what, "a DCCP service code is a number "
					    "of 32 bits or four characters");
		return RSP_OK;
	}
	w->protocol = transport_parse(text);
	if (w->protocol == 0)
		return refuse(what, "the protocol is tcp, udp, sctp, udp-lite "
				    "or dccp[:SERVICE]");
	return RSP_OK;
}

/* "", "80", "80/udp", "/udp" */
static int
parse_port(const char *text, struct pool_option *w, const char **what)
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
	return *text == '/' ? parse_protocol(text + 1, w, what) : RSP_OK;
}

static int
parse_handle(const char *text, const char *domain, struct pool_option *w,
    const char **what)
{
	uint8_t buffer[WISH_HANDLE_MAX];
	struct rsp_pool_name name;

	rsp_pool_name_parse_bare(text, domain, buffer, sizeof(buffer), &name);
	if (name.kind != RSP_POOL_NAME_OURS)
		return refuse(what, name.why);
	w->handle_len = name.handle.len;
	w->handle = malloc(name.handle.len);
	w->text = malloc(RSP_POOL_NAME_ESCAPED(name.handle.len) + 4);
	if (w->handle == NULL || w->text == NULL)
		return RSP_ENOMEM;
	memcpy(w->handle, name.handle.at, name.handle.len);
	rsp_pool_name_escape(name.handle, w->label, sizeof(w->label));
	rsp_pool_name_escape(name.handle, w->text,
	    RSP_POOL_NAME_ESCAPED(name.handle.len) + 4);
	return RSP_OK;
}

int
pool_option_parse(const char *text, const char *domain, struct pool_option *w,
    const char **what)
{
	const char *equals = strrchr(text, '=');
	char *name;
	int err;

	*what = "out of memory";
	*w = (struct pool_option){ .protocol = RSP_PARAM_TCP };
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
		pool_option_free(w);
	return err;
}

void
pool_option_free(struct pool_option *w)
{
	free(w->handle);
	free(w->text);
	*w = (struct pool_option){ 0 };
}

static bool
is_named(const struct pool_option *all, unsigned n, const struct port *port)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (all[i].port == port->port &&
		    all[i].protocol == port->protocol)
			return true;
	return false;
}

bool
pool_option_suits(const struct pool_option *all, unsigned n, unsigned at,
    const struct port *port)
{
	const struct pool_option *w = &all[at];

	if (w->protocol != port->protocol)
		return false;
	if (w->port != 0)
		return w->port == port->port;
	return port->ours && !is_named(all, n, port) &&
	       !no_port_is_passing(port);
}
