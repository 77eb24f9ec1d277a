/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.c - the parser of endpoint texts, and from addresses to text */
#include "rsp/net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "rsp/core/base/error.h"

int (*rsp_endpoint_lookup)(const char *name, struct rsp_endpoint *e);

struct part {
	const char *at;
	size_t len;
};

static int
refuse(const char **what, const char *why, int error)
{
	*what = why;
	return error;
}

static int
parse_port(struct part p, uint16_t *port, const char **what)
{
	unsigned long v = 0;

	if (p.len == 0 || p.len > 5)
		return refuse(what, "the port is not a number", RSP_EINVALID);
	for (size_t i = 0; i < p.len; i++) {
		if (p.at[i] < '0' || p.at[i] > '9')
			return refuse(what, "the port is not a number",
			    RSP_EINVALID);
		v = v * 10 + (unsigned long)(p.at[i] - '0');
	}
	if (v > 65535)
		return refuse(what, "the port is above 65535", RSP_EINVALID);
	*port = (uint16_t)v;
	return RSP_OK;
}

/* A literal of either family; what is none is left to be looked up. */
static bool
parse_literal(const char *text, struct rsp_address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->family = 6;
	return a->family != 0;
}

static int
add_host(struct rsp_endpoint *e, struct part host, bool brackets,
    const char **what)
{
	struct rsp_address *a = &e->hosts[e->n_hosts];
	char text[sizeof(e->name)];

	if (host.len == 0)
		return refuse(what, "the host is missing", RSP_EINVALID);
	if (host.len >= sizeof(text))
		return refuse(what, "the host is too long", RSP_ELIMIT);
	if (e->n_hosts == RSP_ENDPOINT_HOSTS)
		return refuse(what, "too many hosts", RSP_ELIMIT);
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	if (!parse_literal(text, a)) {
		if (brackets || strchr(text, '%') != NULL)
			return refuse(what, "not an IPv6 address",
			    RSP_EINVALID);
		memcpy(e->name, text, host.len + 1);
	} else if (brackets != (a->family == 6))
		return refuse(what, "only IPv6 addresses go in brackets",
		    RSP_EINVALID);
	e->n_hosts++;
	return RSP_OK;
}

/* Takes the host off the front of *rest, and its brackets from the host; an
 * open bracket without its end is no host. */
static struct part
cut_host(struct part *rest, bool *brackets)
{
	struct part host = { rest->at, 0 };
	const char *end;

	*brackets = rest->len > 0 && *rest->at == '[';
	if (*brackets) {
		end = memchr(rest->at, ']', rest->len);
		if (end == NULL)
			return host;
		host.at++;
		host.len = (size_t)(end - host.at);
		end++;
	} else {
		end = host.at;
		while (end < rest->at + rest->len && *end != ':' && *end != ',')
			end++;
		host.len = (size_t)(end - host.at);
	}
	rest->len -= (size_t)(end - rest->at);
	rest->at = end;
	return host;
}

static int
parse_hosts(struct rsp_endpoint *e, struct part rest, const char **what)
{
	for (;;) {
		bool brackets;
		struct part host = cut_host(&rest, &brackets);
		int err = add_host(e, host, brackets, what);

		if (err != RSP_OK)
			return err;
		if (rest.len == 0)
			break;
		if (*rest.at == ':') {
			rest.at++;
			rest.len--;
			if (memchr(rest.at, ':', rest.len) != NULL)
				return refuse(what,
				    "IPv6 addresses go in brackets",
				    RSP_EINVALID);
			return parse_port(rest, &e->port, what);
		}
		if (*rest.at != ',')
			return refuse(what, "text after the host",
			    RSP_EINVALID);
		if (e->scheme != RSP_SCTP)
			return refuse(what, "only sctp:// takes several hosts",
			    RSP_EINVALID);
		rest.at++;
		rest.len--;
	}
	return RSP_OK;
}

static int
parse_path(struct rsp_endpoint *e, struct part path, const char **what)
{
	if (path.len == 0 || *path.at != '/')
		return refuse(what, "unix:// takes an absolute path",
		    RSP_EINVALID);
	if (path.len >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return refuse(what, "the path is too long", RSP_ELIMIT);
	memcpy(e->name, path.at, path.len);
	e->name[path.len] = '\0';
	e->port = 0;
	return RSP_OK;
}

static int
parse_scheme(const char *text, size_t len, enum rsp_scheme *scheme,
    const char **what)
{
	if (len == 3 && memcmp(text, "tcp", 3) == 0)
		*scheme = RSP_TCP;
	else if (len == 4 && memcmp(text, "sctp", 4) == 0)
		*scheme = RSP_SCTP;
	else if (len == 4 && memcmp(text, "unix", 4) == 0)
		*scheme = RSP_UNIX;
	else if (len == 3 && memcmp(text, "tls", 3) == 0)
		return refuse(what, "this version does not support tls://",
		    RSP_EINVALID);
	else
		return refuse(what, "no such scheme (tcp, sctp, unix)",
		    RSP_EINVALID);
	return RSP_OK;
}

static int
parse(const char *text, uint16_t default_port, struct rsp_endpoint *e,
    const char **what)
{
	const char *sep = strstr(text, "://");
	struct part rest = { text, strlen(text) };
	int err;

	if (rest.len >= sizeof(e->text))
		return refuse(what, "the endpoint is too long", RSP_ELIMIT);
	memcpy(e->text, text, rest.len + 1);
	e->port = default_port;
	if (sep != NULL) {
		err =
		    parse_scheme(text, (size_t)(sep - text), &e->scheme, what);
		if (err != RSP_OK)
			return err;
		rest.at = sep + 3;
		rest.len -= (size_t)(rest.at - text);
	}
	if (e->scheme == RSP_UNIX)
		return parse_path(e, rest, what);
	err = parse_hosts(e, rest, what);
	if (err == RSP_OK && e->n_hosts > 1 && e->name[0] != '\0')
		return refuse(what, "several hosts must be given as addresses",
		    RSP_EINVALID);
	return err;
}

int
rsp_endpoint_parse(const char *text, uint16_t default_port,
    struct rsp_endpoint *e, const char **what)
{
	int err;

	memset(e, 0, sizeof(*e));
	*what = "";
	err = parse(text, default_port, e, what);
	if (err != RSP_OK)
		memset(e, 0, sizeof(*e));
	return err;
}

static bool
is_multicast(const struct rsp_address *a)
{
	return a->family == 4 ? (a->bytes[0] & 0xf0) == 224
			      : a->family == 6 && a->bytes[0] == 0xff;
}

static int
parse_group(const char *text, uint16_t default_port, struct rsp_endpoint *e,
    const char **what)
{
	const char *percent = strchr(text, '%');
	struct part group = { text, strlen(text) }, interface = { "", 0 };
	int err;

	if (group.len >= sizeof(e->text))
		return refuse(what, "the group is too long", RSP_ELIMIT);
	memcpy(e->text, text, group.len + 1);
	e->scheme = RSP_MULTICAST;
	e->port = default_port;
	if (percent != NULL) {
		interface.at = percent + 1;
		interface.len = strlen(interface.at);
		group.len = (size_t)(percent - text);
		if (interface.len == 0 || interface.len >= IF_NAMESIZE)
			return refuse(what, "not the name of an interface",
			    RSP_EINVALID);
	}
	err = parse_hosts(e, group, what);
	if (err != RSP_OK)
		return err;
	if (!is_multicast(&e->hosts[0]))
		return refuse(what, "not a multicast group", RSP_EINVALID);
	if (e->port == 0)
		return refuse(what, "port 0 cannot be used", RSP_EINVALID);
	memcpy(e->name, interface.at, interface.len + 1);
	return RSP_OK;
}

int
rsp_multicast_parse(const char *text, uint16_t default_port,
    struct rsp_endpoint *e, const char **what)
{
	int err;

	memset(e, 0, sizeof(*e));
	*what = "";
	err = parse_group(text, default_port, e, what);
	if (err != RSP_OK)
		memset(e, 0, sizeof(*e));
	return err;
}

/* RFC 5352 section 8.4. */
static const struct rsp_address asap_groups[] = {
	{ 4, { 224, 0, 1, 185 } },
	{ 6, { 0xff, 0x02, [14] = 0x01, [15] = 0x33 } },
};

int
rsp_registrar_parse(const char *text, struct rsp_endpoint *e, const char **what)
{
	static const char multicast[] = "multicast";
	size_t len = sizeof(multicast) - 1;
	int err;

	if (strncmp(text, multicast, len) != 0 ||
	    (text[len] != ':' && text[len] != '\0'))
		return rsp_endpoint_parse(text, RSP_PORT_ASAP, e, what);
	if (text[len] == ':') {
		err =
		    rsp_multicast_parse(text + len + 1, RSP_PORT_ASAP, e, what);
		if (err == RSP_OK && strlen(text) < sizeof(e->text))
			memcpy(e->text, text, strlen(text) + 1);
		return err;
	}
	memset(e, 0, sizeof(*e));
	*what = "";
	e->scheme = RSP_MULTICAST;
	e->port = RSP_PORT_ASAP;
	e->n_hosts = 2;
	memcpy(e->hosts, asap_groups, sizeof(asap_groups));
	memcpy(e->text, multicast, len + 1);
	return RSP_OK;
}

/* Is the comma at `comma` between two hosts of the sctp:// endpoint that starts
 * at `start`? */
static bool
comma_belongs(const char *start, const char *comma)
{
	const char *end = strchr(comma + 1, ','), *port = comma;
	const char *scheme = strstr(comma + 1, "://");

	if (strncmp(start, "sctp://", 7) != 0)
		return false;
	while (port > start + 7 && *port != ':' && *port != ']')
		port--;
	if (port > start + 7 && *port == ':')
		return false;
	if (strncmp(comma + 1, "multicast", 9) == 0)
		return false;
	return scheme == NULL || (end != NULL && scheme > end);
}

bool
rsp_endpoint_next(const char **list, char *text, size_t size)
{
	const char *start = *list, *end;
	size_t len;

	while (*start == ',' || *start == ' ')
		start++;
	if (*start == '\0')
		return false;
	end = start + strcspn(start, ",");
	while (*end == ',' && comma_belongs(start, end))
		end = end + 1 + strcspn(end + 1, ",");
	*list = end;
	len = (size_t)(end - start);
	while (len > 0 && start[len - 1] == ' ')
		len--;
	if (len >= size)
		len = 0;
	memcpy(text, start, len);
	text[len] = '\0';
	return true;
}

static int
lookup(const char *name, struct rsp_endpoint *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	uint16_t port;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return RSP_ENOENT;
	for (ai = list; ai != NULL && e->n_hosts < RSP_ENDPOINT_HOSTS;
	     ai = ai->ai_next)
		if (rsp_sockaddr_get(ai->ai_addr, ai->ai_addrlen,
			&e->hosts[e->n_hosts], &port))
			e->n_hosts++;
	freeaddrinfo(list);
	return e->n_hosts > 0 ? RSP_OK : RSP_ENOENT;
}

int
rsp_endpoint_resolve(struct rsp_endpoint *e)
{
	int saved = errno, err;

	if (e->scheme == RSP_UNIX || e->n_hosts == 0 || e->hosts[0].family != 0)
		return RSP_OK; /* groups, too */
	e->n_hosts = 0;
	err = (rsp_endpoint_lookup != NULL ? rsp_endpoint_lookup
					   : lookup)(e->name, e);
	errno = saved;
	if (err == RSP_OK && e->n_hosts > 0)
		return RSP_OK;
	memset(e->hosts, 0, sizeof(e->hosts));
	e->n_hosts = 1;
	return RSP_ENOENT;
}

socklen_t
rsp_endpoint_sockaddr(const struct rsp_endpoint *e, unsigned i,
    struct sockaddr_storage *ss)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss;

	memset(ss, 0, sizeof(*ss));
	if (e->scheme != RSP_UNIX)
		return i < e->n_hosts
			   ? rsp_sockaddr_put(ss, &e->hosts[i], e->port)
			   : 0;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, e->name, strlen(e->name) + 1);
	return (socklen_t)(sizeof(un->sun_family) + strlen(e->name) + 1);
}

bool
rsp_sockaddr_get(const struct sockaddr *sa, socklen_t len,
    struct rsp_address *a, uint16_t *port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(a, 0, sizeof(*a));
	*port = 0;
	if (sa == NULL || len < sizeof(sa->sa_family))
		return false;
	if (sa->sa_family == AF_INET && len >= sizeof(in)) {
		memcpy(&in, sa, sizeof(in));
		a->family = 4;
		memcpy(a->bytes, &in.sin_addr, 4);
		*port = ntohs(in.sin_port);
		return true;
	}
	/* before the scope was invented the structure had 24 bytes, which the
	 * kernel still takes */
	if (sa->sa_family != AF_INET6 ||
	    len < offsetof(struct sockaddr_in6, sin6_scope_id))
		return false;
	memcpy(&in6, sa, offsetof(struct sockaddr_in6, sin6_scope_id));
	*port = ntohs(in6.sin6_port);
	if (memcmp(&in6.sin6_addr, mapped, sizeof(mapped)) == 0) {
		a->family = 4;
		memcpy(a->bytes, (const uint8_t *)&in6.sin6_addr + 12, 4);
	} else {
		a->family = 6;
		memcpy(a->bytes, &in6.sin6_addr, 16);
	}
	return true;
}

socklen_t
rsp_sockaddr_put(struct sockaddr_storage *ss, const struct rsp_address *a,
    uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof(*in);
	}
	if (a->family != 6)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof(*in6);
}

const char *
rsp_address_text(const struct rsp_address *a, char text[RSP_SOCKADDR_TEXT])
{
	int saved = errno;

	if (a->family == 0 || inet_ntop(a->family == 4 ? AF_INET : AF_INET6,
				  a->bytes, text, RSP_SOCKADDR_TEXT) == NULL)
		memcpy(text, "none", 5);
	errno = saved;
	return text;
}

static size_t
append(char *text, size_t at, const char *more)
{
	size_t len = strlen(more);

	memcpy(text + at, more, len + 1);
	return at + len;
}

static size_t
append_host(char *text, size_t at, const struct rsp_address *a)
{
	char host[RSP_SOCKADDR_TEXT];

	if (a->family == 6)
		at = append(text, at, "[");
	at = append(text, at, rsp_address_text(a, host));
	return a->family == 6 ? append(text, at, "]") : at;
}

static size_t
append_port(char *text, size_t at, uint16_t port)
{
	char digits[6];
	unsigned v = port, n = sizeof(digits) - 1;

	digits[n] = '\0';
	do
		digits[--n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	at = append(text, at, ":");
	return append(text, at, digits + n);
}

const char *
rsp_hostport_text(const struct rsp_address *a, uint16_t port,
    char text[RSP_SOCKADDR_TEXT])
{
	append_port(text, append_host(text, 0, a), port);
	return text;
}

/* At most 8 hosts of 48 bytes, or one name of 255. */
const char *
rsp_endpoint_text(const struct rsp_endpoint *e, char text[RSP_ENDPOINT_TEXT])
{
	static const char *const schemes[] = { "tcp://", "sctp://", "unix://",
		"multicast:" };
	size_t at = append(text, 0, schemes[e->scheme]);

	if (e->scheme == RSP_MULTICAST) /* its text is all there is */
		return memcpy(text, e->text, strlen(e->text) + 1);
	if (e->name[0] != '\0')
		at = append(text, at, e->name);
	else
		for (unsigned i = 0; i < e->n_hosts; i++) {
			if (i > 0)
				at = append(text, at, ",");
			at = append_host(text, at, &e->hosts[i]);
		}
	if (e->scheme != RSP_UNIX)
		append_port(text, at, e->port);
	return text;
}
