# Every test: C programs under ASan and UBSan, and pytest for what needs real processes.
# A unit test or a fuzz target is declared in its room's .mk; here is only how they are run.

# The programs that pytest drives. CI runs them once more with MOULT_BIN=build/static.
MOULT_BIN ?= build/asan
PYTEST := $(PYTHON) -m pytest -q

include test/forge/forge.mk

.PHONY: test fuzz units replays test-unit test-fuzz test-python check-layers lint
units: $(UNIT:%=$(B)/test/%)
replays: $(FUZZ:%=$(B)/fuzz/%)

# A fuzz target is test/fuzz/NAME.c with its corpus beside it; linked with replay.c it is a test.
define fuzz
$(B)/fuzz/$(1): $(B)/obj/test/fuzz/$(1).o $(B)/obj/test/fuzz/replay.o $$(fuzz_$(1)_OBJS:%=$(B)/obj/%)
	@mkdir -p $$(@D)
	$$(SAY)$$(CC) $$(CFLAGS_ALL) $$(LDFLAGS_ALL) -o $$@ $$^ $$(fuzz_$(1)_LIBS)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz,$(f))))

# The same target under libFuzzer, starting from the corpus; what it finds stays in build/fuzz. `make fuzz` gives each of them
# FUZZ_SECONDS, with -j as many at once; `make fuzz-state FUZZ_SECONDS=3600` is for who wants to know it of one.
FUZZ_SECONDS ?= 15
define fuzzer
build/fuzz/$(1): build/fuzz/obj/test/fuzz/$(1).o $$(fuzz_$(1)_OBJS:%=build/fuzz/obj/%)
	$$(SAY)clang -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(fuzz_$(1)_LIBS)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzzer,$(f))))

.PHONY: fuzz-build $(FUZZ:%=fuzz-%)
fuzz: $(FUZZ:%=fuzz-%)
fuzz-build:
	@$(MAKE) --no-print-directory V=fuzz $(FUZZ:%=build/fuzz/%)
$(FUZZ:%=fuzz-%): fuzz-%: fuzz-build
	@mkdir -p build/fuzz/found/$*
	@build/fuzz/$* -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/found/$*- build/fuzz/found/$* test/fuzz/corpus/$* \
	    >build/fuzz/$*.log 2>&1 || { tail -n 40 build/fuzz/$*.log; exit 1; }
	@echo "fuzz $*: $$(sed -n 's/^stat::number_of_executed_units: *//p' build/fuzz/$*.log) inputs, nothing found"

# Stops a program at the system calls that change something: what the tests of test/updater kill it with.
build/test/tracer: test/updater/tracer.c test/updater/tracer_calls.c test/updater/tracer_calls.h
	@mkdir -p $(@D)
	$(SAY)$(CC) $(WARN) $(WERROR) $(CPPFLAGS_ALL) -O2 -o $@.$$$$ $(filter %.c,$^) && mv $@.$$$$ $@
TEST_PROGRAMS += build/test/tracer

# All of them, one closing line. `test/all unit` or `test/all python test/pid1` runs a part.
test:
	./deps test
	@test/all

test-unit:
	@test/all unit

check-layers:
	@test/check-layers

# Warnings are errors here; both tools read every file that gcc and clang compile. What stands in for libc (static/) does not fit
# another libc's headers; and cppcheck has to be told what __builtin_unreachable() is.
LINTED = $(filter-out test/%,$(filter %.c,$(C_FILES)))
lint:
	@$(MAKE) --no-print-directory $(addprefix tidy/,$(filter-out static/%,$(LINTED)))
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ -DVERSION='"0"' '-D__builtin_unreachable()=exit(1)' -I. $(LINTED)

# One file, so that -j helps: nothing of this name is ever made.
tidy/%:
	$(SAY)clang-tidy --quiet --warnings-as-errors='*' $* -- $(WARN) $(CPPFLAGS_ALL)

# What test/all asks for.
.PHONY: list-units list-replays test-programs
list-units:
	@echo $(UNIT:%=$(B)/test/%)
list-replays:
	@echo $(FUZZ:%=$(B)/fuzz/%)
test-programs: $(TEST_PROGRAMS)
