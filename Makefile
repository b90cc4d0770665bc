# Every target does the set-up it needs, on a fresh clone too; a second time the
# set-up takes no time. `make` alone builds.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

ARCH := $(shell go env GOARCH 2>/dev/null)
# The compiler's and linker's flags for the C library have one home.
ENV = eval "$$(tools/native/env.sh $(ARCH))"
PYTHON = tools/.venv/bin/python
STATICCHECK = go tool staticcheck
FUZZTIME ?= 10m
# Tests that compare with Pillow use the Python side's, where it is set up.
export MANGO_PYTHON ?= $(CURDIR)/$(PYTHON)
STEPS ?=
# PAGES=no leaves the pages out: no Node, no npm.
PAGES ?= yes
TAGS = $(if $(filter no,$(PAGES)),-tags nopages)
TRAINED ?= $(CURDIR)/models
WORK ?= $(or $(TMPDIR),/tmp)/mangosense-train
TRAIN = --models $(TRAINED) --work $(WORK) $(if $(filter stated,$(LICENCES)),--stated-licences)
# A trial's note stands beside its files.
NOTE = $(if $(filter $(CURDIR)/models,$(TRAINED)),,--note $(TRAINED)/training.json)
ROOMS ?= auth diagnose media api/upload store/codec store/commit store/counted store/repair store

.PHONY: help setup build web run test check lint test-go test-python test-web train resumed learn-proof contract browser mutation bench bench-store bench-http bench-pages fuzz asan torture limits siege cost agreement soak image arm64 release deb deb-check docs python clean pictures

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

# The Debian packages' groups: what a target needs is asked for at its start,
# all at once.
NEEDS = build $(if $(filter no,$(PAGES)),,web)
test check lint test-go test-python: NEEDS = build test $(if $(filter no,$(PAGES)),,web)
test-web: NEEDS = build web browser
ifneq ($(ARCH),arm64)
release: NEEDS = build arm64
endif

setup: ## Debian packages, the C library
	@tools/native/debian.sh $(NEEDS)
	@tools/native/setup.sh $(ARCH)

web: setup ## the pages, into web/dist
	@$(if $(filter no,$(PAGES)),,web/build/build.sh)

build: web ## bin/mangosense
	@$(ENV); go build $(TAGS) -trimpath -o bin/.linked/mangosense ./server
	@cmp -s bin/.linked/mangosense bin/mangosense || install -m 755 bin/.linked/mangosense bin/mangosense # why: docs/rationale.md
	@echo "built bin/mangosense"

run: build ## build and serve on PORT (8000)
	@exec bin/mangosense serve

# The contract's questions take a minute by the clock and little of the processor: they
# run beside the Go tests. The runner's own closing lines come last.
test: setup lint test-python test-web build ## everything that CI checks
	@tools/beside.sh tools/contract/run.sh -- $(MAKE) --no-print-directory test-go

check: test ## the same, by its other name

lint: web
	@$(if $(filter no,$(PAGES)),,cd web && node_modules/.bin/tsc --noEmit)
	@test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))" || { gofmt -l $$(git ls-files -co --exclude-standard '*.go'); echo "gofmt: the files above are not formatted"; exit 1; }
	@$(ENV); go vet ./... && $(STATICCHECK) ./...
	@shellcheck $$(git ls-files -co --exclude-standard '*.sh') .ci/run

# The tables of pictures and of forms, in which no second goroutine is under way, take
# several times as long under the race detector; they run without it. So do the tests from
# outside: it would watch their own clients, and the program is built without. Packages wait
# more than they compute: one more than processors at a time.
test-go: web
	@$(ENV); go test $(TAGS) -p $$(( $$(nproc) + 1 )) -timeout 40m ./server/e2e ./preprocess ./preprocess/turbojpeg ./server/internal/api/upload
	@$(ENV); go test $(TAGS) -race -p $$(( $$(nproc) + 1 )) -timeout 40m $$(go list $(TAGS) ./... | grep -v '/server/e2e$$')

test-web: build ## the pages in a real browser; screenshots in web/test/artefacts
	@$(if $(filter no,$(PAGES)),,cd web && MANGOSENSE=$(CURDIR)/bin/mangosense npm test --silent)

test-python: python
	@$(PYTHON) -m pytest -q tools

# Stopped, it goes on where it was. LICENCES=stated leaves out pictures whose licence is not stated. For trials, SET="samples=600
# epochs=1" changes numbers of the recipe, TUNING and GATING options of conversion and gate, TRAINED the folder of the files, WORK that of the samples.
train: python ## the models, from the photographs and ImageNet's weights to models/*.tflite
	@cd tools && .venv/bin/python -m train $(TRAIN) $(NOTE) $(if $(SET),--set $(SET))
	@cd tools && .venv/bin/python -m convert $(TRAINED)/leaf-mobilenetv2.keras --kind leaf --pictures 1200 --tune 600 --out $(TRAINED) --work $(WORK) $(TUNING)
	@cd tools && .venv/bin/python -m convert $(TRAINED)/fruit-mobilenetv2.keras --kind fruit --pictures 800 --tune 600 --out $(TRAINED) --work $(WORK) $(TUNING)
	@cd tools && .venv/bin/python -m convert.gate $(TRAIN) $(GATING)
	@cd tools && .venv/bin/python -m convert.memory --models $(TRAINED) $(if $(filter stated,$(LICENCES)),--stated-licences)

resumed: python ## make train at a tiny size, killed in every step, ends with the bytes of a run that nobody disturbed
	@tools/train/resumed.sh

learn-proof: setup python ## the figures of docs/learning.md: a new orchard and a new disease learnt from few photos
	@cd tools && .venv/bin/python -m convert.memory --held > ../.native/held.txt
	@$(ENV); PROOF_HELD=$(CURDIR)/.native/held.txt go test -count=1 -run '^TestProof$$' -v -timeout 60m ./server/internal/learn

python: setup ## the Python side: training, conversion, evaluation
	@tools/native/python.sh

bench: build ## measure, and write docs/benchmarks.md (STEPS=photos,start: parts of it)
	@$(ENV); go build -trimpath -o bin/ ./tools/peers/naive ./tools/load ./server/bench
	@tools/peers/floor/build.sh
	@case "$(STEPS)" in ""|*peers*) tools/peers/setup.sh || echo "the peers cannot be installed: they are left out" ;; esac
	@bin/bench -only "$(STEPS)"

fuzz: setup ## each fuzz target for FUZZTIME (10m)
	@$(ENV); for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
	    echo "$$package $$target for $(FUZZTIME)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$package"; \
	  done; \
	done

asan: setup ## AddressSanitizer, UBSan and Valgrind over the C fence's tests
	@tools/native/debian.sh asan
	@$(ENV); preprocess/turbojpeg/asan.sh

contract: build ## the real server against its own description (schemathesis)
	@tools/contract/run.sh

browser: build ## what the clients do, in a real browser on pages of their own origins
	@tools/native/debian.sh browser
	@$(ENV); go test -count=1 -v -run '^TestBrowser$$' ./server/e2e

torture: setup ## a thousand kills, every failing disk call, power cuts, a full disk
	@$(ENV); MANGOSENSE_TORTURE=full go test -count=1 -v -timeout 3h ./server/internal/store/torture ./server/internal/store

mutation: build ## change the code where tests cover it, count what they notice (ROOMS="auth media": parts of it)
	@tools/mutation/run.sh $(ROOMS)

bench-store: setup ## the store at 1 k, 100 k and 1 M records
	@$(ENV); go run ./server/bench/store

bench-http: build ## list pages over HTTP at 100,000 records, and what a login costs
	@$(ENV); go run ./server/bench/http

bench-pages: build ## the pages: a photo over a slow link, Lighthouse's marks; writes docs/pages.md (STEPS=upload or marks: one of them)
	@tools/native/debian.sh browser
	@cd web/bench && npm ci --ignore-scripts --no-audit --no-fund --silent && MANGOSENSE=$(CURDIR)/bin/mangosense node bench.mjs $(STEPS)

pictures: build ## the README's pictures of the pages, made anew from the running program
	@tools/native/debian.sh browser
	@mkdir -p docs/pictures && MANGOSENSE=$(CURDIR)/bin/mangosense node web/photos/pictures.mjs

limits: build ## the whole program inside 512 MB, also with a million records
	@$(ENV); go test -count=1 -v -timeout 90m -run 'TestFlood|TestManyRecords' ./server/e2e -args -records 1000000

siege: build ## strangers hold, cost and send what they can; an honest client beside them is answered within 3 s
	@$(ENV); go test -count=1 -v -timeout 30m -run TestSiege ./server/e2e -args -siege 20s

cost: setup ## what photos take beside what their headers foretell, and the rates that fit best
	@$(ENV); go test -count=1 -v -run '^TestCostHolds$$' ./preprocess -args -fit

agreement: build python ## 400 shared pictures at 12 MP: the same class as with Pillow's full decode
	@$(ENV); go test -count=1 -v -timeout 2h -run TestSameClassAsPillow ./server/internal/app -args -enlarged 200

soak: build ## 50,000 mixed requests: resident memory stays flat
	@$(ENV); go test -count=1 -v -timeout 2h -run 'TestSteady' ./server/e2e -args -soak 50000

image: ## the container image mangosense
	docker build -t mangosense .

arm64: web ## cross-build for 64-bit Arm and run it under emulation
	@tools/native/debian.sh build arm64
	@tools/native/setup.sh arm64
	@tools/native/arm64.sh
	@eval "$$(tools/native/env.sh arm64)"; go build $(TAGS) -trimpath -o bin/arm64/mangosense ./server
	@mkdir -p bin/arm64/lib && cp -a .native/arm64/lib/. bin/arm64/lib/
	@QEMU_LD_PREFIX=/usr/aarch64-linux-gnu qemu-aarch64-static bin/arm64/mangosense check
	@echo "built bin/arm64/mangosense"

release: build ## dist/mangosense-<arch>.tar.gz and .deb: program, libraries, models, service
	@tools/native/release.sh $(ARCH) bin
	@tools/deb/build.sh $(ARCH) bin $(VERSION)
ifneq ($(ARCH),arm64)
	@$(MAKE) --no-print-directory arm64
	@tools/native/release.sh arm64 bin/arm64
	@tools/deb/build.sh arm64 bin/arm64 $(VERSION)
endif

docs: setup ## pages made from the program itself
	@$(ENV); go test ./server/internal/config -run TestDocs -update -count=1
	@$(ENV); go test ./server/internal/app -run TestLimitsPage -update -count=1

# The program's own version, with which the packages are named.
VERSION = $(shell sed -n 's/^const Version = "\(.*\)"/\1/p' server/internal/app/serve.go)

deb: build ## dist/mangosense_<version>_<arch>.deb
	@tools/native/debian.sh build deb
	@tools/deb/build.sh $(ARCH) bin $(VERSION)

deb-check: deb ## install the package on a clean Debian 12, upgrade and remove it (as root)
	@$(ENV); go build -trimpath -o bin/ ./tools/load
	@tools/deb/build.sh $(ARCH) bin $(VERSION)+next
	@tools/deb/check.sh dist/mangosense_$(VERSION)_$(ARCH).deb "dist/mangosense_$(VERSION)+next_$(ARCH).deb"
	@rm -f "dist/mangosense_$(VERSION)+next_$(ARCH).deb"

clean: ## what the build made; models and data stay
	rm -rf bin dist web/node_modules .native tools/.venv tools/contract/.venv tools/peers/.venv
