/* SPDX-License-Identifier: Apache-2.0 */
/* target.c - the test whether a preload library can reach a program: a look at
 * its file
 *
 * The file is looked at as the kernel and the loader will.
 */
#include "rsp/net/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As deep as the kernel goes. */
#define SCRIPTS_MAX 5

#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
#define OWN_CLASS ELFCLASS64
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
#define OWN_CLASS ELFCLASS32
#endif

static enum target
verdict(enum target t, const char *text, const char **why)
{
	*why = text;
	return t;
}

/* The file of a command: itself if it has a slash, else the first in PATH. */
static bool
find_command(const char *command, char path[TARGET_PATH])
{
	const char *dir = getenv("PATH");

	if (strchr(command, '/') != NULL)
		return snprintf(path, TARGET_PATH, "%s", command) < TARGET_PATH;
	if (dir == NULL)
		dir = "/usr/local/bin:/usr/bin:/bin";
	for (;; dir++) {
		int len = (int)strcspn(dir, ":");
		struct stat st;

		if (snprintf(path, TARGET_PATH, "%.*s%s%s", len, dir,
			len > 0 ? "/" : "", command) < TARGET_PATH &&
		    stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(path, X_OK) == 0)
			return true;
		dir += len;
		if (*dir == '\0')
			return false;
	}
}

/* Would executing the file give other rights than ours?  Then the loader
 * ignores LD_PRELOAD. */
static const char *
privilege(int fd, const struct stat *st)
{
	char cap[64];

	if ((st->st_mode & S_ISUID) != 0 && st->st_uid != getuid())
		return "it is setuid, so the loader preloads nothing";
	if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st->st_gid != getgid())
		return "it is setgid, so the loader preloads nothing";
	if (getuid() != 0 &&
	    fgetxattr(fd, "security.capability", cap, sizeof(cap)) > 0)
		return "it has file capabilities, so the loader preloads "
		       "nothing";
	return NULL;
}

static bool
read_interpreter(int fd, const elf_header *e, char *name, size_t size)
{
	for (unsigned i = 0; i < e->e_phnum; i++) {
		elf_segment p;
		off_t at = (off_t)e->e_phoff + (off_t)(i * sizeof(p));

		if (pread(fd, &p, sizeof(p), at) != (ssize_t)sizeof(p))
			return false;
		if (p.p_type != PT_INTERP)
			continue;
		memset(name, 0, size);
		if (p.p_filesz < size)
			size = p.p_filesz;
		return pread(fd, name, size, (off_t)p.p_offset) > 0;
	}
	return false;
}

static enum target
check_elf(int fd, const char **why)
{
	char loader[256];
	elf_header e, own;
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	memset(&own, 0, sizeof(own));
	if (self >= 0) {
		(void)!pread(self, &own, sizeof(own), 0);
		close(self);
	}
	if (pread(fd, &e, sizeof(e), 0) != (ssize_t)sizeof(e))
		return verdict(TARGET_REFUSED, "its header is incomplete", why);
	if (e.e_ident[EI_CLASS] != OWN_CLASS)
		return verdict(TARGET_OUTSIDE,
		    OWN_CLASS == ELFCLASS64
			? "it is a 32-bit program, but librspshim.so is 64-bit"
			: "it is a 64-bit program, but librspshim.so is 32-bit",
		    why);
	if (own.e_machine != 0 && e.e_machine != own.e_machine)
		return verdict(TARGET_OUTSIDE, "it is for another machine",
		    why);
	if (!read_interpreter(fd, &e, loader, sizeof(loader)))
		return verdict(TARGET_OUTSIDE,
		    "it is a static program, so nothing can be preloaded", why);
	if (strstr(loader, "ld-musl") != NULL)
		return verdict(TARGET_OUTSIDE,
		    "it uses musl, but librspshim.so uses glibc", why);
	return TARGET_OK;
}

/* Looks at one file.  For a script *next is the file to look at then. */
static enum target
check_file(const char *path, char next[TARGET_PATH], const char **why)
{
	char head[TARGET_PATH], *at, *end;
	struct stat st;
	enum target t = TARGET_OK;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	next[0] = '\0';
	if (fd < 0)
		/* executable but not readable: let the kernel decide */
		return access(path, X_OK) == 0
			   ? TARGET_OK
			   : verdict(errno == ENOENT || errno == ENOTDIR
					 ? TARGET_MISSING
					 : TARGET_REFUSED,
				 strerror(errno), why);
	memset(head, 0, sizeof(head));
	n = fstat(fd, &st) == 0 ? pread(fd, head, sizeof(head) - 1, 0) : -1;
	if (S_ISDIR(st.st_mode))
		t = verdict(TARGET_REFUSED, "it is a directory", why);
	else if (n < 0 || access(path, X_OK) != 0)
		t = verdict(TARGET_REFUSED, strerror(errno), why);
	else if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0) {
		const char *other = privilege(fd, &st);

		t = other != NULL ? verdict(TARGET_OUTSIDE, other, why)
				  : check_elf(fd, why);
	} else if (strncmp(head, "#!", 2) == 0) {
		at = head + 2 + strspn(head + 2, " \t");
		end = at + strcspn(at, " \t\r\n");
		if (end > at)
			snprintf(next, TARGET_PATH, "%.*s", (int)(end - at),
			    at);
		/* #!/usr/bin/env NAME */
		if (end - at >= 4 && strncmp(end - 4, "/env", 4) == 0) {
			at = end + strspn(end, " \t");
			end = at + strcspn(at, " \t\r\n");
			*end = '\0';
			if (end > at && *at != '-')
				find_command(at, next);
		}
	}
	close(fd);
	return t;
}

enum target
target_check(const char *command, char path[TARGET_PATH], const char **why)
{
	char next[TARGET_PATH];
	enum target t;

	*why = NULL;
	if (!find_command(command, path))
		return verdict(TARGET_MISSING, "command not found", why);
	for (int depth = 0; depth < SCRIPTS_MAX; depth++) {
		t = check_file(path, next, why);
		if (t != TARGET_OK || next[0] == '\0')
			return t;
		memcpy(path, next, sizeof(next));
	}
	return TARGET_OK;
}
