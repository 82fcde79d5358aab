#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

int ncb_library_open(
    const char *const *names, size_t name_count, const struct ncb_symbol *symbols, size_t symbol_count, char *message, size_t message_size) {
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < name_count; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    // What is said of the first is told: the others are only tried in its stead.
    if (library == NULL && i == 0) snprintf(message, message_size, "%s", dlerror());
  }
  if (library == NULL) return 0;
  for (size_t i = 0; i < symbol_count; i++) {
    *symbols[i].function = dlsym(library, symbols[i].name);
    if (*symbols[i].function == NULL) {
      snprintf(message, message_size, "%s", dlerror());
      return 0;
    }
  }
  return 1;
}
