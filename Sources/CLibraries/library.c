// For dlinfo.
#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <link.h>
#endif

static _Thread_local char path[PATH_MAX], message[512];
static _Thread_local struct ncb_library_problem problem;

static const char *loader_says(void) {
  const char *said = dlerror();
  return said == NULL ? "the loader does not say why" : said;
}

// The loader has words for it and nothing else. Where it is another file that is not there, which this one needs, they begin with that one.
static int says_missing(const char *said, const char *name) {
#ifdef __APPLE__
  (void)name;
  return strstr(said, "no such file") != NULL;
#else
  return strncmp(said, name, strlen(name)) == 0 && strstr(said, strerror(ENOENT)) != NULL;
#endif
}

static void *open_first(const struct ncb_library *library) {
  problem.is_missing = 1;
  problem.path = NULL;
  message[0] = 0;
  for (size_t i = 0; i < library->name_count; i++) {
    void *handle = dlopen(library->names[i], RTLD_NOW | RTLD_LOCAL);
    if (handle != NULL) return handle;
    const char *said = loader_says();
    const int is_missing = says_missing(said, library->names[i]);
    // Of several that are not there the first is told, and one that is there before all of these.
    if (message[0] == 0 || (problem.is_missing && !is_missing)) snprintf(message, sizeof message, "%s", said);
    if (is_missing || !problem.is_missing) continue;
    problem.is_missing = 0;
    const char *end = strstr(said, ": ");
    if (said[0] != '/' || end == NULL) continue;
    snprintf(path, sizeof path, "%.*s", (int)(end - said), said);
    problem.path = path;
  }
  return NULL;
}

static void find_path(void *handle) {
  problem.path = NULL;
#ifdef __linux__
  struct link_map *map = NULL;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == NULL || map->l_name == NULL) return;
  snprintf(path, sizeof path, "%s", map->l_name);
  problem.path = path;
#else
  (void)handle;
#endif
}

static int is_usable(const struct ncb_library *library, void *handle) {
  for (size_t i = 0; i < library->symbol_count; i++) {
    *library->symbols[i].function = dlsym(handle, library->symbols[i].name);
    if (*library->symbols[i].function != NULL) continue;
    snprintf(message, sizeof message, "%s", loader_says());
    return 0;
  }
  char said[256] = "";
  if (library->works(said, sizeof said)) return 1;
  snprintf(message, sizeof message, "%.200s: %s", problem.path == NULL ? library->names[0] : problem.path, said);
  return 0;
}

static int open_library(const struct ncb_library *library) {
  void *handle = open_first(library);
  if (handle == NULL) return 0;
  problem.is_missing = 0;
  find_path(handle);
  if (is_usable(library, handle)) return 1;
  dlclose(handle);
  return 0;
}

const struct ncb_library_problem *ncb_library_open(struct ncb_library *library) {
  if (atomic_load_explicit(&library->is_open, memory_order_acquire)) return NULL;
  problem.message = message;
  pthread_mutex_lock(&library->mutex);
  const int is_open = atomic_load_explicit(&library->is_open, memory_order_relaxed) || open_library(library);
  if (is_open) atomic_store_explicit(&library->is_open, 1, memory_order_release);
  pthread_mutex_unlock(&library->mutex);
  return is_open ? NULL : &problem;
}
