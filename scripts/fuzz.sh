#!/bin/sh
# Fuzzes every fuzz target in turn. $1 is how long each (default 20s), or how
# many executions, as 1000000x. Inputs that break one are not made smaller for
# long: shortening would take nearly all of the time.
# What breaks one is kept by go test under testdata/fuzz; commit it with the fix.
set -eu

each=${1:-20s}
go list ./... | while read -r package; do
	go test -list '^Fuzz' "$package" </dev/null | grep '^Fuzz' | while read -r target; do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" -fuzzminimizetime 10x "$package" </dev/null
	done
done
