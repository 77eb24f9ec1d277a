/* SPDX-License-Identifier: Apache-2.0 */
/* shim_move.c - a server dies, and each call that can be the first to meet
 * that goes on with the next one
 *
 * A row is a call, how the socket waits, its family, how the connection ends,
 * and what had been said before.  The first server is this process, the next
 * one a child of it (move_world.h).  Each row has a process of its own.
 *
 * MOVE_PART=N/M runs every M-th row, from the N-th.
 */
#include "tests/shim/move_world.h"

#include <stdlib.h>

/* What had passed when the server died. */
enum said {
	NOTHING,    /* mode connect's case; the next server speaks first */
	IDLE,	    /* an exchange of the mode idle is complete */
	ASKED,	    /* a GET is out */
	HALF_ASKED, /* a part of it */
	IN_BODY,    /* a part of the response has come */
	N_SAID,
};
static const char *const saids[] = { "nothing", "idle", "asked", "half asked",
	"in the body" };

enum wait { BLOCKING, TIMEOUT, NONBLOCKING, N_WAITS };
static const char *const waits[] = { "blocking", "with a timeout",
	"non-blocking" };

struct row {
	const struct call *call;
	enum said said;
	enum wait wait;
	enum way way;
	enum end end;
};

static struct row now;

static void
describe(const struct row *r, char *text, size_t size)
{
	snprintf(text, size, "%s, %s, %s, %s, %s", r->call->name,
	    saids[r->said], waits[r->wait], way_names[r->way],
	    end_names[r->end]);
}

static bool
makes_sense(const struct row *r)
{
	if (r->call->writes)
		return r->said == NOTHING || r->said == IDLE ||
		       r->said == HALF_ASKED;
	/* a read shows the end, and a wait is not to hide that; SO_ERROR tells
	 * of it first */
	if (r->said == IDLE)
		return !r->call->waits &&
		       strcmp(r->call->name, "SO_ERROR") != 0;
	return r->said != HALF_ASKED;
}

/* Reads with the row's call; what the socket cannot give is waited for. */
static ssize_t
read_some(struct world *w, char *b, size_t n)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	for (int turns = 0;; turns++) {
		ssize_t r = now.call->run(w->fd, b, n);

		if (r >= 0 || errno != EAGAIN ||
		    (now.wait == BLOCKING && !now.call->waits))
			return r;
		CHECK(turns < 100);
		if (now.wait == NONBLOCKING)
			EQUAL(poll(&p, 1, 5000), 1);
	}
}

static void
expect_text(struct world *w, const char *text)
{
	char b[64];
	size_t have = 0, n = strlen(text);

	while (have < n) {
		ssize_t r = read_some(w, b + have, n - have);

		CHECK(r > 0);
		have += (size_t)r;
	}
	EQUAL(have, n);
	CHECK(memcmp(b, text, n) == 0);
}

/* All that is left of the response, by the row's call. */
static void
expect_response(struct world *w, bool with_head)
{
	static char b[BODY + 4096], wanted[BODY + 4096];
	size_t have = w->have, n = (size_t)response(wanted, 0, BODY);

	memcpy(b, wanted, have);
	while (have < n) {
		ssize_t r = with_head ? read_some(w, b + have, n - have)
				      : recv(w->fd, b + have, n - have, 0);

		CHECK(r > 0);
		have += (size_t)r;
	}
	EQUAL(have, n);
	CHECK(memcmp(b, wanted, n) == 0);
}

static void
prepare(struct world *w)
{
	struct timeval t = { 0, 150000 };

	if (now.wait == TIMEOUT) {
		setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
		setsockopt(w->fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	}
	switch (now.said) {
	case NOTHING:
		break;
	case IDLE:
		world_exchange(w);
		break;
	case ASKED:
		world_ask(w, sizeof(request) - 1);
		break;
	case HALF_ASKED:
		world_ask(w, 20);
		break;
	case IN_BODY:
		world_ask(w, sizeof(request) - 1);
		world_answer(w, 1000);
		break;
	case N_SAID:
		break;
	}
	if (now.wait == NONBLOCKING)
		fcntl(w->fd, F_SETFL, O_NONBLOCK);
}

static void
read_on(struct world *w)
{
	char b[16] = "";

	switch (now.said) {
	case NOTHING:
		expect_text(w, "hello");
		break;
	case IDLE:
		/* what is waited for may be the rest of an answer, and would be
		 * waited for elsewhere for ever */
		EQUAL(now.call->run(w->fd, b, sizeof(b)),
		    now.end == FIN ? 0 : -1);
		if (now.end == RST)
			EQUAL(errno, ECONNRESET);
		break;
	case ASKED:
	case IN_BODY:
		expect_response(w, true);
		break;
	case HALF_ASKED:
	case N_SAID:
		break;
	}
}

static void
write_on(struct world *w)
{
	char b[64];

	if (now.said == HALF_ASKED) {
		EQUAL(now.call->run(w->fd, (char *)(uintptr_t)request + 20,
			  sizeof(request) - 1 - 20),
		    sizeof(request) - 1 - 20);
		fcntl(w->fd, F_SETFL, 0);
		expect_response(w, false);
		return;
	}
	strcpy(b, "word");
	EQUAL(now.call->run(w->fd, b, 4), 4);
	fcntl(w->fd, F_SETFL, 0);
	/* the greeting of the next, and its echo */
	EQUAL(recv(w->fd, b, 9, MSG_WAITALL), 9);
	CHECK(memcmp(b, "helloword", 9) == 0);
}

static void
run_row(void)
{
	static const char *const pools[] = { "Fresh", "Greet", "Web", "Web",
		"Web" };
	struct world w;
	int v;

	world_open(&w, pools[now.said], now.way);
	prepare(&w);
	world_end(&w, now.end);
	if (now.call->writes)
		write_on(&w);
	else
		read_on(&w);
	EQUAL(world_moves(&w), now.said != IDLE || now.call->writes);
	EQUAL(so_error(w.fd), 0);
	if (now.wait == NONBLOCKING) /* whatever has been done meanwhile */
		fcntl(w.fd, F_SETFL, O_NONBLOCK);
	v = fcntl(w.fd, F_GETFL);
	EQUAL((v & O_NONBLOCK) != 0, now.wait == NONBLOCKING);
	world_close(&w);
}

static unsigned part, parts = 1, seen, ran, failed;

static void
try_row(const struct row *r)
{
	char text[200];
	int status;
	pid_t pid;

	if (!makes_sense(r) || seen++ % parts != part)
		return;
	ran++;
	describe(r, text, sizeof(text));
	now = *r;
	world_forget();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		run_row();
		exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	if (status == 0)
		return;
	failed++;
	fprintf(stderr, "FAILED (status %x): %s\n", (unsigned)status, text);
}

static void
try_call(const struct call *call)
{
	struct row r = { .call = call };

	for (r.said = 0; r.said < N_SAID; r.said++)
		for (r.wait = 0; r.wait < N_WAITS; r.wait++)
			for (r.way = 0; r.way < N_WAYS; r.way++)
				for (r.end = 0; r.end < N_ENDS; r.end++)
					try_row(&r);
}

static void
every_call(void)
{
	const char *some = getenv("MOVE_PART");

	if (some != NULL)
		CHECK(sscanf(some, "%u/%u", &part, &parts) == 2);
	world_begin();
	for (size_t i = 0; i < n_calls; i++)
		if (getenv("MOVE_CALL") == NULL ||
		    strcmp(getenv("MOVE_CALL"), calls[i].name) == 0)
			try_call(&calls[i]);
	world_over();
	printf("%u of %u rows, %u failed\n", ran, seen, failed);
	EQUAL(failed, 0);
	CHECK(ran > 0);
}

static const struct test tests[] = {
	TEST(every_call),
};

MAIN(tests)
