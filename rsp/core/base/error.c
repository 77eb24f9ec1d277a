/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - texts of the core's error codes, from the list that defines them */
#include "rsp/core/base/error.h"

const char *
rsp_strerror(int error)
{
	switch (error) {
#define ERROR_TEXT(name, number, text)                                         \
	case name:                                                             \
		return text;
		RSP_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
	}
	return "unknown error";
}
