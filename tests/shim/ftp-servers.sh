#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ftp-servers.sh - real FTP servers and clients, of whatever make is here; and a
# server that is killed in the middle of a download
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup mounts
need curl wget
need_python
[ "$(cat /proc/self/setgroups)" = allow ] || skip "FTP servers want to be root"

# Content of its own in each server, and what is the same in both.
chmod 755 "$T"
for n in 1 2; do
	mkdir -p "$T/root$n/pub/d"
	echo "server $n" >"$T/root$n/pub/name"
	for f in 1 2 3 4 5 6 7 8; do
		echo "server $n, file $f" >"$T/root$n/pub/d/$f"
	done
done
head -c 8000000 /dev/urandom >"$T/root1/pub/large"
cp "$T/root1/pub/large" "$T/root2/pub/large"

serve_vsftpd() # NUMBER PORT
{
	cat >"$T/vsftpd$1.conf" <<-END
		listen=YES
		listen_address=127.0.0.$1
		listen_port=$2
		background=NO
		anonymous_enable=YES
		anon_root=$T/root$1
		no_anon_password=YES
		secure_chroot_dir=$T/empty
		anon_max_rate=${RATE:-0}
		seccomp_sandbox=NO
		pasv_promiscuous=NO
	END
	start "vsftpd$1" vsftpd "$T/vsftpd$1.conf"
}

# Its files are those of the user ftp.
serve_pureftpd()
{
	local home

	home=$(getent passwd ftp | cut -d : -f 6)
	[ -d "$home" ] || return 1
	start "pureftpd$1" unshare -m sh -c 'mount --bind "$1" "$2"; shift 2
		exec "$@"' sh "$T/root$1" "$home" \
		pure-ftpd -e -M -S "127.0.0.$1,$2" -H -g "$T/pure$1.pid"
}

serve_proftpd()
{
	cat >"$T/proftpd$1.conf" <<-END
		ServerType standalone
		DefaultServer on
		DefaultAddress 127.0.0.$1
		SocketBindTight on
		Port $2
		User nobody
		Group nogroup
		PidFile $T/proftpd$1.pid
		ScoreboardFile $T/proftpd$1.score
		DelayTable none
		UseReverseDNS off
		UseFtpUsers off
		<Anonymous $T/root$1>
		User nobody
		Group nogroup
		UserAlias anonymous nobody
		RequireValidShell off
		</Anonymous>
	END
	start "proftpd$1" proftpd -n -q -c "$T/proftpd$1.conf"
}
mkdir "$T/empty"

# fetches POOL: each client, each way; and the same from both servers
fetches()
{
	local pool="$1" url="ftp://$1.pool.alt/pub" way n

	for way in '' --disable-epsv '-P -'; do
		for n in 1 2; do
			run curl -sS -m 10 $way "$url/name" >>"$T/got" 2>>"$T/client.log" ||
				fail "$pool, curl $way: $?"
		done
	done
	for way in --passive-ftp --no-passive-ftp; do
		for n in 1 2; do
			run wget -q -T 10 -t 1 $way -O - "$url/name" >>"$T/got" \
				2>>"$T/client.log" || fail "$pool, wget $way: $?"
		done
	done
	check "$pool: curl and wget, active and passive, from both" \
		[ "$(sort "$T/got" | uniq -c | tr -s ' \n' ' ')" = " 5 server 1 5 server 2 " ]
	rm "$T/got"
	command -v lftp >/dev/null || return 0
	for way in true false; do
		rm -rf "$T/mirror"
		run lftp -c "set net:timeout 5; set net:max-retries 2
			set ftp:passive-mode $way
			mirror -P 4 $url/d $T/mirror" >>"$T/client.log" 2>&1 ||
			fail "$pool, lftp's mirror: $?"
		check "$pool: lftp mirrors with four sessions, passive: $way" \
			[ "$(cat "$T/mirror"/? | grep -c '^server [12], file [1-8]$')" = 8 ]
	done
}

start_registrar
port=2120
servers=
for server in vsftpd pure-ftpd proftpd; do
	command -v $server >/dev/null || continue
	name=$(echo $server | tr -d -)
	for n in 1 2; do
		port=$((port + 1))
		serve_$name $n $port || continue 2
		wait_for 10 listening tcp $port || fail "$server does not start"
		element Ftp-$name 127.0.0.$n $port
	done
	wait_for 10 has_elements Ftp-$name 2 || fail "no pool"
	fetches Ftp-$name
	servers="$servers $server"
done
[ -n "$servers" ] || skip "no FTP server is installed"
command -v vsftpd >/dev/null || exit 0

# In the middle of a download the server dies: clients that resume where a server
# comes back do so at the other one.  (lftp gives up in both cases.)
resumes() # NAME FILE COMMAND...
{
	local name="$1" file="$2" n first

	shift 2
	no_marks
	rm -rf "$T/load"
	mkdir "$T/load"
	for n in 1 2; do
		port=$((port + 1))
		RATE=4000000 serve_vsftpd $n $port
		wait_for 10 listening tcp $port || fail "vsftpd does not start"
		eval "master$n=$pid"
		element "Kill-$name" 127.0.0.$n $port lu:$n
	done
	wait_for 10 has_elements "Kill-$name" 2 || fail "no pool"
	start "load" run "$@" "ftp://Kill-$name.pool.alt/pub/large"
	client=$pid
	wait_for 10 eval "[ \"\$(stat -c %s '$T/load/$file')\" -gt 1000000 ]" ||
		fail "$name: no download"
	for n in $master1 $(pgrep -P "$master1") \
		$(pgrep -P "$(pgrep -P "$master1" | tr '\n' , | sed 's/,$//')"); do
		kill -9 "$n"
	done
	check "$name: there is something left to resume" \
		[ "$(stat -c %s "$T/load/$file")" -lt 7000000 ]
	wait "$client" || fail "$name: exit status $?"
	check "$name: kill -9 in the middle, the file is whole" \
		cmp "$T/load/$file" "$T/root1/pub/large"
	kill -9 "$master2"
}
resumes curl large curl -sS -C - --retry 3 --retry-all-errors -o "$T/load/large"
resumes wget large wget -q -T 10 -O "$T/load/large"
