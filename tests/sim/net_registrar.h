/* SPDX-License-Identifier: Apache-2.0 */
/* net_registrar.h - registrars of the small network: they start, die, hang, and
 * are cut apart */
#ifndef RSP_NET_REGISTRAR_H
#define RSP_NET_REGISTRAR_H

#include <stdbool.h>

#include "tests/sim/net.h"

/* Fills in config[i]; change it before the start.  `peers`: a bit for each
 * configured one. */
void net_prepare(unsigned i);
void net_start(unsigned i, unsigned peers);
void net_reload(unsigned i, unsigned peer, bool add);

/* prepare and start of `n`, each with all others configured, and a second's
 * time. */
void net_start_all(unsigned n);

/* Its process is gone, and its connections reset. */
void net_kill(unsigned i);
/* It does nothing; its kernel still accepts and acknowledges. */
void net_freeze(unsigned i, bool frozen);
/* Nothing passes between two registrars; connections hang. */
void net_cut(unsigned i, unsigned j, bool cut);

#endif
