# Every test: C programs under ASan and UBSan, and pytest for what needs real processes.
# A unit test is declared in its room's .mk; here is only how they are run.

.PHONY: test test-unit units
units: $(UNIT:%=$(B)/test/%)

test-unit:
	@$(MAKE) --no-print-directory V=asan units
	@test/run-units $(UNIT:%=build/asan/test/%)

test: test-unit
