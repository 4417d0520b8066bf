#!/bin/sh
# Installs what the tests need and this machine lacks, on Debian and Ubuntu:
# Redis, PostgreSQL, Chromium, libical, Kannel, Postfix and Dovecot (to test
# mail that comes in), systemd (to read a unit) and a C compiler
# (for go test -race), Node with ical.js, axe-core and an OpenID provider.
# What is there already is left alone; with nothing missing it does nothing and
# needs neither root nor a network. The tests start servers of their own and
# never touch one that runs.
set -eu

if ! command -v go >/dev/null 2>&1; then
	echo "Go is not installed; get 1.26 or newer from https://go.dev/dl/ and put it in PATH." >&2
	exit 1
fi

missing=
need() { # PACKAGES HAVE...: one of the commands or files HAVE means it is installed
	packages=$1
	shift
	for have; do
		case $have in
		/*) [ ! -e "$have" ] || return 0 ;;
		*) ! command -v "$have" >/dev/null 2>&1 || return 0 ;;
		esac
	done
	missing="$missing $packages"
}

need redis-server redis-server
need postgresql initdb /usr/lib/postgresql/*/bin/initdb
need chromium chromium chromium-browser google-chrome
need libical-dev /usr/include/libical/ical.h
need gcc gcc
need libc6-dev /usr/include/stdlib.h
need nodejs node
need systemd systemd-analyze
need "kannel kannel-extras" /usr/lib/kannel/test/fakesmsc
need postfix /usr/sbin/smtp-source
need "dovecot-core dovecot-imapd" /usr/lib/dovecot/imap
need npm npm

# ical.js, axe-core and oidc-provider, at the version and with the checksum of their
# package-lock.json. They run nothing when they are installed and stay in their folders.
readers() {
	for folder in scheduler/calendar/testdata/readers web/testdata/axe cmd/almanac/testdata/provider; do
		(
			cd "$(dirname "$0")/../$folder"
			[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent
		)
	done
}

if [ -z "$missing" ]; then
	readers
	exit
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need what these Debian packages hold; install them and try again:$missing" >&2
	exit 1
fi

root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "The tests need some packages. As root, run: apt-get install$missing" >&2
		exit 1
	fi
	root=sudo
fi

echo "Installing:$missing"
$root apt-get update -qq
case $missing in
*chromium*) # Ubuntu has Chromium under another name
	apt-cache show chromium >/dev/null 2>&1 || missing=$(echo "$missing" | sed 's/chromium/chromium-browser/')
	;;
esac
# shellcheck disable=SC2086 # a list of packages
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
readers
