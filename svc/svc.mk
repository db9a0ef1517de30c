# svc: a service, and sv, the command. PID 1 links all but sv.
svc_OBJS := svc/life.o

UNIT += svc/life
svc/life_TEST_OBJS := svc/life.o
