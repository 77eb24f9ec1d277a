/* SPDX-License-Identifier: Apache-2.0 */
/* pcap.c - writer of captures in which every message is SCTP user data:
 * pcap-savefile(5), link type SCTP, packets without an IP header */
#include "tests/lib/pcap.h"

#define LINKTYPE_SCTP 248
#define CHUNK_MAX 32768	  /* bytes of a message in one chunk */
#define HEADERS (12 + 16) /* common header and DATA chunk header */

static const struct {
	uint16_t port;
	uint32_t ppid;
} protocols[] = { [RSP_ASAP] = { 3863, 11 }, [RSP_ENRP] = { 9901, 12 } };

static void
put_host_u32(FILE *f, uint32_t v)
{
	fwrite(&v, sizeof(v), 1, f);
}

bool
pcap_open(struct pcap *p, const char *path)
{
	static const uint16_t version[] = { 2, 4 };

	p->tsn = 1;
	p->file = fopen(path, "wb");
	if (p->file == NULL)
		return false;
	put_host_u32(p->file, 0xa1b2c3d4);
	fwrite(version, sizeof(version), 1, p->file);
	put_host_u32(p->file, 0); /* time zone, accuracy */
	put_host_u32(p->file, 0);
	put_host_u32(p->file, 2 * CHUNK_MAX);
	put_host_u32(p->file, LINKTYPE_SCTP);
	return true;
}

/* CRC32c, bit by bit (RFC 9260 appendix A). */
static uint32_t
checksum(struct rsp_span bytes)
{
	uint32_t crc = 0xffffffff;
	size_t i;
	int bit;

	for (i = 0; i < bytes.len; i++) {
		crc ^= bytes.at[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void
put_packet(struct pcap *p, enum rsp_protocol protocol, uint8_t flags,
    struct rsp_span part)
{
	static uint8_t room[CHUNK_MAX + HEADERS + 3];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	uint32_t crc;
	int i;

	rsp_put_u16(&b, protocols[protocol].port);
	rsp_put_u16(&b, protocols[protocol].port);
	rsp_put_u32(&b, 1); /* verification tag */
	rsp_put_u32(&b, 0); /* checksum, below */
	rsp_put_u8(&b, 0);  /* DATA */
	rsp_put_u8(&b, flags);
	rsp_put_u16(&b, (uint16_t)(16 + part.len));
	rsp_put_u32(&b, p->tsn++);
	rsp_put_u16(&b, 0); /* stream */
	rsp_put_u16(&b, 0); /* its sequence number */
	rsp_put_u32(&b, protocols[protocol].ppid);
	rsp_put_span(&b, part);
	rsp_put_padding(&b);
	crc = checksum(rsp_builder_span(&b));
	for (i = 0; i < 4; i++)
		room[8 + i] = (uint8_t)(crc >> 8 * i);
	put_host_u32(p->file, p->tsn); /* seconds: one packet each */
	put_host_u32(p->file, 0);
	put_host_u32(p->file, (uint32_t)b.len);
	put_host_u32(p->file, (uint32_t)b.len);
	fwrite(room, b.len, 1, p->file);
}

void
pcap_message(struct pcap *p, enum rsp_protocol protocol,
    struct rsp_span message)
{
	uint8_t begin = 2, end;
	struct rsp_span part;

	do {
		part = message;
		if (part.len > CHUNK_MAX)
			part.len = CHUNK_MAX;
		end = part.len == message.len;
		put_packet(p, protocol, 4 | begin | end, part); /* unordered */
		begin = 0;
		message.at += part.len;
		message.len -= part.len;
	} while (end == 0);
}

bool
pcap_close(struct pcap *p)
{
	bool bad = ferror(p->file) != 0;

	return fclose(p->file) == 0 && !bad;
}
