/* SPDX-License-Identifier: Apache-2.0 */
/* test_data.c - paths of the tests' files.  The build says where they are. */
#include "tests/lib/test_data.h"

#include <stdio.h>

const char *
test_data(const char *file)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", TESTS_DIRECTORY, file);
	return path;
}
