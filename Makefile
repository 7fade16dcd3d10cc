# SPDX-License-Identifier: MIT
# The front door. The build itself is Meson's: meson.build. CC=clang make works too, in a fresh build/.
DEMO = build/demo

all: build/build.ninja
	@ninja -C build

build/build.ninja:
	meson setup build

setup:
	@scripts/setup

demo: setup
	@$(MAKE) --no-print-directory all
	@mkdir -p $(DEMO)
	build/drydock run build/drivers/e1000e.so --inf drivers/e1000e/e1000e.inf \
		--send tests/captures/mixed.pcap --wire echo --record $(DEMO)/w.pcap \
		--received $(DEMO)/r.pcap --json $(DEMO)/report.json
	@echo "on the wire: $(DEMO)/w.pcap   received: $(DEMO)/r.pcap   report: $(DEMO)/report.json"

check: setup
	@scripts/run-tests

pre-push:
	@scripts/pre-push

bench:
	@scripts/setup --bench || scripts/setup
	@test -e build/lto/build.ninja || meson setup build/lto --buildtype=release -Db_lto=true
	@ninja -C build/lto drydock drydock-runner drivers/e1000e.so tests/tap/tap-pump bench/drydock-bench bench/bench-driver.so \
		bench/drydock-bench-trap bench/drydock-bench-pass bench/drydock-bench-port
	@bench/run build/lto --json build/bench.json

clean:
	rm -rf build

.PHONY: all setup demo check pre-push bench clean
