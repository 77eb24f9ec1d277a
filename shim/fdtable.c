/* SPDX-License-Identifier: Apache-2.0 */
/* fdtable.c - the table of descriptors that are pool connections
 *
 * There are two tables; memory that is never touched costs nothing.
 */
#include "shim/fdtable.h"

#include "rsp/net/sys.h"

uint8_t fd_bytes[FD_COUNT] __attribute__((aligned(8)));

/* In pieces: a program may be limited in its address space, or have all that it
 * maps locked into memory. */
#define PIECE 1024

static struct conn **pieces[FD_COUNT / PIECE];
int fd_highest = -1;

static struct conn **
slot(int fd)
{
	struct conn **piece =
	    __atomic_load_n(&pieces[fd / PIECE], __ATOMIC_ACQUIRE);

	return piece + fd % PIECE;
}

bool
fd_table_ready(int fd)
{
	struct conn **none = NULL, ***piece = &pieces[fd / PIECE];
	void *p;

	if (__atomic_load_n(piece, __ATOMIC_ACQUIRE) != NULL)
		return true;
	if (sys_mmap(&p, NULL, PIECE * sizeof(**piece), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1) < 0)
		return false;
	if (!__atomic_compare_exchange_n(piece, &none, p, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_munmap(p, PIECE * sizeof(**piece));
	return true;
}

struct conn *
fd_conn(int fd)
{
	if (fd_flags(fd) == 0)
		return NULL;
	return __atomic_load_n(slot(fd), __ATOMIC_ACQUIRE);
}

static void
raise_highest(int fd)
{
	int seen = __atomic_load_n(&fd_highest, __ATOMIC_RELAXED);

	while (seen < fd && !__atomic_compare_exchange_n(&fd_highest, &seen, fd,
				true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void
fd_set_conn(int fd, struct conn *c, unsigned flags)
{
	if (c != NULL) {
		raise_highest(fd);
		__atomic_store_n(slot(fd), c, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&fd_bytes[fd], (uint8_t)flags, __ATOMIC_RELEASE);
	if (c == NULL)
		__atomic_store_n(slot(fd), NULL, __ATOMIC_RELEASE);
}

void
fd_set_flags(int fd, unsigned flags)
{
	__atomic_store_n(&fd_bytes[fd], (uint8_t)flags, __ATOMIC_RELEASE);
}

/* The number of zero bytes from here on, counted a word at a time: a program
 * has thousands of descriptors, and one of them is ours. */
static unsigned
zeros(unsigned fd, unsigned last)
{
	unsigned passed = 0;

	while (fd % 8 == 0 && fd + 8 <= last &&
	       __atomic_load_n((const uint64_t *)(const void *)&fd_bytes[fd],
		   __ATOMIC_RELAXED) == 0) {
		fd += 8;
		passed += 8;
	}
	return passed;
}

int
fd_next(int from, unsigned last)
{
	unsigned top = (unsigned)__atomic_load_n(&fd_highest, __ATOMIC_RELAXED);
	unsigned fd;

	/* no descriptor yet: top is the largest unsigned, so compare both */
	if (top >= FD_COUNT)
		return -1;
	if (last > top)
		last = top;
	for (fd = (unsigned)from; fd <= last; fd++) {
		fd += zeros(fd, last);
		if (fd <= last && fd_flags((int)fd) != 0)
			return (int)fd;
	}
	return -1;
}

int
fd_next_of(const struct conn *c, int from)
{
	int fd;

	for (fd = from; (fd = fd_next(fd, FD_COUNT)) >= 0; fd++)
		if (fd_conn(fd) == c)
			return fd;
	return -1;
}
