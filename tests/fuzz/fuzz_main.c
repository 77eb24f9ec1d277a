/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_main.c - main program that runs a fuzz target over files, without
 * libFuzzer
 *
 * With arguments: over these files.  Without: over all of the corpus that has
 * the target's name.  So the targets are ordinary tests in a build without
 * libFuzzer, and no bug that was found once comes back.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST (1 << 20)

/* From a block of exactly its size: a sanitizer sees a read beyond. */
static void
run_file(const char *path)
{
	static uint8_t room[LARGEST];
	FILE *f = fopen(path, "rb");
	uint8_t *block;
	size_t i, len;

	if (f == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	len = fread(room, 1, sizeof(room), f);
	fclose(f);
	block = malloc(len == 0 ? 1 : len);
	if (block == NULL)
		abort();
	for (i = 0; i < len; i++)
		block[i] = room[i];
	LLVMFuzzerTestOneInput(block, len);
	free(block);
}

static unsigned
run_directory(const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;
	char path[4096];
	unsigned n = 0;

	if (d == NULL) {
		perror(directory);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		run_file(path);
		n++;
	}
	closedir(d);
	return n;
}

int
main(int argc, char **argv)
{
	/* fuzz_asap, perhaps behind lt-: fuzz/corpus/asap */
	const char *name = strstr(program_invocation_short_name, "fuzz_");
	char corpus[256];
	unsigned n = 0;
	int i;

	snprintf(corpus, sizeof(corpus), "fuzz/corpus/%s",
	    name != NULL ? name + strlen("fuzz_") : "");
	for (i = 1; i < argc; i++, n++)
		run_file(argv[i]);
	if (argc == 1)
		n = run_directory(test_data(corpus));
	printf("%u inputs\n", n);
	return n == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
