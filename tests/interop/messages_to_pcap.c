/* SPDX-License-Identifier: Apache-2.0 */
/* messages_to_pcap.c - messages from files into a capture that tshark reads
 *
 *	messages_to_pcap CAPTURE asap|enrp|vectors FILE...
 *
 * FILE holds messages back to back, as they are on a TCP connection in one
 * direction, or with "vectors" those of tests/data/vectors that are valid.  It
 * prints one line per message: protocol, type and name.
 */
#include <stdlib.h>

#include "tests/lib/pcap.h"
#include "tests/lib/vector.h"

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "messages_to_pcap: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
add(struct pcap *p, enum rsp_protocol protocol, struct rsp_span message,
    const char *name)
{
	pcap_message(p, protocol, message);
	printf("%s %u %s\n", protocol == RSP_ASAP ? "asap" : "enrp",
	    message.at[0], name);
}

static void
add_vectors(struct pcap *p, const char *path)
{
	FILE *f = fopen(path, "r");
	struct vector v;

	if (f == NULL)
		die(path, "cannot be opened");
	while (vector_next(f, &v))
		if (vector_is_valid(&v))
			add(p, v.protocol, vector_bytes(&v), v.name);
	fclose(f);
}

static void
add_stream(struct pcap *p, enum rsp_protocol protocol, const char *path)
{
	static uint8_t message[RSP_MESSAGE_MAX + 1];
	FILE *f = fopen(path, "rb");
	const char *name;
	size_t n;
	int len;

	if (f == NULL)
		die(path, "cannot be opened");
	while ((n = fread(message, 1, RSP_MESSAGE_HEADER, f)) > 0) {
		len = rsp_message_frame((struct rsp_span){ message, n });
		if (len <= 0 || fread(message + n, 1, (size_t)len - n, f) !=
				    (size_t)len - n)
			die(path, "ends inside a message, or holds none");
		name = rsp_message_name(protocol, message[0]);
		add(p, protocol, (struct rsp_span){ message, (size_t)len },
		    name == NULL ? "unknown" : name);
	}
	fclose(f);
}

int
main(int argc, char **argv)
{
	struct pcap p;
	int i;

	if (argc < 4)
		die("usage", "CAPTURE asap|enrp|vectors FILE...");
	if (!pcap_open(&p, argv[1]))
		die(argv[1], "cannot be written");
	for (i = 3; i < argc; i++)
		if (strcmp(argv[2], "vectors") == 0)
			add_vectors(&p, argv[i]);
		else
			add_stream(&p,
			    strcmp(argv[2], "enrp") == 0 ? RSP_ENRP : RSP_ASAP,
			    argv[i]);
	if (!pcap_close(&p))
		die(argv[1], "cannot be written");
	return EXIT_SUCCESS;
}
