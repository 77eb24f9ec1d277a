/* SPDX-License-Identifier: Apache-2.0 */
/* ascii.h - case of ASCII letters, whatever the locale */
#ifndef RSP_ASCII_H
#define RSP_ASCII_H

#include <stdint.h>

/* Bytes that are no upper case letters stay as they are. */
static inline uint8_t
rsp_ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

#endif
