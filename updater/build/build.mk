# moult-build: makes a release from sources, as a user of its own. libarchive in pack.c.
build_rooms := request place source command pack serve
PROGRAMS += moult-build
moult-build_OBJS := updater/build/main.o $(build_rooms:%=updater/build/%.o) updater/disk/tree.o $(job_OBJS)
moult-build_LIBS := -larchive
