/* SPDX-License-Identifier: Apache-2.0 */
/* pollset.c - a second array, of what is open */
#include "rsp/register/pollset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"

#define PAUSE_MS 50 /* between two looks when poll(2) fails */

bool
pollset_resize(struct pollset *s, size_t n)
{
	size_t room = n + n / 2;
	struct pollfd *at, *open;

	if (n > s->room) {
		at = realloc(s->at, room * sizeof(*at));
		if (at != NULL)
			s->at = at;
		open = realloc(s->open, room * sizeof(*open));
		if (open != NULL)
			s->open = open;
		if (at == NULL || open == NULL) {
			s->n = s->room;
			return false;
		}
		s->room = room;
	}
	s->n = n;
	return true;
}

static size_t
gather(struct pollset *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		s->at[i].revents = 0;
		if (s->at[i].fd >= 0)
			s->open[n++] = s->at[i];
	}
	return n;
}

static void
scatter(struct pollset *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (s->at[i].fd >= 0)
			s->at[i].revents = s->open[n++].revents;
}

/* In the place of a poll(2) that fails. */
static void
look_at_each(struct pollset *s, size_t n, int timeout)
{
	size_t i;
	int ready = 0;

	for (i = 0; i < n; i++) {
		s->open[i].revents = 0;
		if (poll(&s->open[i], 1, 0) > 0)
			ready++;
	}
	if (ready == 0 && timeout != 0)
		poll(NULL, 0,
		    timeout < 0 || timeout > PAUSE_MS ? PAUSE_MS : timeout);
}

void
pollset_wait(struct pollset *s, int timeout)
{
	size_t n = gather(s);

	if (poll(s->open, n, timeout) >= 0) {
		s->said = false;
		scatter(s);
		return;
	}
	if (errno == EINTR)
		return;
	if (!s->said)
		rsp_log(RSP_LOG_ERROR,
		    "%u descriptors cannot be waited for: %s; they are looked "
		    "at %d times a second",
		    (unsigned)n, strerror(errno), 1000 / PAUSE_MS);
	s->said = true;
	look_at_each(s, n, timeout);
	scatter(s);
}

void
pollset_free(struct pollset *s)
{
	free(s->at);
	free(s->open);
	*s = (struct pollset){ 0 };
}
