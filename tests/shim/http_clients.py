# SPDX-License-Identifier: Apache-2.0
"""http_clients.py - GETs by Python: urllib or requests, bodies to stdout

    http_clients.py urllib|urllib-timeout|requests URL...

HTTP_BETWEEN is a command that is run before each URL but the first, while
requests keeps its connection.
"""
import os
import subprocess
import sys
import urllib.request


def read_urllib(urls, timeout=None):
    for url in urls:
        with urllib.request.urlopen(url, timeout=timeout) as r:
            length = r.headers.get("Content-Length")
            n = 0
            while True:
                some = r.read(50000)
                if not some:
                    break
                n += len(some)
                sys.stdout.buffer.write(some)
        # read(n) does not mind a body that is too short: we do.
        if length is not None and n != int(length):
            sys.exit("short: %d of %s" % (n, length))


def read_requests(urls):
    import requests
    with requests.Session() as session:
        for url in urls:
            if url is not urls[0] and "HTTP_BETWEEN" in os.environ:
                subprocess.run(os.environ["HTTP_BETWEEN"], shell=True,
                               check=True)
            with session.get(url, stream=True) as r:
                r.raise_for_status()
                r.raw.enforce_content_length = True
                for some in r.iter_content(50000):
                    sys.stdout.buffer.write(some)


how, urls = sys.argv[1], sys.argv[2:]
if how == "requests":
    read_requests(urls)
else:
    read_urllib(urls, 60 if how == "urllib-timeout" else None)
sys.stdout.buffer.flush()
