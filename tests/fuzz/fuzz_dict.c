/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dict.c - printer of the fuzzers' dictionary: every header of a message,
 * parameter or cause that the core's tables know */
#include <stdio.h>
#include <stdlib.h>

#include "rsp/core/wire/message.h"

static void
put_word(unsigned first, unsigned second, const char *name)
{
	printf("# %s\n\"\\x%02x\\x%02x\"\n", name, first & 0xff, second & 0xff);
}

static void
put_messages(enum rsp_protocol protocol)
{
	const char *name;
	unsigned type;

	for (type = 0; type < 256; type++) {
		name = rsp_message_name(protocol, (uint8_t)type);
		if (name == NULL)
			continue;
		put_word(type, 0, name);
		put_word(type, 1, name);
	}
}

int
main(void)
{
	put_messages(RSP_ASAP);
	put_messages(RSP_ENRP);
#define PUT_WORD(name, number, text) put_word((number) >> 8, number, text);
	RSP_PARAMS(PUT_WORD)
	RSP_CAUSES(PUT_WORD)
#undef PUT_WORD
	put_word(0x3f, 0xff, "unknown parameter, class 00");
	put_word(0x7f, 0xff, "unknown parameter, class 01");
	put_word(0xbf, 0xff, "unknown parameter, class 10");
	put_word(0xff, 0xff, "unknown parameter, class 11");
	return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
