#ifndef NCB_LIBRARY_H
#define NCB_LIBRARY_H

#include "problem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/// One function of a library that is opened at first use, and where its address goes.
struct ncb_symbol {
  const char *name;
  void **function;
};

/// A library that is opened at first use.
struct ncb_library {
  /// The first that is there is taken.
  const char *const *names;
  size_t name_count;
  const struct ncb_symbol *symbols;
  size_t symbol_count;
  /// Whether what was found does what it is for; called with all functions found. If not, it says why.
  int (*works)(char *said, size_t size);
  pthread_mutex_t mutex;
  atomic_int is_open;
};

/// Opens the library and finds every function in it; null for success. One that failed is tried again by the next call: what was lacking,
/// descriptors for one, may be there by then.
const struct ncb_library_problem *ncb_library_open(struct ncb_library *library);

#endif
