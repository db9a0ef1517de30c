# lib: small things everyone uses. libc only, no malloc, prints nothing but log.
lib_OBJS := lib/text.o lib/io.o lib/errors.o lib/sink.o lib/log.o lib/env.o lib/clock.o lib/wire.o lib/spawn.o lib/ident.o lib/rundir.o

UNIT += lib/errors lib/clock lib/text lib/io lib/sink lib/log lib/env lib/wire lib/spawn lib/ident
$(foreach t,errors clock text io sink log env wire spawn ident,$(eval lib/$(t)_TEST_OBJS := $(lib_OBJS)))

FUZZ += wire
fuzz_wire_OBJS := $(lib_OBJS)
