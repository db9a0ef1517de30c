/* lib/errors: what an errno means, in words. libc's table of all of them is two of PID 1's 48 KiB; this one has those
 * that are met here. */
#ifndef LIB_ERRORS_H
#define LIB_ERRORS_H

/* For an errno that is not in the table: "error 84", in a buffer that the next such call uses again. */
const char *errors_text(int error);

#endif
