/* updater/unpack/needs: the file that the kernel has to find before it can start a program.
 *
 * That is the loader which a dynamically linked ELF file names (PT_INTERP), or what stands behind a script's "#!". The
 * file's bytes are foreign: offsets are followed by pread only, and what makes no sense names nothing. */
#ifndef UPDATER_UNPACK_NEEDS_H
#define UPDATER_UNPACK_NEEDS_H

#include <stdbool.h>
#include "updater/unpack/path.h"

/* True with the absolute path in out. False: the program needs none (a static one), names one that is not absolute, or
 * is no program; out is "" then. The position of fd is not moved. */
bool needs_file(int fd, char out[static PATH_TEXT]);

#endif
