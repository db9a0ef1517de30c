#include "updater/policy/when.h"

#include "lib/clock.h"
#include "lib/text.h"

#define DAY 86400
#define END 253402300800 /* of the year 9999 */

void when_text(int64_t when, char out[WHEN_TEXT])
{
	struct text t;
	struct clock_date date;
	text_begin(&t, out, WHEN_TEXT);
	if (when < 0 || when >= END) {
		text_add(&t, "never");
		return;
	}
	clock_date((uint32_t)(when / DAY), &date);
	unsigned second = (unsigned)(when % DAY);
	text_addf(&t, "%04u-%02u-%02u %02u:%02u:%02u UTC", date.year, date.month, date.day, second / 3600,
		  second / 60 % 60, second % 60);
}
