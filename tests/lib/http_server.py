# SPDX-License-Identifier: Apache-2.0
"""web.py - a web server that does as it is told, badly if so told

    http_server.py PORT [KEY=VALUE...]

It serves /N/SIZE: SIZE bytes, of which the seed is N; whatever else is asked
for, too, by the same rule (N of the path's hash).  HTTP/1.1 with keep-alive and
a length, strong validators, no ranges, unless these say otherwise:

    ranges=yes|blind    honours Range; `blind`: without a look at If-Range
    chunked=BYTES       Transfer-Encoding: chunked, in chunks of up to so many
    http10=yes          answers as HTTP/1.0 and closes
    close=yes           Connection: close
    until_close=yes     neither length nor chunks
    etag=TEXT, modified=TEXT
                        other validators; empty: none; _ is a blank in a date
    xor=N               all bytes of the content are other ones
    xor_from=N          from this offset on
    shorter=N           the file is N bytes shorter
    status=N            for every request
    head=TEXT           the whole head, with \\n for line ends
    add=TEXT            a further header line
    range_first=N, range_last=N, range_total=N
                        Content-Range lies by so much
    interim=N           1xx responses before
    die_after=N         ends itself by SIGKILL after N bytes of a body ...
    die_in_head=N       ... or N bytes of a head
    reset=yes           with a reset instead of an end of stream
    hang_after=N        goes silent after N bytes of a body
    hang=yes            before any byte of an answer
    pause=SECONDS       before each answer
    cut=N               the connection ends after N bytes, the server lives
    log=FILE            a line per request: method, path, Range, If-Range

A key applies to the first answers only with a number behind it: die_after@2=N
is for the second request and none after that.
"""
import hashlib
import os
import signal
import socket
import struct
import sys
import threading
import time

ETAG = '"one"'
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


def blocks(path):
    """The bytes of a path, in order."""
    last = path.split("/")[-1]
    size = int(last) if last.isdigit() else 1000
    seed = hashlib.sha256(path.encode()).digest()
    block = hashlib.shake_256(seed).digest(min(size, 1 << 16))
    made = 0
    while made < size:
        some = (struct.pack(">I", made) + block)[:size - made]
        made += len(some)
        yield some


def content(path, made={}):
    if path not in made:
        made[path] = b"".join(blocks(path))
    return made[path]


class Options:
    def __init__(self, words):
        self.all = [w.split("=", 1) for w in words]
        self.lock = threading.Lock()
        self.requests = 0

    def next(self):
        """Those of the next request."""
        with self.lock:
            self.requests += 1
            number = self.requests
        chosen = {}
        for key, value in self.all:
            name, _, at = key.partition("@")
            if not at or int(at) == number:
                chosen[name] = value
        return chosen


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Connection(threading.Thread):
    def __init__(self, sock, options):
        super().__init__(daemon=True)
        self.sock, self.options, self.buffer = sock, options, b""

    def run(self):
        try:
            while self.answer():
                pass
        except OSError:
            pass
        self.sock.close()

    def request(self):
        while b"\r\n\r\n" not in self.buffer:
            some = self.sock.recv(65536)
            if not some:
                return None, {}
            self.buffer += some
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        length = int(fields.get("content-length", 0))
        while len(self.buffer) < length:
            self.buffer += self.sock.recv(65536)
        self.buffer = self.buffer[length:]
        return lines[0], fields

    def end(self, o):
        if o.get("reset"):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
            self.sock.close()
        die()

    def answer(self):
        line, fields = self.request()
        if line is None:
            return False
        o = self.options.next()
        method, path = line.split()[:2]
        if "log" in o:
            with open(o["log"], "a") as f:
                print(method, path, fields.get("range", "-"),
                      fields.get("if-range", "-"), file=f)
        if o.get("hang"):
            time.sleep(3600)
        time.sleep(float(o.get("pause", 0)))
        head, body, last = self.make(method, path, fields, o)
        if "die_in_head" in o:
            self.sock.sendall(head[:int(o["die_in_head"])])
            self.end(o)
        self.sock.sendall(head)
        self.send_body(body, o)
        return not last

    def send_body(self, body, o):
        for key, action in (("die_after", lambda: self.end(o)),
                            ("hang_after", lambda: time.sleep(3600)),
                            ("cut", self.cut)):
            if key in o and int(o[key]) < len(body):
                self.sock.sendall(body[:int(o[key])])
                action()
        self.sock.sendall(body)

    def cut(self):
        self.sock.close()
        sys.exit()

    def make(self, method, path, fields, o):
        data = content(path)
        if "shorter" in o:
            data = data[:-int(o["shorter"])]
        if "xor" in o:
            at = int(o.get("xor_from", 0))
            table = bytes(i ^ int(o["xor"]) for i in range(256))
            data = data[:at] + data[at:].translate(table)
        etag = o.get("etag", ETAG)
        modified = o.get("modified", MODIFIED).replace("_", " ")
        status, lines = int(o.get("status", 200)), []
        first, last, total = 0, len(data) - 1, len(data)
        wanted = fields.get("range", "")
        condition = fields.get("if-range")
        if "ranges" in o and wanted.startswith("bytes=") and status == 200 and (
                condition in (None, etag, modified) or o["ranges"] == "blind"):
            a, _, b = wanted[6:].partition("-")
            first = int(a)
            last = min(int(b), last) if b else last
            if first >= total:
                status, data = 416, b""
            else:
                status, data = 206, data[first:last + 1]
                lines.append("Content-Range: bytes %d-%d/%d" % (
                    first + int(o.get("range_first", 0)),
                    last + int(o.get("range_last", 0)),
                    total + int(o.get("range_total", 0))))
        if etag:
            lines.append("ETag: " + etag)
        if modified:
            lines.append("Last-Modified: " + modified)
        if "add" in o:
            lines.append(o["add"])
        return self.frame(method, status, lines, data, fields, o)

    def frame(self, method, status, lines, data, fields, o):
        old = bool(o.get("http10"))
        last = old or bool(o.get("close")) or bool(o.get("until_close")) or \
            "close" in fields.get("connection", "")
        if "chunked" in o:
            lines.append("Transfer-Encoding: chunked")
            step, parts = int(o["chunked"]), []
            for i in range(0, len(data), step):
                part = data[i:i + step]
                parts.append(b"%x\r\n%s\r\n" % (len(part), part))
            body = b"".join(parts) + b"0\r\n\r\n"
        else:
            body = data
            if not o.get("until_close"):
                lines.append("Content-Length: %d" % len(data))
        if last and not old:
            lines.append("Connection: close")
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        head = "HTTP/1.1 103 Early Hints\r\n\r\n" * int(o.get("interim", 0))
        head += "HTTP/1.%d %d X\r\nDate: %s\r\n" % (not old, status, date)
        head += "".join(line + "\r\n" for line in lines) + "\r\n"
        if "head" in o:
            head = o["head"].replace("\\n", "\r\n")
        if method == "HEAD" or status in (204, 304):
            body = b""
        return head.encode("latin-1"), body, last


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", int(sys.argv[1])))
    listener.listen(100)
    options = Options(sys.argv[2:])
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Connection(sock, options).start()


if __name__ == "__main__":
    main()
