#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""many_ports.py - an HTTP server on many ports of one address

    many_ports.py ADDRESS FIRST COUNT

Answers every GET with the port, one request per connection, and says "ready".
"""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while (await reader.readline()).strip():
            pass
        body = b"%d\n" % writer.get_extra_info("sockname")[1]
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n"
                     b"Connection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main():
    address, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for port in range(first, first + count):
        await asyncio.start_server(serve, address, port, backlog=1024)
    print("ready", flush=True)
    await asyncio.get_running_loop().create_future()


asyncio.run(main())
