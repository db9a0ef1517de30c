# The updater and the command moult. libc only; what needs more is in updater/fetch and updater/unpack.
updater_POLICY := mirror version order pin channel skip when window words asset release plan schedule probation
updater_DISK := tree manifest audit state history store carry
updater_HERE := json sha256 message base64 form config host zone branch ask rights helper builder hook service world download moment notice switch arbiter look origin install \
    tell verify course move pending obey recovery cycle report control loop
updater_POLICY += trust key signature
updater_HERE += keyring vouchers
updater_DISK += profile
updater_HERE += reading errand
updater_ROOMS := $(updater_POLICY:%=updater/policy/%.o) $(updater_DISK:%=updater/disk/%.o) $(updater_HERE:%=updater/%.o)

PROGRAMS += updater moult
updater_OBJS := updater/main.o $(updater_ROOMS) $(lib_OBJS)
command_ROOMS := $(addprefix updater/command/,out progress show verb talk exec)
moult_OBJS := updater/command/moult.o $(command_ROOMS:%=%.o) updater/json.o updater/policy/when.o $(lib_OBJS)

updater_UNITS := sha256 config host zone json $(addprefix policy/,version order pin channel skip when window mirror asset plan schedule probation) \
    $(addprefix disk/,state history manifest audit carry store)
updater_UNITS += base64 keyring policy/trust policy/key policy/signature
updater_UNITS += message
updater_UNITS += disk/profile
UNIT += $(updater_UNITS:%=updater/%)
$(foreach t,$(updater_UNITS),$(eval updater/$(t)_TEST_OBJS := $(updater_ROOMS) $(lib_OBJS)))
UNIT += updater/command/progress
updater/command/progress_TEST_OBJS := updater/command/progress.o updater/command/out.o updater/json.o $(lib_OBJS)

# A day of many containers: what updater/policy/schedule makes of it.
UNIT += updater/policy/fleet
updater/policy/fleet_TEST_OBJS := updater/policy/schedule.o

# What a fuzz target is linked with: all that is pure, and what is on disk.
FUZZ += version pin state manifest history plan json
$(foreach f,version pin state manifest history plan json,$(eval fuzz_$(f)_OBJS := $(filter updater/policy/% updater/disk/%,$(updater_ROOMS)) \
    updater/json.o updater/base64.o updater/sha256.o $(lib_OBJS)))
FUZZ += key
fuzz_key_OBJS := $(updater_POLICY:%=updater/policy/%.o) updater/base64.o $(lib_OBJS)
