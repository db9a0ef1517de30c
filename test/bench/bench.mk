# moult beside a plain updater of runit, wget, jq and tar; what is shown in README. Nothing here is a test.
.PHONY: bench
bench:
	@./deps build run bench
	@$(MAKE) --no-print-directory static
	@$(MAKE) --no-print-directory build/bench/peak build/bench/stamp build/demo/demo-1.0.100
	@$(PYTHON) test/bench/bench.py --markdown build/bench.md

build/bench/%: test/bench/%.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(WARN) -D_GNU_SOURCE -Os -static -o $@ $<
