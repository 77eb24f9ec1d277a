/* SPDX-License-Identifier: Apache-2.0 */
/* fake_registrar.c - simple registrar for tests of the pool user: a child
 * process that accepts, reads and answers */
#include "tests/lib/fake_registrar.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/core/wire/message.h"

#define CLIENTS 200

struct client {
	int fd;
	size_t len;
	uint8_t bytes[16384];
};

static uint8_t
lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b + 32) : b;
}

static bool
knows(const struct fake_registrar *f, const struct rsp_message *m)
{
	if (m->handle.len != f->handle_len)
		return false;
	for (size_t i = 0; i < f->handle_len; i++)
		if (m->handle.at[i] != f->handle[i] &&
		    (!f->any_case || !m->any_case ||
			lower(m->handle.at[i]) != lower(f->handle[i])))
			return false;
	return true;
}

static void
put_elements(struct fake_registrar *f, struct rsp_builder *b)
{
	unsigned n = f->n_elements;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = f->rotate ? (i + f->resolutions) % n : i;
		struct rsp_pe pe = { .id = f->first_id + k, .life = 90 };

		pe.user.type = RSP_PARAM_TCP;
		pe.user.port = (uint16_t)(f->port + k);
		pe.user.n_addresses = 1;
		pe.user.addresses[0] =
		    (struct rsp_address){ 4, { 127, 0, 0, 1 } };
		pe.policy.type = f->policy;
		pe.policy.n_words = f->policy == 1 ? 0 : 1;
		pe.policy.words[0] = f->load;
		rsp_put_pe(b, &pe);
	}
}

static size_t
answer(struct fake_registrar *f, const struct rsp_message *q, uint8_t *out,
    size_t size)
{
	static uint8_t elements[60000], causes[16];
	struct rsp_builder b = rsp_builder_into(out, size);
	struct rsp_builder e = rsp_builder_into(elements, sizeof(elements));
	struct rsp_builder c = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m;
	uint16_t cause = RSP_CAUSE_HANDLE;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION_RESPONSE);
	m.has_handle = true;
	m.handle = q->handle;
	if (f->mode == FAKE_REJECTS)
		cause = RSP_CAUSE_RESOURCES;
	if (f->mode == FAKE_UNKNOWN || f->mode == FAKE_REJECTS ||
	    f->mode == FAKE_ERROR || !knows(f, q)) {
		rsp_put_cause(&c, cause, (struct rsp_span){ NULL, 0 });
		m.has_error = true;
		m.causes = rsp_builder_span(&c);
	} else {
		m.handle = (struct rsp_span){ f->handle, f->handle_len };
		m.has_policy = true;
		m.policy.type = f->policy;
		m.policy.n_words = f->policy == 1 ? 0 : 1;
		put_elements(f, &e);
		m.elements = rsp_builder_span(&e);
	}
	if (f->mode == FAKE_ERROR)
		m.type = RSP_ASAP_ERROR;
	if (f->mode == FAKE_BYTEWISE) {
		struct rsp_message other;

		rsp_message_init(&other, RSP_ASAP, RSP_ASAP_KEEP_ALIVE);
		other.has_handle = true;
		other.handle = m.handle;
		rsp_message_encode(&b, &other);
	}
	rsp_message_encode(&b, &m);
	return b.len;
}

static void
reply(struct fake_registrar *f, struct client *c, const struct rsp_message *m)
{
	static uint8_t out[65536];
	size_t len, step;

	f->last_items = m->items;
	f->resolutions++;
	if (f->mode == FAKE_SILENT)
		return;
	if (f->mode == FAKE_HANGS_UP) {
		shutdown(c->fd, SHUT_RDWR);
		return;
	}
	len = f->mode == FAKE_GARBAGE ? 4 : answer(f, m, out, sizeof(out));
	if (f->mode == FAKE_GARBAGE)
		memset(out, 0, 4);
	step = f->mode == FAKE_BYTEWISE ? 1 : len;
	for (size_t at = 0; at < len; at += step)
		if (send(c->fd, out + at, step, MSG_NOSIGNAL) < 0)
			return;
}

/* false: the client is gone */
static bool
serve(struct fake_registrar *f, struct client *c)
{
	ssize_t n =
	    recv(c->fd, c->bytes + c->len, sizeof(c->bytes) - c->len, 0);
	struct rsp_message m;
	int len;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	for (;;) {
		len = rsp_message_frame((struct rsp_span){ c->bytes, c->len });
		if (len <= 0 || (size_t)len > c->len)
			return true;
		if (rsp_message_decode(RSP_ASAP,
			(struct rsp_span){ c->bytes, (size_t)len }, &m,
			NULL) == RSP_OK) {
			if (m.type == RSP_ASAP_RESOLUTION)
				reply(f, c, &m);
			if (m.type == RSP_ASAP_UNREACHABLE) {
				f->last_reported = m.pe_id;
				f->reports++;
			}
		}
		c->len -= (size_t)len;
		memmove(c->bytes, c->bytes + len, c->len);
	}
}

static void
run(struct fake_registrar *f, int listener)
{
	static struct client clients[CLIENTS];
	struct pollfd p[CLIENTS + 1];
	int n = 0;

	for (;;) {
		p[0] = (struct pollfd){ listener, n < CLIENTS ? POLLIN : 0, 0 };
		for (int i = 0; i < n; i++)
			p[i + 1] = (struct pollfd){ clients[i].fd, POLLIN, 0 };
		if (poll(p, (nfds_t)n + 1, -1) < 0)
			continue;
		for (int i = n - 1; i >= 0; i--)
			if (p[i + 1].revents != 0 && !serve(f, &clients[i])) {
				close(clients[i].fd);
				clients[i] = clients[--n];
			}
		if (p[0].revents != 0) {
			clients[n].len = 0;
			clients[n].fd = accept(listener, NULL, NULL);
			f->connections++;
			if (clients[n].fd >= 0)
				n++;
		}
	}
}

bool
fake_restart(struct fake_registrar *f)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(f->listens) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	pid_t pid;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) != 0) {
		close(fd);
		return false;
	}
	f->listens = ntohs(in.sin_port);
	pid = fork(); /* the page is shared: only the parent writes it there */
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(f, fd);
		_exit(0);
	}
	close(fd);
	f->pid = pid;
	return pid > 0;
}

struct fake_registrar *
fake_start(const void *handle, size_t len, uint16_t port)
{
	struct fake_registrar *f = mmap(NULL, sizeof(*f),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (f == MAP_FAILED || len > sizeof(f->handle))
		return NULL;
	memcpy(f->handle, handle, len);
	f->handle_len = len;
	f->listens = port;
	f->n_elements = 3;
	f->first_id = 100;
	f->port = 1001;
	f->policy = 1;
	f->any_case = true;
	return fake_restart(f) ? f : NULL;
}

void
fake_stop(struct fake_registrar *f)
{
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	f->pid = 0;
}

const char *
fake_endpoint(const struct fake_registrar *f)
{
	static char text[40];

	snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", f->listens);
	return text;
}
