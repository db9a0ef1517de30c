# The programmable service of test/pid1; never with sanitizers, it is not what is tested.
TEST_PROGRAMS += build/dev/serv
build/dev/serv: test/pid1/serv.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CPPFLAGS_ALL) $(WARN) -O1 -o $@ $<

TEST_PROGRAMS += build/dev/jumping_clock.so
build/dev/jumping_clock.so: test/pid1/jumping_clock.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(CPPFLAGS_ALL) $(WARN) -O1 -fPIC -shared -o $@ $<

# What has no sanitizers of its own, for test/pid1/test_faults.py.
TEST_PROGRAMS += $(if $(filter dev,$(V)),build/dev/init)
