/* SPDX-License-Identifier: Apache-2.0 */
/* search.c - resolv.conf's search list, when the pools' domain stands in it
 *
 * It looks once whether it must do anything at all.
 */
#include "shim/real.h"

#include "shim/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "shim/settings.h"
#include "shim/lock.h"

#define OURS 4
#define DOMAIN 256

enum { UNREAD, NONE, SOME };
static int state;
static uint32_t lock; /* of it, and what followed; only ever tried */
static char ours[OURS][DOMAIN];
static unsigned n_ours;

/* Does a name become a pool's name with this domain? */
static bool
is_ours(const char *domain, size_t len)
{
	char text[DOMAIN + 2] = "x.";

	if (len == 0 || len >= DOMAIN)
		return false;
	memcpy(text + 2, domain, len);
	text[2 + len] = '\0';
	return settings_names_pool(text);
}

static void
read_list(const char *list)
{
	n_ours = 0;
	for (;;) {
		size_t len;

		list += strspn(list, " \t");
		len = strcspn(list, " \t\n");
		if (len == 0)
			return;
		if (n_ours < OURS && is_ours(list, len)) {
			memcpy(ours[n_ours], list, len);
			ours[n_ours++][len] = '\0';
		}
		list += len;
	}
}

/* The last line counts, and LOCALDOMAIN in place of all lines. */
static void
read_configuration(char *text, size_t size)
{
	const char *local = secure_getenv("LOCALDOMAIN");
	int fd = sys_openat(AT_FDCWD, "/etc/resolv.conf", O_RDONLY, 0);
	ssize_t n = fd < 0 ? 0 : sys_read(fd, text, size - 1);

	if (fd >= 0)
		sys_close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, "search", 6) == 0 ||
		    strncmp(line, "domain", 6) == 0)
			read_list(line + 6);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (local != NULL)
		read_list(local);
}

static int
look(void)
{
	int seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
	char *room;

	if (seen != UNREAD || !lock_try(&lock))
		return seen;
	room = rsp_room_open();
	if (room != NULL) {
		read_configuration(room, RSP_ROOM_BYTES);
		seen = n_ours > 0 ? SOME : NONE;
		__atomic_store_n(&state, seen, __ATOMIC_RELEASE);
	}
	rsp_room_close(room);
	lock_give(&lock);
	return seen;
}

static void
take_out(res_state s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < MAXDNSRCH && s->dnsrch[i] != NULL; i++)
		if (!is_ours(s->dnsrch[i], strlen(s->dnsrch[i])))
			s->dnsrch[kept++] = s->dnsrch[i];
	s->dnsrch[kept] = NULL;
}

bool
search_begin(const char *name)
{
	int saved = errno;

	/* addresses are not completed */
	if (name == NULL || (*name >= '0' && *name <= '9') ||
	    strchr(name, ':') != NULL || look() != SOME)
		return false;
	if ((_res.options & RES_INIT) != 0 || res_ninit(&_res) == 0)
		take_out(&_res);
	errno = saved;
	return *name != '\0' && name[strlen(name) - 1] != '.';
}

void
search_begin_with(res_state s)
{
	if (s != NULL && look() == SOME && (s->options & RES_INIT) != 0)
		take_out(s);
}

bool
search_complete(const char *name, unsigned i, char *text, size_t size)
{
	size_t n = strlen(name), d;

	if (i >= n_ours)
		return false;
	d = strlen(ours[i]);
	if (n + 1 + d + 1 > size)
		return false;
	memcpy(text, name, n);
	text[n] = '.';
	memcpy(text + n + 1, ours[i], d + 1);
	return true;
}
