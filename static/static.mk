# static/: the programs linked against musl and the libraries built from Debian's sources, and against nothing else.
#
#   make static               build/static/{init,sv,updater,moult,moult-fetch,moult-unpack,moult-build}, share/licences, share/sbom.spdx.json
#   make static ARCH=aarch64  the same into build/static-aarch64 by Debian's cross compiler (./deps cross)
MACHINE := $(shell uname -m)
ARCH ?= $(MACHINE)
STATIC := static$(if $(filter-out $(MACHINE),$(ARCH)),-$(ARCH))

static:
	static/build-libs $(ARCH) build/$(STATIC)
	$(MAKE) V=$(STATIC) programs
	static/trim $(addprefix build/$(STATIC)/,$(filter-out $(HARDENED),$(PROGRAMS)))
	static/share build/$(STATIC)
	static/check $(ARCH) build/$(STATIC)

# They contain what they test, under other names.
UNIT += static/strings static/vdso

HARDENED := moult-fetch moult-unpack moult-build

ifeq ($(V),$(STATIC))
comma := ,
PREFIX := $(CURDIR)/$(B)/prefix
CC := $(PREFIX)/musl/bin/musl-gcc
CFLAGS_$(V) = -Os -fPIE -flto -ffat-lto-objects -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident \
              -fstack-protector-strong -isystem $(PREFIX)/include
LDFLAGS_$(V) = -s -Wl,--gc-sections,--build-id=none

# What reads foreign bytes is position independent with read-only relocations; the rest is as small as it can be: one
# program is compiled as a whole, and its section headers, which nothing that runs it reads, are cut off.
# Packed relocations take 20 KiB off; the linker knows them for x86 only.
PACKED := $(if $(filter x86_64,$(ARCH)),$(comma)-z$(comma)pack-relative-relocs)
$(foreach p,$(HARDENED),$(eval $(p)_LDFLAGS_$(V) = -fno-lto -static-pie -Wl,-z,relro,-z,now$(PACKED)))
$(foreach p,$(filter-out $(HARDENED),$(PROGRAMS)),$(eval $(p)_LDFLAGS_$(V) = -flto-partition=one -fno-pie -static -no-pie -Wl,-z,norelro,-z,noseparate-code,-z,common-page-size=64))

moult-fetch_LIBS = -L$(PREFIX)/lib -lcurl -lmbedtls -lmbedx509 -lmbedcrypto -lcjson
moult-unpack_LIBS = -L$(PREFIX)/lib -larchive -lz -lzstd -llzma -lbz2 -lmbedcrypto -lsodium
moult-build_LIBS = -L$(PREFIX)/lib -larchive

# Every byte of a release goes through it.
updater/sha256_CFLAGS = -O2

# PID 1 is not where time is spent: of two ways the shorter one. It has no floating point to be saved. It has hardly a stack guard
# (3 KiB): what it writes into arrays goes through lib/text, which knows where they end. What follows -Oz is what it leaves longer than
# need be; and functions that are called once stay functions, so that their buffers are not on the stack of their caller.
SHORT := -Oz -mgeneral-regs-only -fstack-protector -fno-jump-tables -fno-guess-branch-probability -fno-caller-saves \
         -fno-thread-jumps -fno-inline-functions-called-once -fno-tree-loop-im -fno-tree-tail-merge \
         -fno-tree-dominator-opts $(if $(filter x86_64,$(ARCH)),-malign-data=abi)
init_LDFLAGS_$(V) += $(SHORT) -Wl,-T,static/init.ld
init_OBJS += static/calls.o static/vdso.o static/strings.o
$(foreach o,$(init_OBJS),$(eval $(o:.o=)_CFLAGS += $(SHORT)))
# Whoever optimizes a whole program must not find out that these are what it would call instead.
static/strings_CFLAGS += -fno-lto -fno-builtin -fno-tree-loop-distribute-patterns

# Other libraries or another compiler: everything anew.
$(sort $(foreach p,$(PROGRAMS),$($(p)_OBJS:%=$(B)/obj/%))): $(PREFIX)/key
endif

.PHONY: static
