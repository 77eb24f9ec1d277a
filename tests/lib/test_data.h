/* SPDX-License-Identifier: Apache-2.0 */
/* test_data.h - paths of the tests' files */
#ifndef RSP_TEST_DATA_H
#define RSP_TEST_DATA_H

/* The path of a file below tests/, "data/vectors/asap.hex"; good until the next
 * call. */
const char *test_data(const char *file);

#endif
