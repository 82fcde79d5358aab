// For renameat2.
#define _GNU_SOURCE
#include "files.h"

#include <stdio.h>

int ncb_rename_without_replacing(int folder, const char *from, const char *to) {
#ifdef __APPLE__
  return renameatx_np(folder, from, folder, to, RENAME_EXCL);
#else
  return renameat2(folder, from, folder, to, RENAME_NOREPLACE);
#endif
}
