/* SPDX-License-Identifier: Apache-2.0 */
/* move_world.c - see move_world.h */
#include "tests/shim/move_world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define FIRST_PORT 8101
#define GREETER_PORT 8102
#define WEB_PORT 8103
#define DEAF_PORT 8104
enum { GREETER, WEB, DEAF, N_PORTS };

const char request[56] =
    "GET /file HTTP/1.1\r\nHost: server\r\nX-Filler: filler1\r\n\r\n";
const char *const way_names[] = { "v4", "v6", "mapped" };
const char *const end_names[] = { "end of stream", "reset" };

static pid_t next_server;

size_t
response(char *b, size_t from, size_t to)
{
	size_t n;

	if (from == 0)
		n = (size_t)sprintf(b,
		    "HTTP/1.1 200 OK\r\nETag: \"same\"\r\n"
		    "Content-Length: %d\r\n\r\n",
		    BODY);
	else
		n = (size_t)sprintf(b,
		    "HTTP/1.1 206 Partial Content\r\nETag: \"same\"\r\n"
		    "Content-Range: bytes %zu-%d/%d\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    from, BODY - 1, BODY, BODY - from);
	for (size_t i = from; i < to; i++)
		b[n++] = (char)(i * 7 + i / 251);
	return n;
}

static int
listen_on(int port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };
	int one = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(listen(fd, 128), 0);
	return fd;
}

/* The next server: a process for each connection. */

static void
greet(int fd)
{
	char b[4096];
	ssize_t n;

	send(fd, "hello", 5, MSG_NOSIGNAL);
	while ((n = read(fd, b, sizeof(b))) > 0)
		send(fd, b, (size_t)n, MSG_NOSIGNAL);
}

static void
serve(int fd)
{
	static char b[BODY + 4096], text[4096];
	size_t have = 0, from;
	ssize_t n;

	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0) {
		const char *range;

		have += (size_t)n;
		text[have] = '\0';
		if (strstr(text, "\r\n\r\n") == NULL)
			continue;
		range = strcasestr(text, "range: bytes=");
		from = range != NULL ? strtoul(range + 13, NULL, 10) : 0;
		send(fd, b, response(b, from, BODY), MSG_NOSIGNAL);
		have = 0;
	}
}

static void
hang_up(int fd)
{
	char b[4096];

	read(fd, b, sizeof(b));
}

static void
serve_one(const int *listeners, int which, void (*how)(int fd))
{
	int fd = accept(listeners[which], NULL, NULL);

	if (fd >= 0 && fork() == 0) {
		for (int i = 0; i < N_PORTS; i++)
			close(listeners[i]);
		how(fd);
		_exit(0);
	}
	close(fd);
}

static void
serve_next(const int *listeners)
{
	static void (*const hows[])(int) = { greet, serve, hang_up };
	struct pollfd p[N_PORTS];

	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < N_PORTS; i++) {
		p[i] = (struct pollfd){ listeners[i], POLLIN, 0 };
	}
	while (poll(p, N_PORTS, -1) >= 0)
		for (int i = 0; i < N_PORTS; i++)
			if (p[i].revents != 0)
				serve_one(listeners, i, hows[i]);
	_exit(1);
}

void
world_begin(void)
{
	int listeners[] = { listen_on(GREETER_PORT), listen_on(WEB_PORT),
		listen_on(DEAF_PORT) };

	next_server = fork();
	CHECK(next_server >= 0);
	if (next_server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_next(listeners);
	}
	for (int i = 0; i < N_PORTS; i++)
		close(listeners[i]);
}

/* Of the cache of the test's own. */
void
world_forget(void)
{
	DIR *d = opendir(getenv("RSP_RUNTIME_DIR"));
	struct dirent *e;

	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "shim.txt") != 0)
			EQUAL(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
}

void
world_over(void)
{
	kill(next_server, SIGKILL);
	EQUAL(waitpid(next_server, NULL, 0), next_server);
}

/* The first server. */

void
world_prepare(struct world *w, enum way way)
{
	struct stat log;

	memset(w, 0, sizeof(*w));
	w->listener = w->there = -1;
	if (stat(getenv("RSP_LOG_FILE"), &log) == 0)
		w->log_at = log.st_size;
	w->fd = stream(way == V4 ? AF_INET : AF_INET6, SOCK_CLOEXEC);
}

static void
dial_pool(struct world *w, const char *pool, enum way way)
{
	struct address a;
	char name[32];

	snprintf(name, sizeof(name), "%s%s", pool, way == V6 ? "6" : "");
	a = way == MAPPED ? pool_mapped(name)
			  : pool_address(name, way == V4 ? AF_INET : AF_INET6);
	EQUAL(connect(w->fd, (struct sockaddr *)&a.ss, a.len), 0);
}

void
world_dial(struct world *w, const char *pool, enum way way)
{
	world_prepare(w, way);
	dial_pool(w, pool, way);
}

void
world_connect(struct world *w, const char *pool, enum way way)
{
	w->listener = listen_on(FIRST_PORT);
	dial_pool(w, pool, way);
	w->there = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(w->there >= 0);
}

void
world_open(struct world *w, const char *pool, enum way way)
{
	world_prepare(w, way);
	world_connect(w, pool, way);
}

static void
receive_all(int fd, char *b, size_t n)
{
	EQUAL(recv(fd, b, n, MSG_WAITALL), n);
}

void
world_exchange(struct world *w)
{
	char b[8];

	EQUAL(send(w->fd, "word", 4, 0), 4);
	receive_all(w->there, b, 4);
	EQUAL(send(w->there, b, 4, 0), 4);
	receive_all(w->fd, b, 4);
}

void
world_ask(struct world *w, size_t n)
{
	char b[sizeof(request)];

	EQUAL(send(w->fd, request, n, 0), n);
	receive_all(w->there, b, n);
}

void
world_answer(struct world *w, size_t body)
{
	static char b[BODY + 4096];
	size_t n = response(b, 0, body);

	EQUAL(send(w->there, b, n, 0), n);
	receive_all(w->fd, b, n);
	w->have = n;
}

void
world_expect(int fd, size_t have)
{
	char *b = malloc(2 * (BODY + 4096)), *wanted = b + BODY + 4096;
	size_t n = response(wanted, 0, BODY);

	while (have < n) {
		ssize_t r = recv(fd, b, n - have, 0);

		CHECK(r > 0);
		CHECK(memcmp(b, wanted + have, (size_t)r) == 0);
		have += (size_t)r;
	}
	free(b);
}

void
world_hang_up(struct world *w, enum end end)
{
	struct linger hard = { 1, 0 };
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	if (end == RST)
		setsockopt(w->there, SOL_SOCKET, SO_LINGER, &hard,
		    sizeof(hard));
	close(w->there);
	w->there = -1;
	/* not the shim's poll(), which would know better */
	EQUAL(syscall(SYS_ppoll, &p, 1, NULL, NULL, 0), 1);
}

void
world_end(struct world *w, enum end end)
{
	close(w->listener);
	w->listener = -1;
	world_hang_up(w, end);
}

void
world_close(struct world *w)
{
	if (w->listener >= 0)
		close(w->listener);
	if (w->there >= 0)
		close(w->there);
	close(w->fd);
}

int
world_moves(const struct world *w)
{
	FILE *f = fopen(getenv("RSP_LOG_FILE"), "r");
	char line[1024];
	int n = 0;

	if (f != NULL)
		fseek(f, w->log_at, SEEK_SET);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "a connection moved") != NULL;
	if (f != NULL)
		fclose(f);
	return n;
}
