/* SPDX-License-Identifier: Apache-2.0 */
/* http_fixture.h - test fixture of a followed HTTP connection: bytes sent and
 * received on it */
#ifndef RSP_HTTP_FIXTURE_H
#define RSP_HTTP_FIXTURE_H

#include <string.h>

#include "rsp/core/failover/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GET "GET /f HTTP/1.1\r\nHost: p\r\n\r\n"
#define OK(fields) "HTTP/1.1 200 OK\r\n" fields "\r\n"
#define TAG "ETag: \"x\"\r\n"
#define OTHER_TAG "ETag: \"y\"\r\n"
#define LENGTH OK("Content-Length: 10\r\n" TAG)
#define CHUNKED OK("Transfer-Encoding: chunked\r\n" TAG)
#define WEAK "ETag: W/\"x\"\r\n"
#define DATED "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define OLD "Last-Modified: Sun, 06 Nov 1994 08:49:36 GMT\r\n"
#define YOUNG "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define TEN "Content-Length: 10\r\n"
#define PART "HTTP/1.1 206 P\r\nContent-Range: bytes "

#define ROOM_SIZE 4096
extern struct rsp_http http;
extern char room[ROOM_SIZE];

/* What the program sends and reads. */
void sent(const char *text);
void received(const char *text);

/* What another server is asked, fetched `step` bytes at a time; its length. */
size_t output(char *text, size_t step);

#endif
