# Everything that is done to this repository by a machine. "make help" lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 20s
BENCH ?= .
BENCHTIME ?= 1s

# One configuration for every step but the race detector, which needs C: what one compiles, the next ones find.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

# How long one package's tests may take, with the race detector on two cores.
TIMEOUT := 30m

REPORT := go run scripts/report.go

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test
test: export REQUIRE_SERVICES := 1
test: install check build unit rehearse browser ## install what is missing, then check and test everything

.PHONY: quick
quick: ## for the inner loop: vet, and the tests that need no service and do not take long
	go vet ./...
	go test -short ./...

.PHONY: install
install: ## install what the tests need (Debian, Ubuntu)
	@sh scripts/install.sh

.PHONY: check
check: ## formatting and vet
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "Run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags 'e2e crashpoints axe' ./...

.PHONY: build
build: ## the static program, bin/almanac
	go build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/almanac ./cmd/almanac

# With the race detector, SQLite as Go is ten times slower, and its races are not ours to find: it is compiled without.
# Only this package, which has no generics: an instance of sync.Map's methods that is compiled without may be linked for all.
RACE := -race -gcflags='modernc.org/sqlite/lib=-race=false'

# Packages that start no goroutine and share nothing, which a test of the house holds: the race detector finds nothing in
# them and makes their properties ten times slower.
SERIAL := $(addprefix ./scheduler,/access /calendar /gate /replay /spreadsheet) ./scheduler
# Packages whose tests are many and seldom start a goroutine. All run without the race detector, and these words also with it.
# A test of the house holds that every test that starts one has such a word in its name.
LARGE := ./scheduler/store ./web
MEETING := Race|Once|Twice|Together|Cache|Limit|Rate|Turns|Claim|Gate|View|Visit|Fetch|Worker|Spent|Audit|Backup|Restore
MEETING := $(MEETING)|Leaves|Ended|Admin|Query|Register|Clicks|BadInput|Feed|SnowDay|Answer
# Long tests of one goroutine in the other packages.
SEQUENTIAL := SamplingGivesTheExactFraction|NoLongLines|WordsThatAreGone|HouseStyle.*|EveryArrowIsInThePlan

# What vet says of tests, "make check" has said.
GOTEST := go test -json -vet=off -timeout $(TIMEOUT)

.PHONY: unit
unit: ## all tests but the browser's, with the race detector where goroutines meet
	CGO_ENABLED=1 $(GOTEST) $(RACE) -shuffle=on -skip '^Test($(SEQUENTIAL))$$' \
		$$(go list ./... | grep -vxF "$$(go list $(SERIAL) $(LARGE))") | $(REPORT)
	CGO_ENABLED=1 $(GOTEST) $(RACE) -shuffle=on -run '^Test.*($(MEETING))' $(LARGE) | $(REPORT)
	$(GOTEST) -count=1 -shuffle=on $(SERIAL) $(LARGE) | $(REPORT)
	$(GOTEST) -count=1 -run '^Test($(SEQUENTIAL))$$' ./protocols ./cmd/almanac | $(REPORT)

# Rehearsals carry the build tag crashpoints: only then can the program be killed
# at named places. docs/reliability.md says what they show.
.PHONY: rehearse
rehearse: ## a year in a minute, and fifty kills
	$(GOTEST) -tags crashpoints -run '^Test(Oracle|Killed|SwitchedOff|SimulatedYear|RestoreDrill)' -count=1 ./cmd/almanac | $(REPORT)

KILLS ?= 500
DRILLS ?= 50

.PHONY: chaos
chaos: export REQUIRE_SERVICES := 1
chaos: export CHAOS_KILLS := $(KILLS)
chaos: export CHAOS_DRILLS := $(DRILLS)
chaos: ## KILLS (500) kills at named places on each database, as many troubles, and DRILLS (50) restores
	go test -v -tags crashpoints -run '^Test(Oracle|Killed|SwitchedOff|Everything|RestoreDrill)' -count=1 -timeout 90m ./cmd/almanac

.PHONY: soak
soak: export REQUIRE_SERVICES := 1
soak: ## 100,000 hostile strings, 10,000 histories, a rush, a slow mail server, a year, the demo at each hour of four weeks, other zones, a mailbox of 100,000, 1,000 mails with kills in between, twenty races over HTTP; needs postfix's smtp-sink and smtp-source
	go test -v -run '^TestReplay' -count=1 -timeout 60m ./scheduler -rapid.checks=10000
	ALMANAC_HISTORIES=10000 go test -v -run '^TestHistoriesAreKept' -count=1 -timeout 120m ./scheduler/store
	go test -v -run '^TestHostile' -count=1 -timeout 30m ./scheduler/calendar -rapid.checks=1000
	go test -v -run '^TestHostile' -count=1 -timeout 30m ./notify -rapid.checks=50000
	go test -v -tags crashpoints -run '^Test(Rush|SlowMailServer|SimulatedYear)' -count=1 -timeout 30m ./cmd/almanac
	ALMANAC_EVERY_INSTANT=1 go test -v -run 'AtAnyTime$$' -count=1 -timeout 120m ./cmd/almanac
	for zone in America/St_Johns Pacific/Auckland; do TZ=$$zone go test -count=1 -timeout 30m ./... || exit 1; done
	ALMANAC_MAILBOX=100000 go test -v -run '^TestDovecot$$' -count=1 -timeout 60m ./notify/mailbox
	ALMANAC_MAILS=1000 go test -v -run '^TestMailIsTakenOnce' -count=1 -timeout 60m ./cmd/almanac
	API_RACE_ROUNDS=20 go test -v -run '^TestAPIRace' -count=1 -timeout 30m ./web

# Browser tests carry the build tag e2e and are named TestBrowser…. They run
# without the race detector: the browser wants the second core.
.PHONY: browser
browser: ## the tests in a real browser
	@if grep -rqs --include='*_test.go' '^//go:build e2e' cmd web; then set -x; \
		$(GOTEST) -tags e2e -run '^TestBrowser' -count=1 \
			$$(grep -rls --include='*_test.go' '^//go:build e2e' cmd web | xargs -n 1 dirname | sort -u | sed 's|^|./|') | $(REPORT); \
	else echo "There are no browser tests."; fi

.PHONY: axe
axe: install ## every page of the gallery in a real browser, checked with axe-core: 1280 and 320 pixels, light and dark
	$(GOTEST) -tags axe -run '^TestAccessibility$$' -count=1 ./web | $(REPORT)

.PHONY: bench
bench: ## benchmarks; BENCH=regexp chooses, BENCHTIME=5s takes longer
	go test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (20s)
	@sh scripts/fuzz.sh $(FUZZTIME)

.PHONY: cover
cover: ## how much the tests reach: coverage.out and a line for each function
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -func=coverage.out

.PHONY: zones
zones: ## make protocols/civil/zones.zip from this machine's tzdata
	go run protocols/civil/makezones.go

# What a release has: static programs, what is in them, and checksums. The same commit and Go give the same bytes.
SBOM := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

.PHONY: release
release: vuln ## dist: static programs for linux amd64 and arm64, what is in them (CycloneDX), and SHA256SUMS
	rm -rf dist && mkdir dist
	for arch in amd64 arm64; do \
		GOOS=linux GOARCH=$$arch go build -ldflags '-s -w -X main.version=$(VERSION)' -o dist/almanac-linux-$$arch ./cmd/almanac; \
	done
	go run $(SBOM) app -json -licenses -main cmd/almanac -output dist/almanac.cdx.json .
	cd dist && sha256sum almanac* > SHA256SUMS && cat SHA256SUMS

.PHONY: vuln
vuln: ## known vulnerabilities in code that is called, where vuln.go.dev can be reached
	@if curl -sSf --max-time 10 -o /dev/null https://vuln.go.dev/index/db.json; then \
		go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...; \
	else echo "vuln.go.dev cannot be reached from here: known vulnerabilities were NOT looked for."; fi

.PHONY: image
image: ## the container image, almanac:VERSION
	docker build --build-arg VERSION=$(VERSION) -t almanac:$(VERSION) .
