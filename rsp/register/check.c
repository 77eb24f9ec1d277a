/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - a connection that must not block, or a job */
#include "rsp/register/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"

static const struct {
	const char *name;
	enum check_kind kind;
	bool takes; /* something after a colon */
} kinds[] = {
	{ "passive", CHECK_PASSIVE, false },
	{ "none", CHECK_NONE, false },
	{ "tcp", CHECK_TCP, false },
	{ "http", CHECK_HTTP, true },
	{ "exec", CHECK_EXEC, true },
};

/* A path goes into a request line: nothing there may end it. */
static bool
is_path(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return text[0] == '/' && p - text < 1024;
}

bool
check_parse(const char *text, struct check_spec *spec, const char **why)
{
	size_t i, len = strcspn(text, ":");

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len &&
		    strncmp(kinds[i].name, text, len) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0])) {
		*why = "it is passive, tcp, http:/PATH, exec:COMMAND or none";
		return false;
	}
	*spec = (struct check_spec){ kinds[i].kind, NULL };
	if (text[len] == ':')
		spec->what = text + len + 1;
	*why = "there is nothing after the colon";
	if (!kinds[i].takes)
		return spec->what == NULL;
	if (spec->kind == CHECK_HTTP) {
		*why = "the path begins with a slash and holds no blank";
		return spec->what != NULL && is_path(spec->what);
	}
	*why = "which command?";
	return spec->what != NULL && spec->what[0] != '\0';
}

static void
finish(struct check *c, enum check_state state, const char *reason)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = state;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
}

static void
connect_to(struct check *c, const struct check_target *t)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_sockaddr_put(&ss, &t->address, t->port);

	c->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    strcmp(t->protocol, "sctp") == 0 ? IPPROTO_SCTP : 0);
	if (c->fd < 0 || (connect(c->fd, (struct sockaddr *)&ss, len) < 0 &&
			     errno != EINPROGRESS))
		finish(c, CHECK_BAD, strerror(errno));
}

/* Until they are started, the variables are ours. */
static void
run_command(struct check *c, rsp_time now, const struct check_target *t,
    int64_t timeout_ms, const sigset_t *mask)
{
	char text[RSP_SOCKADDR_TEXT], address[RSP_SOCKADDR_TEXT + 16], port[16],
	    protocol[24], *pool = NULL;
	char *variables[] = { address, port, protocol, NULL, NULL };

	snprintf(address, sizeof(address), "RSP_ADDRESS=%s",
	    rsp_address_text(&t->address, text));
	snprintf(port, sizeof(port), "RSP_PORT=%u", t->port);
	snprintf(protocol, sizeof(protocol), "RSP_PROTOCOL=%s", t->protocol);
	if (asprintf(&pool, "RSP_POOL=%s", t->pool) >= 0)
		variables[3] = pool;
	else
		pool = NULL;
	command_start(&c->command, now, c->spec->what, variables, timeout_ms,
	    mask);
	free(pool);
}

static void
look_at_command(struct check *c)
{
	char text[COMMAND_REASON], line[CHECK_REASON];

	if (c->state != CHECK_BUSY || c->command.state != COMMAND_DONE)
		return;
	if (c->command.status == 0) {
		finish(c, CHECK_GOOD, "");
		return;
	}
	snprintf(line, sizeof(line), "the check's command: %s",
	    command_reason(&c->command, text));
	finish(c, CHECK_BAD, line);
}

void
check_start(struct check *c, rsp_time now, const struct check_spec *spec,
    const struct check_target *target, int64_t timeout_ms, const sigset_t *mask)
{
	*c = (struct check){ .state = CHECK_BUSY, .spec = spec, .fd = -1 };
	c->end = rsp_time_add(now, timeout_ms);
	switch (spec->kind) {
	case CHECK_PASSIVE:
	case CHECK_NONE:
		finish(c, CHECK_GOOD, "");
		break;
	case CHECK_TCP:
	case CHECK_HTTP:
		connect_to(c, target);
		break;
	case CHECK_EXEC:
		run_command(c, now, target, timeout_ms, mask);
		look_at_command(c);
		break;
	}
}

void
check_poll(const struct check *c, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = -1 };
	if (c->state != CHECK_BUSY)
		return;
	if (c->spec->kind == CHECK_EXEC) {
		command_poll(&c->command, p);
		return;
	}
	p->fd = c->fd;
	p->events = c->sent ? POLLIN : POLLOUT;
}

/* The request goes out at once or not at all: it is short, and the socket new.
 */
static void
send_request(struct check *c)
{
	char request[1400], host[RSP_SOCKADDR_TEXT];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a = { 0 };
	uint16_t port = 0;
	int n;

	if (getpeername(c->fd, (struct sockaddr *)&ss, &len) == 0)
		rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port);
	n = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: rsp-register\r\n"
	    "Accept: */*\r\nConnection: close\r\n\r\n",
	    c->spec->what, rsp_hostport_text(&a, port, host));
	if (send(c->fd, request, (size_t)n, MSG_NOSIGNAL) == n)
		c->sent = true;
	else
		finish(c, CHECK_BAD, "it does not take a request");
}

static void
on_connected(struct check *c)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err != 0)
		finish(c, CHECK_BAD, strerror(err));
	else if (c->spec->kind == CHECK_TCP)
		finish(c, CHECK_GOOD, "");
	else
		send_request(c);
}

static void
judge(struct check *c)
{
	int status = c->reply.status;
	char reason[CHECK_REASON];

	snprintf(reason, sizeof(reason), "it answers with status %d", status);
	finish(c, status >= 200 && status < 400 ? CHECK_GOOD : CHECK_BAD,
	    reason);
}

/* To the answer's end, so that the server is not hung up on; what it says
 * after its status changes nothing any more. */
static void
hear(struct check *c)
{
	char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
	int err = errno;

	if (n < 0 && (err == EAGAIN || err == EINTR))
		return;
	if (n > 0)
		reply_add(&c->reply, bytes, (size_t)n);
	else if (n == 0 || c->reply.status >= 200)
		reply_end(&c->reply);
	else
		finish(c, CHECK_BAD, strerror(err));
	if (c->state != CHECK_BUSY)
		return;
	if (c->reply.state == REPLY_FOREIGN)
		finish(c, CHECK_BAD, "its answer is not HTTP");
	else if (c->reply.state == REPLY_WHOLE)
		judge(c);
}

static void
time_out(struct check *c)
{
	if (c->reply.status >= 200)
		judge(c);
	else
		finish(c, CHECK_BAD, "it does not answer in time");
}

void
check_serve(struct check *c, rsp_time now, const struct pollfd *p)
{
	if (c->state != CHECK_BUSY)
		return;
	if (c->spec->kind == CHECK_EXEC) {
		command_serve(&c->command, now, p);
		look_at_command(c);
	} else if (p->fd == c->fd && p->revents != 0) {
		if (c->sent)
			hear(c);
		else
			on_connected(c);
	}
	if (c->state == CHECK_BUSY && rsp_time_reached(c->end, now))
		time_out(c);
}

rsp_time
check_deadline(const struct check *c)
{
	if (c->state != CHECK_BUSY)
		return RSP_NEVER;
	return c->end;
}

bool
check_has_job(const struct check *c)
{
	return c->command.state == COMMAND_RUNNING;
}

bool
check_may_start(const struct check *c)
{
	return c->state != CHECK_BUSY && !check_has_job(c);
}

bool
check_reaped(struct check *c, pid_t pid, int status)
{
	if (!command_reaped(&c->command, pid, status))
		return false;
	look_at_command(c);
	return true;
}

void
check_stop(struct check *c)
{
	command_stop(&c->command);
	if (c->state == CHECK_BUSY)
		finish(c, CHECK_IDLE, "");
}
