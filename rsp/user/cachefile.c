/* SPDX-License-Identifier: Apache-2.0 */
/* cachefile.c - the file behind the cache: found, made and checked */
#include "rsp/user/cachefile.h"

#include <string.h>

#include "rsp/user/room.h"
#include "rsp/net/sys.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* "pu-", 16 hex digits; a temporary has a dot and more digits behind */
#define NAME_BYTES 64

/* One millisecond, for another process's new file. */
#define NAPS 10

static size_t
put_hex(char *text, size_t at, uint64_t v)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		text[at++] = "0123456789abcdef"[v >> shift & 15];
	text[at] = '\0';
	return at;
}

static size_t
map_size(void)
{
	return (rsp_cache_size() + 4095) / 4096 * 4096;
}

static struct rsp_cache *
map(int fd, void *at)
{
	void *p;
	int flags = MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0) |
		    (at != NULL ? MAP_FIXED : 0);

	sys_mmap(&p, at, map_size(), PROT_READ | PROT_WRITE, flags, fd);
	return p;
}

void
rsp_cachefile_close(struct rsp_cache *c)
{
	if (c != NULL)
		sys_munmap(c, map_size());
}

struct rsp_cache *
rsp_cachefile_private(const struct rsp_cache_id *id)
{
	struct rsp_cache *c = map(-1, NULL);

	if (c != NULL)
		rsp_cache_format(c, id);
	return c;
}

bool
rsp_cachefile_replace(struct rsp_cache *c, const struct rsp_cache_id *id)
{
	if (map(-1, c) == NULL)
		return false;
	rsp_cache_format(c, id);
	return true;
}

bool
rsp_cachefile_is_whole(const struct rsp_cache *c, const struct rsp_cache_id *id)
{
	const char *end = (const char *)c + map_size();

	/* a truncation cuts the end of a file; growing it again leaves zeros
	 * there */
	return sys_readable(end - 8) && rsp_cache_is_valid(c, id);
}

static uint64_t
network_namespace(void)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	if (sys_getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) != 0)
		cookie = 0;
	sys_close(fd);
	return cookie;
}

bool
rsp_cachefile_id(struct rsp_cache_id *id, uint64_t configured)
{
	uint64_t words[3] = { configured, network_namespace(),
		rsp_cache_layout() };
	int fd = sys_openat(AT_FDCWD, "/proc/sys/kernel/random/boot_id",
	    O_RDONLY | O_CLOEXEC, 0);
	ssize_t n = 0;

	memset(id, 0, sizeof(*id));
	id->scope = rsp_cache_hash((struct rsp_span){ (const uint8_t *)words,
				       sizeof(words) },
	    0);
	if (fd >= 0) {
		n = sys_read(fd, id->boot, sizeof(id->boot));
		sys_close(fd);
	}
	return n >= 36;
}

/* Opens the directory, with O_PATH as a place and not to be read; -1 and *why.
 */
static int
open_directory(const char *path, int how, bool make, const char **why)
{
	const int flags = how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int fd = sys_openat(AT_FDCWD, path, flags, 0);

	if (fd == -ENOENT && make) {
		sys_mkdirat(AT_FDCWD, path, 0700);
		fd = sys_openat(AT_FDCWD, path, flags, 0);
	}
	*why = "it cannot be created or opened";
	if (fd < 0)
		return -1;
	*why = "it is not a directory private to this user (mode 0700)";
	if (sys_fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 0777) == 0700)
		return fd;
	sys_close(fd);
	return -1;
}

enum found { NOTHING, GOOD, OUTDATED, FOREIGN };

/* Maps the file if it is ours and whole. */
static enum found
map_existing(int dir, const char *name, const struct rsp_cache_id *id,
    struct rsp_cache **c)
{
	int fd = sys_openat(dir, name,
	    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0);
	enum found found = FOREIGN;
	struct stat st;

	*c = NULL;
	if (fd < 0)
		return fd == -ENOENT ? NOTHING : FOREIGN;
	if (sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 0077) == 0) {
		if ((size_t)st.st_size != map_size())
			found = OUTDATED;
		/* without its blocks a store may be a SIGBUS one day */
		else if ((size_t)st.st_blocks >= map_size() / 512)
			*c = map(fd, NULL);
	}
	sys_close(fd);
	if (*c == NULL)
		return found;
	if (rsp_cachefile_is_whole(*c, id))
		return GOOD;
	rsp_cachefile_close(*c);
	*c = NULL;
	return OUTDATED;
}

/* Allocates the blocks; where the file system has no call for that, by writing
 * zeros. */
static bool
allocate(int fd)
{
	static const char zeros[4096];
	struct sys_quiet quiet;
	size_t done = 0;
	int err;

	sys_quiet_begin(&quiet);
	do
		err = sys_fallocate(fd, map_size());
	while (err == -EINTR);
	if (err == -EOPNOTSUPP || err == -ENOSYS) {
		while (done < map_size() &&
		       sys_write(fd, zeros, sizeof(zeros)) == sizeof(zeros))
			done += sizeof(zeros);
		err = done == map_size() ? 0 : -ENOSPC;
	}
	sys_quiet_end(&quiet);
	return err == 0;
}

static int
link_from(const char *start, int fd, int dir, const char *name)
{
	char path[40], digits[12];
	size_t at = strlen(start), n = 0;

	memcpy(path, start, at);
	do
		digits[n++] = (char)('0' + fd % 10);
	while ((fd /= 10) != 0);
	while (n > 0)
		path[at++] = digits[--n];
	path[at] = '\0';
	return (int)sys_call(SYS_linkat, AT_FDCWD, (long)path, dir, (long)name,
	    AT_SYMLINK_FOLLOW, 0);
}

/* Gives a file without a name one.  /proc/self is a zombie's when the main
 * thread has ended, and old kernels have no directory for threads. */
static int
link_file(int fd, int dir, const char *name)
{
	int err = link_from("/proc/thread-self/fd/", fd, dir, name);

	return err == -ENOENT ? link_from("/proc/self/fd/", fd, dir, name)
			      : err;
}

/* Puts the finished file, which has the temporary name, in its place.  When
 * there was none, the first process to link wins, and the others use the
 * winner's file. */
static bool
put_in_place(int dir, const char *temporary, const char *name, bool replace)
{
	int err = -EPERM;

	if (!replace)
		err = (int)sys_call(SYS_linkat, dir, (long)temporary, dir,
		    (long)name, 0, 0);
	if (err == -EPERM || err == -EOPNOTSUPP) /* or no hard links here */
		return sys_renameat(dir, temporary, name) == 0;
	sys_unlinkat(dir, temporary);
	return err == 0 || err == -EEXIST;
}

/* The new file holds what is worth keeping of a full one, or nothing. */
static bool
fill_file(int fd, const struct rsp_cache_id *id, struct rsp_cache *old)
{
	struct rsp_cache *c = allocate(fd) ? map(fd, NULL) : NULL;
	void *room = old != NULL ? rsp_room_open() : NULL;
	struct rsp_answer scratch = { room, RSP_ANSWER_WORDS, 0 };

	if (c != NULL)
		rsp_cache_format(c, id);
	if (c != NULL && room != NULL && rsp_cachefile_is_whole(old, id))
		rsp_cache_renew(c, old, sys_now(), &scratch);
	rsp_room_close(room);
	rsp_cachefile_close(c);
	return c != NULL;
}

/* Without a name until it is complete, so that nothing is left when we are
 * killed; only where the file system cannot do that does it get a temporary
 * name. */
static bool
make_file(int dir, const char *name, const struct rsp_cache_id *id,
    bool replace, struct rsp_cache *old)
{
	char temporary[NAME_BYTES];
	size_t len = strlen(name);
	bool named = false, done;
	int fd, err;

	memcpy(temporary, name, len);
	temporary[len++] = '.';
	/* the thread and the time: unique among all that share the directory */
	put_hex(temporary, len,
	    (uint64_t)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0) << 40 ^
		(uint64_t)sys_now() ^ (uint64_t)(uintptr_t)&fd << 20);
	fd = sys_openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		fd = sys_openat(dir, temporary,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		named = true;
	}
	if (fd < 0)
		return false;
	done = fill_file(fd, id, old);
	if (done && !named) {
		err = link_file(fd, dir, replace ? temporary : name);
		done = err == 0 || (err == -EEXIST && !replace);
	}
	if (done && (named || replace))
		done = put_in_place(dir, temporary, name, replace);
	if (!done && named)
		sys_unlinkat(dir, temporary);
	sys_close(fd);
	return done;
}

static void
nap(void)
{
	struct timespec ms = { 0, 1000000 };

	sys_call(SYS_nanosleep, (long)&ms, 0, 0, 0, 0, 0);
}

/* With `old` another file is wanted, its successor.  If this process is the one
 * to make it, no other process will. */
static struct rsp_cache *
open_in(int dir, const struct rsp_cache_id *id, struct rsp_cache *old,
    bool makes, const char **why)
{
	struct rsp_cache *c = NULL;
	char name[NAME_BYTES] = "pu-";
	enum found found;
	bool made;

	put_hex(name, 3, id->scope);
	for (int tries = 0, naps = 0; tries < 3; tries++) {
		found = map_existing(dir, name, id, &c);
		if (found == GOOD && !rsp_cache_is_retired(c))
			return c;
		*why = "its file is not private to this user";
		if (found == FOREIGN)
			return NULL;
		if (found == GOOD && !makes && naps++ < NAPS) {
			/* the process that retired it is about to replace it */
			rsp_cachefile_close(c);
			nap();
			tries--;
			continue;
		}
		*why = "no file can be created in it";
		made = make_file(dir, name, id, found != NOTHING,
		    old != NULL ? old : c);
		rsp_cachefile_close(c);
		if (!made)
			return NULL;
	}
	*why = "its file keeps changing";
	return NULL;
}

static struct rsp_cache *
open_at(const char *directory, const struct rsp_cache_id *id,
    struct rsp_cache *old, const char **why)
{
	struct rsp_cache *c = NULL;
	int dir = open_directory(directory, O_PATH, true, why);

	if (dir >= 0) {
		c = open_in(dir, id, old, old != NULL && rsp_cache_retire(old),
		    why);
		sys_close(dir);
	}
	return c;
}

struct rsp_cache *
rsp_cachefile_open(const char *directory, const struct rsp_cache_id *id,
    const char **why)
{
	return open_at(directory, id, NULL, why);
}

struct rsp_cache *
rsp_cachefile_renew(const char *directory, const struct rsp_cache_id *id,
    struct rsp_cache *old, const char **why)
{
	return open_at(directory, id, old, why);
}

/* As the kernel lists a directory. */
struct listed {
	uint64_t inode;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

/* The scope in "pu-" and 16 hex digits; false: it is another file. */
static bool
scope_in(const char *name, uint64_t *scope)
{
	char again[NAME_BYTES] = "pu-";

	*scope = 0;
	if (strlen(name) != 19)
		return false;
	for (int i = 3; i < 19; i++) {
		const char *hex = "0123456789abcdef";
		const char *digit = strchr(hex, name[i]);

		*scope =
		    *scope << 4 | (digit != NULL ? (uint64_t)(digit - hex) : 0);
	}
	put_hex(again, 3, *scope);
	return strcmp(name, again) == 0;
}

void
rsp_cachefile_each(const char *directory,
    void (*look)(void *ctx, struct rsp_cache *c), void *ctx)
{
	_Alignas(8) char room[4096];
	const struct listed *e;
	struct rsp_cache_id id;
	struct rsp_cache *c;
	const char *why;
	long n, at;
	int dir;

	if (!rsp_cachefile_id(&id, 0))
		return;
	dir = open_directory(directory, O_RDONLY, false, &why);
	while (dir >= 0 && (n = sys_call(SYS_getdents64, dir, (long)room,
				sizeof(room), 0, 0, 0)) > 0)
		for (at = 0; at < n; at += e->len) {
			e = (const struct listed *)(const void *)&room[at];
			if (!scope_in(e->name, &id.scope) ||
			    map_existing(dir, e->name, &id, &c) != GOOD)
				continue;
			look(ctx, c);
			rsp_cachefile_close(c);
		}
	if (dir >= 0)
		sys_close(dir);
}
