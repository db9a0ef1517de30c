#include "updater/policy/order.h"

#include "updater/policy/version.h"

int order_compare(const char *a, int64_t a_published, const char *b, int64_t b_published)
{
	int order = version_compare(a, b);
	if (order != 0 || version_is(a))
		return order;
	return (a_published > b_published) - (a_published < b_published);
}
