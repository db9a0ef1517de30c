# moult-unpack: the only program that reads archives. libarchive in archive.c, PSA crypto in hash.c, libsodium in
# ed25519.c.
unpack_rooms := path sums elf needs request hash verify write manifest tree archive
unpack_rooms += profile
unpack_rooms += minisig ecdsa ed25519 keys signature
PROGRAMS += moult-unpack
unpack_OBJS := $(unpack_rooms:%=updater/unpack/%.o) updater/sha256.o $(job_OBJS)
moult-unpack_OBJS := updater/unpack/main.o $(unpack_OBJS)
moult-unpack_LIBS := -larchive -lmbedcrypto -lsodium

unpack_UNITS := profile path sums elf needs write minisig ecdsa keys
UNIT += $(unpack_UNITS:%=updater/unpack/%)
$(foreach t,$(unpack_UNITS),$(eval updater/unpack/$(t)_TEST_OBJS := updater/unpack/$(t).o updater/base64.o $(lib_OBJS)))

FUZZ += sums path program archive minisig ecdsa
FUZZ += profile
fuzz_profile_OBJS := updater/unpack/profile.o $(lib_OBJS)
fuzz_sums_OBJS := updater/unpack/sums.o
fuzz_path_OBJS := updater/unpack/path.o
fuzz_program_OBJS := updater/unpack/elf.o updater/unpack/needs.o
fuzz_archive_OBJS := $(unpack_OBJS)
fuzz_archive_LIBS := $(moult-unpack_LIBS)
fuzz_minisig_OBJS := $(unpack_OBJS)
fuzz_minisig_LIBS := $(moult-unpack_LIBS)
fuzz_ecdsa_OBJS := $(unpack_OBJS)
fuzz_ecdsa_LIBS := $(moult-unpack_LIBS)
