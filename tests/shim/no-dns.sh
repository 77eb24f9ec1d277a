#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# no-dns.sh - a pool's name never reaches the DNS: not when the pool is unknown,
# not when no registrar answers, whatever call or program asks; and both answers
# come in time
#
# A name server is configured and nobody is there; tcpdump watches its port.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup mounts
need curl wget nc.openbsd node java getent tcpdump
need_python

cat >"$T/resolv.conf" <<'EOF'
nameserver 127.0.0.53
options timeout:1 attempts:1
EOF
echo 'hosts: files dns' >"$T/nsswitch.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf 2>/dev/null &&
	mount --bind "$T/nsswitch.conf" /etc/nsswitch.conf ||
	skip "no mount over /etc/resolv.conf here"

# calls NAME: each libc call, what it answers and how long it takes
cat >"$T/calls.py" <<'EOF'
import ctypes, socket, sys, time
name = sys.argv[1]
libc = ctypes.CDLL(None)
buf = ctypes.create_string_buffer(512)
he, res, err = (ctypes.create_string_buffer(64), ctypes.c_void_p(),
                ctypes.c_int())
libc.gethostbyname.restype = libc.gethostbyname2.restype = ctypes.c_void_p
libc.__h_errno_location.restype = ctypes.POINTER(ctypes.c_int)
def gai(family, flags=0):
    try:
        return socket.getaddrinfo(name, 80, family, flags=flags)[0][4][0]
    except socket.gaierror as e:
        return {v: k for k, v in vars(socket).items()
                if k.startswith("EAI_")}.get(e.errno, e.errno)
def h(found):
    return "found" if found else {
        1: "HOST_NOT_FOUND", 2: "TRY_AGAIN", 3: "NO_RECOVERY", 4: "NO_DATA",
    }.get(libc.__h_errno_location()[0], "?")
def h_r():
    e = libc.gethostbyname_r(name.encode(), he, buf, 512, ctypes.byref(res),
                             ctypes.byref(err))
    return "found" if res.value else {1: "HOST_NOT_FOUND",
                                      2: "TRY_AGAIN"}.get(err.value, "?")
def symbol(*names):
    for n in names:
        try:
            return getattr(libc, n)
        except AttributeError:
            pass
    lib = ctypes.CDLL("libresolv.so.2")
    return getattr(lib, names[0])
def q(call):
    f = symbol(call, "__" + call)
    return h(f(name.encode(), 1, 1, buf, 512) >= 0)
def qd(first, rest):
    f = symbol("res_querydomain", "__res_querydomain")
    return h(f(first.encode(), rest and rest.encode(), 1, 1, buf, 512) >= 0)
def dotted(dot):
    global name
    name, kept = name.replace(".", dot), name
    try:
        r = libc_gai(name, 0x40)
    finally:
        name = kept
    return r
def libc_gai(text, flags):
    hints = (ctypes.c_int * 12)(flags)
    out = ctypes.c_void_p()
    e = libc.getaddrinfo(text.encode(), b"80", hints, ctypes.byref(out))
    return {v: k for k, v in vars(socket).items()
            if k.startswith("EAI_")}.get(e, e)
for label, call in (
        ("getaddrinfo", lambda: gai(socket.AF_UNSPEC)),
        ("getaddrinfo-v4", lambda: gai(socket.AF_INET)),
        ("getaddrinfo-v6", lambda: gai(socket.AF_INET6)),
        ("getaddrinfo-canonname", lambda: gai(0, socket.AI_CANONNAME)),
        ("getaddrinfo-addrconfig", lambda: gai(0, socket.AI_ADDRCONFIG)),
        ("gethostbyname", lambda: h(libc.gethostbyname(name.encode()))),
        ("gethostbyname2", lambda: h(libc.gethostbyname2(name.encode(), 10))),
        ("gethostbyname_r", h_r),
        ("getaddrinfo-idn", lambda: gai(0, 0x40)),
        ("getaddrinfo-ideographic", lambda: dotted("\u3002")),
        ("getaddrinfo-fullwidth", lambda: dotted("\uff0e")),
        ("res_query", lambda: q("res_query")),
        ("res_querydomain", lambda: qd(*(name.split(".", 1) + [None])[:2])),
        ("res_querydomain-whole", lambda: qd(name, "example.test")),
        ("res_querydomain-alone", lambda: qd(name, None)),
        ("res_search", lambda: q("res_search"))):
    begin = time.monotonic()
    answer = call()
    print(label, answer, round((time.monotonic() - begin) * 1000))
EOF

# ask NAME: every caller, in $T/answers
ask()
{
	local node

	node='require("dns").lookup(process.argv[1], e => console.log(e.code))'
	rsp-run python3 "$T/calls.py" "$1" >"$T/answers" 2>>"$T/ask.log" ||
		fail "the calls for $1"
	rsp-run getent hosts "$1" >>"$T/got.log" 2>&1 && fail "getent found $1"
	rsp-run getent ahosts "$1" >>"$T/got.log" 2>&1 && fail "getent found $1"
	rsp-run nc.openbsd -z "$1" 80 2>>"$T/ask.log" && fail "nc found $1"
	case $1 in
	pool:*) ;; # no URL for these two
	*)
		rsp-run curl -sS "http://$1/" 2>>"$T/ask.log"
		[ $? = 6 ] || fail "curl found $1"
		rsp-run wget -q -t 1 -O- "http://$1/" 2>>"$T/ask.log"
		[ $? = 4 ] || fail "wget found $1"
		;;
	esac
	rsp-run node -e "$node" "$1" >>"$T/answers.node" 2>>"$T/ask.log"
	rsp-run java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
		"$top_srcdir/tests/lib/java/Lookup.java" "$1" \
		>>"$T/answers.java" 2>>"$T/ask.log"
	sed "s/^/    $1: /" "$T/answers"
}

# answers EAI H_ERRNO LIMIT
answers()
{
	awk -v eai="$1" -v h="$2" -v limit="$3" '
	# res_query asks for records, and no pool has any.
	{ want = /^getaddrinfo/ ? eai : /^res_/ ? "HOST_NOT_FOUND" : h }
	$2 != want { print "answer:", $0; bad = 1 }
	$3 > limit { print "slow:", $0; bad = 1 }
	END { exit bad || NR != 16 }' "$T/answers" >"$T/verdict.log"
}

for name in Unknown.pool.alt pool:Unknown x--556e6b.pool.alt; do
	start_registrar
	capture dns 53 5353 5355
	# On a busy machine a try may be held up; not three of them.
	for n in 1 2 3; do
		no_marks
		ask $name
		answers EAI_NONAME HOST_NOT_FOUND 100 && break
	done
	check "$name: unknown in under 100 ms" answers EAI_NONAME HOST_NOT_FOUND 100
	stop "$registrar_pid"
	# Nobody listens: refused at once.
	no_marks
	ask $name
	check "$name: no registrar, at once" answers EAI_AGAIN TRY_AGAIN 500
	end_capture dns
	check "$name: not one packet to the DNS" \
		[ "$(captured dns)" = 0 ]
done

# Registrars that swallow every SYN: the timeout for each, and no more.
if command -v nft >/dev/null && nft -f - 2>/dev/null <<'EOF'
table ip t {
	chain in {
		type filter hook input priority 0;
		tcp dport { 3901, 3902, 3903 } drop
	}
}
EOF
then
	capture dns 53 5353 5355
	no_marks
	export RSP_REGISTRARS=127.0.0.1:3901,127.0.0.1:3902,127.0.0.1:3903
	export RSP_CONNECT_TIMEOUT=0.2
	rsp-run python3 "$T/calls.py" Unknown.pool.alt >"$T/answers" \
		2>>"$T/ask.log"
	sed "s/^/    silent registrars: /" "$T/answers"
	check "three silent registrars: 0.2 s for each and no more" \
		answers EAI_AGAIN TRY_AGAIN 900
	# With one that answers after them, they cost their time once.
	start_registrar
	no_marks
	RSP_REGISTRARS=$RSP_REGISTRARS,127.0.0.1
	rsp-run python3 "$T/calls.py" Unknown.pool.alt >"$T/answers" \
		2>>"$T/ask.log"
	sed "s/^/    silent registrars and a good one: /" "$T/answers"
	check "three silent registrars and a good one: its answer" \
		answers EAI_NONAME HOST_NOT_FOUND 900
	check "three silent registrars and a good one: one wait for all calls" \
		[ "$(awk '$3 > 100' "$T/answers" | wc -l)" = 1 ]
	end_capture dns
	check "silent registrars: not one packet to the DNS" \
		[ "$(captured dns)" = 0 ]
	unset RSP_REGISTRARS RSP_CONNECT_TIMEOUT
fi

# A search list with the pools' domain in it: nothing is completed by that, and
# a short name finds its pool.
cat >"$T/search.conf" <<'END'
nameserver 127.0.0.53
search example.test pool.alt
options timeout:1 attempts:1
END
cat "$T/search.conf" >"$T/resolv.conf"
start_registrar
start python python3 "$top_srcdir/tests/lib/asap.py" register Shorthand 127.0.0.1 80 rr
wait_for 10 has_elements Shorthand 1 || fail "no element"
capture dns 53 5353 5355
no_marks
rsp-run python3 "$T/calls.py" Unknown >"$T/answers" 2>>"$T/ask.log"
check "a short name that no pool has" eval \
	'[ "$(awk "\$2 == \"found\"" "$T/answers" | wc -l)" = 0 ]'
check "a short name that a pool has" eval \
	'rsp-run getent ahostsv4 Shorthand | grep -q ^239.19'
check "it has none by a final dot" eval '! rsp-run getent ahostsv4 Shorthand.'
end_capture dns
check "the search list was used" [ "$(captured dns example)" -ge 1 ]
check "and not with the domain of pools" [ "$(captured dns alt)" = 0 ]

# That the watch sees anything at all.
capture dns 53
getent hosts control.example.org
end_capture dns
check "any other name does reach the DNS" \
	[ "$(captured dns control)" -ge 1 ]
