/* SPDX-License-Identifier: Apache-2.0 */
/* pcap.h - writer of captures in which every message is SCTP user data
 *
 * Wireshark knows ASAP and ENRP by the payload protocol identifiers 11 and 12
 * and cannot frame them over TCP.  So messages for Wireshark to judge, from any
 * transport, are written as one SCTP DATA chunk per message (several, where one
 * would be too long).
 */
#ifndef RSP_PCAP_H
#define RSP_PCAP_H

#include <stdio.h>

#include "rsp/core/wire/message.h"

struct pcap {
	FILE *file;
	uint32_t tsn; /* of the next chunk */
};

/* false, with errno, when the file cannot be written. */
bool pcap_open(struct pcap *p, const char *path);
void pcap_message(struct pcap *p, enum rsp_protocol protocol,
    struct rsp_span message);
bool pcap_close(struct pcap *p);

#endif
