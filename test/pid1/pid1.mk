# The programmable service of test/pid1.
PROGRAMS += serv
serv_OBJS := test/pid1/serv.o
