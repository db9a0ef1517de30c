#include "updater/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/unit.h"

static char base[] = "/tmp/moult-confine-XXXXXX";
static int fill;

static int start(void **state)
{
	(void)state;
	if (!mkdtemp(base) || chdir(base) < 0 || mkdir("fill", 0755) < 0 || mkdir("fill/d", 0755) < 0)
		return -1;
	close(open("given", O_CREAT | O_WRONLY, 0644));
	close(open("other", O_CREAT | O_WRONLY, 0644));
	fill = open("fill", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fill < 0 ? -1 : 0;
}

static int stop(void **state)
{
	static const char *const made[] = {"fill/d/b", "fill/d/c", "fill/d", "fill/l", "fill", "given", "other"};

	(void)state;
	close(fill);
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
		remove(made[i]);
	return chdir("/") | rmdir(base);
}

static struct confine job(void)
{
	static const char *const readable[] = {"given", "absent", NULL};

	return (struct confine){.fds = 16,
				.fill = fill,
				.read = readable,
				.connect = true,
				.file_bytes = 4096,
				.memory = (uint64_t)1 << 30,
				.files = 64,
				.seconds = 10};
}

/* Runs a body in a confined child and expects it to return 0; anything else names the check that failed. */
static void in_child(int (*body)(const char *lacks), const struct confine *c)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char words[128];
		struct text lacks;

		text_begin(&lacks, words, sizeof words);
		confine(c, &lacks);
		_exit(body(words));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int own_rights(const char *lacks)
{
	struct rlimit l;
	int deadly = 0;

	(void)lacks;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (prctl(PR_GET_PDEATHSIG, &deadly) < 0 || deadly != SIGKILL)
		return 3;
	if (getrlimit(RLIMIT_CORE, &l) < 0 || l.rlim_max != 0)
		return 4;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_max > 64)
		return 5;
	if (getrlimit(RLIMIT_CPU, &l) < 0 || l.rlim_max > 10)
		return 6;
	if (fcntl(20, F_GETFD) >= 0 || fcntl(0, F_GETFD) < 0)
		return 7;
	return 0;
}

static void gives_up_what_it_has(void **state)
{
	struct confine c = job();

	(void)state;
	assert_int_equal(dup2(0, 20), 20);
	in_child(own_rights, &c);
	close(20);
}

static int file_limit(const char *lacks)
{
	static const char page[4096];
	int fd = openat(fill, "d/b", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)lacks;
	if (fd < 0 || write(fd, page, sizeof page) != sizeof page)
		return 1;
	return write(fd, "x", 1) == -1 && errno == EFBIG ? 0 : 2;
}

static void files_end_at_their_limit(void **state)
{
	struct confine c = job();

	(void)state;
	in_child(file_limit, &c);
}

static bool refused(int result)
{
	int error = errno;

	if (result >= 0)
		close(result);
	return result < 0 && (error == EACCES || error == EXDEV);
}

static int only_its_files(const char *lacks)
{
	char *const argv[] = {"true", NULL};
	int fd;

	if (strstr(lacks, "landlock"))
		return 0;
	if (!refused(open("/etc/passwd", O_RDONLY)) || !refused(open("other", O_RDONLY)))
		return 1;
	if (!refused(open("new", O_WRONLY | O_CREAT, 0600)) || !refused(open("given", O_WRONLY)))
		return 2;
	fd = open("given", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 3;
	fd = openat(fill, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || linkat(fill, "a", fill, "d/c", 0) < 0 || symlinkat("a", fill, "l") < 0)
		return 4;
	if (renameat(fill, "a", fill, "d/b2") < 0 || unlinkat(fill, "d/b2", 0) < 0 || mkdirat(fill, "e", 0755) < 0 ||
	    unlinkat(fill, "e", AT_REMOVEDIR) < 0)
		return 5;
	if (!refused(mkfifoat(fill, "fifo", 0600)) || !refused(linkat(fill, "d/b", AT_FDCWD, "out", 0)))
		return 6;
	execv("/bin/true", argv);
	return errno == EACCES ? 0 : 7;
}

static void opens_only_its_files(void **state)
{
	struct confine c = job();

	(void)state;
	in_child(only_its_files, &c);
}

/* To a port of this machine where nobody listens. */
static int connect_error(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : 0;
}

static bool knows_network(const char *lacks)
{
	return !strstr(lacks, "landlock") && syscall(444, NULL, 0, 1) >= 4;
}

static int may_connect(const char *lacks)
{
	(void)lacks;
	return connect_error() == ECONNREFUSED ? 0 : 1;
}

static int may_not_connect(const char *lacks)
{
	return !knows_network(lacks) || connect_error() == EACCES ? 0 : 1;
}

static int may_not_listen(const char *lacks)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return !knows_network(lacks) || (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno == EACCES) ? 0 : 1;
}

static void network(void **state)
{
	struct confine c = job();

	(void)state;
	in_child(may_connect, &c);
	in_child(may_not_listen, &c);
	c.connect = false;
	in_child(may_not_connect, &c);
	in_child(may_not_listen, &c);
}

/* Limits that stand already are never raised, and that is not lacking. */
static int lower_stays(const char *lacks)
{
	struct rlimit l;

	if (strstr(lacks, "limits"))
		return 1;
	return getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_max == 32 ? 0 : 2;
}

static void never_raises(void **state)
{
	struct confine c = job();
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct rlimit low = {32, 32};

		if (setrlimit(RLIMIT_NOFILE, &low) < 0)
			_exit(1);
		in_child(lower_stays, &c);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_up_what_it_has), cmocka_unit_test(files_end_at_their_limit),
		cmocka_unit_test(opens_only_its_files), cmocka_unit_test(network),
		cmocka_unit_test(never_raises),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
