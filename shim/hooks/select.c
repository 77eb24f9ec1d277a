/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - select and pselect
 *
 * The sets are in and out at once, so each slice works on copies.  Sets larger
 * than a fd_set are usual (programs allocate them); what is larger than the
 * copies here is left to libc, and nothing is hidden then.
 */
#include "shim/real.h"

#include <errno.h>
#include <string.h>

#include "shim/settings.h"
#include "shim/pending.h"
#include "shim/wait.h"
#include "shim/multiplex.h"

#define LARGEST 16384 /* descriptors */
#define WORD_BITS ((int)(8 * sizeof(long)))

typedef long set[LARGEST / 8 / sizeof(long)];

struct sets {
	int n;
	size_t bytes;
	bool there[3]; /* read, write, except */
	set asked[3], got[3];
};

static bool
sets_begin(struct sets *s, int n, fd_set *r, fd_set *w, fd_set *e)
{
	fd_set *given[3] = { r, w, e };

	if (n < 0 || n > LARGEST)
		return false;
	s->n = n;
	s->bytes =
	    (size_t)(n + WORD_BITS - 1) / (size_t)WORD_BITS * sizeof(long);
	for (int i = 0; i < 3; i++) {
		s->there[i] = given[i] != NULL;
		if (s->there[i])
			memcpy(s->asked[i], given[i], s->bytes);
	}
	return true;
}

static fd_set *
sets_copy(struct sets *s, int i)
{
	if (!s->there[i])
		return NULL;
	memcpy(s->got[i], s->asked[i], s->bytes);
	return (fd_set *)(void *)s->got[i];
}

static void
sets_end(const struct sets *s, fd_set *r, fd_set *w, fd_set *e)
{
	fd_set *given[3] = { r, w, e };

	for (int i = 0; i < 3; i++)
		if (given[i] != NULL)
			memcpy(given[i], s->got[i], s->bytes);
}

static bool
has(bool there, const long *words, int fd)
{
	return there &&
	       ((unsigned long)words[fd / WORD_BITS] >> fd % WORD_BITS & 1) !=
		   0;
}

/* Takes one descriptor out of what was reported, or only out of what can be
 * read.  Returns how often it was there. */
static int
hide(struct sets *s, int fd, int kinds)
{
	long bit = (long)(1UL << fd % WORD_BITS);
	int n = 0;

	for (int i = 0; i < kinds; i++) {
		long *word = &s->got[i][fd / WORD_BITS];

		if (s->there[i] && (*word & bit) != 0) {
			*word &= ~bit;
			n++;
		}
	}
	return n;
}

/* How often a descriptor that was reported is taken out.  The sets do not tell
 * of trouble, so the socket is asked. */
static int
look(struct sets *s, int fd)
{
	unsigned waits =
	    (has(s->there[0], s->asked[0], fd) ? WAIT_READS : 0u) |
	    (has(s->there[1], s->asked[1], fd) ? WAIT_WRITES : 0u) |
	    (has(s->there[0], s->got[0], fd) ? WAIT_READABLE : 0u);

	switch (multiplex_look(fd, WAIT_FINE, waits)) {
	case WAIT_NOTHING:
		return hide(s, fd, 3);
	case WAIT_LATER:
	case WAIT_MORE:
		return hide(s, fd, 1);
	case WAIT_AS_IT_IS:
	case WAIT_QUIET:
	case WAIT_ENDED:
	case WAIT_ERROR:
		break;
	}
	return 0;
}

static int
filter(struct sets *s, int ready)
{
	for (int at = 0; at < s->n; at += WORD_BITS) {
		unsigned long any = 0;

		for (int i = 0; i < 3; i++)
			if (s->there[i])
				any |= (unsigned long)s->got[i][at / WORD_BITS];
		for (; any != 0; any &= any - 1) {
			int fd = at + __builtin_ctzl(any);

			if (fd < s->n)
				ready -= look(s, fd);
		}
	}
	return ready;
}

/* Slices until there is something for the program or `end`; the sets in s->got
 * are the result. */
static int
wait_sliced(struct sets *s, int64_t end, const sigset_t *m)
{
	int ready;
	bool last;

	for (;;) {
		int64_t ns = wait_slice(end, &last);
		struct timespec t = { ns / 1000000000, ns % 1000000000 };
		fd_set *r = sets_copy(s, 0), *w = sets_copy(s, 1),
		       *e = sets_copy(s, 2);

		ready = real.pselect(s->n, r, w, e, ns < 0 ? NULL : &t, m);
		if (ready < 0)
			return ready;
		if (ready > 0) {
			ready = filter(s, ready);
			last = false;
		}
		wait_drive();
		if (ready > 0 || last)
			return ready;
	}
}

/* The kernel's select() leaves in *t what is left of the time. */
static void
leave_rest(struct timeval *t, int64_t end)
{
	int64_t left = end - wait_now();

	if (left < 0)
		left = 0;
	t->tv_sec = left / 1000000000;
	t->tv_usec = left % 1000000000 / 1000;
}

/* Not inlined: its sets would be on the stack of every select(). */
__attribute__((noinline)) static int
hooked(int n, fd_set *r, fd_set *w, fd_set *e, int64_t end, const sigset_t *m)
{
	int saved = errno, ready;
	struct sets s;

	sets_begin(&s, n, r, w, e);
	ready = wait_sliced(&s, end, m);
	if (ready < 0)
		return ready;
	sets_end(&s, r, w, e);
	reports_send();
	errno = saved;
	return ready;
}

EXPORT int
select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t)
{
	struct timespec ts;
	int64_t end;
	int ready;

	if (!wait_is_special() || n < 0 || n > LARGEST ||
	    (t != NULL && (t->tv_sec < 0 || t->tv_usec < 0)))
		return real.select(n, r, w, e, t);
	if (t != NULL) {
		ts.tv_sec = t->tv_sec + t->tv_usec / 1000000;
		ts.tv_nsec = t->tv_usec % 1000000 * 1000;
	}
	end = wait_end(wait_ns_of(t != NULL ? &ts : NULL));
	ready = hooked(n, r, w, e, end, NULL);
	if (t != NULL)
		leave_rest(t, end);
	return ready;
}

EXPORT int
pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t,
    const sigset_t *m)
{
	if (!wait_is_special() || n < 0 || n > LARGEST)
		return real.pselect(n, r, w, e, t, m);
	return hooked(n, r, w, e, wait_end(wait_ns_of(t)), m);
}
