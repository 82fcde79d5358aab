#define _GNU_SOURCE
#include <features.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
#include <link.h>

/* Where libgcc finds how the functions of a library are unwound. glibc has it since 2.35, and the static libgcc of Debian 12 and later asks for
   it; of this program's own it is found first, and is not what keeps it from systems with 2.34. Nothing of the program throws: it is asked where
   a backtrace is printed, so it may take its time. Hidden: libraries that are loaded later ask glibc. */

struct search {
  uintptr_t address;
  struct dl_find_object *found;
};

static int look(struct dl_phdr_info *library, size_t size, void *user) {
  struct search *search = user;
  const ElfW(Phdr) *frames = NULL;
  uintptr_t start = UINTPTR_MAX, end = 0;
  (void)size;
  for (ElfW(Half) index = 0; index < library->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &library->dlpi_phdr[index];
    if (header->p_type == PT_GNU_EH_FRAME) frames = header;
    if (header->p_type != PT_LOAD) continue;
    uintptr_t from = library->dlpi_addr + header->p_vaddr;
    if (from < start) start = from;
    if (from + header->p_memsz > end) end = from + header->p_memsz;
  }
  if (frames == NULL || search->address < start || search->address >= end) return 0;
  *search->found = (struct dl_find_object){
      .dlfo_map_start = (void *)start, .dlfo_map_end = (void *)end, .dlfo_eh_frame = (void *)(library->dlpi_addr + frames->p_vaddr)};
  return 1;
}

__attribute__((visibility("hidden"))) int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(look, &search) ? 0 : -1;
}
#endif
