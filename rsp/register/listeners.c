/* SPDX-License-Identifier: Apache-2.0 */
/* listeners.c - one dump per family and protocol */
#include "rsp/register/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"

/* States as the kernel counts them (linux/tcp_states.h is not for us). */
#define STATE_CLOSE 7 /* UDP: not connected */
#define STATE_LISTEN 10

#define ATTR_HEAD sizeof(struct nlattr)

static const struct kind {
	int family;
	int ip_protocol;
	uint16_t protocol;
	unsigned what; /* LISTENERS_...; 0: always */
	unsigned state;
	const char *path;
} kinds[] = {
	{ AF_INET, IPPROTO_TCP, RSP_PARAM_TCP, 0, STATE_LISTEN,
	    "/proc/net/tcp" },
	{ AF_INET6, IPPROTO_TCP, RSP_PARAM_TCP, 0, STATE_LISTEN,
	    "/proc/net/tcp6" },
	{ AF_INET, IPPROTO_UDP, RSP_PARAM_UDP, LISTENERS_UDP, STATE_CLOSE,
	    "/proc/net/udp" },
	{ AF_INET6, IPPROTO_UDP, RSP_PARAM_UDP, LISTENERS_UDP, STATE_CLOSE,
	    "/proc/net/udp6" },
	{ AF_INET, IPPROTO_UDPLITE, RSP_PARAM_UDPLITE, LISTENERS_UDPLITE,
	    STATE_CLOSE, "/proc/net/udplite" },
	{ AF_INET6, IPPROTO_UDPLITE, RSP_PARAM_UDPLITE, LISTENERS_UDPLITE,
	    STATE_CLOSE, "/proc/net/udplite6" },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
is_asked(const struct kind *k, unsigned what)
{
	return k->what == 0 || (what & k->what) != 0;
}

static int
add(struct listeners *l, const struct kind *k, const void *address,
    uint16_t port, uint32_t inode, bool v6_only)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	struct listener *new;

	/* Not bound: no server.  No inode: a socket that is being closed. */
	if (port == 0 || inode == 0)
		return 0;
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 32 : l->room * 2;

		new = realloc(l->at, room * sizeof(*new));
		if (new == NULL)
			return ENOMEM;
		l->at = new;
		l->room = room;
	}
	ss.ss_family = (sa_family_t)k->family;
	if (k->family == AF_INET)
		memcpy(&in->sin_addr, address, 4);
	else
		memcpy(&in6->sin6_addr, address, 16);
	new = &l->at[l->n++];
	*new = (struct listener){ .protocol = k->protocol,
		.port = port,
		.inode = inode,
		.v6_only = v6_only };
	rsp_sockaddr_get((struct sockaddr *)&ss, sizeof(ss), &new->address,
	    &port);
	return 0;
}

/* Netlink. */

/* Port 0: all. */
static int
ask(int fd, const struct kind *k, uint16_t port)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = (uint8_t)k->family,
		    .sdiag_protocol = (uint8_t)k->ip_protocol,
		    .idiag_states = 1U << k->state,
		    .id.idiag_sport = htons(port) },
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? errno : 0;
}

static bool
is_v6_only(const struct nlmsghdr *h)
{
	size_t at = NLMSG_LENGTH(sizeof(struct inet_diag_msg));
	const char *start = (const char *)h;

	while (at + ATTR_HEAD <= h->nlmsg_len) {
		const struct nlattr *a = (const void *)(start + at);

		if (a->nla_len < ATTR_HEAD || a->nla_len > h->nlmsg_len - at)
			break;
		if (a->nla_type == INET_DIAG_SKV6ONLY && a->nla_len > ATTR_HEAD)
			return start[at + ATTR_HEAD] != 0;
		at += ((size_t)a->nla_len + 3) / 4 * 4;
	}
	return false;
}

/* One datagram of answers.  0 when there are more to come, -1 at the end, else
 * an errno. */
static int
take(struct listeners *l, const struct kind *k, const char *bytes, size_t len)
{
	const struct nlmsghdr *h = (const void *)bytes;
	const struct inet_diag_msg *m;
	size_t before;
	int err;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return -1;
		if (h->nlmsg_type == NLMSG_ERROR) {
			err = -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			return err != 0 ? err : EPROTO;
		}
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
			return EPROTO;
		m = NLMSG_DATA(h);
		before = l->n;
		err = add(l, k, m->id.idiag_src, ntohs(m->id.idiag_sport),
		    m->idiag_inode, is_v6_only(h));
		if (err != 0)
			return err;
		if (l->n > before && k->state == STATE_LISTEN)
			l->at[before].waiting = m->idiag_rqueue;
	}
	return 0;
}

static int
dump(struct listeners *l, int fd, const struct kind *k, uint16_t port)
{
	_Alignas(struct nlmsghdr) char bytes[32768];
	int err = ask(fd, k, port);

	while (err == 0) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			err = errno == EINTR ? 0 : errno;
		else
			err = take(l, k, bytes, (size_t)n);
	}
	return err < 0 ? 0 : err;
}

/* SCTP: one line per socket, all its addresses at the end. */

static bool
parse_bound(const char *text, struct rsp_address *a)
{
	struct in6_addr bytes;
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	uint16_t port;

	if (inet_pton(AF_INET, text, &bytes) == 1) {
		ss.ss_family = AF_INET;
		memcpy(&in->sin_addr, &bytes, 4);
	} else if (inet_pton(AF_INET6, text, &bytes) == 1) {
		ss.ss_family = AF_INET6;
		in6->sin6_addr = bytes;
	} else {
		return false;
	}
	return rsp_sockaddr_get((struct sockaddr *)&ss, sizeof(ss), a, &port);
}

static int
add_bound(struct listeners *l, const struct rsp_address *a, uint16_t port,
    uint32_t inode, bool first)
{
	struct kind k = { .family = a->family == 4 ? AF_INET : AF_INET6,
		.protocol = RSP_PARAM_SCTP };
	struct listener *last;

	if (first)
		return add(l, &k, a->bytes, port, inode, false);
	last = &l->at[l->n - 1];
	if (last->n_more < LISTENER_MORE)
		last->more[last->n_more++] = *a;
	return 0;
}

int
listeners_add_sctp(struct listeners *l, const char *line)
{
	unsigned state, port;
	uint32_t inode;
	struct rsp_address a;
	char word[64];
	int at = 0, step = 0, err = 0;
	size_t before = l->n;

	if (sscanf(line, "%*s %*s %*u %u %*u %u %*u %u %n", &state, &port,
		&inode, &at) != 3 ||
	    at == 0 || state != STATE_LISTEN || port == 0 ||
	    port > UINT16_MAX || inode == 0)
		return 0;
	while (err == 0 && sscanf(line + at, "%63s %n", word, &step) == 1) {
		at += step;
		if (parse_bound(word, &a))
			err = add_bound(l, &a, (uint16_t)port, inode,
			    l->n == before);
	}
	return err;
}

static int
read_sctp(struct listeners *l)
{
	FILE *f = fopen("/proc/net/sctp/eps", "re");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (f == NULL)
		return 0; /* a kernel without SCTP has no SCTP servers */
	while (err == 0 && getline(&line, &size, f) > 0)
		err = listeners_add_sctp(l, line);
	free(line);
	fclose(f);
	return err;
}

int
listeners_read_netlink(struct listeners *l, unsigned what)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int err = 0;
	size_t i;

	l->n = 0;
	if (fd < 0)
		return errno;
	for (i = 0; i < N_KINDS && err == 0; i++)
		if (is_asked(&kinds[i], what))
			err = dump(l, fd, &kinds[i], 0);
	close(fd);
	return err == 0 && (what & LISTENERS_SCTP) != 0 ? read_sctp(l) : err;
}

int
listeners_read_port(struct listeners *l, uint16_t protocol, uint16_t port)
{
	int fd = -1, err = ENOTSUP;
	size_t i;

	l->n = 0;
	for (i = 0; i < N_KINDS; i++) {
		if (kinds[i].protocol != protocol)
			continue;
		if (fd < 0)
			fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_SOCK_DIAG);
		if (fd < 0)
			return errno;
		err = dump(l, fd, &kinds[i], port);
		if (err != 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* /proc/net. */

static bool
hex_address(const char *text, size_t words, uint32_t *address)
{
	char word[9];
	size_t i;

	for (i = 0; i < words; i++) {
		snprintf(word, sizeof(word), "%.8s", text + i * 8);
		address[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	return strlen(text) == words * 8;
}

static int
take_line(struct listeners *l, const struct kind *k, const char *line)
{
	char local[33];
	unsigned port, state, inode;
	uint32_t address[4];

	if (sscanf(line,
		" %*u: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s "
		"%*u %*u %u",
		local, &port, &state, &inode) != 4 ||
	    state != k->state || port > UINT16_MAX ||
	    !hex_address(local, k->family == AF_INET ? 1 : 4, address))
		return 0;
	return add(l, k, address, (uint16_t)port, inode, false);
}

int
listeners_read_proc(struct listeners *l, unsigned what)
{
	char line[512];
	int err = 0, tables = 0;
	size_t i;
	FILE *f;

	l->n = 0;
	for (i = 0; i < N_KINDS && err == 0; i++) {
		if (!is_asked(&kinds[i], what))
			continue;
		f = fopen(kinds[i].path, "re");
		if (f == NULL)
			continue; /* a host without IPv6 has no such table */
		tables++;
		while (err == 0 && fgets(line, sizeof(line), f) != NULL)
			err = take_line(l, &kinds[i], line);
		fclose(f);
	}
	if (err == 0 && (what & LISTENERS_SCTP) != 0)
		err = read_sctp(l);
	return tables == 0 ? ENOENT : err;
}

static int
by_inode(const void *left, const void *right)
{
	const struct listener *a = left, *b = right;

	return (a->inode > b->inode) - (a->inode < b->inode);
}

int
listeners_read(struct listeners *l, unsigned what)
{
	int err = listeners_read_netlink(l, what);

	if (err != 0)
		err = listeners_read_proc(l, what);
	if (err != 0)
		l->n = 0;
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(l->at[0]), by_inode);
	return err;
}

const struct listener *
listeners_find(const struct listeners *l, uint32_t inode)
{
	struct listener key = { .inode = inode };

	if (l->n == 0)
		return NULL;
	return bsearch(&key, l->at, l->n, sizeof(key), by_inode);
}

void
listeners_free(struct listeners *l)
{
	free(l->at);
	*l = (struct listeners){ 0 };
}
