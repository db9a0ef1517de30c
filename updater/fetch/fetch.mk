# moult-fetch: the only program that speaks with the network. libcurl in http.c, cJSON in release.c.
job_OBJS := updater/job.o updater/confine.o updater/seccomp.o updater/base64.o $(lib_OBJS)
fetch_rooms := date url redirect peer limits range split refs dialect release listing request status http notes tell forge branch local directory get post
PROGRAMS += moult-fetch
moult-fetch_OBJS := updater/fetch/main.o $(fetch_rooms:%=updater/fetch/%.o) $(job_OBJS)
moult-fetch_LIBS := -lcurl -lcjson

fetch_pure := $(addprefix updater/fetch/,date.o url.o redirect.o limits.o range.o split.o refs.o dialect.o listing.o peer.o) $(lib_OBJS)
UNIT += $(addprefix updater/fetch/,date url redirect peer limits range split refs dialect listing release)
$(foreach t,date url redirect peer limits range split refs dialect listing,$(eval updater/fetch/$(t)_TEST_OBJS := $(fetch_pure)))
updater/fetch/release_TEST_OBJS := updater/fetch/release.o $(fetch_pure)
updater/fetch/release_TEST_LIBS := -lcjson
UNIT += updater/fetch/notes
updater/fetch/notes_TEST_OBJS := updater/fetch/notes.o $(lib_OBJS)
UNIT += updater/confine updater/seccomp
updater/confine_TEST_OBJS := updater/confine.o updater/seccomp.o $(lib_OBJS)
updater/seccomp_TEST_OBJS := updater/seccomp.o

FUZZ += notes
fuzz_notes_OBJS := updater/fetch/notes.o $(lib_OBJS)
FUZZ += release listing redirect limits refs
fuzz_release_OBJS := updater/fetch/release.o $(fetch_pure)
fuzz_release_LIBS := -lcjson
fuzz_listing_OBJS := $(fetch_pure)
fuzz_redirect_OBJS := $(fetch_pure)
fuzz_redirect_LIBS := -lcurl
fuzz_limits_OBJS := $(fetch_pure)
fuzz_refs_OBJS := updater/fetch/refs.o
