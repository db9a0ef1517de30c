#include "svc/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/log.h"
#include "test/unit.h"

static char base[] = "/tmp/moult-listen-XXXXXX";
static char names[LISTEN_NAMES];
static int fds[LISTEN_EACH];

/* A path below base, in one of two buffers. */
static const char *at(const char *file)
{
	static char paths[2][128];
	static unsigned n;
	char *path = paths[n++ % 2];

	snprintf(path, sizeof paths[0], "%s/%s", base, file);
	return path;
}

static void put(const char *file, const char *text)
{
	FILE *f = fopen(at(file), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A % in text stands for base. */
static void put_listen(const char *service, const char *text)
{
	char name[64], all[4096] = "";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '%')
			n += (size_t)snprintf(all + n, sizeof all - n, "%s", base);
		else
			all[n++] = *text;
	}
	snprintf(name, sizeof name, "%s/listen", service);
	put(name, all);
}

static int hold(const char *service, uint16_t slot)
{
	struct dir d;
	int n;

	assert_int_equal(dir_open(&d, base, service), 0);
	n = listen_hold(&d, slot);
	dir_close(&d);
	return n;
}

static int hold_text(const char *text)
{
	put_listen("app", text);
	return hold("app", 1);
}

static int begin(void **unused)
{
	(void)unused;
	log_start("listen", LOG_TEXT, LOG_LEVEL_ERROR);
	strcpy(base + strlen(base) - 6, "XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	return mkdir(at("app"), 0755) == -1 || mkdir(at("other"), 0755) == -1 ? -1 : 0;
}

static int end(void **unused)
{
	char command[64];

	(void)unused;
	for (uint16_t slot = 0; slot < 64; slot++)
		listen_release(slot);
	snprintf(command, sizeof command, "rm -rf %s", base);
	return system(command);
}

/* Which socket of the kernel a descriptor is. */
static ino_t socket_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	return st.st_ino;
}

static int connect_inet(int family, const char *address, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int done;

	assert_int_not_equal(fd, -1);
	assert_int_equal(inet_pton(family, address, family == AF_INET ? (void *)&v4.sin_addr : &v6.sin6_addr), 1);
	done = family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof v4)
				 : connect(fd, (struct sockaddr *)&v6, sizeof v6);
	if (done == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool answers(int family, const char *address, uint16_t port)
{
	int fd = connect_inet(family, address, port);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static int connect_path(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	strcpy(sa.sun_path, path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
		return fd;
	close(fd);
	return -1;
}

static void wrong_lines(void **unused)
{
	static const char *const rows[] = {
		/* clang-format off */
		"tcp", "tcp 80", "tcp localhost:80", "tcp :0", "tcp :65536", "tcp :-1", "tcp :http", "tcp 127.0.0.1",
		"tcp 127.0.0.1:", "tcp 127.0.1:80", "tcp ::1:80", "tcp [::1]80", "tcp [::1:80", "tcp [:80", "tcp []:80",
		"tcp ]:80", "tcp [127.0.0.1]:80", "tcp [localhost]:80", "tcp *:80", "tcp :80 :81", "tcp :80 0666",
		"tcp :80 name=", "tcp :80 name=a:b", "tcp :80 name=a\001b", "tcp :80 name=a name=b", "tcp name=a",
		"tcp :80 name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"TCP :80", "sctp :80", ":80", "unix", "unix relative", "unix /", "unix @", "unix %/s 0999",
		"unix %/s 1777", "unix %/s rw", "unix %/s 0600 0600", "unix %/s name=x 0600", "unix @abstract 0600",
		"unix /123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
		"12345678901234567",
		"tcp :80\ntcp :80",
		"tcp :80\ntcp :80 name=x",
		"udp :80\nnonsense",
		"tcp :1\ntcp :2\ntcp :3\ntcp :4\ntcp :5\ntcp :6\ntcp :7\ntcp :8\ntcp :9\ntcp :10\ntcp :11\ntcp :12\n"
		"tcp :13\ntcp :14\ntcp :15\ntcp :16\ntcp :17",
		/* clang-format on */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (hold_text(rows[i]) != -1)
			fail_msg("'%s'", rows[i]);
		if (listen_has(1))
			fail_msg("'%s' was made", rows[i]);
	}
}

static void makes_them_all(void **unused)
{
	int value, client;
	socklen_t len = sizeof value;

	(void)unused;
	assert_int_equal(
		hold_text("# all that there are\n\ntcp 127.0.0.1:8001 name=v4\r\n  tcp\t[::1]:8001 # v6\n"
			  "tcp :8002 name=both\nudp 127.0.0.1:8001 name=u\nunix %/s\nunix @moult name=a.b c\n"),
		-1); /* a blank in a name */
	assert_int_equal(hold_text("# all that there are\n\ntcp 127.0.0.1:8001 name=v4\r\n  tcp\t[::1]:8001 # v6\n"
				   "tcp :8002 name=both\nudp 127.0.0.1:8001 name=u\nunix %/s\nunix @moult name=a.b\n"),
			 6);
	assert_true(listen_has(1));
	assert_false(listen_has(2));
	assert_int_equal(listen_given(1, fds, names), 6);
	assert_string_equal(names, "v4:app:both:u:app:a.b");
	for (int i = 0; i < 6; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(fds[i], F_GETFL) & O_NONBLOCK, 0);
		assert_int_equal(getsockopt(fds[i], SOL_SOCKET, SO_ACCEPTCONN, &value, &len), 0);
		assert_int_equal(value, i != 3);
	}
	assert_true(answers(AF_INET, "127.0.0.1", 8001));
	assert_false(answers(AF_INET, "127.0.0.2", 8001));
	assert_true(answers(AF_INET6, "::1", 8001));
	assert_true(answers(AF_INET, "127.0.0.3", 8002));
	assert_true(answers(AF_INET6, "::1", 8002));
	client = connect_path(at("s"));
	assert_int_not_equal(client, -1);
	close(client);
	listen_release(1);
	assert_false(listen_has(1));
	assert_false(answers(AF_INET, "127.0.0.1", 8001));
	assert_int_equal(access(at("s"), F_OK), -1);
	assert_int_equal(listen_given(1, fds, names), 0);
	assert_string_equal(names, "");
}

static void v4_and_v6_of_a_port_stand_together(void **unused)
{
	(void)unused;
	assert_int_equal(hold_text("tcp 0.0.0.0:80\ntcp [::]:80\nudp 0.0.0.0:80\nudp [::]:80"), 4);
	/* From both to one: the new one can be made only when the old one is closed. */
	assert_int_equal(hold_text("tcp :80"), 1);
	assert_true(answers(AF_INET, "127.0.0.1", 80));
	assert_int_equal(hold_text("tcp [::]:80"), 1);
	assert_false(answers(AF_INET, "127.0.0.1", 80));
	assert_true(answers(AF_INET6, "::1", 80));
}

static void the_same_socket_stays(void **unused)
{
	ino_t tcp, local;
	int client, served;

	(void)unused;
	assert_int_equal(hold_text("tcp 127.0.0.1:8001\ntcp [::0001]:8001\nunix %/s"), 3);
	assert_int_equal(listen_given(1, fds, names), 3);
	tcp = socket_of(fds[1]);
	local = socket_of(fds[2]);
	client = connect_inet(AF_INET6, "::1", 8001);
	assert_int_not_equal(client, -1);
	assert_int_equal(hold_text("unix %/s 0600 name=s\ntcp 127.0.0.1:8009\ntcp [0::1]:8001 name=t"), 3);
	assert_int_equal(listen_given(1, fds, names), 3);
	assert_string_equal(names, "s:app:t");
	assert_int_equal(socket_of(fds[0]), local);
	assert_int_equal(socket_of(fds[2]), tcp);
	assert_false(answers(AF_INET, "127.0.0.1", 8001));
	served = accept(fds[2], NULL, NULL); /* who was in the backlog is still there */
	assert_int_not_equal(served, -1);
	close(served);
	close(client);
}

static void a_wrong_file_changes_nothing(void **unused)
{
	ino_t tcp;

	(void)unused;
	assert_int_equal(hold_text("tcp :8001 name=old"), 1);
	assert_int_equal(listen_given(1, fds, names), 1);
	tcp = socket_of(fds[0]);
	assert_int_equal(hold_text("tcp :8002 name=new\nbad"), -1);
	assert_int_equal(listen_given(1, fds, names), 1);
	assert_string_equal(names, "old");
	assert_int_equal(socket_of(fds[0]), tcp);
	assert_int_equal(unlink(at("app/listen")), 0);
	assert_int_equal(mkdir(at("app/listen"), 0755), 0);
	assert_int_equal(hold("app", 1), -1);
	assert_true(listen_has(1));
	assert_int_equal(rmdir(at("app/listen")), 0);
	assert_int_equal(hold("app", 1), 0);
	assert_false(listen_has(1));
	assert_false(answers(AF_INET, "127.0.0.1", 8001));
}

static void one_in_use_is_tried_again(void **unused)
{
	(void)unused;
	put_listen("other", "tcp 127.0.0.1:8001\nudp 127.0.0.1:8002\nunix @moult\nunix %/s");
	assert_int_equal(hold("other", 2), 4);
	assert_int_equal(hold_text("tcp 127.0.0.1:8001\ntcp 127.0.0.1:8003"), -1);
	assert_true(answers(AF_INET, "127.0.0.1", 8003));
	assert_int_equal(hold_text("udp :8002"), -1);
	assert_int_equal(hold_text("unix @moult"), -1);
	assert_int_equal(hold_text("unix %/s"), -1);
	assert_false(listen_has(1));
	assert_int_equal(hold_text("tcp 127.0.0.1:8001\ntcp 127.0.0.1:8003"), -1);
	listen_release(2);
	assert_int_equal(hold("app", 1), 2);
	assert_int_equal(listen_given(1, fds, names), 2);
	assert_true(answers(AF_INET, "127.0.0.1", 8001));
}

static void a_path_that_somebody_has(void **unused)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unused;
	put("s", "a file");
	assert_int_equal(hold_text("unix %/s"), -1);
	assert_int_equal(access(at("s"), F_OK), 0);
	assert_int_equal(unlink(at("s")), 0);
	assert_int_equal(symlink("/nowhere", at("s")), 0);
	assert_int_equal(hold_text("unix %/s"), -1);
	assert_int_equal(unlink(at("s")), 0);
	strcpy(sa.sun_path, at("s"));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(hold_text("unix %/s"), -1); /* alive */
	close(fd);
	assert_int_equal(hold_text("unix %/s"), 1); /* left behind */
	assert_int_equal(hold_text("unix %/no/s"), -1);
	assert_int_equal(hold_text("unix /proc/s"), -1);
	assert_false(listen_has(1));
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	return st.st_mode & 07777;
}

static void modes(void **unused)
{
	mode_t before = umask(022);

	(void)unused;
	assert_int_equal(hold_text("unix %/s"), 1);
	assert_int_equal(mode_of(at("s")), 0666);
	assert_int_equal(hold_text("unix %/s 600 name=s\nunix %/t 0777"), 2);
	assert_int_equal(mode_of(at("s")), 0600);
	assert_int_equal(mode_of(at("t")), 0777);
	assert_int_equal(hold_text("unix %/s 0660\nunix %/t 0"), 2);
	assert_int_equal(mode_of(at("s")), 0660);
	assert_int_equal(mode_of(at("t")), 0);
	assert_int_equal(umask(before), 022);
}

/* Nobody could reach the old one. */
static void one_whose_file_has_gone_is_made_again(void **unused)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int client, fd;

	(void)unused;
	assert_int_equal(hold_text("unix %/s"), 1);
	assert_int_equal(unlink(at("s")), 0);
	assert_int_equal(hold_text("unix %/s"), 1);
	client = connect_path(at("s"));
	assert_int_not_equal(client, -1);
	close(client);
	/* A service that makes its own, as those do that do not know better. */
	assert_int_equal(unlink(at("s")), 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(sa.sun_path, at("s"));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(hold("app", 1), -1); /* it still runs */
	listen_release(1);
	assert_int_equal(access(at("s"), F_OK), 0); /* this is not ours to remove */
	close(fd);
	assert_int_equal(hold("app", 1), 1);
}

/* In the user namespace of this test there is but one user, so becoming another is what the kernel refuses. */
static void owner(void **unused)
{
	(void)unused;
	put("app/user", "0:0");
	assert_int_equal(hold_text("unix %/s 0600"), 1);
	put("app/user", "12345:12345");
	assert_int_equal(hold_text("unix %/s 0600"), -1);
	assert_int_equal(hold_text("tcp :8001"), 1);
	put("app/user", "no such user");
	assert_int_equal(hold_text("tcp :8001"), -1);
}

static void the_most(void **unused)
{
	char service[16], file[32], text[LISTEN_EACH * 24];

	(void)unused;
	for (int slot = 0; slot < LISTEN_ALL / LISTEN_EACH; slot++) {
		size_t n = 0;

		snprintf(service, sizeof service, "s%d", slot);
		assert_int_equal(mkdir(at(service), 0755), 0);
		for (int i = 0; i < LISTEN_EACH; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "udp :%d\n", 10000 + slot * LISTEN_EACH + i);
		snprintf(file, sizeof file, "%s/listen", service);
		put(file, text);
		assert_int_equal(hold(service, (uint16_t)slot), LISTEN_EACH);
	}
	put_listen("app", "tcp :8001");
	assert_int_equal(hold("app", 63), -1);
	listen_release(5);
	assert_int_equal(hold("app", 63), 1);
	assert_int_equal(listen_given(4, fds, names), LISTEN_EACH);
	assert_int_equal(listen_given(63, fds, names), 1);
}

static void names_as_long_as_can_be(void **unused)
{
	char text[2048] = "", longest[LISTEN_NAME];
	size_t n = 0;

	(void)unused;
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (int i = 0; i < LISTEN_EACH; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "udp :%d name=%s\n", 100 + i, longest);
	assert_int_equal(hold_text(text), LISTEN_EACH);
	assert_int_equal(listen_given(1, fds, names), LISTEN_EACH);
	assert_int_equal(strlen(names), LISTEN_NAMES - 1);
}

static void no_colon_from_the_service(void **unused)
{
	(void)unused;
	assert_int_equal(mkdir(at("a:b:"), 0755), 0);
	put("a:b:/listen", "udp :100\nudp :101 name=x\n");
	assert_int_equal(hold("a:b:", 1), 2);
	assert_int_equal(listen_given(1, fds, names), 2);
	assert_string_equal(names, "a_b_:x");
}

/* What f() finds, in a process of its own. */
static void apart(int (*f)(void))
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* From now on a call fails: whenever it is made, or only with this first argument. */
static int deny(uint32_t call, bool always, uint32_t first, uint32_t error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, !always, 0, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof code / sizeof code[0], .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static int without_ipv6(void)
{
	if (deny(SYS_socket, false, AF_INET6, EAFNOSUPPORT) == -1)
		return 1;
	if (hold_text("tcp :8001 name=a\nudp :8001") != 2 || !answers(AF_INET, "127.0.0.1", 8001))
		return 2;
	if (listen_given(1, fds, names) != 2)
		return 3;
	/* And the same line is the same socket. */
	ino_t before = socket_of(fds[0]);
	if (hold_text("tcp :8001") != 1 || listen_given(1, fds, names) != 1 || socket_of(fds[0]) != before)
		return 4;
	return hold_text("tcp [::]:8001") == -1 ? 0 : 5;
}

static void ipv4_where_there_is_no_ipv6(void **unused)
{
	(void)unused;
	apart(without_ipv6);
}

static int without_chmod(void)
{
#ifdef SYS_chmod
	if (deny(SYS_chmod, true, 0, EPERM) == -1)
		return 1;
#endif
	if (deny(SYS_fchmodat, true, 0, EPERM) == -1)
		return 1;
	if (hold_text("unix %/s 0640") != 1 || mode_of(at("s")) != 0640)
		return 2;
	return hold_text("unix %/s 0600") == -1 ? 0 : 3;
}

/* It is never open to more than it should be, not for a moment. */
static void mode_from_birth(void **unused)
{
	(void)unused;
	apart(without_chmod);
}

static int without_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	if (syscall(SYS_capset, &header, none) == -1)
		return 1;
	if (hold_text("tcp :1023") != -1 || errno != EACCES)
		return 2;
	return hold_text("tcp :1024") == 1 ? 0 : 3;
}

static void low_ports_take_rights(void **unused)
{
	(void)unused;
	apart(without_capabilities);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : write(fd, text, strlen(text));

	if (fd != -1)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* A network of its own, where every port is free: a loopback device, which is down at first. */
static int own_network(void **unused)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	char users[32], groups[32];
	int fd, up;

	(void)unused;
	snprintf(users, sizeof users, "0 %d 1", (int)geteuid());
	snprintf(groups, sizeof groups, "0 %d 1", (int)getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1 || write_file("/proc/self/setgroups", "deny") == -1 ||
	    write_file("/proc/self/uid_map", users) == -1 || write_file("/proc/self/gid_map", groups) == -1)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	return up;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(wrong_lines),
		TEST(makes_them_all),
		TEST(v4_and_v6_of_a_port_stand_together),
		TEST(the_same_socket_stays),
		TEST(a_wrong_file_changes_nothing),
		TEST(one_in_use_is_tried_again),
		TEST(a_path_that_somebody_has),
		TEST(modes),
		TEST(one_whose_file_has_gone_is_made_again),
		TEST(owner),
		TEST(the_most),
		TEST(names_as_long_as_can_be),
		TEST(no_colon_from_the_service),
		TEST(ipv4_where_there_is_no_ipv6),
		TEST(mode_from_birth),
		TEST(low_ports_take_rights),
	};

	return cmocka_run_group_tests(tests, own_network, NULL);
}
