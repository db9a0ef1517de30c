# moult-unpack: the only program that reads archives. libarchive in archive.c, PSA crypto in hash.c.
unpack_rooms := path sums elf needs request hash verify write manifest tree archive
PROGRAMS += moult-unpack
moult-unpack_OBJS := updater/unpack/main.o $(unpack_rooms:%=updater/unpack/%.o) $(job_OBJS)
moult-unpack_LIBS := -larchive -lmbedcrypto

UNIT += $(addprefix updater/unpack/,path sums elf needs write)
$(foreach t,path sums elf needs write,$(eval updater/unpack/$(t)_TEST_OBJS := updater/unpack/$(t).o $(lib_OBJS)))

FUZZ += sums path archive
fuzz_sums_OBJS := updater/unpack/sums.o
fuzz_path_OBJS := updater/unpack/path.o
fuzz_archive_OBJS := $(unpack_rooms:%=updater/unpack/%.o) $(job_OBJS)
fuzz_archive_LIBS := -larchive -lmbedcrypto
