# The updater and the command moult. libc only; what needs more is in updater/fetch and updater/unpack.
updater_POLICY := version asset release plan schedule probation
updater_DISK := tree sha256 manifest state history store carry
updater_HERE := json config host rights helper service world ask look install switch arbiter course move cycle report control loop
updater_ROOMS := $(updater_POLICY:%=updater/policy/%.o) $(updater_DISK:%=updater/disk/%.o) $(updater_HERE:%=updater/%.o)

PROGRAMS += updater moult
updater_OBJS := updater/main.o $(updater_ROOMS) $(lib_OBJS)
moult_OBJS := updater/moult.o updater/json.o $(lib_OBJS)

updater_UNITS := config $(addprefix policy/,version asset plan schedule probation) \
    $(addprefix disk/,sha256 state history manifest carry store)
UNIT += $(updater_UNITS:%=updater/%)
$(foreach t,$(updater_UNITS),$(eval updater/$(t)_TEST_OBJS := $(updater_ROOMS) $(lib_OBJS)))
