/* SPDX-License-Identifier: Apache-2.0 */
/* script_world.c - see script_world.h */
#include "tests/shim/script_world.h"

#include <sys/prctl.h>

#define N_SERVERS 3
#define FIRST_PORT 8105 /* and every second one from there */

static struct server {
	pid_t pid;
	int go; /* the test's end of a pipe */
} servers[N_SERVERS];

char
script_byte(size_t i)
{
	return (char)('a' + (i * 7 + i / 251) % 26);
}

/* A server. */

static size_t sent; /* of the body */

static void
say(int fd, const char *text, size_t n)
{
	if (send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		_exit(2);
}

static void
say_body(int fd, size_t n)
{
	char b[SCRIPT_BODY];

	if (n > SCRIPT_BODY - sent)
		n = SCRIPT_BODY - sent;
	for (size_t i = 0; i < n; i++)
		b[i] = script_byte(sent + i);
	sent += n;
	say(fd, b, n);
}

static void
say_chunk(int fd, size_t n)
{
	char size[32];

	if (n > SCRIPT_BODY - sent)
		n = SCRIPT_BODY - sent;
	say(fd, size, (size_t)sprintf(size, "%zx\r\n", n));
	say_body(fd, n);
	say(fd, "\r\n", 2);
}

static void
say_head(int fd, const char *framing)
{
	char b[512];

	say(fd, b,
	    (size_t)sprintf(b,
		"HTTP/1.1 200 OK\r\nETag: \"same\"\r\n"
		"Last-Modified: Mon, 02 Mar 2026 10:00:00 GMT\r\n"
		"Content-Type: text/plain\r\n%s\r\n",
		framing));
}

static void
do_step(int fd, const struct step *s, int go)
{
	char b[64];

	switch (s->deed) {
	case SCRIPT_HEAD:
		sprintf(b, "Content-Length: %d\r\n", SCRIPT_BODY);
		say_head(fd, b);
		break;
	case SCRIPT_HEAD_CHUNKED:
		say_head(fd, "Transfer-Encoding: chunked\r\n");
		break;
	case SCRIPT_NOT_FOUND:
		sprintf(b, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
		say(fd, b, strlen(b));
		break;
	case SCRIPT_HEAD_OPEN:
		say_head(fd, "Connection: close\r\n");
		break;
	case SCRIPT_BYTES:
		say_body(fd, (size_t)s->n);
		break;
	case SCRIPT_CHUNK:
		say_chunk(fd, (size_t)s->n);
		break;
	case SCRIPT_CHUNKS:
		while (sent < SCRIPT_BODY)
			say_chunk(fd, (size_t)s->n);
		break;
	case SCRIPT_DRIBBLE:
		for (; sent < SCRIPT_BODY; usleep(2000))
			say_body(fd, (size_t)s->n);
		break;
	case SCRIPT_LAST_CHUNK:
		say(fd, "0\r\n\r\n", 5);
		break;
	case SCRIPT_PAUSE:
		usleep((useconds_t)s->n * 1000);
		break;
	case SCRIPT_WAIT:
		read(go, b, 1);
		break;
	case SCRIPT_STAY:
		pause();
		break;
	case SCRIPT_END:
	case SCRIPT_RESET:
	case SCRIPT_LATE:
		break;
	}
}

/* The queue of a listener, which holds one, is full: what comes later is
 * dropped, and comes again after a second. */
static void
fill(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	EQUAL(connect(fd, (const struct sockaddr *)a, sizeof(*a)), 0);
	close(fd);
}

/* Somebody's SYN to the port has no answer (state 2 in /proc/net/tcp). */
static bool
is_knocked_at(unsigned port)
{
	char line[256];
	unsigned to, state;
	bool found = false;
	FILE *f = fopen("/proc/net/tcp", "re");

	CHECK(f != NULL);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%*s %*[^:]:%*x %*[^:]:%x %x", &to,
			    &state) == 2 &&
			to == port && state == 2;
	fclose(f);
	return found;
}

static void
perform(int fd, const struct step *s, int go)
{
	struct linger hard = { 1, 0 };
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (; s->deed != SCRIPT_END && s->deed != SCRIPT_RESET; s++)
		do_step(fd, s, go);
	if (s->deed == SCRIPT_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	_exit(0);
}

/* A request, of whatever kind. */
static bool
hears(int fd)
{
	char b[4096];

	return recv(fd, b, sizeof(b), MSG_DONTWAIT) > 0;
}

static void
serve(int listener, const struct step *steps, int go)
{
	struct pollfd p[16] = { { listener, POLLIN, 0 } };
	nfds_t n = 1;

	while (poll(p, n, -1) > 0) {
		for (nfds_t i = 1; i < n; i++)
			if (p[i].revents != 0 && hears(p[i].fd))
				perform(p[i].fd, steps, go);
			else if (p[i].revents != 0)
				p[i].fd = -1;
		if (p[0].revents != 0 && n < 16) {
			p[n].fd = accept(listener, NULL, NULL);
			p[n].revents = 0;
			p[n++].events = POLLIN;
		}
	}
	_exit(1);
}

/* The test. */

void
script_begin(int server, const struct step *steps)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)(FIRST_PORT + 2 * server)) };
	int one = 1, go[2], fd = socket(AF_INET, SOCK_STREAM, 0);
	struct server *s = &servers[server];

	EQUAL(pipe2(go, O_CLOEXEC), 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(listen(fd, steps->deed == SCRIPT_LATE ? 0 : 128), 0);
	if (steps->deed == SCRIPT_LATE)
		fill(&a);
	s->pid = fork();
	CHECK(s->pid >= 0);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < N_SERVERS; i++)
			if (servers[i].go > 0)
				close(servers[i].go);
		close(go[1]);
		while (steps->deed == SCRIPT_LATE &&
		       !is_knocked_at(ntohs(a.sin_port)))
			usleep(1000);
		serve(fd, steps, go[0]);
	}
	s->go = go[1];
	close(go[0]);
	close(fd);
}

void
script_go(int server)
{
	EQUAL(write(servers[server].go, "g", 1), 1);
}

void
script_gone(int server)
{
	struct server *s = &servers[server];
	int status;

	EQUAL(waitpid(s->pid, &status, 0), s->pid);
	EQUAL(status, 0);
	s->pid = 0;
}

void
script_over(void)
{
	for (int i = 0; i < N_SERVERS; i++) {
		struct server *s = &servers[i];

		if (s->pid > 0) {
			kill(s->pid, SIGKILL);
			waitpid(s->pid, NULL, 0);
		}
		if (s->go > 0)
			close(s->go);
		s->pid = s->go = 0;
	}
}

static long log_at;

int
script_dial(const char *pool)
{
	struct stat log;
	int fd = stream(AF_INET, SOCK_CLOEXEC);

	log_at = stat(getenv("RSP_LOG_FILE"), &log) == 0 ? log.st_size : 0;
	EQUAL(dial(fd, pool, AF_INET), 0);
	return fd;
}

int
script_moves(void)
{
	return world_moves(&(struct world){ .log_at = log_at });
}

static long
decode_chunks(char *at, const char *end, char *to)
{
	char *begin = to;

	for (;;) {
		char *line = memchr(at, '\n', (size_t)(end - at));
		size_t n = line == NULL ? 0 : strtoul(at, NULL, 16);

		if (line == NULL || line + 1 + n + 2 > end)
			return -1;
		if (n == 0)
			return line + 3 == end ? to - begin : -1;
		memmove(to, line + 1, n);
		to += n;
		at = line + 1 + n + 2;
	}
}

long
script_decode(char *response, size_t n)
{
	char *body = memmem(response, n, "\r\n\r\n", 4);
	const char *end = response + n;

	if (body == NULL)
		return -1;
	body += 4;
	if (memmem(response, (size_t)(body - response), "chunked", 7) != NULL)
		n = (size_t)decode_chunks(body, end, body);
	else
		n = (size_t)(end - body);
	for (size_t i = 0; (long)n > 0 && i < n; i++)
		if (body[i] != script_byte(i))
			return -1;
	return (long)n;
}
