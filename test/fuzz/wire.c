/* A packet, as any process may send it to a socket of ours: what is read out of it is what stands there. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/wire.h"
#include "test/fuzz/fuzz.h"

static int ends[2] = {-1, -1};

/* A second opinion on the value of a key: the first line that begins with it. */
static const char *value_of(const char *text, const char *key, size_t *len)
{
	size_t n = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, key, n) == 0 && line[n] == '=') {
			*len = strcspn(line + n + 1, "\n");
			return line + n + 1;
		}
	return NULL;
}

static void expect_value(const struct wire *w, const char *key, size_t size)
{
	char *out = malloc(size);
	size_t len = 0;
	const char *value = value_of(w->bytes, key, &len);

	expect(out != NULL);
	int n = wire_get(w, key, out, size);
	if (value == NULL)
		expect(n == -1 && errno == ENOENT && out[0] == '\0');
	else if (len >= size)
		expect(n == -1 && errno == EMSGSIZE && out[0] == '\0');
	else
		expect(n == (int)len && memcmp(out, value, len) == 0 && out[len] == '\0');
	free(out);
}

static void expect_number(const struct wire *w, const char *key)
{
	uint64_t number = 77;

	if (wire_get_number(w, key, 3, 1000, &number) == 0)
		expect(number >= 3 && number <= 1000);
	else
		expect(number == 77 && (errno == ENOENT || errno == EINVAL || errno == ERANGE));
}

/* Each key that stands there, and some that may. */
static void read_all(const struct wire *w)
{
	static const char *const some[] = {"kind", "k", "", "=", "a=b"};
	char key[32];

	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		expect_value(w, some[i], 8);
	for (const char *line = w->bytes; *line != '\0';) {
		size_t n = strcspn(line, "=\n");

		if (n < sizeof key) {
			memcpy(key, line, n);
			key[n] = '\0';
			expect_value(w, key, WIRE_MAX + 1);
			expect_value(w, key, 1);
			expect_number(w, key);
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* What it holds can be told on: a value put into another packet comes out of it, without its control characters. */
static void pass_on(const struct wire *w)
{
	static struct wire other;
	char value[WIRE_MAX + 1], told[WIRE_MAX + 1];

	if (wire_get(w, "kind", value, sizeof value) == -1)
		return;
	wire_begin(&other);
	wire_put(&other, "kind", value);
	if (!text_whole(&other.text))
		return;
	expect(wire_get(&other, "kind", told, sizeof told) == (int)strlen(value));
	for (size_t i = 0; value[i] != '\0'; i++)
		expect(told[i] == ((unsigned char)value[i] < ' ' || value[i] == 0x7f ? '?' : value[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire w;
	const char *code, *text;

	if (ends[0] == -1)
		expect(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	if (size == 0 || send(ends[0], data, size, MSG_NOSIGNAL) == -1)
		return 0; /* nothing is the end of the connection; and the kernel, too, has a limit */
	if (wire_recv(ends[1], &w) == -1) {
		expect(errno == (size > WIRE_MAX ? EMSGSIZE : EBADMSG));
		expect(size > WIRE_MAX || memchr(data, '\0', size) != NULL);
		return 0;
	}
	expect(size <= WIRE_MAX && w.text.len == size && memcmp(w.bytes, data, size) == 0);
	read_all(&w);
	pass_on(&w);
	if (wire_classify(&w, &code, &text) == WIRE_ERR)
		expect(code >= w.bytes && code + strlen(code) <= w.bytes + size && !strchr(code, ' ') &&
		       text + strlen(text) <= w.bytes + size + (text[0] == '\0' ? WIRE_MAX : 0));
	return 0;
}
