// The measure: cuts lines, looks for the method, and answers with a fixed answer that carries the line's id, as it stands after "id":. It checks
// nothing else and knows no JSON: it is what reading, cutting and writing cost.

#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

enum { INPUT_SIZE = 64 << 10, OUTPUT_SIZE = 64 << 10 };

static char input[INPUT_SIZE], output[OUTPUT_SIZE];
static size_t queued;

static void flush(void) {
  for (size_t written = 0; written < queued;) {
    const ssize_t count = write(1, output + written, queued - written);
    if (count <= 0) _exit(1);
    written += (size_t)count;
  }
  queued = 0;
}

static void put(const char *bytes, size_t count) {
  memcpy(output + queued, bytes, count);
  queued += count;
}

static void answer(const char *line, size_t length) {
  static const char method[] = "\"method\":\"bridge.ping\"", mark[] = "\"id\":";
  static const char before[] = "{\"jsonrpc\":\"2.0\",\"id\":", after[] = ",\"result\":{}}\n";
  const char *id = memmem(line, length, mark, sizeof mark - 1);
  if (!id || !memmem(line, length, method, sizeof method - 1)) return;
  id += sizeof mark - 1;
  const char *end = memchr(id, ',', (size_t)(line + length - id));
  if (!end) return;
  const size_t count = (size_t)(end - id);
  if (queued + count + sizeof before + sizeof after > OUTPUT_SIZE) flush();
  put(before, sizeof before - 1);
  put(id, count);
  put(after, sizeof after - 1);
}

int main(void) {
  size_t filled = 0;
  for (;;) {
    const ssize_t count = read(0, input + filled, INPUT_SIZE - filled);
    if (count <= 0) return count < 0;
    filled += (size_t)count;
    char *line = input, *const end = input + filled, *feed;
    while ((feed = memchr(line, '\n', (size_t)(end - line)))) {
      answer(line, (size_t)(feed - line));
      line = feed + 1;
    }
    flush();
    filled = (size_t)(end - line);
    if (filled == INPUT_SIZE) return 1;
    memmove(input, line, filled);
  }
}
