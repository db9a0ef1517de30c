# The updater and the command moult. libc only; what needs more is in updater/fetch and updater/unpack.
updater_PURE := updater/version.o updater/asset.o updater/release.o updater/plan.o updater/schedule.o updater/json.o \
    updater/probation.o updater/sha256.o
updater_DISK := updater/tree.o updater/manifest.o updater/state.o updater/history.o updater/store.o updater/carry.o
updater_ROOMS := $(updater_PURE) $(updater_DISK) updater/config.o updater/host.o updater/rights.o updater/helper.o \
    updater/service.o updater/world.o updater/ask.o updater/look.o updater/install.o updater/switch.o \
    updater/arbiter.o updater/course.o updater/move.o updater/cycle.o updater/report.o updater/control.o updater/loop.o

PROGRAMS += updater moult
updater_OBJS := updater/main.o $(updater_ROOMS) $(lib_OBJS)
moult_OBJS := updater/moult.o updater/json.o $(lib_OBJS)

updater_UNITS := version asset plan schedule probation config sha256 state history manifest carry store
UNIT += $(updater_UNITS:%=updater/%)
$(foreach t,$(updater_UNITS),$(eval updater/$(t)_TEST_OBJS := $(updater_ROOMS) $(lib_OBJS)))
