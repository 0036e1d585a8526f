# niangjia: the two commands of a newcomer are `make run` and `make test`.

CITY ?= city
MEMBERS ?= 27000
STATIONS ?= 48
NIANGJIA = .build/release/niangjia
SOURCES = Package.swift Sources Tests

export SWIFT_BACKTRACE = enable=no

.PHONY: help run build test lint format ratchet generate soak packages clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

run: build ## packages, release build, the demo city in ./city (CITY=…), the main job told in words, the server
	@$(NIANGJIA) demo --data "$(CITY)" --members $(MEMBERS) --stations $(STATIONS) --serve

build: packages ## the release binary
	@echo "编译发布版(首次需数分钟)/ release build (some minutes the first time)"
	@scripts/build.sh niangjia

test: packages ## format, warnings as errors, all tests; the last line tells how many passed and failed
	@scripts/test.sh

lint: ## whether everything is formatted as .swift-format says
	@swift format lint --strict --parallel --recursive $(SOURCES)

format: ## formats everything
	@swift format --in-place --parallel --recursive $(SOURCES)

ratchet: ## writes down today's numbers of the style test's exceptions; a review sees what grew
	@NIANGJIA_ONLY=StyleTests NIANGJIA_STYLE_UPDATE=1 swift test --manifest-cache=none --scratch-path .build-style --filter StyleTests

generate: ## writes the JSON Schemas and the plugin API's reference from their one description
	@scripts/generate.sh

soak: packages ## long campaigns; lists which there are
	@scripts/soak.sh

packages: ## what is built against, installed by apt where it is missing; checks Swift
	@scripts/packages.sh

clean: ## removes builds, never a city
	@rm -rf .build .build-style .build-generate .build-soak
