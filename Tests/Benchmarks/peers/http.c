// The measure of Scaleway's regions: each line is one GET of the URL by libcurl, whose body is the result. It knows no JSON and checks nothing
// but that there was an answer.
//
//   http easy URL     one kept handle, one request at a time
//   http multi URL    as many kept handles as bring the bridge's requests at once

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AT_ONCE = 16, INPUT_SIZE = 64 << 10, BODY_SIZE = 64 << 10, OUTPUT_SIZE = 4 << 20 };
enum { URL = 10002, HEADER = 10023, WRITE_FUNCTION = 20011, WRITE_DATA = 10001, PRIVATE = 10103, NO_SIGNAL = 99, INFO_PRIVATE = 0x100015 };

// Of libcurl, whose headers a machine that builds the bridge need not have.
static void *(*easy_init)(void), *(*multi_init)(void), *(*append)(void *, const char *);
static int (*set)(void *, int, ...), (*get_info)(void *, int, ...), (*perform)(void *);
static int (*add)(void *, void *), (*take)(void *, void *), (*turn)(void *, int *);
static struct message {
  int what;
  void *easy;
  union { void *pointer; int code; } data;
} *(*finished)(void *, int *);
struct extra {
  int descriptor;
  short events, found;
};
static int (*wait_for)(void *, struct extra *, unsigned, int, int *);

static struct transfer {
  void *easy;
  char id[32], body[BODY_SIZE];
  size_t size;
} transfers[AT_ONCE], *idle[AT_ONCE];
static int idle_count;
static char input[INPUT_SIZE], output[OUTPUT_SIZE];
static size_t filled, queued;

static void require(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "http: %s\n", what);
  exit(1);
}

static void load(void) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW);
  require(library != NULL, "libcurl");
  const struct { void *function; const char *name; } symbols[] = {
      {&easy_init, "curl_easy_init"}, {&set, "curl_easy_setopt"}, {&get_info, "curl_easy_getinfo"}, {&perform, "curl_easy_perform"},
      {&append, "curl_slist_append"}, {&multi_init, "curl_multi_init"}, {&add, "curl_multi_add_handle"}, {&take, "curl_multi_remove_handle"},
      {&turn, "curl_multi_perform"}, {&finished, "curl_multi_info_read"}, {&wait_for, "curl_multi_poll"}};
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    *(void **)symbols[i].function = dlsym(library, symbols[i].name);
    require(*(void **)symbols[i].function != NULL, symbols[i].name);
  }
}

static size_t keep(const char *bytes, size_t size, size_t count, void *data) {
  struct transfer *transfer = data;
  if (transfer->size + size * count > BODY_SIZE) return 0;
  memcpy(transfer->body + transfer->size, bytes, size * count);
  transfer->size += size * count;
  return size * count;
}

static void flush(void) {
  for (size_t written = 0; written < queued;) {
    const ssize_t count = write(1, output + written, queued - written);
    if (count <= 0) exit(1);
    written += (size_t)count;
  }
  queued = 0;
}

static void answer(struct transfer *transfer) {
  if (queued > OUTPUT_SIZE - BODY_SIZE - 256) flush();
  queued += (size_t)sprintf(output + queued, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":", transfer->id);
  memcpy(output + queued, transfer->body, transfer->size);
  queued += transfer->size;
  memcpy(output + queued, "}\n", 2);
  queued += 2;
  transfer->size = 0;
}

static void make_transfers(const char *url) {
  static const char *headers[] = {"X-Auth-Token: 11111111-1111-4111-8111-111111111111", "Accept: application/json"};
  void *list = append(append(NULL, headers[0]), headers[1]);
  for (int i = 0; i < AT_ONCE; i++) {
    struct transfer *transfer = idle[idle_count++] = transfers + i;
    void *easy = transfer->easy = easy_init();
    set(easy, URL, url);
    set(easy, HEADER, list);
    set(easy, WRITE_FUNCTION, keep);
    set(easy, WRITE_DATA, transfer);
    set(easy, PRIVATE, transfer);
    set(easy, NO_SIGNAL, 1L);
  }
}

// Takes one line's id; 0 where there is no whole line.
static int next(struct transfer *transfer) {
  char *feed = memchr(input, '\n', filled);
  if (!feed) return 0;
  const char *id = memmem(input, (size_t)(feed - input), "\"id\":", 5);
  require(id != NULL, "a line without an id");
  snprintf(transfer->id, sizeof transfer->id, "%.*s", (int)strcspn(id + 5, ",}"), id + 5);
  filled -= (size_t)(feed + 1 - input);
  memmove(input, feed + 1, filled);
  return 1;
}

static int read_more(void) {
  const ssize_t count = read(0, input + filled, INPUT_SIZE - filled);
  require(count >= 0, "read");
  filled += (size_t)count;
  return count > 0;
}

static int one_at_a_time(void) {
  while (read_more())
    while (next(transfers)) {
      require(perform(transfers->easy) == 0, "a transfer failed");
      answer(transfers);
      flush();
    }
  return 0;
}

static int many_at_once(void) {
  void *multi = multi_init();
  for (int is_open = 1, running = 0; is_open || running;) {
    while (idle_count && next(idle[idle_count - 1])) require(add(multi, idle[--idle_count]->easy) == 0, "a transfer was not begun");
    require(turn(multi, &running) == 0, "curl_multi_perform");
    struct message *message;
    int left, is_any = 0;
    while ((message = finished(multi, &left))) {
      struct transfer *transfer;
      require(message->data.code == 0, "a transfer failed");
      get_info(message->easy, INFO_PRIVATE, &transfer);
      take(multi, message->easy);
      answer(transfer);
      idle[idle_count++] = transfer;
      is_any = 1;
    }
    flush();
    if (is_any && filled) continue;
    struct extra stdin_too = {.descriptor = 0, .events = 1};
    require(wait_for(multi, &stdin_too, (unsigned)(is_open && filled < INPUT_SIZE / 2), 1000, NULL) == 0, "curl_multi_poll");
    if (stdin_too.found) is_open = read_more();
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  load();
  make_transfers(arguments[2]);
  return strcmp(arguments[1], "easy") == 0 ? one_at_a_time() : many_at_once();
}
