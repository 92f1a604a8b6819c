SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

GOTOSOCIAL_VERSION := 0.19.2
GOTOSOCIAL := .cache/gotosocial-$(GOTOSOCIAL_VERSION)
GOTOSOCIAL_MODULE := internal/interop/gotosocial

PROMTOOL := .cache/prometheus/usr/bin/promtool

NGINX := .cache/nginx/usr/sbin/nginx

# What needs real peers, behind the build tag interop. Of the feed's own tests only those of its peers
# run again.
INTEROP := ./internal/interop ./channels/cap ./internal/web/feed ./internal/web/pages

# The tests that need a browser, behind the build tag of that name. Only they run again, by their names.
BROWSER := $(shell grep -rlE --include='*_test.go' '^//go:build browser$$' cmd internal | sed 's|^|./|' | sort)

# What has benchmarks, and for how long each runs.
BENCH := ./areas/... ./templates/... ./subscribers/... ./channels/... ./internal/...
BENCHTIME ?= 300ms

# The race detector also checks every pointer conversion. SQLite, translated from C, does nothing else:
# without the check on it (and it alone) its tests take a third of the time.
RACE := -gcflags=modernc.org/...=-d=checkptr=0

.PHONY: help
help: ## Say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

# Under the race detector these would take minutes to say nothing new: what measures for its living, what
# mostly waits for processes that it starts, and what walks every rule through every screen.
SLOW := ./internal/bench ./cmd/callbox ./internal/web/console/acceptance

.PHONY: test
test: vet fmt ## Check formatting and vet, and run every suite (with the race detector); needs Go only
	@if [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" > /dev/null; then \
	  .ci/suites -race $(RACE) -timeout 10m $$(go list ./... | grep -vxF "$$(go list $(SLOW))") && \
	  .ci/suites -timeout 10m $(SLOW); \
	elif [ -n "$${CI:-}" ]; then \
	  echo 'test: the race detector needs a C compiler, which is not here' >&2; exit 1; \
	else \
	  echo 'test: no C compiler here, so the race detector is off'; .ci/suites -timeout 10m ./...; \
	fi

.PHONY: vet
vet:
	go vet ./...
	go vet -tags farsides ./cmd/callbox
	go vet -tags interop $(INTEROP)
	go vet -tags faults ./internal/faults ./cmd/callbox
	go vet -tags browser $(sort $(dir $(BROWSER)))

.PHONY: fmt
fmt:
	@unformatted=$$(gofmt -l $$(go list -f '{{.Dir}}' ./...) | sort -u); \
	if [ -n "$$unformatted" ]; then printf "gofmt would change:\n%s\n" "$$unformatted" >&2; exit 1; fi

.PHONY: lint
lint: alert-rules ## Run staticcheck, and promtool where it was unpacked
	go run $(STATICCHECK) ./...
	go run $(STATICCHECK) -tags interop $(INTEROP)
	go run $(STATICCHECK) -tags farsides ./cmd/callbox
	go run $(STATICCHECK) -tags faults ./internal/faults ./cmd/callbox
	go run $(STATICCHECK) -tags browser $(sort $(dir $(BROWSER)))

.PHONY: alert-rules
alert-rules:
	@if [ -x $(PROMTOOL) ]; then $(PROMTOOL) check rules packaging/alerts.yml && $(PROMTOOL) test rules packaging/alerts_test.yml; \
	elif [ -n "$${CI:-}" ]; then echo 'alert-rules: promtool is not here: make interop-tools' >&2; exit 1; fi

.PHONY: browser
browser: interop-tools ## Read and use every page in a real browser; installs it first (Debian, root)
	@.ci/suites -tags browser -count 1 -timeout 15m -p 1 \
	  -run "^($$(grep -hoE '^func Test[A-Za-z0-9_]+' $(BROWSER) | sed 's/func //' | paste -sd '|'))$$" $(sort $(dir $(BROWSER)))

.PHONY: screens
screens: ## Keep a picture of every page and screen, live and drill, at both widths, in .cache/screens
	rm -rf .cache/screens && mkdir -p .cache/screens
	@BROWSER_PICTURES=$(abspath .cache/screens) $(MAKE) browser

.PHONY: interop
interop: interop-tools $(GOTOSOCIAL) ## Send bulletins to real peers; installs them first (Debian, root)
	@.ci/suites -tags interop -count 1 -timeout 15m ./internal/interop
	@.ci/suites -tags interop -count 1 -run '^TestXml' ./channels/cap
	@.ci/suites -tags interop -count 1 -run '^TestFeedparser' ./internal/web/feed

.PHONY: interop-tools
interop-tools: ## Install the browsers and the real peers, except GoToSocial
	@.ci/packages

# Ten minutes of CPU, once: the binary is kept, and its version is in its name.
$(GOTOSOCIAL):
	@mkdir -p $(@D)
	cd $(GOTOSOCIAL_MODULE) && GOTOOLCHAIN=go1.24.9 GOWORK=off CGO_ENABLED=0 nice -n 15 \
	  go build -trimpath -ldflags '-s -w' -tags 'netgo osusergo static_build kvformat timetzdata' \
	  -o $(abspath $@).part code.superseriousbusiness.org/gotosocial/cmd/gotosocial
	mv $@.part $@

.PHONY: gotosocial
gotosocial: $(GOTOSOCIAL) ## Build GoToSocial, the Mastodon-API server of the interop tests

.PHONY: faults
faults: ## Break far sides, disks, clocks and processes, and print what the promises come to; RUNS=n, SEED=s
	go test -tags faults -count 1 -parallel 12 -timeout 60m ./internal/faults $(if $(RUNS),-runs $(RUNS)) $(if $(SEED),-seed $(SEED))
	go test -count 1 -timeout 30m ./internal/lifecycle -rapid.checks=300
	go test -tags faults -count 1 -timeout 30m -run ThreeProcesses ./cmd/callbox

.PHONY: game-day
game-day: ## Play every ready-made drill on this machine, and leave the report in .cache/game-day
	go run ./cmd/callbox drill rehearse --report .cache/game-day

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (3s)
	@.ci/fuzz

# The program that reaches loopback instead of the world.
FARSIDES := .cache/callbox-farsides

.PHONY: $(FARSIDES)
$(FARSIDES):
	@mkdir -p $(@D)
	go build -tags farsides -o $@ ./cmd/callbox

.PHONY: bench
bench: $(FARSIDES) ## Measure beside references, at 10,000 subscribers (minutes)
	go run ./cmd/callbox bench --small --program $(FARSIDES)

READERS ?= 10000
DELIVERIES ?= 100000

.PHONY: load
load: $(FARSIDES) ## READERS of the pages and the feed while DELIVERIES run; fails when a page or a delivery does
	$(FARSIDES) bench --figures load --program $(FARSIDES) --readers $(READERS) --deliveries $(DELIVERIES)

.PHONY: bench-default
bench-default: ## The same at 10,000 and 100,000 (a quarter of an hour); bench-full adds 1,000,000
	go run ./cmd/callbox bench

.PHONY: bench-full
bench-full:
	go run ./cmd/callbox bench --full

.PHONY: microbench
microbench: ## Measure single functions; BENCHTIME=2s for steadier figures
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 30m $(BENCH)

.PHONY: bench-web
bench-web: $(NGINX) ## Measure a page and the feed beside bare net/http and nginx, which is unpacked first (Debian)
	NGINX=$(abspath $(NGINX)) go test -tags interop -run '^$$' -bench BesideNginx -benchtime 1x -p 1 ./internal/web/pages ./internal/web/feed

# Unpacked instead of installed, so that no web server is set up or started.
$(NGINX):
	rm -rf .cache/nginx .cache/nginx.part && mkdir -p .cache/nginx.part
	cd .cache/nginx.part && apt-get -qq download nginx 2> /dev/null && dpkg -x nginx_*.deb .
	mv .cache/nginx.part .cache/nginx

.PHONY: gazetteer-check
gazetteer-check: ## Make the gazetteer again from its sources, which must change nothing (needs Node)
	go generate ./areas
	git diff --exit-code -- areas

.PHONY: ci
ci: ## Everything that CI runs
	@.ci/run
