/* Requests to init, one a line: whatever they are, each is answered by a last packet or by the end of the connection.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "init/control.h"
#include "init/poll.h"
#include "init/stop.h"
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/wire.h"
#include "svc/scan.h"
#include "svc/table.h"
#include "test/fuzz/fuzz.h"

static char base[] = "/tmp/moult-fuzz-XXXXXX";
static char run_dir[64], svdir[64], sock[80];
static struct config config;
static struct service_world world = {.svdir = svdir, .changed = control_tell, .down_signal = 15};

static void remove_all(void)
{
	char command[64];

	(void)snprintf(command, sizeof command, "rm -rf %s", base);
	(void)!system(command);
}

/* Two services that are down and have nothing to run, so that no request starts a process. */
static void make_world(void)
{
	expect(mkdtemp(base) != NULL);
	(void)snprintf(run_dir, sizeof run_dir, "%s/run", base);
	(void)snprintf(svdir, sizeof svdir, "%s/service", base);
	(void)snprintf(sock, sizeof sock, "%s/init.sock", run_dir);
	expect(mkdir(svdir, 0755) == 0);
	config = (struct config){.svdir = svdir, .run_dir = run_dir};
	log_start("fuzz", LOG_TEXT, LOG_LEVEL_ERROR);
	log_never_block();
	world.epoll = poll_begin();
	stop_begin(&config);
	expect(control_begin(&config) != NULL);
	service_world = world;
	(void)scan_begin(svdir);
	atexit(remove_all);
}

static void refill(void)
{
	table_sweep(0);
	table_sweep(0);
	expect(table_find("app") != NULL || table_add("app", true, 0) != NULL);
	expect(table_find("db") != NULL || table_add("db", false, 0) != NULL);
}

static int begin(void)
{
	int fd = wire_connect(sock);

	expect(fd != -1);
	control_accept();
	return fd;
}

/* Reads one answer; false when the connection ended instead. */
static bool answered(int fd)
{
	struct wire w;
	const char *code, *text;
	int got;

	while ((got = wire_recv(fd, &w)) == 1) {
		if (wire_classify(&w, &code, &text) != WIRE_DATA)
			return true;
	}
	expect(got == 0);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (config.svdir == NULL)
		make_world();
	refill();
	fd = begin();
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end == NULL ? size : (size_t)(end - data);
		bool watch = len >= 5 && memcmp(data, "watch", 5) == 0;

		if (len > 0 && send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len) {
			control_client(0, clock_ms());
			if (watch)
				shutdown(fd, SHUT_WR), control_client(0, clock_ms());
			if (!answered(fd) || watch) {
				io_close(&fd);
				control_client(0, clock_ms());
				fd = begin();
			}
			refill();
		}
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	io_close(&fd);
	control_client(0, clock_ms());
	return 0;
}
