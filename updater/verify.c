#include "updater/verify.h"

#include <errno.h>
#include <string.h>
#include "lib/io.h"
#include "lib/text.h"

#define STEPS 256	 /* entries looked at before anybody else is heard */
#define BYTES (1u << 20) /* hashed before */

void verify_init(struct verify *v, struct world *w)
{
	v->world = w;
}

static enum verify_result end(struct verify *v, enum verify_result result, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static enum verify_result end(struct verify *v, enum verify_result result, const char *code, const char *format, ...)
{
	struct text t;
	va_list args;
	text_cut(v->code, sizeof(v->code), "%s", code);
	text_begin(&t, v->text, sizeof(v->text));
	text_addf(&t, "%s: ", world_tag(v->world, v->name));
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	audit_end(&v->audit);
	manifest_close(&v->manifest);
	io_close(&v->top);
	return result;
}

enum verify_result verify_begin(struct verify *v, const char *name)
{
	struct world *w = v->world;
	*v = (struct verify){.world = w, .top = -1, .audit = {.fd = -1}};
	memcpy(v->name, name, strlen(name) + 1);
	if (store_manifest(&w->store, name, &v->manifest) == -1)
		return end(v, VERIFY_BAD, "missing", "its manifest cannot be read: %s", strerror(errno));
	v->top = store_directory(&w->store, name);
	if (v->top == -1)
		return end(v, VERIFY_BAD, "missing", "its directory cannot be read: %s", strerror(errno));
	audit_begin(&v->audit, &v->manifest, v->top);
	return VERIFY_WAIT;
}

static enum verify_result over(struct verify *v)
{
	unsigned long long files = v->audit.files, changed = v->changed, bad = v->bad;
	if (bad > 0)
		return end(v, VERIFY_BAD, "damaged",
			   "%llu of %llu entries are missing or damaged; `moult list` shows what else there is", bad,
			   files);
	if (changed > 0)
		return end(
			v, VERIFY_GOOD, "",
			"nothing is missing or damaged; %llu of %llu entries were changed, which may be the app's work",
			changed, files);
	return end(v, VERIFY_GOOD, "", "all %llu entries are as they were shipped", files);
}

static enum verify_result found(struct verify *v, const char *what, struct wire *packet)
{
	wire_begin(packet);
	wire_put(packet, "finding", what);
	wire_put(packet, "path", v->audit.entry.path);
	wire_put(packet, "why", v->audit.why);
	return VERIFY_FOUND;
}

enum verify_result verify_step(struct verify *v, struct wire *packet)
{
	for (int i = 0; i < STEPS; i++) {
		switch (audit_step(&v->audit, BYTES)) {
		case AUDIT_MORE:
			if (v->audit.fd != -1)
				return VERIFY_WAIT;
			break;
		case AUDIT_MISSING: v->bad++; return found(v, "missing", packet);
		case AUDIT_DAMAGED: v->bad++; return found(v, "damaged", packet);
		case AUDIT_CHANGED: v->changed++; return found(v, "changed", packet);
		case AUDIT_OVER: return over(v);
		}
	}
	return VERIFY_WAIT;
}
