# svc: a service, and sv, the command. PID 1 links all but sv.
svc_OBJS := svc/life.o svc/signame.o svc/command.o svc/dir.o svc/limits.o svc/address.o svc/listen.o svc/line.o svc/cut.o svc/outlet.o svc/output.o \
            svc/entry.o svc/notify.o svc/launch.o svc/custom.o svc/service.o svc/table.o svc/after.o svc/scan.o

PROGRAMS += sv
sv_OBJS := svc/sv.o svc/sv_target.o svc/sv_path.o svc/sv_wait.o svc/sv_show.o svc/sv_state.o svc/sv_init.o svc/dir.o svc/signame.o \
           $(lib_OBJS)

UNIT += svc/table svc/life svc/signame svc/command svc/dir svc/limits svc/address svc/listen svc/line svc/output svc/sv_state
svc/table_TEST_OBJS := $(svc_OBJS) $(lib_OBJS)
svc/life_TEST_OBJS := svc/life.o
svc/signame_TEST_OBJS := svc/signame.o $(lib_OBJS)
svc/command_TEST_OBJS := svc/command.o $(lib_OBJS)
svc/dir_TEST_OBJS := svc/dir.o svc/signame.o $(lib_OBJS)
svc/limits_TEST_OBJS := svc/limits.o $(svc/dir_TEST_OBJS)
svc/address_TEST_OBJS := svc/address.o
svc/listen_TEST_OBJS := svc/listen.o svc/address.o $(svc/dir_TEST_OBJS)
svc/line_TEST_OBJS := svc/line.o $(lib_OBJS)
svc/output_TEST_OBJS := svc/output.o svc/outlet.o svc/cut.o svc/line.o $(lib_OBJS)
svc/sv_state_TEST_OBJS := svc/sv_state.o $(lib_OBJS)

FUZZ += output
fuzz_output_OBJS := svc/cut.o svc/line.o lib/text.o

# What cannot happen stops a test; in an image PID 1 goes on.
svc/life_CFLAGS = $(if $(findstring static,$(V)),-DNDEBUG)

FUZZ += servicedir
fuzz_servicedir_OBJS := svc/dir.o svc/limits.o svc/address.o svc/listen.o svc/signame.o $(lib_OBJS)
