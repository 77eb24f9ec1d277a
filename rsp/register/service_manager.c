/* SPDX-License-Identifier: Apache-2.0 */
/* service_manager.c - one datagram in, one datagram out, descriptors included
 */
#include "rsp/register/service_manager.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsp/register/process_tree.h"

#define MESSAGE 8192
#define DESCRIPTORS 253 /* as many as a message can carry */
#define AT_ONCE 64	/* messages; the others next time */

/* What NOTIFY_SOCKET names, if anything. */
static void
find_manager(struct service_manager *m)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);

	if (n < 2 || n >= sizeof(m->at.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(m->at.sun_path, path, n);
	if (path[0] == '@')
		m->at.sun_path[0] = '\0';
	m->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void
service_manager_init(struct service_manager *m, bool for_server)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(name);
	size_t n;
	int on = 1;

	*m = (struct service_manager){ .fd = -1, .at.sun_family = AF_UNIX };
	find_manager(m);
	if (m->len == 0 && !for_server)
		return;
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Without a name the kernel finds one, in no directory. */
	if (m->fd < 0 ||
	    setsockopt(m->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(m->fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
	    getsockname(m->fd, (struct sockaddr *)&name, &len) < 0) {
		service_manager_fini(m);
		return;
	}
	n = len - offsetof(struct sockaddr_un, sun_path);
	snprintf(m->name, sizeof(m->name), "@%.*s", (int)n - 1,
	    name.sun_path + 1);
}

void
service_manager_fini(struct service_manager *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* A variable that named our process names the server's. */
static void
hand_over(const char *variable, int parent)
{
	const char *value = getenv(variable);
	char pid[16];

	if (value == NULL || atoi(value) != parent)
		return;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv(variable, pid, 1);
}

void
service_manager_set_environment(const struct service_manager *m, int parent)
{
	hand_over("LISTEN_PID", parent);
	hand_over("WATCHDOG_PID", parent);
	if (m->fd >= 0)
		setenv("NOTIFY_SOCKET", m->name, 1);
}

static void
say(const struct service_manager *m, const char *text)
{
	/* A manager that does not listen is none of our business. */
	if (m->fd >= 0 && m->len > 0 &&
	    sendto(m->fd, text, strlen(text), MSG_NOSIGNAL,
		(const struct sockaddr *)&m->at, m->len) < 0)
		return;
}

void
service_manager_ready(struct service_manager *m)
{
	if (!m->ready)
		say(m, "READY=1");
	m->ready = true;
}

void
service_manager_stopping(const struct service_manager *m, int64_t within_ms)
{
	char text[80];

	snprintf(text, sizeof(text), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
	    (long long)within_ms * 1000);
	say(m, text);
}

/* The main process is and remains ours.  The new length.  What a stranger sends
 * is bytes, with zeros among them if he likes. */
static size_t
without_main_pid(char *text, size_t len)
{
	static const char name[] = "MAINPID=";
	const size_t n = sizeof(name) - 1;
	char *line = text, *end, *out = text;

	for (; line < text + len; line = end) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		end = end == NULL ? text + len : end + 1;
		if ((size_t)(end - line) >= n && memcmp(line, name, n) == 0)
			continue;
		memmove(out, line, (size_t)(end - line));
		out += end - line;
	}
	return (size_t)(out - text);
}

static bool
has_line(const char *text, size_t len, const char *wanted)
{
	const char *at = text;
	size_t n = strlen(wanted);

	while (
	    (at = memmem(at, (size_t)(text + len - at), wanted, n)) != NULL) {
		if ((at == text || at[-1] == '\n') &&
		    (at + n == text + len || at[n] == '\n'))
			return true;
		at += n;
	}
	return false;
}

/* Without the zero at the end that some send along with their string. */
static size_t
text_length(const char *text, size_t len)
{
	return len > 0 && text[len - 1] == '\0' ? len - 1 : len;
}

/* Takes what came beside the bytes: the sender's process, and the descriptors,
 * which go on in the same buffer.  Who sent it, or 0. */
static pid_t
take_control(struct msghdr *h, bool *has_fds)
{
	struct cmsghdr *c, *fds = NULL;
	struct ucred who = { 0 };

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&who, CMSG_DATA(c), sizeof(who));
		if (c->cmsg_type == SCM_RIGHTS)
			fds = c;
	}
	*has_fds = fds != NULL;
	if (fds != NULL) {
		h->msg_controllen = fds->cmsg_len;
		memmove(h->msg_control, fds, fds->cmsg_len);
	}
	return who.pid;
}

static void
close_all(const struct msghdr *h)
{
	const struct cmsghdr *c = h->msg_control;
	size_t i, n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		close(fd);
	}
}

/* One that is lost is the manager's loss. */
static void
relay(const struct service_manager *m, struct msghdr *h)
{
	struct sockaddr_un at = m->at;

	if (m->len == 0)
		return;
	h->msg_name = &at;
	h->msg_namelen = m->len;
	h->msg_flags = 0;
	if (sendmsg(m->fd, h, MSG_NOSIGNAL) < 0)
		return;
}

/* False when there is nothing more. */
static bool
pass_on(struct service_manager *m)
{
	_Alignas(
	    struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred)) +
					 CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	char text[MESSAGE];
	struct iovec v = { text, MESSAGE };
	struct msghdr h = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(m->fd, &h, MSG_CMSG_CLOEXEC);
	bool has_fds;
	pid_t from;

	if (n < 0)
		return false;
	from = take_control(&h, &has_fds);
	if (from > 0 && process_tree_is_below(from, getpid())) {
		m->ready |=
		    has_line(text, text_length(text, (size_t)n), "READY=1");
		v.iov_len = word_take(&m->word, text,
		    without_main_pid(text, (size_t)n));
		if (!has_fds)
			h.msg_controllen = 0;
		if (v.iov_len > 0 || has_fds)
			relay(m, &h);
	}
	if (has_fds)
		close_all(&h);
	return true;
}

void
service_manager_serve(struct service_manager *m)
{
	unsigned left = AT_ONCE;

	/* A server that says nothing but that does not keep us from the rest.
	 */
	while (left-- > 0 && pass_on(m))
		;
}
