# SPDX-License-Identifier: Apache-2.0
"""ftpd.py NAME ADDRESS PORT [OPTION...]: a little FTP server

It sends NAME as any file that is asked for, and says on its output who asked
for what.  Options:

    cut        replies come byte by byte
    names=P    every 227 and 229 names port P; nobody listens there for it
    host=A     every 227 names address A
    reject     EPSV is unknown
    tls=FILE   AUTH is granted, with the certificate and key in that file
"""
import socket
import ssl
import sys
import threading
import time


class Session:
    def __init__(self, server, control):
        self.server, self.control = server, control
        self.data = None
        self.private = False

    def say(self, text):
        line = (text + "\r\n").encode()
        if "cut" not in self.server.options:
            self.control.sendall(line)
            return
        self.control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(line)):
            self.control.sendall(line[i:i + 1])
            time.sleep(0.001)

    def listen(self):
        if self.data is not None:
            self.data.close()
        self.data = socket.create_server((self.server.address, 0))
        port = self.data.getsockname()[1]
        return int(self.server.options.get("names", port))

    def passive(self):
        port = self.listen()
        host = self.server.options.get("host", self.server.address)
        self.say("227 Entering Passive Mode (%s,%d,%d)." %
                 (host.replace(".", ","), port >> 8, port & 255))

    def extended(self):
        if "reject" in self.server.options:
            self.say("502 no")
        else:
            self.say("229 Entering Extended Passive Mode (|||%d|)" %
                     self.listen())

    def send(self, what):
        print(self.server.name, "sends", what, flush=True)
        self.say("150 here it comes")
        self.data.settimeout(10)
        peer, _ = self.data.accept()
        if self.private:
            peer = self.server.tls.wrap_socket(peer, server_side=True)
        peer.sendall(self.server.name.encode() + b"\n")
        self.private and peer.unwrap()
        peer.close()
        self.say("226 done")

    def secure(self):
        self.say("234 as you like")
        self.control = self.server.tls.wrap_socket(
            self.control, server_side=True)

    def line(self):
        line = b""
        while not line.endswith(b"\n"):
            byte = self.control.recv(1)
            if not byte:
                return None
            line += byte
        return line.decode("latin-1")

    def run(self):
        self.say("220-%s" % self.server.name)
        self.say("220 ready")
        while (line := self.line()) is not None:
            verb, _, rest = line.strip().partition(" ")
            verb = verb.upper()
            if verb == "PASV":
                self.passive()
            elif verb == "EPSV":
                self.extended()
            elif verb == "AUTH" and self.server.tls is not None:
                self.secure()
            elif verb == "PROT":
                self.private = rest == "P"
                self.say("200 ok")
            elif verb in ("RETR", "LIST", "NLST"):
                self.send(rest)
            elif verb == "QUIT":
                self.say("221 bye")
                break
            else:
                self.say({"USER": "331 password", "PASS": "230 welcome",
                          "PWD": '257 "/"', "CWD": "250 ok",
                          "TYPE": "200 ok", "PBSZ": "200 ok",
                          "SIZE": "213 %d" % (len(self.server.name) + 1)}.get(
                              verb, "500 unknown"))
        self.control.close()


class Server:
    def __init__(self, name, address, port, *options):
        self.name, self.address = name, address
        self.options = dict((o + "=").split("=")[:2] for o in options)
        self.tls = None
        if "tls" in self.options:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(self.options["tls"])
        self.socket = socket.create_server((address, int(port)))

    def run(self):
        while True:
            control, _ = self.socket.accept()
            threading.Thread(target=self.one, args=(control,),
                             daemon=True).start()

    def one(self, control):
        try:
            Session(self, control).run()
        except OSError as e:
            print(self.name, e, flush=True)


Server(*sys.argv[1:]).run()
