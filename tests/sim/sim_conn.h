/* SPDX-License-Identifier: Apache-2.0 */
/* sim_conn.h - simulated connections: what they and the network's hosts know of
 * each other */
#ifndef RSP_SIM_CONN_H
#define RSP_SIM_CONN_H

#include "tests/sim/sim_net.h"

/* Frees connections that nobody will hear of again. */
void sim_net_sweep(struct sim_net *n);
void sim_conns_sweep(struct rsp_list *list);

void sim_net_saw(struct sim_net *n, const struct sim_host *from,
    const struct sim_host *to, enum rsp_protocol protocol,
    struct rsp_span bytes);

/* Something was cut, or somebody died: the silent ends find out. */
void sim_conns_probe(struct sim_net *n);

/* Ends all connections of a host whose process is gone. */
void sim_conns_kill(struct sim_host *h, bool silent);

void sim_conns_wake(struct sim_host *h);

#endif
