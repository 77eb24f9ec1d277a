/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - resolv.conf's search list, when the pools' domain stands in it
 *
 * libc would complete a short name by that domain and ask the DNS for a pool.
 * So the domain is taken out of the thread's list, and what libc does not find
 * by the rest is looked for among the pools.
 */
#ifndef RSP_SHIM_SEARCH_H
#define RSP_SHIM_SEARCH_H

#include <resolv.h>
#include <stdbool.h>
#include <stddef.h>

/* Before libc's resolver works in this thread, with a name that is no pool's.
 * True: the name can be completed. */
bool search_begin(const char *name);

/* The same for a resolver's state of the program's own. */
void search_begin_with(res_state state);

/* Writes the name with the i-th of our domains behind it; false: there is no
 * such domain, or the name is too long. */
bool search_complete(const char *name, unsigned i, char *text, size_t size);

#endif
