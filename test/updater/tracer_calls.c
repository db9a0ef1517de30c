#include "test/updater/tracer_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

const struct call calls[] = {
	{"openat", SYS_openat, OPEN, 0, 1, NONE, NONE, 2},
	{"write", SYS_write, WRITE, 0, NONE, NONE, NONE, NONE},
	{"pwrite64", SYS_pwrite64, WRITE, 0, NONE, NONE, NONE, NONE},
	{"writev", SYS_writev, WRITE, 0, NONE, NONE, NONE, NONE},
	{"ftruncate", SYS_ftruncate, TRUNCATE, 0, NONE, NONE, NONE, NONE},
	{"mkdirat", SYS_mkdirat, ENTRY, 0, 1, NONE, NONE, NONE},
	{"symlinkat", SYS_symlinkat, ENTRY, 1, 2, NONE, 0, NONE},
	{"linkat", SYS_linkat, ENTRY, 2, 3, 0, 1, NONE},
	{"unlinkat", SYS_unlinkat, REMOVE, 0, 1, NONE, NONE, NONE},
	{"renameat", SYS_renameat, RENAME, 0, 1, 2, 3, NONE},
	{"renameat2", SYS_renameat2, RENAME, 0, 1, 2, 3, NONE},
	{"fsync", SYS_fsync, SYNC, 0, NONE, NONE, NONE, NONE},
	{"fdatasync", SYS_fdatasync, SYNC, 0, NONE, NONE, NONE, NONE},
	{"syncfs", SYS_syncfs, SYNC, 0, NONE, NONE, NONE, NONE},
	{"fchmod", SYS_fchmod, ATTRIBUTE, 0, NONE, NONE, NONE, NONE},
	{"fchmodat", SYS_fchmodat, ATTRIBUTE, 0, 1, NONE, NONE, NONE},
	{"fchown", SYS_fchown, ATTRIBUTE, 0, NONE, NONE, NONE, NONE},
	{"fchownat", SYS_fchownat, ATTRIBUTE, 0, 1, NONE, NONE, NONE},
	{"utimensat", SYS_utimensat, ATTRIBUTE, 0, NONE, NONE, NONE, NONE},
	{"sendto", SYS_sendto, MESSAGE, 0, NONE, NONE, NONE, NONE},
	{"sendmsg", SYS_sendmsg, MESSAGE, 0, NONE, NONE, NONE, NONE},
	{"kill", SYS_kill, PROCESS, NONE, NONE, NONE, NONE, NONE},
	{"clone", SYS_clone, PROCESS, NONE, NONE, NONE, NONE, NONE},
	{"execve", SYS_execve, PROCESS, NONE, NONE, NONE, NONE, NONE},
#ifdef SYS_vfork /* the older calls, which newer machines do without */
	{"vfork", SYS_vfork, PROCESS, NONE, NONE, NONE, NONE, NONE},
	{"fork", SYS_fork, PROCESS, NONE, NONE, NONE, NONE, NONE},
	{"unlink", SYS_unlink, REMOVE, HERE, 0, NONE, NONE, NONE},
	{"rename", SYS_rename, RENAME, HERE, 0, HERE, 1, NONE},
	{"chmod", SYS_chmod, ATTRIBUTE, HERE, 0, NONE, NONE, NONE},
#endif
};

const size_t calls_count = sizeof(calls) / sizeof(calls[0]);

static void read_text(pid_t pid, uint64_t at, char *out, size_t size)
{
	struct iovec here = {out, size - 1}, there = {(void *)at, size - 1};
	ssize_t n = -1;
	/* The text may end just before memory that cannot be read. */
	for (; n == -1 && there.iov_len > 0; there.iov_len /= 2)
		n = process_vm_readv(pid, &here, 1, &there, 1, 0);
	out[n > 0 ? n : 0] = '\0';
}

/* The path by which we reach it. */
static void reach(pid_t pid, const uint64_t args[6], int dir, int path, char out[PATH_MAX])
{
	char text[PATH_MAX] = "";
	if (path != NONE)
		read_text(pid, args[path], text, sizeof(text));
	if (text[0] == '/')
		snprintf(out, PATH_MAX, "/proc/%d/root%.4000s", pid, text);
	else if (dir == HERE || (int)args[dir] == AT_FDCWD)
		snprintf(out, PATH_MAX, "/proc/%d/cwd/%.4000s", pid, text);
	else
		snprintf(out, PATH_MAX, "/proc/%d/fd/%d%s%.4000s", pid, (int)args[dir], path == NONE ? "" : "/", text);
}

static uint64_t inode(const char *path, bool follow)
{
	struct stat st;
	return (follow ? stat(path, &st) : lstat(path, &st)) == 0 ? st.st_ino : 0;
}

/* "DIRECTORY-INODE NAME" */
static void put_entry(FILE *out, const char *path)
{
	char above[PATH_MAX];
	snprintf(above, sizeof(above), "%s", path);
	char *slash = strrchr(above, '/');
	*slash = '\0';
	fprintf(out, "\t%llu\t%s", (unsigned long long)inode(above, true), slash + 1);
}

static off_t offset_of(pid_t pid, int fd, const char *path)
{
	char info[64];
	unsigned long long at = 0, flags = 0;
	struct stat st;
	snprintf(info, sizeof(info), "/proc/%d/fdinfo/%d", pid, fd);
	FILE *f = fopen(info, "r");
	if (f == NULL || fscanf(f, "pos: %llu flags: %llo", &at, &flags) != 2)
		at = 0;
	if (f != NULL)
		fclose(f);
	return (flags & O_APPEND) != 0 && stat(path, &st) == 0 ? st.st_size : (off_t)at;
}

static int put_bytes(FILE *out, pid_t pid, uint64_t at, size_t n)
{
	unsigned char *bytes = malloc(n + 1);
	struct iovec here = {bytes, n}, there = {(void *)at, n};
	bool read = bytes != NULL && process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)n;
	fputc('\t', out);
	for (size_t i = 0; read && i < n; i++)
		fprintf(out, "%02x", bytes[i]);
	free(bytes);
	return read ? 0 : -1;
}

static bool is_file(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

bool call_look(struct made *m, long number)
{
	m->call = NULL;
	m->path[0] = m->path2[0] = '\0';
	for (size_t i = 0; i < calls_count && m->call == NULL; i++)
		if (calls[i].number == number)
			m->call = &calls[i];
	if (m->call == NULL)
		return false;
	if (m->call->dir != NONE)
		reach(m->pid, m->args, m->call->dir, m->call->path, m->path);
	if (m->call->dir2 != NONE)
		reach(m->pid, m->args, m->call->dir2, m->call->path2, m->path2);
	m->before = inode(m->path, m->call->path == NONE);
	if (m->call->kind == WRITE)
		m->offset = number == SYS_pwrite64 ? (off_t)m->args[3] : offset_of(m->pid, (int)m->args[0], m->path);
	return true;
}

bool call_may_wait(const struct made *m)
{
	return m->call->kind == MESSAGE || m->call->kind == PROCESS || (m->call->kind == WRITE && !is_file(m->path));
}

bool call_needs_room(const struct made *m)
{
	switch (m->call->kind) {
	case OPEN: return (m->args[m->call->flags] & O_CREAT) != 0;
	case WRITE: return is_file(m->path);
	case TRUNCATE:
	case ENTRY:
	case RENAME:
	case SYNC: return true;
	case REMOVE:
	case ATTRIBUTE:
	case MESSAGE:
	case PROCESS: return false;
	}
	return false;
}

int call_put(const struct made *m, long count, int64_t result, bool bytes, FILE *out)
{
	const struct call *c = m->call;
	char target[PATH_MAX];
	int r = 0;
	fprintf(out, "%ld\t%s\t%s\t%lld", count, m->program, c->name, (long long)result);
	switch (c->kind) {
	case OPEN:
		put_entry(out, m->path);
		snprintf(target, sizeof(target), "/proc/%d/fd/%lld", m->pid, (long long)result);
		fprintf(out, "\t%llu\t%d\t%d", (unsigned long long)(result < 0 ? 0 : inode(target, true)),
			m->before == 0, (m->args[c->flags] & O_TRUNC) != 0);
		break;
	case WRITE:
		fprintf(out, "\t%llu\t%lld", (unsigned long long)m->before, (long long)m->offset);
		if (bytes && result > 0 && is_file(m->path))
			r = put_bytes(out, m->pid, m->args[1], (size_t)result);
		break;
	case TRUNCATE: fprintf(out, "\t%llu\t%lld", (unsigned long long)m->before, (long long)m->args[1]); break;
	case ENTRY:
		put_entry(out, m->path);
		fprintf(out, "\t%llu", (unsigned long long)inode(m->path, false));
		if (c->path2 != NONE && c->dir2 == NONE) {
			read_text(m->pid, m->args[c->path2], target, sizeof(target));
			fprintf(out, "\t%s", target);
		}
		break;
	case REMOVE: put_entry(out, m->path); break;
	case RENAME:
		put_entry(out, m->path);
		put_entry(out, m->path2);
		fprintf(out, "\t%llu", (unsigned long long)m->before);
		break;
	case SYNC:
	case ATTRIBUTE: fprintf(out, "\t%llu", (unsigned long long)m->before); break;
	case MESSAGE:
	case PROCESS: break;
	}
	fputc('\n', out);
	return fflush(out) == 0 ? r : -1;
}
