#include "lib/errors.h"

#include <errno.h>
#include <string.h>
#include "lib/text.h"

/* One behind the other: the number, its words, a NUL. The same numbers on every machine that this is built for. */
static const char table[] = "\001Operation not permitted\0"
			    "\002No such file or directory\0"
			    "\003No such process\0"
			    "\004Interrupted\0"
			    "\005Input/output error\0"
			    "\006No such device or address\0"
			    "\007Argument list too long\0"
			    "\010Not in a format that can be executed\0"
			    "\011Bad file descriptor\0"
			    "\012No child processes\0"
			    "\013Resource temporarily unavailable\0"
			    "\014Out of memory\0"
			    "\015Permission denied\0"
			    "\020Device or resource busy\0"
			    "\021File exists\0"
			    "\022Invalid cross-device link\0"
			    "\023No such device\0"
			    "\024Not a directory\0"
			    "\025Is a directory\0"
			    "\026Invalid argument\0"
			    "\027Too many open files in the system\0"
			    "\030Too many open files\0"
			    "\031Not a terminal\0"
			    "\032Text file busy\0"
			    "\033File too large\0"
			    "\034No space left on device\0"
			    "\036Read-only file system\0"
			    "\037Too many links\0"
			    "\040Broken pipe\0"
			    "\042Out of range\0"
			    "\044File name too long\0"
			    "\046Not there in this kernel\0"
			    "\047Directory not empty\0"
			    "\050Too many levels of symbolic links\0"
			    "\112Bad message\0"
			    "\124A zero byte in it\0"
			    "\132Message too long\0"
			    "\137Operation not supported\0"
			    "\141Address family not supported\0"
			    "\142Address already in use\0"
			    "\143Cannot assign that address\0"
			    "\145Network is unreachable\0"
			    "\150Connection reset by peer\0"
			    "\151No buffer space available\0"
			    "\156Connection timed out\0"
			    "\157Connection refused\0"
			    "\161No route to host\0"
			    "\164Stale file handle\0"
			    "\172Disk quota exceeded\0";
_Static_assert(EPERM == 1 && ENOTTY == 25 && ELOOP == 40 && EILSEQ == 84 && EADDRINUSE == 98 && EDQUOT == 122,
	       "Linux counts as everywhere");

const char *errors_text(int error)
{
	static char other[16];

	for (const char *at = table; *at != '\0'; at += strlen(at) + 1) {
		if (*at == error)
			return at + 1;
	}
	return text_format(other, sizeof other, "error %d", error) == -1 ? "error" : other;
}
