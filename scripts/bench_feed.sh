#!/bin/sh
# Measures how many feeds a second almanac serves over the loopback, and what
# nginx reaches with the same octets as a file, one after the other in one run.
#
#   sh scripts/bench_feed.sh [SECONDS]      (default 5 for each of the four)
#
# Needs nginx, wrk and curl; installs nothing. One process of nginx, because
# wrk wants the other core.
set -eu
seconds=${1:-5}
for tool in nginx wrk curl go; do
	command -v "$tool" >/dev/null || { echo "bench_feed: $tool is missing; install it first (apt-get install nginx wrk curl)" >&2; exit 1; }
done
work=$(mktemp -d)
chmod 755 "$work" # nginx's worker is nobody
almanac=
clean() {
	[ -z "$almanac" ] || kill "$almanac" 2>/dev/null || true
	[ ! -f "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

CGO_ENABLED=0 go build -trimpath -o "$work/almanac" ./cmd/almanac
"$work/almanac" demo --feed-rate 0 >"$work/out" 2>"$work/log" &
almanac=$!
until grep -q '^feed: ' "$work/out"; do
	kill -0 "$almanac" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
	sleep 0.1
done
feed=$(sed -n 's/^feed: //p' "$work/out")
curl -sf -D "$work/head" -o "$work/feed.ics" "$feed"
etag=$(tr -d '\r' <"$work/head" | sed -n 's/^[Ee][Tt]ag: //p')

port=$(printf '%d' $((20000 + $$ % 20000)))
cat >"$work/nginx.conf" <<CONF
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 256; }
http {
	access_log off;
	types { text/calendar ics; }
	charset utf-8;
	keepalive_requests 1000000;
	open_file_cache max=10;
	client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
	server { listen 127.0.0.1:$port; root $work; }
}
CONF
nginx -c "$work/nginx.conf"
file=http://127.0.0.1:$port/feed.ics
tag=$(curl -sfI "$file" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')

rate() { # rate URL [ETAG]: requests a second
	if [ $# -gt 1 ]; then
		wrk -t1 -c32 -d"${seconds}s" -H "If-None-Match: $2" "$1"
	else
		wrk -t1 -c32 -d"${seconds}s" "$1"
	fi | tee -a "$work/wrk" | sed -n 's,^Requests/sec: *,,p'
}
size=$(wc -c <"$work/feed.ics")
rate "$feed" >/dev/null # warm up
ours=$(rate "$feed"); theirs=$(rate "$file")
ours304=$(rate "$feed" "$etag"); theirs304=$(rate "$file" "$tag")
echo "feed of $size octets, 32 connections, $seconds s each:"
echo "$ours $theirs $ours304 $theirs304" | awk '{
	printf "  GET  almanac %8.0f/s  nginx %8.0f/s  ratio %.2f\n", $1, $2, $1/$2
	printf "  304  almanac %8.0f/s  nginx %8.0f/s  ratio %.2f\n", $3, $4, $3/$4 }'
grep -q 'Socket errors' "$work/wrk" && { grep 'Socket errors' "$work/wrk" >&2; exit 1; }
exit 0
