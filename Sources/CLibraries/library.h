#ifndef NCB_LIBRARY_H
#define NCB_LIBRARY_H

#include <stddef.h>

/// One function of a library that is opened at first use, and where its address goes.
struct ncb_symbol {
  const char *name;
  void **function;
};

/// Opens the first of the libraries that is there and finds every function in it; 1 for success. Otherwise `message` is what dlopen or dlsym said.
int ncb_library_open(
    const char *const *names, size_t name_count, const struct ncb_symbol *symbols, size_t symbol_count, char *message, size_t message_size);

#endif
