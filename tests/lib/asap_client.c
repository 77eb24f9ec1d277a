/* SPDX-License-Identifier: Apache-2.0 */
/* asap_client.c - program that speaks ASAP over one connection, driven by a
 * script
 *
 *	asap_client ENDPOINT [COMMAND]...
 *
 * Each argument is one command; `-` reads further ones from standard input, a
 * line each.  What comes from the registrar is printed, a line per message.
 *
 *	register POOL ID ADDRESS [udp/]PORT [POLICY [LIFE]]
 *	deregister POOL ID
 *	resolve POOL [ITEMS]	the answers of these three are waited for
 *	resolve-any-case POOL
 *	report POOL ID
 *	acknowledge POOL ID	a keep-alive
 *	raw HEX			these bytes
 *	repeat N COMMAND	without waiting for an answer
 *	expect [SECONDS]	the next message
 *	closed [SECONDS]	the registrar's end of the connection
 *	silent SECONDS		nothing at all comes
 *	mute			keep-alives are answered no more
 *	shut			no more is sent
 *	port			prints the local port
 *
 * Keep-alives for pools registered here are answered, and printed.  POOL is
 * escaped as rsp-resolve takes it.  The status is 1 when a wait was in vain.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/base/duration.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/wire/pool_name.h"
#include "rsp/core/pool/policy.h"

#define WORDS 8
#define OWN_MAX 64
#define PATIENCE 5000 /* ms */

static int fd = -1;
static bool mute;
static uint8_t in[1 << 18];
static size_t in_len;
static struct {
	uint8_t handle[4096];
	size_t len;
	uint32_t id;
} own[OWN_MAX];
static unsigned n_own;

static void
die(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "asap_client: %s: %s\n", what, why);
	exit(1);
}

static void
send_all(const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			die("send", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
}

static void
send_message(const struct rsp_message *m)
{
	static uint8_t bytes[RSP_MESSAGE_MAX];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));

	rsp_message_encode(&b, m);
	if (b.overflow)
		die("send", "does not fit");
	send_all(bytes, b.len);
}

static struct rsp_span
handle_of(const char *text)
{
	static uint8_t buffer[32768];
	struct rsp_pool_name name;

	rsp_pool_name_parse_bare(text, "pool.alt", buffer, sizeof(buffer),
	    &name);
	if (name.kind != RSP_POOL_NAME_OURS)
		die(text, name.why);
	return name.handle;
}

static struct rsp_message
message_about(uint8_t type, const char *pool)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.has_handle = true;
	m.handle = handle_of(pool);
	return m;
}

static void
print_handle(const struct rsp_message *m)
{
	char text[RSP_POOL_NAME_ESCAPED(4096)];

	printf(" %s", rsp_pool_name_escape(m->handle, text, sizeof(text)));
}

static void
print_causes(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->causes);
	struct rsp_span information;
	uint16_t cause;

	if (m->has_error)
		while (rsp_next_cause(&c, &cause, &information))
			printf(" [%s]", rsp_cause_text(cause));
}

static void
print_elements(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	char text[RSP_SOCKADDR_TEXT];
	struct rsp_pe pe;

	while (rsp_next_pe(&c, &pe, NULL))
		printf(" 0x%x=%s", pe.id,
		    pe.user.n_addresses == 0
			? "none"
			: rsp_hostport_text(&pe.user.addresses[0], pe.user.port,
			      text));
}

static void
print_message(const struct rsp_message *m)
{
	printf("%s", rsp_message_name(RSP_ASAP, m->type));
	if (m->has_handle)
		print_handle(m);
	if (m->has_pe_id)
		printf(" 0x%x", m->pe_id);
	if (m->type == RSP_ASAP_REGISTRATION_RESPONSE &&
	    (m->flags & RSP_FLAG_REJECT) != 0)
		printf(" refused");
	if (m->type == RSP_ASAP_KEEP_ALIVE)
		printf(" server=0x%x", m->server);
	if (m->has_policy)
		printf(" %s", rsp_policy_def(m->policy.type)->name);
	print_elements(m);
	print_causes(m);
	putchar('\n');
	fflush(stdout);
}

static void
answer_keep_alive(const struct rsp_message *m)
{
	struct rsp_message ack;

	for (unsigned i = 0; i < n_own && !mute; i++) {
		if (own[i].len != m->handle.len ||
		    memcmp(own[i].handle, m->handle.at, own[i].len) != 0)
			continue;
		rsp_message_init(&ack, RSP_ASAP, RSP_ASAP_KEEP_ALIVE_ACK);
		ack.has_handle = true;
		ack.handle = m->handle;
		ack.has_pe_id = true;
		ack.pe_id = own[i].id;
		send_message(&ack);
	}
}

/* Takes one message off the input and prints it; its type, or 0. */
static int
take(void)
{
	struct rsp_span all = { in, in_len };
	struct rsp_message m;
	int len = rsp_message_frame(all), err;

	if (len < 0)
		die("registrar", "sends garbage");
	if (len == 0 || (size_t)len > in_len)
		return 0;
	err = rsp_message_decode(RSP_ASAP, (struct rsp_span){ in, (size_t)len },
	    &m, NULL);
	if (err != RSP_OK)
		die("registrar", rsp_strerror(err));
	print_message(&m);
	if (m.type == RSP_ASAP_KEEP_ALIVE)
		answer_keep_alive(&m);
	in_len -= (size_t)len;
	memmove(in, in + len, in_len);
	return m.type;
}

/* More input within the time: 1, 0 for the end, -1 for none. */
static int
more(int64_t timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, (int)timeout) == 0)
		return -1;
	n = recv(fd, in + in_len, sizeof(in) - in_len, 0);
	if (n <= 0)
		return 0;
	in_len += (size_t)n;
	return 1;
}

/* Waits for a message of that type; 0: of any type. */
static void
await(int type, int64_t timeout)
{
	int got;

	for (;;) {
		got = take();
		if (got != 0 && (type == 0 || got == type))
			return;
		if (got != 0)
			continue;
		switch (more(timeout)) {
		case 0:
			die("registrar", "closed the connection");
			break;
		case -1:
			die("registrar", "no answer");
			break;
		}
	}
}

static int64_t
patience(const char *text)
{
	int64_t ms = PATIENCE;

	if (text != NULL && rsp_duration_parse(text, &ms) != RSP_OK)
		die(text, "no duration");
	return ms;
}

static uint32_t
number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 0);
}

static void
remember(const struct rsp_message *m)
{
	if (n_own == OWN_MAX || m->handle.len > sizeof(own->handle))
		return;
	memcpy(own[n_own].handle, m->handle.at, m->handle.len);
	own[n_own].len = m->handle.len;
	own[n_own++].id = m->pe.id;
}

/* register POOL ID ADDRESS [udp/]PORT [POLICY [LIFE]] */
static void
do_register(char **w, unsigned n, bool wait)
{
	struct rsp_message m = message_about(RSP_ASAP_REGISTRATION, w[1]);
	struct rsp_endpoint e;
	const char *what, *port = w[4];
	bool udp = strncmp(port, "udp/", 4) == 0;

	if (rsp_endpoint_parse(w[3], 0, &e, &what) != RSP_OK)
		die(w[3], what);
	m.has_pe = true;
	rsp_clear_pe(&m.pe);
	m.pe.id = number(w[2]);
	m.pe.life = n > 6 ? (int32_t)strtol(w[6], NULL, 0) : 90;
	m.pe.user.type = udp ? RSP_PARAM_UDP : RSP_PARAM_TCP;
	m.pe.user.port = (uint16_t)number(udp ? port + 4 : port);
	m.pe.user.n_addresses = 1;
	m.pe.user.addresses[0] = e.hosts[0];
	if (rsp_policy_parse(n > 5 ? w[5] : "rr", &m.pe.policy, &what) !=
	    RSP_OK)
		die(w[5], what);
	send_message(&m);
	remember(&m);
	if (wait)
		await(RSP_ASAP_REGISTRATION_RESPONSE, PATIENCE);
}

static void
do_resolve(char **w, unsigned n, bool wait)
{
	struct rsp_message m = message_about(RSP_ASAP_RESOLUTION, w[1]);

	m.has_items = n > 2;
	m.items = n > 2 ? number(w[2]) : 0;
	m.any_case = strcmp(w[0], "resolve-any-case") == 0;
	send_message(&m);
	if (wait)
		await(RSP_ASAP_RESOLUTION_RESPONSE, PATIENCE);
}

/* deregister, report, acknowledge: pool and PE. */
static void
do_short(uint8_t type, char **w, bool wait)
{
	struct rsp_message m = message_about(type, w[1]);

	m.has_pe_id = true;
	m.pe_id = number(w[2]);
	send_message(&m);
	if (wait && type == RSP_ASAP_DEREGISTRATION)
		await(RSP_ASAP_DEREGISTRATION_RESPONSE, PATIENCE);
}

static void
do_raw(const char *text)
{
	unsigned byte;
	uint8_t b;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2) {
		b = (uint8_t)byte;
		send_all(&b, 1);
		if (text[1] == '\0')
			break;
	}
}

static void
do_closed(int64_t timeout)
{
	int r;

	while ((r = more(timeout)) > 0)
		while (take() != 0)
			;
	if (r < 0)
		die("registrar", "keeps the connection");
	puts("closed");
	fflush(stdout);
}

static void
do_port(void)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a;
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port))
		printf("port %u\n", port);
	fflush(stdout);
}

static void
command(char **w, unsigned n, bool wait)
{
	if (strcmp(w[0], "register") == 0 && n >= 5)
		do_register(w, n, wait);
	else if (strncmp(w[0], "resolve", 7) == 0 && n >= 2)
		do_resolve(w, n, wait);
	else if (strcmp(w[0], "deregister") == 0 && n == 3)
		do_short(RSP_ASAP_DEREGISTRATION, w, wait);
	else if (strcmp(w[0], "report") == 0 && n == 3)
		do_short(RSP_ASAP_UNREACHABLE, w, wait);
	else if (strcmp(w[0], "acknowledge") == 0 && n == 3)
		do_short(RSP_ASAP_KEEP_ALIVE_ACK, w, wait);
	else if (strcmp(w[0], "raw") == 0 && n == 2)
		do_raw(w[1]);
	else if (strcmp(w[0], "repeat") == 0 && n >= 3)
		for (uint32_t i = number(w[1]); i > 0; i--)
			command(w + 2, n - 2, false);
	else if (strcmp(w[0], "expect") == 0)
		await(0, patience(w[1]));
	else if (strcmp(w[0], "closed") == 0)
		do_closed(patience(w[1]));
	else if (strcmp(w[0], "silent") == 0 && n == 2) {
		if (more(patience(w[1])) >= 0)
			die("registrar", "is not silent");
	} else if (strcmp(w[0], "mute") == 0)
		mute = true;
	else if (strcmp(w[0], "shut") == 0)
		shutdown(fd, SHUT_WR);
	else if (strcmp(w[0], "port") == 0)
		do_port();
	else
		die(w[0], "no such command");
}

static void
run(char *line)
{
	char *w[WORDS + 1] = { NULL };
	unsigned n = 0;

	for (char *p = strtok(line, " \n"); p != NULL && n < WORDS;
	     p = strtok(NULL, " \n"))
		w[n++] = p;
	if (n > 0)
		command(w, n, true);
}

static void
open_connection(const char *text)
{
	struct rsp_endpoint e;
	struct sockaddr_storage ss;
	const char *what;
	socklen_t len;

	if (rsp_endpoint_parse(text, RSP_PORT_ASAP, &e, &what) != RSP_OK)
		die(text, what);
	len = rsp_endpoint_sockaddr(&e, 0, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&ss, len) != 0)
		die(text, strerror(errno));
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	if (argc < 2)
		die("usage", "asap_client ENDPOINT [COMMAND]...");
	open_connection(argv[1]);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0)
			run(argv[i]);
		else
			while (getline(&line, &size, stdin) >= 0)
				run(line);
	}
	free(line);
	close(fd);
	return 0;
}
