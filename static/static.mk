# static/: the programs linked against musl and the libraries built from Debian's sources, and against nothing else.
#
#   make static               build/static/{init,sv,updater,moult,moult-fetch,moult-unpack}, share/licences, share/sbom.spdx.json
#   make static ARCH=aarch64  the same into build/static-aarch64 by Debian's cross compiler (./deps cross)
MACHINE := $(shell uname -m)
ARCH ?= $(MACHINE)
STATIC := static$(if $(filter-out $(MACHINE),$(ARCH)),-$(ARCH))

static:
	static/build-libs $(ARCH) build/$(STATIC)
	$(MAKE) V=$(STATIC) programs
	static/share build/$(STATIC)
	static/check $(ARCH) build/$(STATIC)

ifeq ($(V),$(STATIC))
comma := ,
PREFIX := $(CURDIR)/$(B)/prefix
CC := $(PREFIX)/musl/bin/musl-gcc
CFLAGS_$(V) = -Os -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident \
              -fstack-protector-strong -isystem $(PREFIX)/include
LDFLAGS_$(V) = -s -Wl,--gc-sections,--build-id=none

# What reads foreign bytes is position independent with read-only relocations; the rest is as small as it can be.
# Packed relocations take 20 KiB off; the linker knows them for x86 only.
HARDENED := moult-fetch moult-unpack
PACKED := $(if $(filter x86_64,$(ARCH)),$(comma)-z$(comma)pack-relative-relocs)
$(foreach p,$(HARDENED),$(eval $(p)_LDFLAGS_$(V) = -static-pie -Wl,-z,relro,-z,now$(PACKED)))
$(foreach p,$(filter-out $(HARDENED),$(PROGRAMS)),$(eval $(p)_LDFLAGS_$(V) = -static -no-pie -Wl,-z,norelro,-z,noseparate-code))

moult-fetch_LIBS = -L$(PREFIX)/lib -lcurl -lmbedtls -lmbedx509 -lmbedcrypto -lcjson
moult-unpack_LIBS = -L$(PREFIX)/lib -larchive -lz -lzstd -llzma -lmbedcrypto

# Other libraries or another compiler: everything anew.
$(sort $(foreach p,$(PROGRAMS),$($(p)_OBJS:%=$(B)/obj/%))): $(PREFIX)/key
endif

.PHONY: static
