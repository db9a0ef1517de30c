/* An archive, really unpacked into a directory of its own: nothing in it may lead out, and nothing may be but files,
 * directories and links. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/archive.h"
#include "updater/unpack/manifest.h"

static char base[256];

static int look_at(const char *path, const struct stat *st, int type, struct FTW *f)
{
	char real[4096];

	(void)type;
	(void)f;
	expect(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISLNK(st->st_mode));
	expect(!(st->st_mode & 07000));
	if (S_ISLNK(st->st_mode) && realpath(path, real))
		expect(strncmp(real, base, strlen(base)) == 0 && strncmp(real + strlen(base), "/tree", 5) == 0);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static void make_base(void)
{
	char made[200], real[4096];

	if (base[0])
		return;
	snprintf(made, sizeof made, "%s/moult-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	expect(mkdtemp(made) != NULL && realpath(made, real) != NULL);
	snprintf(base, sizeof base, "%.250s", real);
	expect(hash_init() == 0);
	archive_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tree tree;
	const struct request request = {
		.name = "a", .tag = "v1", .entry = "run", .max_bytes = 1 << 20, .max_entries = 100};
	struct job_error error = {0};
	char path[300];
	int archive, root, list, result;

	make_base();
	snprintf(path, sizeof path, "%s/tree", base);
	archive = memfd_create("archive", MFD_CLOEXEC);
	list = memfd_create("list", MFD_CLOEXEC);
	expect(mkdir(path, 0755) == 0 && archive >= 0 && list >= 0);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	expect(write(archive, data, size) == (ssize_t)size && lseek(archive, 0, SEEK_SET) == 0);
	expect(manifest_begin() == 0);
	tree_begin(&tree, root, &request, size, &error);
	result = archive_unpack(archive, &tree, &error);
	if (result == 0)
		result = tree_end(&tree);
	if (result == 0)
		result = manifest_end(list, &request, "", 0, tree.top);
	expect((result == 0) == (error.code == NULL));
	tree_close(&tree);
	expect(nftw(path, look_at, 16, FTW_PHYS) == 0 && nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
	close(archive);
	close(list);
	close(root);
	return 0;
}

__attribute__((destructor)) static void remove_base(void)
{
	if (base[0])
		rmdir(base);
}
