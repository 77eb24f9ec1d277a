/* SPDX-License-Identifier: Apache-2.0 */
/* peer_fixture.h - test fixture of a peer that a test makes by hand, and what
 * it says of elements
 *
 * They are those of the pool "P", with identifier e + 1, as in net_element.h.
 */
#ifndef RSP_PEER_FIXTURE_H
#define RSP_PEER_FIXTURE_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/wire/message.h"

#define STRANGER 0x99990000u

/* A checksum below 0 is left out; `ours`: it says that it is of this kind. */
void say_presence(unsigned end, uint32_t from, bool ours, int checksum);

/* `end` becomes a peer of registrar i; what it is greeted with is unheard,
 * and its own elements are none. */
void become_peer(unsigned end, unsigned i, uint32_t id, bool ours);

/* An element under least used, registered over TCP for 90 s. */
void make_update(struct rsp_message *m, uint32_t from, uint16_t action,
    unsigned e, uint32_t home);
void say_update(unsigned end, uint32_t from, uint16_t action, unsigned e,
    uint32_t home);

/* A table response with elements `first` to first + n - 1 of that home. */
void say_table(unsigned end, uint32_t from, uint8_t flags, unsigned first,
    unsigned n, uint32_t home);

/* What registrar i has of it; NULL: nothing. */
struct rsp_entry *find_entry(unsigned i, unsigned e);

#endif
