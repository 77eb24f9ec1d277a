# SPDX-License-Identifier: Apache-2.0
"""http_kill.py - downloads through a pool whose servers are killed meanwhile

    http_kill.py [--client NAME]... [--servers KIND] [--count N] [--kills N]
        [--size BYTES] [--objects N] [--seed N] [--without-shim]
        [--do COMMAND | --pause SECONDS] [--at BYTES] [--most-pause SECONDS]

The servers stand at the ports 8001 to 8003, which somebody has put into the
pool Web; this program starts them, kills (-9) the one that a client is reading
from when the client has written so many bytes, and starts it again.  A client
is read by this program, and socket buffers are small: so a server never is far
ahead, and dies in the middle.  What is received must be what was to be sent,
and the client must be content (exit 0).

--do: the servers are somebody else's, and a command is run in place of a kill;
--pause: nothing is, and the client is not read for so long; --at: there, and not
at random; --most-pause: the longest time without a byte that is allowed.

KIND: nginx, python (http.server), busybox, or web:OPTIONS (web.py)
NAME: curl, wget, urllib, urllib-timeout, requests, node-http, node-fetch,
      java-http, java-url
"""
import argparse
import hashlib
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(HERE, "..", "lib")
sys.path.insert(0, LIB)
import http_server as web  # noqa: E402

PORTS = (8001, 8002, 8003)
T = os.environ["T"]
WWW = os.path.join(T, "www")
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-Xshare:auto", "-cp", os.path.join(T, "classes"), "HttpStream"]
PYTHON = [sys.executable, os.path.join(HERE, "http_clients.py")]
NODE = ["node", os.path.join(HERE, "http_clients.js")]
CLIENTS = {
    "curl": ["curl", "-fsS"],
    "wget": ["wget", "-q", "-O-", "--tries=1"],
    "urllib": PYTHON + ["urllib"],
    "urllib-timeout": PYTHON + ["urllib-timeout"],
    "requests": PYTHON + ["requests"],
    "node-http": NODE + ["http"],
    "node-fetch": NODE + ["fetch"],
    "java-http": JAVA + ["http"],
    "java-url": JAVA + ["url"],
}

NGINX = """
worker_processes 1; daemon off; error_log {t}/nginx-{port}.log.own;
pid {t}/nginx-{port}.pid; {user}
events {{ worker_connections 200; }}
http {{
    access_log off; {paths}
    server {{ listen 127.0.0.1:{port}; root {www}; }}
}}
"""


class Server:
    def __init__(self, kind, port):
        self.kind, self.port, self.process = kind, port, None
        if kind == "nginx":
            self.write_nginx()

    def write_nginx(self):
        paths = "".join("%s_temp_path %s/tmp-%d-%s; " % (p, T, self.port, p)
                        for p in ("client_body", "proxy", "fastcgi", "uwsgi",
                                  "scgi"))
        self.conf = "%s/nginx-%d.conf" % (T, self.port)
        alone = open("/proc/self/setgroups").read().strip() != "allow"
        with open(self.conf, "w") as f:
            f.write(NGINX.format(t=T, port=self.port, www=WWW, paths=paths,
                                 user="user root root;" if alone else ""))

    def command(self):
        port = str(self.port)
        if self.kind == "nginx":
            return ["nginx", "-c", self.conf]
        if self.kind == "python":
            return [sys.executable, "-m", "http.server", "--bind",
                    "127.0.0.1", "-d", WWW, port]
        if self.kind == "busybox":
            return ["busybox", "httpd", "-f", "-p", "127.0.0.1:" + port,
                    "-h", WWW]
        options = self.kind.partition(":")[2].split(",")
        return [sys.executable, LIB + "/http_server.py", port] + \
            [o for o in options if o]

    def start(self):
        with open("%s/server-%d.log" % (T, self.port), "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def sockets():
    """(local port, remote port, state) of TCP over IPv4."""
    with open("/proc/net/tcp") as f:
        for line in list(f)[1:]:
            w = line.split()
            yield (int(w[1].split(":")[1], 16), int(w[2].split(":")[1], 16),
                   int(w[3], 16))


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def is_up(server):
    return any(s[0] == server.port and s[2] == 10 for s in sockets())


def serving(servers):
    """The living servers that somebody is connected to."""
    ports = {s[0] for s in sockets() if s[2] == 1}
    return [s for s in servers if s.port in ports]


class Download:
    def __init__(self, args, servers, client, random):
        self.args, self.servers, self.random = args, servers, random
        self.client = client
        paths = ["/%d/%d" % (random.randrange(4), args.size // args.objects)
                 for _ in range(args.objects)]
        self.want = want(paths)
        self.got = 0
        self.truth = True
        host = "127.0.0.1:8001" if args.without_shim else "Web.pool.alt"
        shim = [] if args.without_shim else ["rsp-run"]
        self.command = shim + CLIENTS[client] + \
            ["http://" + host + p for p in paths]
        self.offsets = sorted(random.randrange(len(self.want))
                              for _ in range(args.kills))
        # Node's fetch cannot bear (without the shim, too) that the server goes
        # when all of a response is there and it has not looked at it yet.
        self.one = len(self.want) // args.objects
        self.bears = self.one
        if client == "node-fetch":
            self.bears = self.one // 3 * 2
            self.offsets = [o // self.one * self.one + o % self.one // 2
                            for o in self.offsets]
        if args.at:
            self.offsets = [args.at]
        self.longest = 0
        self.kills = 0
        self.error = None

    def run(self):
        log = open("%s/client.log" % T, "ab")
        begin = log.tell()
        process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True)
        signal.alarm(self.args.patience)
        try:
            self.read(process.stdout.fileno())
            status = process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.error = "hangs"
            return
        finally:
            signal.alarm(0)
            process.stdout.close()
            log.close()
        if status != 0:
            self.error = "exit %d after %d of %d bytes" % (
                status, self.got, len(self.want))
        elif not self.truth or self.got != len(self.want):
            self.error = "%d bytes for %d" % (self.got, len(self.want))
        elif 0 < self.args.most_pause < self.longest:
            self.error = "no byte for %.1f s" % self.longest
        with open("%s/client.log" % T, "rb") as f:
            f.seek(begin)
            self.said = f.read().decode(errors="replace")

    def read(self, fd):
        last = time.monotonic()
        while True:
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last), now
            step = 65536
            if self.offsets and self.offsets[0] <= self.got and \
                    self.got % self.one < self.bears:
                # It may still be reading what the last one had sent.
                step = 16384
                if self.kill():
                    self.offsets.pop(0)
            elif self.offsets and self.offsets[0] > self.got:
                step = min(step, self.offsets[0] - self.got)
            some = os.read(fd, step)
            if not some:
                return
            if some != self.want[self.got:self.got + len(some)]:
                self.truth = False
            self.got += len(some)

    def kill(self):
        if self.args.do or self.args.pause:
            subprocess.run(self.args.do or "sleep %g" % self.args.pause,
                           shell=True, check=True)
            self.kills += 1
            return True
        victims = serving(self.servers)
        if not victims:
            return False
        others = [s for s in self.servers if s not in victims]
        if not wait_for(lambda: all(map(is_up, others))):
            sys.exit("a server does not start again")
        for server in victims:
            server.kill()
            self.kills += 1
            server.start()
        return True


def publish(path):
    """The file that static servers have for it."""
    name = WWW + path
    if not os.path.exists(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as f:
            f.writelines(web.blocks(path))
        os.utime(name, (1577836800, 1577836800))
    return name


def want(paths):
    """All bytes of them."""
    names = [publish(path) for path in paths]
    if len(names) > 1:
        return b"".join(open(name, "rb").read() for name in names)
    with open(names[0], "rb") as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)


def too_long(*_):
    raise TimeoutError


def moves(text):
    return text.count(" moved ")


def run_client(args, servers, client):
    # Each client has a sequence of its own: one may be repeated alone.
    seed = int.from_bytes(hashlib.sha256(
        ("%d %s" % (args.seed, client)).encode()).digest()[:8], "big")
    dice = random.Random(seed)
    kills = moved = failed = lies = longest = 0
    begin = time.monotonic()
    for i in range(args.count):
        if not wait_for(lambda: all(map(is_up, servers))):
            sys.exit("a server does not start")
        d = Download(args, servers, client, dice)
        d.run()
        kills += d.kills
        longest = max(longest, d.longest)
        moved += moves(getattr(d, "said", ""))
        lies += not d.truth
        if d.error:
            failed += 1
            print("%s, download %d of seed %d: %s" %
                  (client, i, args.seed, d.error))
            print("    " + getattr(d, "said", "")[-1500:].replace(
                "\n", "\n    "))
    print("%-14s %-10s %3d downloads of %d in %d, %d kills, %d moves, "
          "%d failed, %.1f s, longest pause %.2f s" % (
              client, args.servers, args.count, args.size, args.objects,
              kills, moved, failed, time.monotonic() - begin, longest),
          flush=True)
    if lies:
        sys.exit("wrong bytes")
    return failed, kills


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", action="append")
    parser.add_argument("--servers", default="nginx")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--size", type=int, default=4000000)
    parser.add_argument("--objects", type=int, default=1)
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("RSP_SEED", 1)))
    parser.add_argument("--patience", type=int, default=60)
    parser.add_argument("--without-shim", action="store_true")
    parser.add_argument("--do")
    parser.add_argument("--pause", type=float)
    parser.add_argument("--at", type=int)
    parser.add_argument("--most-pause", type=float, default=0)
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, too_long)
    os.makedirs(WWW, exist_ok=True)
    servers = []
    if not args.do:
        servers = [Server(args.servers, port) for port in PORTS]
    for server in servers:
        server.start()
    failed = kills = 0
    for client in args.client or list(CLIENTS):
        if shutil.which(CLIENTS[client][0]) is None:
            print("%s: SKIP: not installed" % client)
            continue
        f, k = run_client(args, servers, client)
        failed, kills = failed + f, kills + k
    for server in servers:
        server.kill()
    if kills == 0 and (args.kills > 0 or args.at):
        sys.exit("nobody was killed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
