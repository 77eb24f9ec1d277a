/* SPDX-License-Identifier: Apache-2.0 */
/* conn.h - a connection to a pool: one socket that the program connected
 *
 * A connection is born in connect() to a synthetic address (or in the first
 * datagram sent to one) and dies when the last descriptor of its socket is
 * closed, dup'ed ones included.  In between:
 *
 *   BUSY     a thread is in a blocking connect(), and takes care of it
 *   PENDING  the handshake runs and no thread waits in connect(): poll,
 *            select, epoll, SO_ERROR, reads and writes carry it on, to the
 *            next pool element if they must
 *   OPEN     connected; getpeername() and the like still need it
 *   FAILED   no pool element answered, and the program has not been told yet
 *   OVER     it has; a connect() begins afresh
 *
 * Objects live in memory that is never given back and are found through the
 * descriptor tables.  All of an object is guarded by its lock.  While a lock is
 * held every signal is blocked and nothing is called that waits, allocates or
 * is a cancellation point; so no handler and no fork of the own thread ever
 * finds it held.
 */
#ifndef RSP_SHIM_CONN_H
#define RSP_SHIM_CONN_H

#include <netinet/in.h>
#include <sys/time.h>

#include "rsp/user/user.h"
#include "rsp/core/failover/failover.h"
#include "shim/ftp.h"

struct exchange;

enum conn_state {
	CONN_FREE,
	CONN_BUSY,
	CONN_PENDING,
	CONN_OPEN,
	CONN_FAILED,
	CONN_OVER,
};

enum conn_kind {
	CONN_STREAM,
	CONN_DATAGRAM, /* connected */
	CONN_SENDER,   /* datagrams, not connected: see udp.h */
};

union conn_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage any;
};

#define CONN_PEERS 16
#define CONN_PORTS 4
#define CONN_KEPT 5
#define CONN_TCP_OPTIONS 64
#define CONN_WATCHES 4

/* Elements that may fail one after the other before a byte comes: a request
 * that kills the server that answers it must not go through the whole pool. */
#define CONN_MOVES_WITHOUT_BYTE 4

/* The pool element that an unconnected socket's datagrams for a pool go to. */
struct conn_peer {
	struct rsp_user_pool pool;
	struct rsp_candidate element;
	union conn_address named;   /* what the program sent to, last */
	rsp_time used;		    /* either way; 0: slot is free */
	rsp_time watched;	    /* a datagram, see udp_watch.h */
	uint16_t ports[CONN_PORTS]; /* others there that have sent something, */
	uint8_t n_ports;	    /* the last of them */
	rsp_time checked; /* when it was last seen in the pool's list */
};

/* A registration with an epoll descriptor, as the program made it: watch.h. */
struct conn_watch {
	int epoll, fd;	 /* -1: none */
	uint32_t events; /* 0: none */
	uint64_t data;
};

struct conn {
	uint32_t lock;	   /* see lock.h */
	uintptr_t inside;  /* the thread that is: exchange_enter() */
	bool jammed;	   /* and that never comes out, it seems */
	uint64_t mask;	   /* signal mask of the lock's owner, before */
	struct conn *next; /* in the free list */
	struct conn *later, *earlier; /* pending.c: in the order of `due` */
	rsp_time due;
	bool listed;

	enum conn_state state;
	enum conn_kind kind;
	unsigned refs;	 /* descriptors in the tables */
	int fd;		 /* one of them */
	uint64_t cookie; /* SO_COOKIE of the socket */

	struct rsp_user_pool pool;
	union conn_address named; /* as the program named it */
	socklen_t named_len;
	int family; /* of the socket as it is now */

	uintptr_t connecting;	 /* BUSY: the thread, */
	struct timeval patience; /* and the program's SO_SNDTIMEO */
	rsp_time attempt_end;	 /* of the element being tried */
	rsp_time move_end;	 /* of the whole search, once one has failed */
	int error;		 /* FAILED: what the program gets */
	bool told_early;	 /* the program heard "connected" too early */
	bool owes_zero;		 /* a connect() may still return 0, once */
	bool answered;		 /* DATAGRAM: by the element */
	bool bound;		 /* the program has bound it */
	bool port_only;		 /* ... to a port of any IPv4 address */
	bool watching;		 /* SENDER: what it sends, see udp_watch.h */
	bool mapped;		 /* the socket has tried a v4-mapped address */
	bool was_v4;		 /* AF_INET, had to be replaced */
	bool v6only;		 /* we cleared IPV6_V6ONLY */
	int syn_count;		 /* TCP_SYNCNT before; 0: untouched */

	/* SCTP elements, see sctp.h */
	uint16_t transport; /* of the candidates: RSP_PARAM_TCP ... */
	bool sctp;	    /* the socket is SCTP's, */
	bool was_tcp;	    /* and the program made one of TCP */
	bool used_up;	    /* it was connected, and cannot be again */
	bool shut_held;	    /* its SHUT_WR is held back */
	bool multihomed;    /* its far end has several addresses */
	uint64_t tcp_set;   /* which of these the program has set */
	int tcp[CONN_TCP_OPTIONS];

	int max_segment; /* what a move loses; 0: the program set none */
	int window_clamp;

	/* STREAM, since it is open: see exchange.h and move.h */
	int cancel;	  /* state, before, of the thread inside */
	bool followed;	  /* reads and writes are followed; as below */
	bool never_moves; /* it never moves again; as below */
	bool touched;	  /* a byte went either way */
	bool moving;	  /* PENDING is a move */
	bool replaying;	  /* the handshake is done, output is left */
	bool ended; /* FAILED, by a move: after its error the end, for ever */
	bool alive_by_us, limited, said_dead, counted; /* silence.c */
	uint8_t kept_set;    /* which of these: the program's own values of */
	int kept[CONN_KEPT]; /* options that silence.c has changed */
	uint8_t moves_without_byte; /* moves since the last byte came */
	unsigned generation;	    /* moves so far */
	struct exchange *exchange;
	int kept_error;	 /* behind a partial result: kept.h */
	bool unsettled;	 /* what comes is not the program's as it is */
	bool end_hidden; /* behind bytes that are there: ready.h */
	struct conn_watch watches[CONN_WATCHES];
	struct {
		enum rsp_repeat kind;
		int error;    /* that the program would have had; 0: the end */
		bool reading; /* met by a read, or a wait for one */
		rsp_time begun;
		uint64_t delivered;
		struct rsp_candidate from;
		uint64_t sent, taken; /* counted by the kernel, before */
	} move;
	uint32_t left[CONN_MOVES_WITHOUT_BYTE]; /* elements, by these moves */
	rsp_time asked;	 /* when the last request was out, for silence.c */
	bool watch_lost; /* there were more */

	struct ftp ftp;	     /* inside */
	uint32_t aside_pe;   /* the candidate that is none of the pool's, but */
	uint16_t aside_port; /* another port there; 0: none: see beside.h */
	bool falls_back;     /* to the pool, if nothing answers */
	struct {
		struct conn *newer, *older;
		uint64_t name; /* pool and named port: beside.c */
		bool listed, ftp;
		struct rsp_candidate element;
	} open;

	unsigned count, at; /* candidates, and the one in use */
	union {
		struct rsp_candidate list[RSP_CANDIDATES_MAX];
		struct conn_peer peers[CONN_PEERS]; /* CONN_SENDER */
	};
};

/* These three are looked at without the lock, too. */
static inline void
conn_set_state(struct conn *c, enum conn_state state)
{
	__atomic_store_n(&c->state, state, __ATOMIC_RELEASE);
}

static inline bool
conn_is_followed(const struct conn *c)
{
	return __atomic_load_n(&c->followed, __ATOMIC_RELAXED);
}

static inline void
conn_set_followed(struct conn *c, bool followed)
{
	__atomic_store_n(&c->followed, followed, __ATOMIC_RELAXED);
}

static inline bool
conn_never_moves(const struct conn *c)
{
	return __atomic_load_n(&c->never_moves, __ATOMIC_RELAXED);
}

static inline void
conn_forbid_moves(struct conn *c)
{
	__atomic_store_n(&c->never_moves, true, __ATOMIC_RELAXED);
}

static inline bool
conn_is_aside(const struct conn *c)
{
	const struct rsp_candidate *e = &c->list[c->at];

	return c->aside_port != 0 && e->port == c->aside_port &&
	       e->pe_id == c->aside_pe;
}

/* The connection of a descriptor, locked; NULL if it has none.  A descriptor
 * that was closed behind our back and is another socket by now is found out
 * here, by its cookie, and forgotten. */
struct conn *conn_lock(int fd);

/* The same without that, for a socket that the caller has just been in. */
struct conn *conn_lock_again(int fd);
void conn_unlock(struct conn *c);

/* Asks the system for what connections need, when a pool's name is resolved: a
 * program may have confined itself by the time it connects, and be killed for a
 * call that it does not make itself. */
void conn_prepare(void);

/* A new connection for a socket, locked; NULL: no memory, no such socket, or
 * a descriptor beyond the tables. */
struct conn *conn_new(int fd, enum conn_kind kind);

/* Takes all descriptors of c out and unlocks it: from here on the socket is
 * the program's own business. */
void conn_forget(struct conn *c);

/* The same for one descriptor and whatever it is; no lock is held. */
void conn_drop(int fd);
void conn_drop_own(int fd); /* conn_borrowed() has been asked */

/* `to` becomes another descriptor of `from`'s connection, if it has one. */
void conn_copy(int from, int to);

/* FD_POOL and FD_IO of all its descriptors, after a change of state. */
void conn_mark(struct conn *c);

/* True in a vfork child, which has its parent's memory: it must not touch the
 * tables.  (A child of fork has its own, see fork.c.) */
bool conn_borrowed(void);

/* 0 for what is no socket. */
uint64_t conn_cookie(int fd);

/* For the child after fork; conn_settle() finds out whether this is one that
 * came without libc's fork(), and has not been told. */
void conn_after_fork(void);
void conn_settle(void);

/* Is it in a block of synthetic addresses?  Looks at the bytes only. */
bool conn_is_synthetic(const struct sockaddr *sa, socklen_t len,
    struct rsp_address *a);

/* Stream or datagram; false for a socket that no pool of ours is reached by. */
bool conn_kind_of(int fd, enum conn_kind *kind);

/* The same where the caller has asked for SO_PROTOCOL already. */
bool conn_kind_with(int fd, int protocol, enum conn_kind *kind);

#endif
