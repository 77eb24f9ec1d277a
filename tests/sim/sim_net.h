/* SPDX-License-Identifier: Apache-2.0 */
/* sim_net.h - simulated network: hosts, connections and datagrams on virtual
 * time
 *
 * A host has an address, a zone and at most one process, which is a row of
 * functions.  Connections (TCP or SCTP, it makes no difference here) carry
 * whole messages, in order.  Each direction has delays of its own, so messages
 * on different connections overtake each other.  Nothing on a connection is
 * lost alone.  A lost packet is a delay.  If the network never delivers a
 * message, the connection ends, at each end when that end's transport has lost
 * patience.  Until then it is half open.  Datagrams are lost, doubled and
 * reordered.
 *
 * Zones can be cut off from each other, each direction for itself.  A cut is
 * silent, as is the death of a host.  The death of a process closes its
 * connections.  A stopped process's kernel goes on acknowledging.
 */
#ifndef RSP_SIM_NET_H
#define RSP_SIM_NET_H

#include "rsp/core/base/list.h"
#include "rsp/core/wire/message.h"
#include "tests/sim/sim_clock.h"

struct sim_host;
struct sim_end;
struct sim_net;

struct sim_process {
	/* A connection came in; false refuses it. */
	bool (*accepted)(struct sim_host *h, struct sim_end *e);
	/* The connection asked for is up. */
	void (*opened)(struct sim_host *h, struct sim_end *e);
	/* It failed, was reset, or ended by the other side; `e` is no more. */
	void (*closed)(struct sim_host *h, struct sim_end *e);
	void (*message)(struct sim_host *h, struct sim_end *e,
	    struct rsp_span bytes);
	void (*datagram)(struct sim_host *h, const struct sim_host *from,
	    enum rsp_protocol protocol, struct rsp_span bytes);
};

struct sim_host {
	struct sim_net *net;
	const struct sim_process *process; /* NULL: none, all is refused */
	void *owner;
	unsigned number; /* its address is made of it */
	unsigned zone;
	bool up;
	bool stopped;
	unsigned idle_ms;     /* silence until the kernel probes the far end */
	unsigned patience_ms; /* unacknowledged until the kernel gives up */
	struct rsp_list ends;
	struct rsp_list group;
};

struct sim_segment;
struct sim_conn;

enum sim_end_state {
	SIM_END_NONE,
	SIM_END_WAITING,
	SIM_END_OPEN,
	SIM_END_GONE
};

struct sim_end {
	struct sim_host *host;
	struct sim_conn *conn;
	void *user; /* the process's */
	enum sim_end_state state;
	/* private: the direction that begins here */
	struct rsp_list of_host;
	struct sim_segment *first, **last;
	size_t bytes;
	uint64_t last_due;
	uint64_t stalled; /* since; 0: not */
	uint64_t backoff;
	bool unheard; /* accepted or closed while the process was stopped */
	struct sim_event deliver, probe;
};

struct sim_link {
	bool cut;
	uint64_t changed; /* when it was cut or healed last */
};

struct sim_net {
	struct sim_clock *clock;
	struct sim_random random;
	/* How bad it is. */
	unsigned delay_us, jitter_us;
	unsigned stream_loss;	/* permille; costs a retransmission's time */
	unsigned loss, doubled; /* permille, of datagrams */
	/* A process that goes on reads its connections in any order, of those
	 * that have something to say within so many us. */
	unsigned disorder_us;

	unsigned n_zones;
	struct sim_link *links;	 /* [from * n_zones + to] */
	struct sim_host **hosts; /* by number */
	unsigned n_hosts, hosts_size;
	struct rsp_list conns, dead, group, datagrams;

	uint64_t messages[2];		  /* delivered, by protocol */
	uint64_t message_bytes;		  /* delivered */
	uint64_t connections;		  /* opened */
	size_t in_flight, most_in_flight; /* bytes */
	/* Told of every message that is delivered; may be NULL. */
	void (*watch)(void *ctx, const struct sim_host *from,
	    const struct sim_host *to, enum rsp_protocol protocol,
	    struct rsp_span bytes);
	void *ctx;
};

void sim_net_init(struct sim_net *n, struct sim_clock *c, uint64_t seed,
    unsigned zones);
void sim_net_fini(struct sim_net *n);

/* The host's memory is the caller's; numbers are given in order. */
void sim_host_init(struct sim_net *n, struct sim_host *h, unsigned zone);
void sim_host_join(struct sim_host *h); /* the group of multicast */

/* Its process ends; the kernel closes its connections.  What it had sent may be
 * lost or not. */
void sim_host_kill(struct sim_host *h);
/* The power fails: nobody is told. */
void sim_host_die(struct sim_host *h);
void sim_host_revive(struct sim_host *h); /* without a process */
void sim_host_stop(struct sim_host *h, bool stop);

struct sim_link *sim_link(const struct sim_net *n, unsigned from, unsigned to);
/* One direction between two zones. */
void sim_cut(struct sim_net *n, unsigned from, unsigned to, bool cut);
/* Both directions are open. */
bool sim_reaches(const struct sim_net *n, unsigned zone, unsigned other);
/* Since when nothing has changed between them. */
uint64_t sim_link_since(const struct sim_net *n, unsigned zone, unsigned other);

/* Opens a connection; opened() or closed() follows. */
struct sim_end *sim_connect(struct sim_host *h, struct sim_host *to,
    enum rsp_protocol protocol, void *user);
enum rsp_protocol sim_end_protocol(const struct sim_end *e);
struct sim_host *sim_end_peer(const struct sim_end *e);
size_t sim_end_pending(const struct sim_end *e); /* bytes not delivered yet */
void sim_send(struct sim_end *e, struct rsp_span bytes);
/* The far end has ended it, and its last words may not have been read. */
bool sim_end_is_ending(const struct sim_end *e);
/* Ends it after what was sent; closed() is not called. */
void sim_close(struct sim_end *e);
/* Ends it with a reset (SO_LINGER {1, 0}): what is not delivered is given up.
 */
void sim_abort(struct sim_end *e);

/* To all hosts of the group but itself. */
void sim_multicast(struct sim_host *h, enum rsp_protocol protocol,
    struct rsp_span bytes);

/* Addresses: 10.x.y.z, one per host. */
struct rsp_address sim_address(const struct sim_host *h);
struct sim_host *sim_host_at(const struct sim_net *n,
    const struct rsp_address *a); /* NULL: nobody's */

#endif
