/* SPDX-License-Identifier: Apache-2.0 */
/* net_element.h - pool elements of the small network
 *
 * They are real ones (rsp/core/element/element.h) at 10.1.0.0 and following.
 */
#ifndef RSP_NET_ELEMENT_H
#define RSP_NET_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#define NET_ELEMENTS 64

/* Element `e` with identifier e + 1, joining at the registrars of `homes`
 * (bits, tried in order).  Not callable: nobody can connect to it. */
void net_element(unsigned e, const char *handle, unsigned homes, bool callable);
/* Elements `first` to first + n - 1 of the pool "P", callable, at that
 * registrar, and a second's time. */
void net_element_group(unsigned first, unsigned n, unsigned home);
void net_element_load(unsigned e, uint32_t load); /* policy lu */
void net_element_kill(unsigned e);
void net_element_leave(unsigned e);
bool net_is_element(unsigned e);  /* and lives */
int net_element_home(unsigned e); /* registrar; -1: none */

#endif
