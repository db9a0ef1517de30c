# moult: one makefile, not recursive. What a program is made of stands in its room's .mk and nowhere else.
#
#   make            development binaries in build/dev        make run    the main job, live
#   make V=asan     the same with ASan and UBSan             make test   every test
#   make V=clang    the same with clang                      make static small static binaries in build/static
#   make bench      beside its peers, into build/bench.md

V ?= dev
B := build/$(V)
VERSION := $(shell cat VERSION)
PYTHON ?= /usr/bin/python3

WARN := -std=gnu11 -Wall -Wextra -Wshadow -Wswitch-enum -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -Wundef \
        -Wpointer-arith
CPPFLAGS_ALL = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. $(CPPFLAGS)
CFLAGS_dev    = -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_clang  = $(CFLAGS_dev)
CFLAGS_asan   = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan  = -fsanitize=address,undefined
CFLAGS_ALL    = $(WARN) $(WERROR) $(CFLAGS_$(V)) $(CFLAGS)
LDFLAGS_ALL   = $(LDFLAGS_$(V)) $(LDFLAGS)
CFLAGS_fuzz   = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifneq ($(filter clang fuzz,$(V)),)
CC := clang
endif
# Alpine's gcc has no sanitizers, its clang has.
ifneq ($(and $(filter asan,$(V)),$(wildcard /etc/alpine-release)),)
CC := clang
endif

# One short line for each file made; LOUD=1 shows the commands.
SAY = $(if $(LOUD),,@echo '  $@';)

PROGRAMS :=
UNIT :=
FUZZ :=
TEST_PROGRAMS :=
all: programs

include lib/lib.mk
-include svc/svc.mk init/init.mk
-include updater/updater.mk updater/fetch/fetch.mk updater/unpack/unpack.mk updater/build/build.mk
-include test/pid1/pid1.mk
-include static/static.mk docker/docker.mk test/test.mk test/bench/bench.mk

programs: $(PROGRAMS:%=$(B)/%)

define program
$(B)/$(1): $$($(1)_OBJS:%=$(B)/obj/%)
	$$(SAY)$$(CC) $$(CFLAGS_ALL) $$(LDFLAGS_ALL) $$($(1)_LDFLAGS_$(V)) -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# A unit test stands at the same path as its source: test/svc/life.c tests svc/life.c.
define unit
$(B)/test/$(1): $(B)/obj/test/$(1).o $$($(1)_TEST_OBJS:%=$(B)/obj/%)
	@mkdir -p $$(@D)
	$$(SAY)$$(CC) $$(CFLAGS_ALL) $$(LDFLAGS_ALL) -o $$@ $$^ $$($(1)_TEST_LIBS) -lcmocka
endef
$(foreach t,$(UNIT),$(eval $(call unit,$(t))))

$(B)/obj/%.o: %.c VERSION
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $($*_CFLAGS) -MMD -MP -c -o $@ $<

deps:
	./deps build

C_FILES = $(shell git ls-files -co --exclude-standard '*.[ch]')
format:
	clang-format -i $(C_FILES)
format-check:
	clang-format --dry-run -Werror $(C_FILES)

clean:
	rm -rf build

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all programs deps format format-check clean
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
