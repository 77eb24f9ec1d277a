/* SPDX-License-Identifier: Apache-2.0 */
/* shim_ready.c - what is called readable gives something at the next read, and
 * an edge-triggered program is not left waiting, while a download moves
 *
 * A row is a way to wait and read, how the first server frames its answer and
 * ends, what lies unread then, and how the next one answers.  The body must
 * come whole, by one move, and nothing that was called readable be "later".
 *
 * READY_PART=N/M runs every M-th row, from the N-th.
 */
#include "tests/shim/script_world.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

static int epoll_fd;
static char got[4 * SCRIPT_BODY];
static size_t have;
static bool end_comes; /* and may be seen */

/* Takes what came; true: there may be more. */
static bool
took(ssize_t r)
{
	if (r > 0)
		have += (size_t)r;
	CHECK(have < sizeof(got));
	return r > 0;
}

/* After a wait that said that it can be read.  True: go on. */
static bool
read_ready(int fd, size_t n)
{
	ssize_t r = recv(fd, got + have, n, MSG_DONTWAIT);

	CHECK(r >= 0 || errno != EAGAIN);
	CHECK(r >= 0);
	return took(r);
}

/* The level-triggered ones. */

static bool
by_poll(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	EQUAL(poll(&p, 1, 5000), 1);
	EQUAL(p.revents & ~POLLIN, 0);
	return read_ready(fd, 700);
}

/* As event loops that never wait in poll() for long. */
static bool
by_short_polls(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLRDHUP, 0 };
	long end = now_ms() + 5000;

	while (poll(&p, 1, 1) == 0)
		CHECK(now_ms() < end);
	return read_ready(fd, 100000 < sizeof(got) ? 100000 : 4096);
}

static bool
by_ppoll_for_both(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
	struct timespec t = { 5, 0 };

	EQUAL(ppoll(&p, 1, &t, NULL), 1);
	if ((p.revents & POLLIN) != 0)
		return read_ready(fd, 4096);
	EQUAL(p.revents, POLLOUT);
	usleep(1000);
	return true;
}

static bool
by_select(int fd)
{
	struct timeval t = { 5, 0 };
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	EQUAL(select(fd + 1, &in, &out, NULL, &t), 1);
	CHECK(FD_ISSET(fd, &in));
	return read_ready(fd, 4096);
}

static bool
by_pselect_for_both(int fd)
{
	struct timespec t = { 5, 0 };
	fd_set in, out;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	n = pselect(fd + 1, &in, &out, NULL, &t, NULL);
	EQUAL(n, (FD_ISSET(fd, &in) != 0) + (FD_ISSET(fd, &out) != 0));
	CHECK(n > 0);
	if (FD_ISSET(fd, &in))
		return read_ready(fd, 512);
	usleep(1000);
	return true;
}

static void
watch(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = 0xabcdef01234 };

	if (epoll_fd < 0) {
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		EQUAL(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e), 0);
	} else if ((events & EPOLLONESHOT) != 0)
		EQUAL(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &e), 0);
}

/* Waits until it can be read, and nothing else but that it can be written is
 * said meanwhile. */
static bool
next_event(int ms)
{
	const uint32_t quiet = EPOLLIN | EPOLLOUT;
	struct epoll_event e;
	int n;

	do {
		n = epoll_wait(epoll_fd, &e, 1, ms);
		CHECK(n >= 0);
		if (n == 0)
			return false;
		CHECK(e.data.u64 == 0xabcdef01234);
		EQUAL(e.events & ~(end_comes ? quiet | EPOLLRDHUP : quiet), 0);
	} while ((e.events & EPOLLIN) == 0);
	return true;
}

static bool
by_epoll(int fd)
{
	watch(fd, EPOLLIN);
	CHECK(next_event(5000));
	return read_ready(fd, 4096);
}

static bool
by_epoll_with_rdhup(int fd)
{
	watch(fd, EPOLLIN | EPOLLRDHUP);
	CHECK(next_event(5000));
	return read_ready(fd, 1000);
}

static bool
by_epoll_once(int fd)
{
	watch(fd, EPOLLIN | EPOLLONESHOT);
	CHECK(next_event(5000));
	return read_ready(fd, 1 + have % 3000);
}

/* Qt sizes its reads so; nothing readable is the end. */
static bool
by_fionread(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int n = -1, unsent = -1;

	EQUAL(poll(&p, 1, 5000), 1);
	EQUAL(ioctl(fd, FIONREAD, &n), 0);
	EQUAL(ioctl(fd, SIOCOUTQ, &unsent), 0);
	CHECK(n >= 0 && (size_t)n < sizeof(got) - have && unsent >= 0);
	if (n == 0)
		return read_ready(fd, 1);
	EQUAL(recv(fd, got + have, (size_t)n, MSG_DONTWAIT), n);
	return took(n);
}

/* A read without room tells whether another would wait. */
static bool
by_reading_nothing(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	EQUAL(poll(&p, 1, 5000), 1);
	EQUAL(recv(fd, got, 0, MSG_DONTWAIT), 0);
	return read_ready(fd, 1500);
}

static bool
by_peeking(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char seen[64];
	ssize_t n;

	EQUAL(poll(&p, 1, 5000), 1);
	n = recv(fd, seen, sizeof(seen), MSG_PEEK | MSG_DONTWAIT);
	CHECK(n >= 0);
	EQUAL(recv(fd, got + have, (size_t)n, MSG_DONTWAIT), n);
	CHECK(memcmp(seen, got + have, (size_t)n) == 0);
	return took(n);
}

/* The edge-triggered ones: a short read means that there is no more. */

static bool
read_edge(int fd, size_t n, uint32_t events)
{
	static bool drained;
	ssize_t r;

	if (epoll_fd < 0)
		drained = false;
	watch(fd, events);
	if (drained)
		CHECK(next_event(5000));
	r = recv(fd, got + have, n, MSG_DONTWAIT);
	drained = r < (ssize_t)n;
	CHECK(r >= 0 || errno == EAGAIN);
	return r < 0 || took(r);
}

static bool
by_edges(int fd)
{
	return read_edge(fd, 2 * SCRIPT_BODY, EPOLLIN | EPOLLET);
}

static bool
by_edges_with_rdhup(int fd)
{
	return read_edge(fd, 1000, EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP);
}

/* nginx's pieces */
static bool
by_edges_of_pieces(int fd)
{
	static bool drained;
	struct iovec v[5];
	ssize_t r;

	if (epoll_fd < 0)
		drained = false;
	watch(fd, EPOLLIN | EPOLLET | EPOLLRDHUP);
	if (drained)
		CHECK(next_event(5000));
	for (size_t i = 0; i < 5; i++)
		v[i] = (struct iovec){ got + have + 500 * i, 500 };
	v[2].iov_len = 0;
	v[3].iov_base = got + have + 1000;
	v[4].iov_base = got + have + 1500;
	r = readv(fd, v, 5);
	drained = r < 2000;
	CHECK(r >= 0 || errno == EAGAIN);
	return r < 0 || took(r);
}

static const struct style {
	const char *name;
	bool (*read)(int fd);
	bool nonblocking; /* only */
} styles[] = {
	{ "poll", by_poll, false },
	{ "short polls", by_short_polls, false },
	{ "ppoll for both", by_ppoll_for_both, false },
	{ "select", by_select, false },
	{ "pselect for both", by_pselect_for_both, false },
	{ "epoll", by_epoll, false },
	{ "epoll, RDHUP", by_epoll_with_rdhup, false },
	{ "EPOLLONESHOT", by_epoll_once, false },
	{ "FIONREAD", by_fionread, false },
	{ "recv of nothing", by_reading_nothing, false },
	{ "MSG_PEEK", by_peeking, false },
	{ "EPOLLET", by_edges, true },
	{ "EPOLLET, RDHUP", by_edges_with_rdhup, true },
	{ "EPOLLET, readv", by_edges_of_pieces, true },
};
#define N_STYLES (sizeof(styles) / sizeof(styles[0]))

/* What the first server says behind its head, and what lies unread when it
 * goes. */
static const struct first {
	const char *name;
	enum deed head, part;
	int read, unread;
} firsts[] = {
	{ "length", SCRIPT_HEAD, SCRIPT_BYTES, 1000, 0 },
	{ "length, some unread", SCRIPT_HEAD, SCRIPT_BYTES, 1000, 700 },
	{ "chunks", SCRIPT_HEAD_CHUNKED, SCRIPT_CHUNK, 1000, 0 },
	{ "chunks, some unread", SCRIPT_HEAD_CHUNKED, SCRIPT_CHUNK, 1000, 700 },
	{ "nothing said", SCRIPT_PAUSE, SCRIPT_PAUSE, 0, 0 },
};
#define N_FIRSTS (sizeof(firsts) / sizeof(firsts[0]))

static const struct step whole[] = { { SCRIPT_HEAD, 0 },
	{ SCRIPT_BYTES, SCRIPT_BODY }, { SCRIPT_STAY, 0 } };
static const struct step slow[] = { { SCRIPT_PAUSE, 120 }, { SCRIPT_HEAD, 0 },
	{ SCRIPT_PAUSE, 30 }, { SCRIPT_BYTES, 10 }, { SCRIPT_PAUSE, 20 },
	{ SCRIPT_DRIBBLE, 450 }, { SCRIPT_STAY, 0 } };
static const struct step chunks[] = { { SCRIPT_HEAD_CHUNKED, 0 },
	{ SCRIPT_CHUNK, 3000 }, { SCRIPT_CHUNKS, 100 },
	{ SCRIPT_LAST_CHUNK, 0 }, { SCRIPT_STAY, 0 } };
static const struct step slow_chunks[] = { { SCRIPT_PAUSE, 80 },
	{ SCRIPT_HEAD_CHUNKED, 0 }, { SCRIPT_CHUNK, 999 }, { SCRIPT_PAUSE, 20 },
	{ SCRIPT_CHUNK, 1 }, { SCRIPT_CHUNK, 2 }, { SCRIPT_PAUSE, 20 },
	{ SCRIPT_CHUNK, 2500 }, { SCRIPT_PAUSE, 20 }, { SCRIPT_CHUNKS, 700 },
	{ SCRIPT_PAUSE, 20 }, { SCRIPT_LAST_CHUNK, 0 }, { SCRIPT_STAY, 0 } };

static const struct second {
	const char *name;
	const struct step *steps;
} seconds[] = {
	{ "at once", whole },
	{ "slow", slow },
	{ "chunks", chunks },
	{ "slow chunks", slow_chunks },
};
#define N_SECONDS (sizeof(seconds) / sizeof(seconds[0]))

struct row {
	const struct style *style;
	const struct first *first;
	const struct second *second;
	bool nonblocking, reset;
};

static bool
is_whole(void)
{
	static char copy[sizeof(got)];

	memcpy(copy, got, have);
	return script_decode(copy, have) == SCRIPT_BODY;
}

/* What comes before the first server goes. */
static void
read_first(int fd, const struct row *r)
{
	size_t body = 0;
	char *end;

	while (r->first->read > 0 && body < (size_t)r->first->read) {
		took(recv(fd, got + have, 1, 0));
		end = memmem(got, have, "\r\n\r\n", 4);
		body = end == NULL ? 0 : (size_t)(got + have - end - 4);
	}
}

static void
run_row(const struct row *r)
{
	const struct step first[] = { { r->first->head, 0 },
		{ r->first->part, r->first->read }, { SCRIPT_WAIT, 0 },
		{ r->first->unread > 0 ? r->first->part : SCRIPT_PAUSE,
		    r->first->unread },
		{ r->reset ? SCRIPT_RESET : SCRIPT_END, 0 } };
	int fd;

	alarm(30);
	script_begin(0, first);
	script_begin(1, r->second->steps);
	fd = script_dial("Turns");
	EQUAL(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	read_first(fd, r);
	if (r->nonblocking)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	script_go(0);
	if (have % 2 == 0) /* the end is there already, or comes in the wait */
		script_gone(0);
	while (!is_whole())
		CHECK(r->style->read(fd));
	EQUAL(script_moves(), 1);
	close(fd);
	script_over();
}

static unsigned part, parts = 1, seen, ran, failed;

static void
try_row(const struct row *r)
{
	int status;
	pid_t pid;

	if (seen++ % parts != part)
		return;
	ran++;
	world_forget();
	pid = fork();
	if (pid == 0) {
		epoll_fd = -1;
		have = 0;
		run_row(r);
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	if (status == 0)
		return;
	failed++;
	fprintf(stderr, "FAILED (status %x): %s, %s, %s, %s, %s\n",
	    (unsigned)status, r->style->name,
	    r->nonblocking ? "non-blocking" : "blocking", r->first->name,
	    r->reset ? "reset" : "end of stream", r->second->name);
}

static void
try_style(const struct style *style)
{
	struct row r = { .style = style };

	for (size_t i = 0; i < N_FIRSTS * N_SECONDS * 4; i++) {
		r.first = &firsts[i / 4 % N_FIRSTS];
		r.second = &seconds[i / 4 / N_FIRSTS];
		r.nonblocking = i % 2 != 0;
		r.reset = i / 2 % 2 != 0;
		if (r.nonblocking || !style->nonblocking)
			try_row(&r);
	}
}

static void
readable_means_readable(void)
{
	const char *some = getenv("READY_PART"), *only = getenv("READY_STYLE");

	if (some != NULL)
		CHECK(sscanf(some, "%u/%u", &part, &parts) == 2);
	for (size_t i = 0; i < N_STYLES; i++)
		if (only == NULL || strcmp(only, styles[i].name) == 0)
			try_style(&styles[i]);
	printf("%u of %u rows, %u failed\n", ran, seen, failed);
	EQUAL(failed, 0);
	CHECK(ran > 0);
}

/* PHP: the kernel's poll says readable, for the server has just gone, and the
 * read that is not to wait meets that. */
static void
read_hastily_at_the_end(const struct step *second)
{
	static const struct step first[] = { { SCRIPT_HEAD, 0 },
		{ SCRIPT_BYTES, 1000 }, { SCRIPT_WAIT, 0 }, { SCRIPT_END, 0 } };
	struct pollfd p = { .events = POLLIN };
	int fd;

	script_begin(0, first);
	script_begin(1, second);
	fd = script_dial("Turns");
	EQUAL(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	do
		took(recv(fd, got + have, 1, 0));
	while (memmem(got, have, "\r\n\r\n", 4) == NULL);
	EQUAL(recv(fd, got + have, 1000, MSG_WAITALL), 1000);
	have += 1000;
	script_go(0);
	p.fd = fd;
	EQUAL(syscall(SYS_ppoll, &p, 1, NULL, NULL, 0), 1);
	EQUAL(p.revents, POLLIN);
	CHECK(read_ready(fd, 4096));
	while (!is_whole())
		CHECK(by_poll(fd));
	EQUAL(script_moves(), 1);
	close(fd);
	script_over();
}

static void
read_that_meets_the_end_waits_for_the_move(void)
{
	read_hastily_at_the_end(slow);
}

/* And for the handshake with the next server, if that takes a second. */
static void
read_that_meets_the_end_waits_for_a_handshake(void)
{
	static const struct step late[] = { { SCRIPT_LATE, 0 },
		{ SCRIPT_HEAD, 0 }, { SCRIPT_BYTES, SCRIPT_BODY },
		{ SCRIPT_STAY, 0 } };

	read_hastily_at_the_end(late);
}

/* An end that nobody takes over is shown, behind the bytes before it, to those
 * who wait for edges, too. */
static void
end_that_stays_makes_an_edge(void)
{
	static const struct step first[] = { { SCRIPT_HEAD, 0 },
		{ SCRIPT_BYTES, 1000 }, { SCRIPT_END, 0 } };
	struct pollfd p = { .events = POLLRDHUP };
	int fd;

	script_begin(0, first);
	fd = script_dial("Turns");
	EQUAL(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	p.fd = fd;
	EQUAL(syscall(SYS_ppoll, &p, 1, NULL, NULL, 0), 1);
	script_gone(0);
	epoll_fd = -1;
	end_comes = true;
	while (read_edge(fd, 4096, EPOLLIN | EPOLLET | EPOLLRDHUP))
		CHECK(have < 4096);
	CHECK(have > 1000);
	EQUAL(recv(fd, got, 1, 0), 0);
	EQUAL(script_moves(), 0);
	close(fd);
	close(epoll_fd);
	script_over();
}

/* The request is in no kernel while the handshake of a move runs. */
static void
request_to_be_repeated_is_not_sent(void)
{
	struct world w;
	int n = -1;

	world_begin();
	world_open(&w, "Slow", V4);
	world_ask(&w, sizeof(request) - 1);
	world_end(&w, RST);
	fcntl(w.fd, F_SETFL, O_NONBLOCK);
	EQUAL(recv(w.fd, got, 1, 0), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(world_moves(&w), 0);
	EQUAL(ioctl(w.fd, SIOCOUTQ, &n), 0);
	EQUAL(n, sizeof(request) - 1);
	EQUAL(ioctl(w.fd, SIOCOUTQNSD, &n), 0);
	EQUAL(n, sizeof(request) - 1);
	EQUAL(ioctl(w.fd, FIONREAD, &n), 0);
	EQUAL(n, 0);
	fcntl(w.fd, F_SETFL, 0);
	world_expect(w.fd, 0);
	EQUAL(ioctl(w.fd, SIOCOUTQ, &n), 0);
	EQUAL(n, 0);
	world_close(&w);
	world_over();
}

/* The next server has something else: that is an end, which a second look does
 * not take away. */
static void
refusal_stays_readable(void)
{
	static const struct step first[] = { { SCRIPT_HEAD, 0 },
		{ SCRIPT_BYTES, 1000 }, { SCRIPT_END, 0 } };
	static const struct step other[] = { { SCRIPT_NOT_FOUND, 0 },
		{ SCRIPT_STAY, 0 } };
	struct pollfd p = { .events = POLLIN };
	int fd;

	alarm(30);
	script_begin(0, first);
	script_begin(1, other);
	p.fd = fd = script_dial("Turns");
	EQUAL(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	script_gone(0);
	do
		EQUAL(poll(&p, 1, 5000), 1);
	while (read_ready(fd, 400) && have < 1200);
	for (int i = 0; i < 3; i++) {
		EQUAL(poll(&p, 1, 5000), 1);
		CHECK((p.revents & POLLIN) != 0);
	}
	while (read_ready(fd, 4096))
		;
	EQUAL(poll(&p, 1, 5000), 1);
	EQUAL(recv(fd, got, 1, 0), 0);
	close(fd);
	script_over();
}

static const struct test tests[] = {
	TEST(readable_means_readable),
	TEST(read_that_meets_the_end_waits_for_the_move),
	TEST(read_that_meets_the_end_waits_for_a_handshake),
	TEST(end_that_stays_makes_an_edge),
	TEST(refusal_stays_readable),
	TEST(request_to_be_repeated_is_not_sent),
};

MAIN(tests)
