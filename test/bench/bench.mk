# init beside other supervisors, and moult beside a plain updater of runit, wget, jq and tar; what is shown in README.
# Nothing here is a test.
#
#   make bench                     all of it
#   make bench ONLY=supervisors    a part, or single rows of it: ONLY="restart stop"; bench.py --help names them
.PHONY: bench
bench:
	@./deps build run bench
	@$(MAKE) --no-print-directory static
	@$(MAKE) --no-print-directory V=$(STATIC) build/bench/floor build/bench/service
	@$(MAKE) --no-print-directory build/bench/peak build/demo/demo-1.0.100
	@$(PYTHON) test/bench/bench.py --markdown build/bench.md $(ONLY:%=--only %)

# The same compiler, flags and C library as init's.
build/bench/floor build/bench/service: build/bench/%: test/bench/%.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(init_LDFLAGS_$(V)) -o $@ $<

build/bench/peak: test/bench/peak.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(WARN) -D_GNU_SOURCE -Os -static -o $@ $<
