# init: PID 1. It links libc and nothing else.
PROGRAMS += init
init_OBJS := init/main.o init/config.o init/poll.o init/signals.o init/control.o init/stop.o init/loop.o $(svc_OBJS) $(lib_OBJS)

FUZZ += control
fuzz_control_OBJS := $(filter-out init/main.o,$(init_OBJS))
