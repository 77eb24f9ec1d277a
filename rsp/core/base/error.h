/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - error codes of the core, and their texts
 *
 * 0 is success, all else is negative.  The list below is the only one: codes
 * and texts cannot drift apart.
 */
#ifndef RSP_ERROR_H
#define RSP_ERROR_H

/* clang-format off */
#define RSP_ERRORS(X)							\
	X(RSP_OK,	     0, "no error")				\
	X(RSP_ETRUNC,	    -1, "ends too early")			\
	X(RSP_EMALFORMED,   -2, "malformed")				\
	X(RSP_EMISSING,	    -3, "a mandatory parameter is missing")	\
	X(RSP_EPARAM,	    -4, "unrecognized parameter")		\
	X(RSP_EMESSAGE,	    -5, "unrecognized message")			\
	X(RSP_EINVALID,	    -6, "invalid values")			\
	X(RSP_ESPACE,	    -7, "does not fit")				\
	X(RSP_ENOMEM,	    -8, "out of memory")			\
	X(RSP_ELIMIT,	    -9, "a limit is reached")			\
	X(RSP_ENOENT,	   -10, "not found")				\
	X(RSP_EEXIST,	   -11, "exists already")			\
	X(RSP_ETIMEOUT,	   -12, "no answer in time")			\
	X(RSP_ESTATE,	   -13, "not in this state")
/* clang-format on */

enum rsp_error {
#define RSP_ERROR_ENUM(name, number, text) name = number,
	RSP_ERRORS(RSP_ERROR_ENUM)
#undef RSP_ERROR_ENUM
};

/* Never NULL; a static string without a final newline. */
const char *rsp_strerror(int error);

#endif
