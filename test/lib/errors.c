#include "lib/errors.h"

#include <errno.h>
#include <string.h>
#include "test/unit.h"

static void says_what_it_means(void **unused)
{
	(void)unused;
	assert_string_equal(errors_text(EPERM), "Operation not permitted");
	assert_string_equal(errors_text(ENOENT), "No such file or directory");
	assert_string_equal(errors_text(EAGAIN), "Resource temporarily unavailable");
	assert_string_equal(errors_text(EMFILE), "Too many open files");
	assert_string_equal(errors_text(EDQUOT), "Disk quota exceeded");
}

/* libc says the same, wherever its words are not for somebody else. */
static void numbers_are_right(void **unused)
{
	static const int same[] = {EPERM,	 ENOENT,     ESRCH,	   EIO,	       ENXIO,	E2BIG,	   EBADF,
				   ECHILD,	 EAGAIN,     EACCES,	   EBUSY,      EEXIST,	EXDEV,	   ENODEV,
				   ENOTDIR,	 EISDIR,     EINVAL,	   EMFILE,     EFBIG,	ENOSPC,	   EROFS,
				   EMLINK,	 EPIPE,	     ENAMETOOLONG, ENOTEMPTY,  ELOOP,	EBADMSG,   EMSGSIZE,
				   EOPNOTSUPP,	 EADDRINUSE, ENETUNREACH,  ECONNRESET, ENOBUFS, ETIMEDOUT, ECONNREFUSED,
				   EHOSTUNREACH, ESTALE,     EDQUOT,	   ETXTBSY};

	(void)unused;
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		assert_string_equal(errors_text(same[i]), strerror(same[i]));
}

static void names_the_number_of_any_other(void **unused)
{
	(void)unused;
	assert_string_equal(errors_text(EKEYREVOKED), "error 128");
	assert_string_equal(errors_text(0), "error 0");
	assert_string_equal(errors_text(-1), "error -1");
	assert_string_equal(errors_text(EPERM + 256), "error 257");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_means),
		cmocka_unit_test(numbers_are_right),
		cmocka_unit_test(names_the_number_of_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
