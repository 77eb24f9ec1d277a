/* SPDX-License-Identifier: Apache-2.0 */
/* epolls.c - the kernel's list of what an epoll descriptor watches, read from
 * /proc by bare system calls
 *
 * /proc/self is a zombie's, and empty, when the main thread has ended before
 * the others.
 */
#include "shim/epolls.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "shim/noted.h"

/* A line "tfd: 5 events: 1d data: 5  pos:0 ino:..."; false for any other. */
static bool
parse_line(const char *line, struct epoll_entry *e)
{
	const char *at = strstr(line, "tfd:");
	char *end;

	if (at == NULL)
		return false;
	e->fd = (int)strtol(at + 4, &end, 10);
	at = strstr(end, "events:");
	if (at == NULL)
		return false;
	e->events = (uint32_t)strtoul(at + 7, &end, 16);
	at = strstr(end, "data:");
	if (at == NULL)
		return false;
	e->data = strtoull(at + 5, NULL, 16);
	return true;
}

/* Lines of a file, read piece by piece; what is left of the last one is moved
 * to the front. */
struct lines {
	int fd;
	size_t start, len;
	char buffer[4096];
};

static char *
next_line(struct lines *l)
{
	for (;;) {
		char *line = l->buffer + l->start;
		char *end = memchr(line, '\n', l->len - l->start);
		ssize_t n;

		if (end != NULL) {
			*end = '\0';
			l->start = (size_t)(end + 1 - l->buffer);
			return line;
		}
		l->len -= l->start;
		memmove(l->buffer, line, l->len);
		l->start = 0;
		if (l->len == sizeof(l->buffer))
			return NULL;
		n = sys_read(l->fd, l->buffer + l->len,
		    sizeof(l->buffer) - l->len);
		if (n <= 0)
			return NULL;
		l->len += (size_t)n;
	}
}

/* Opens a file in /proc of this thread or, where the kernel has no directory
 * for threads, of this process. */
static int
open_own(const char *name, int flags)
{
	static const char *const who[] = { "thread-self", "self" };
	char path[64];
	int fd = -ENOENT;

	for (size_t i = 0; i < 2 && fd == -ENOENT; i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", who[i], name);
		fd = sys_openat(AT_FDCWD, path, flags | O_CLOEXEC, 0);
	}
	return fd;
}

/* Counts the registrations that match by data or by fd, and keeps the last.
 * -1: there is no /proc. */
static int
find(int epoll, bool by_data, uint64_t data, int fd, struct epoll_entry *found)
{
	struct lines l = { .start = 0, .len = 0 };
	struct epoll_entry e;
	int matches = 0;
	char name[32], *line;

	snprintf(name, sizeof(name), "fdinfo/%d", epoll);
	l.fd = open_own(name, O_RDONLY);
	if (l.fd < 0)
		return -1;
	while ((line = next_line(&l)) != NULL)
		if (parse_line(line, &e) &&
		    (by_data ? e.data == data : e.fd == fd)) {
			*found = e;
			matches++;
		}
	sys_close(l.fd);
	return matches;
}

bool
epolls_by_data(int epoll, uint64_t data, struct epoll_entry *entry)
{
	int n = find(epoll, true, data, -1, entry);

	return n < 0 ? noted_by_data(epoll, data, entry) : n == 1;
}

bool
epolls_by_fd(int epoll, int fd, struct epoll_entry *entry)
{
	int n = find(epoll, false, 0, fd, entry);

	return n < 0 ? noted_by_fd(epoll, fd, entry) : n == 1;
}

static bool
visit(int dir, const char *name, bool (*each)(int, const char *, void *),
    void *arg)
{
	char link[128];
	char *end;
	long fd = strtol(name, &end, 10);
	long n;

	if (end == name || *end != '\0')
		return true;
	n = sys_call(SYS_readlinkat, dir, (long)name, (long)link,
	    sizeof(link) - 1, 0, 0);
	if (n < 0)
		return true;
	link[n] = '\0';
	return each((int)fd, link, arg);
}

bool
epolls_every_fd(bool (*each)(int fd, const char *link, void *arg), void *arg)
{
	char buffer[4096] __attribute__((aligned(8)));
	int dir = open_own("fd", O_RDONLY | O_DIRECTORY);
	bool go_on = true;
	long n, at;

	if (dir < 0)
		return false;
	while (go_on && (n = sys_call(SYS_getdents64, dir, (long)buffer,
			     sizeof(buffer), 0, 0, 0)) > 0)
		for (at = 0; go_on && at < n;) {
			struct dirent64 *d = (struct dirent64 *)(buffer + at);

			go_on = visit(dir, d->d_name, each, arg);
			at += d->d_reclen;
		}
	sys_close(dir);
	return true;
}
