/* SPDX-License-Identifier: Apache-2.0 */
/* conn.c - the store of connections to pools: kept, found and freed */
#include "shim/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "shim/beside.h"
#include "shim/fdtable.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/lock.h"
#include "shim/option.h"
#include "shim/pending.h"
#include "shim/ready.h"
#include "shim/silence_due.h"
#include "shim/unsettled.h"

#define CHUNK 64
#define OWNER_PAGE 4096

/* Mapped as a whole; what is not used is not there. */
struct chunk {
	struct chunk *next;
	struct conn conns[CHUNK];
};

static uint32_t lock; /* of what follows */
static struct chunk *chunks;
static struct conn *free_conns;

/* The process that owns this memory.  The word is in a page that the kernel
 * clears in every child with memory of its own, however it was made; so 0 tells
 * such a child from one of vfork, which has its parent's memory and finds its
 * parent here.
 */
static pid_t *owner;

static pid_t
own_pid(void)
{
	return (pid_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static pid_t *
owner_word(void)
{
	return __atomic_load_n(&owner, __ATOMIC_ACQUIRE);
}

bool
conn_borrowed(void)
{
	const pid_t *o = owner_word();

	return o != NULL && *o != 0 && *o != own_pid();
}

void
conn_settle(void)
{
	const pid_t *o = owner_word();

	if (o != NULL && *o == 0)
		conn_after_fork();
}

/* Makes this process the owner of the memory, at the first connection. */
static bool
own(void)
{
	static pid_t plain; /* for kernels that cannot clear */
	pid_t *none = NULL;
	void *p = NULL;

	if (owner_word() != NULL)
		return true;
	if (sys_mmap(&p, NULL, OWNER_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1) < 0)
		return false;
	*(pid_t *)p = own_pid();
	if (sys_call(SYS_madvise, (long)p, OWNER_PAGE, MADV_WIPEONFORK, 0, 0,
		0) < 0) {
		sys_munmap(p, OWNER_PAGE);
		__atomic_store_n(&plain, own_pid(), __ATOMIC_RELAXED);
		p = &plain;
	}
	if (!__atomic_compare_exchange_n(&owner, &none, p, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
	    p != &plain)
		sys_munmap(p, OWNER_PAGE);
	return true;
}

/* A kernel without cookies: there the number of the socket's inode tells it
 * from another one, and may come again after some thousand millions. */
static uint64_t
inode_number(int fd)
{
	static bool said;
	struct stat st;

	if (sys_fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return 0;
	if (!__atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
		rsp_log(RSP_LOG_INFO,
		    "this kernel has no SO_COOKIE: sockets are told apart by "
		    "their inodes");
	return st.st_ino;
}

uint64_t
conn_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int err = sys_getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);

	if (err == -ENOPROTOOPT || err == -EINVAL)
		return inode_number(fd);
	return err < 0 ? 0 : cookie;
}

static bool
add_chunk(void)
{
	struct chunk *chunk;
	void *p;

	if (sys_mmap(&p, NULL, sizeof(*chunk), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) < 0)
		return false;
	chunk = p;
	chunk->next = chunks;
	chunks = chunk;
	for (int i = CHUNK - 1; i >= 0; i--) {
		chunk->conns[i].next = free_conns;
		free_conns = &chunk->conns[i];
	}
	return true;
}

static struct conn *
take_free(void)
{
	struct conn *c = NULL;

	lock_take(&lock);
	if (free_conns != NULL || add_chunk()) {
		c = free_conns;
		free_conns = c->next;
	}
	lock_give(&lock);
	return c;
}

static void
unlock_and_restore(struct conn *c)
{
	uint64_t mask = c->mask;

	lock_give(&c->lock);
	signals_unblock(mask);
}

/* The last descriptor has gone. */
static void
release(struct conn *c)
{
	pending_remove(c);
	silence_forget(c);
	unsettled_end(c);
	beside_closed(c);
	exchange_end(c);
	conn_set_state(c, CONN_FREE);
	lock_take(&lock);
	c->next = free_conns;
	free_conns = c;
	lock_give(&lock);
}

/* Takes one descriptor out of the tables; the lock is held. */
static void
detach(struct conn *c, int fd)
{
	fd_set_conn(fd, NULL, 0);
	for (int i = 0; i < CONN_WATCHES; i++)
		if (c->watches[i].fd == fd)
			__atomic_store_n(&c->watches[i].events, 0,
			    __ATOMIC_RELEASE);
	if (--c->refs == 0)
		release(c);
	else if (c->fd == fd)
		__atomic_store_n(&c->fd, fd_next_of(c, 0), __ATOMIC_RELAXED);
}

/* Locks what fd leads to, whether it is still true or not. */
static struct conn *
lock_entry(int fd)
{
	uint64_t mask = 0;
	struct conn *c;

	while ((c = fd_conn(fd)) != NULL) {
		conn_settle();
		mask = signals_block();
		lock_take(&c->lock);
		if (fd_conn(fd) == c) {
			c->mask = mask;
			return c;
		}
		lock_give(&c->lock);
		signals_unblock(mask);
	}
	return NULL;
}

struct conn *
conn_lock(int fd)
{
	struct conn *c = lock_entry(fd);

	if (c == NULL || conn_cookie(fd) == c->cookie)
		return c;
	if (!conn_borrowed())
		detach(c, fd);
	unlock_and_restore(c);
	return NULL;
}

struct conn *
conn_lock_again(int fd)
{
	return lock_entry(fd);
}

void
conn_unlock(struct conn *c)
{
	unlock_and_restore(c);
}

void
conn_prepare(void)
{
	static bool done;
	uint64_t mask;

	if (__atomic_load_n(&done, __ATOMIC_RELAXED) || conn_borrowed() ||
	    !own() || !fd_table_ready(0))
		return;
	conn_settle();
	mask = signals_block();
	lock_take(&lock);
	if (free_conns == NULL)
		add_chunk();
	lock_give(&lock);
	signals_unblock(mask);
	rsp_room_prepare();
	exchange_prepare();
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
}

struct conn *
conn_new(int fd, enum conn_kind kind)
{
	uint64_t cookie = conn_cookie(fd), mask;
	struct conn *c;

	if ((unsigned)fd >= FD_COUNT || cookie == 0 || conn_borrowed() ||
	    !own() || !fd_table_ready(fd))
		return NULL;
	conn_settle();
	conn_drop(fd);
	mask = signals_block();
	c = take_free();
	if (c == NULL) {
		signals_unblock(mask);
		return NULL;
	}
	lock_take(&c->lock);
	/* a late thread may still be inside, and leaves at once */
	memset(&c->mask, 0,
	    offsetof(struct conn, list) - offsetof(struct conn, mask));
	memset(c->peers, 0, kind == CONN_SENDER ? sizeof(c->peers) : 0);
	c->mask = mask;
	exchange_renew(c);
	conn_set_state(c, CONN_OVER);
	c->kind = kind;
	c->refs = 1;
	c->fd = fd;
	c->cookie = cookie;
	fd_set_conn(fd, c, FD_POOL);
	return c;
}

void
conn_forget(struct conn *c)
{
	int fd = 0;

	while (c->refs > 1 && (fd = fd_next_of(c, fd)) >= 0)
		detach(c, fd);
	if (c->refs == 1)
		detach(c, c->fd);
	unlock_and_restore(c);
}

void
conn_drop(int fd)
{
	if (fd_flags(fd) != 0 && !conn_borrowed())
		conn_drop_own(fd);
}

void
conn_drop_own(int fd)
{
	struct conn *c = lock_entry(fd);

	if (c == NULL)
		return;
	detach(c, fd);
	unlock_and_restore(c);
}

void
conn_copy(int from, int to)
{
	struct conn *c;

	conn_drop(to);
	if (conn_borrowed() || (unsigned)to >= FD_COUNT || !fd_table_ready(to))
		return;
	c = conn_lock(from);
	if (c == NULL)
		return;
	if (conn_cookie(to) == c->cookie) {
		c->refs++;
		fd_set_conn(to, c, fd_flags(from));
	}
	conn_unlock(c);
}

void
conn_mark(struct conn *c)
{
	unsigned flags = FD_POOL;
	int fd = c->fd;

	if (c->kind != CONN_STREAM || c->state == CONN_PENDING ||
	    c->state == CONN_FAILED ||
	    (c->state == CONN_OPEN && (conn_is_followed(c) || kept_any(c))))
		flags |= FD_IO;
	if (c->kind == CONN_DATAGRAM && !c->answered)
		flags |= FD_NEW;
	if (c->sctp)
		flags |= FD_IO | FD_SCTP |
			 (c->state == CONN_OPEN ? FD_READY : 0u) |
			 (c->shut_held ? FD_SHUT_HELD : 0u) |
			 (c->multihomed ? FD_MULTIHOMED : 0u);
	if (c->refs == 1)
		fd_set_flags(fd, flags);
	else
		for (fd = 0; (fd = fd_next_of(c, fd)) >= 0; fd++)
			fd_set_flags(fd, flags);
	silence_note(c);
	if (c->state == CONN_FAILED)
		c->attempt_end = RSP_NEVER;
	if (c->state == CONN_PENDING || c->state == CONN_FAILED)
		pending_add(c);
	else
		pending_remove(c);
}

/* A connection that another thread had locked when the child was made: half
 * changed, perhaps.  The child goes on without it. */
static void
abandon(struct conn *c)
{
	for (int fd = 0; (fd = fd_next_of(c, fd)) >= 0; fd++)
		fd_set_conn(fd, NULL, 0);
	c->refs = 0;
	c->lock = 0;
	unsettled_end(c);
	conn_set_state(c, CONN_FREE);
}

/* The same in the middle of a move: what comes next on that socket, and which
 * process sends the request again, is the parent's affair. */
static void
break_off(struct conn *c)
{
	c->refs = 0;
	for (int fd = 0; (fd = fd_next_of(c, fd)) >= 0; fd++)
		c->refs++;
	c->lock = 0;
	conn_set_state(c, c->refs > 0 ? CONN_FAILED : CONN_FREE);
	c->moving = c->replaying = false;
	unsettled_end(c);
	conn_set_followed(c, false);
	c->exchange = NULL;
	c->ended = true;
	c->error = ECONNRESET;
	if (c->refs > 0)
		conn_mark(c);
}

/* Another thread may have had the connection in hand when the child was made.
 */
static void
make_whole(struct conn *c)
{
	bool inside = c->inside != 0;

	c->inside = 0;
	if (c->state == CONN_PENDING && c->moving) {
		break_off(c);
		return;
	}
	if (c->state == CONN_FREE || (c->lock == 0 && !inside)) {
		c->lock = 0;
		return;
	}
	if (c->kind == CONN_STREAM && c->generation > 0)
		break_off(c);
	else if (c->lock != 0)
		abandon(c);
	else {
		c->exchange = NULL;
		conn_set_followed(c, false);
		conn_mark(c);
	}
}

void
conn_after_fork(void)
{
	if (owner_word() == NULL)
		return;
	*owner_word() = own_pid();
	lock = 0;
	free_conns = NULL;
	pending_after_fork();
	exchange_after_fork();
	silence_after_fork();
	unsettled_after_fork();
	beside_after_fork();
	for (struct chunk *chunk = chunks; chunk != NULL; chunk = chunk->next)
		for (int i = 0; i < CHUNK; i++) {
			struct conn *c = &chunk->conns[i];

			c->listed = c->counted = false;
			if (unsettled_is(c)) {
				c->unsettled = false;
				if (c->state != CONN_FREE)
					unsettled_begin(c);
			}
			conn_forbid_moves(c); /* it is our parent's to move */
			make_whole(c);
			if (c->state == CONN_FREE) {
				c->next = free_conns;
				free_conns = c;
			} else if (c->state == CONN_PENDING ||
				   c->state == CONN_FAILED)
				pending_add(c);
			else if (c->state == CONN_OPEN)
				silence_note(c);
			beside_inherit(c);
		}
}

bool
conn_is_synthetic(const struct sockaddr *sa, socklen_t len,
    struct rsp_address *a)
{
	uint16_t port;

	return sa != NULL &&
	       (sa->sa_family == AF_INET || sa->sa_family == AF_INET6) &&
	       rsp_sockaddr_get(sa, len, a, &port) && rsp_user_is_synthetic(a);
}

bool
conn_kind_with(int fd, int protocol, enum conn_kind *kind)
{
	/* TCP has one type only */
	*kind = CONN_STREAM;
	if (protocol == IPPROTO_TCP)
		return true;
	switch (option_int(fd, SOL_SOCKET, SO_TYPE)) {
	case SOCK_STREAM:
		*kind = CONN_STREAM;
		return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP ||
		       protocol == IPPROTO_SCTP;
	case SOCK_DCCP:
		*kind = CONN_STREAM;
		return true;
	case SOCK_DGRAM:
		*kind = CONN_DATAGRAM;
		return protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE;
	}
	return false;
}

bool
conn_kind_of(int fd, enum conn_kind *kind)
{
	return conn_kind_with(fd, option_int(fd, SOL_SOCKET, SO_PROTOCOL),
	    kind);
}
