/* A release's manifest, as a crash or a bad disk may have left it. Whatever is taken for one is found again by its
 * paths, and holding it against a directory reads nothing but that. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/scratch.h"
#include "updater/disk/audit.h"
#include "updater/disk/manifest.h"

#define DIGITS "0123456789ABCDEF"

/* The last of the five words of an entry, as the path that it stands for. False when it is not what moult-unpack
 * writes: nobody will look for it. */
static bool path_of(const char *line, char out[TREE_PATH])
{
	size_t n = 0;

	for (int spaces = 0; spaces < 4; line++)
		spaces += *line == ' ';
	for (; *line != '\n'; line++) {
		unsigned char c = (unsigned char)*line;

		if (c == '%') {
			const char *high = line[1] ? strchr(DIGITS, line[1]) : NULL;
			const char *low = high && line[2] ? strchr(DIGITS, line[2]) : NULL;

			if (!low)
				return false;
			c = (unsigned char)((high - DIGITS) * 16 + (low - DIGITS));
			if (c == '\0' || (c > ' ' && c != '%' && c != 0x7f))
				return false;
			line += 2;
		} else if (c <= ' ' || c == 0x7f) {
			return false;
		}
		if (n + 1 >= TREE_PATH)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

static void expect_sound(const struct manifest *m, const uint8_t *data, size_t size)
{
	char path[TREE_PATH];

	expect(version_tag_fault(m->tag) == NULL && m->epoch >= 0);
	expect(m->digest[0] == '\0' || strspn(m->digest, "0123456789abcdef") == RELEASE_DIGEST - 1);
	expect(m->size == size && memchr(data, '\0', size) == NULL && data[size - 1] == '\n');
	for (size_t i = 0; i < m->count; i++) {
		expect(strchr("fdl", m->lines[i][0]) != NULL);
		if (path_of(m->lines[i], path))
			expect(manifest_has(m, path));
	}
}

/* Whatever it says: the comparison ends, and has a word for each thing it finds. */
static void expect_audit(const struct manifest *m)
{
	struct audit a;
	enum audit_result found;

	audit_begin(&a, m, scratch());
	while ((found = audit_step(&a, 1)) != AUDIT_OVER)
		expect(found == AUDIT_MORE || a.why[0] != '\0');
	expect(a.next == m->count && a.fd == -1);
	audit_end(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest m;
	char missing[TREE_PATH];

	scratch_file("files", data, size);
	if (manifest_open(scratch(), "files", &m) == -1) {
		expect(errno == EBADMSG && m.text == NULL && m.lines == NULL);
		return 0;
	}
	expect_sound(&m, data, size);
	expect(!manifest_has(&m, "a path that nobody\nships"));
	int r = manifest_check(&m, scratch(), missing);

	expect(r == 0 || errno == EBADMSG || strlen(missing) < TREE_PATH);
	expect_audit(&m);
	manifest_close(&m);
	return 0;
}
