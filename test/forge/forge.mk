# The demo application, for any version that a test asks for: build/demo/demo-1.2.3 says "demo 1.2.3".
# Static, so that it runs in every image; renamed into place, since tests side by side may want the same one.
build/demo/demo-%: test/forge/demo/demo.c
	@mkdir -p $(@D)
	$(SAY)$(CC) $(WARN) -D_GNU_SOURCE -DDEMO_VERSION='"$*"' -O2 -static -o $@.$$$$ $< && mv $@.$$$$ $@

TEST_PROGRAMS += build/demo/demo-1.0.0 build/demo/demo-1.1.0

# The main job, live, on an embedded default; with GH_USER and GH_REPO on the real github.com.
.PHONY: run
run:
	@./deps build run
	@$(MAKE) -s programs build/demo/demo-1.0.0 build/demo/demo-1.1.0
	@$(PYTHON) test/run
