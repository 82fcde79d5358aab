// Drives a program that answers lines with lines, and prints as JSON what that took:
//
//   drive WINDOW WARM FILE COMMAND…
//
// The first line of FILE waits in the program's stdin when it starts; its answer ends the start. The next WARM lines are not measured, the rest
// are, so many in flight as WINDOW says, or as the pipe takes if it is 0. Every request must have one answer that is a result: a program gains
// nothing by leaving work undone. Both run on one processor, as two programs in a pipe often do; where there are two, what is measured is how
// long an idle one takes to wake up.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { LIMIT_SECONDS = 240, PIECE = 64 << 10, BUFFER = 1 << 20 };

static pid_t child;
static int input, output;
static const char **lines;
static long line_count;
static unsigned long long ids_sent, ids_answered;
static double bytes_read;

static void require(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "drive: %s\n", what);
  if (child) kill(child, SIGKILL);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec time;
  require(clock_gettime(clock, &time) == 0, "clock_gettime");
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void) { return seconds_of(CLOCK_MONOTONIC); }

static double processor_seconds(void) {
  clockid_t clock;
  require(clock_getcpuclockid(child, &clock) == 0, "clock_getcpuclockid");
  return seconds_of(clock);
}

static void read_lines(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  require(file >= 0 && fstat(file, &status) == 0 && status.st_size > 0, "the file of lines");
  const char *text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0), *end = text + status.st_size;
  require(text != MAP_FAILED && end[-1] == '\n', "the file of lines");
  for (const char *at = text; at < end; at++) line_count += *at == '\n';
  lines = malloc(((size_t)line_count + 1) * sizeof *lines);
  long count = 0;
  for (const char *at = text; at < end; at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1) lines[count++] = at;
  lines[count] = end;
}

static long status_kilobytes(const char *name) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", child);
  FILE *file = fopen(path, "re");
  require(file != NULL, "/proc");
  long value = -1;
  while (value < 0 && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) value = atol(line + strlen(name));
  fclose(file);
  return value;
}

static uint64_t id_of(const char *line, size_t length) {
  static const char mark[] = "\"id\":";
  const char *id = memmem(line, length, mark, sizeof mark - 1);
  require(id != NULL, "an answer without an id");
  return strtoull(id + sizeof mark - 1, NULL, 10);
}

// Whether the line is an answer; what a stream sends before it is none. An answer that is an error ends all.
static int is_answer(const char *line, size_t length) {
  static const char progress[] = "\"method\":\"$/progress\"", result[] = "\"result\":";
  const size_t head = length < 128 ? length : 128;
  if (memmem(line, head, result, sizeof result - 1)) {
    ids_answered += id_of(line, head);
    return 1;
  }
  if (memmem(line, head, progress, sizeof progress - 1)) return 0;
  fprintf(stderr, "drive: no result: %.*s\n", (int)(length < 400 ? length : 400), line);
  require(0, "the figures would mean nothing");
  return 0;
}

// Reads once; gives how many answers have become whole.
static long read_answers(void) {
  static char buffer[BUFFER];
  static size_t filled;
  const ssize_t count = read(output, buffer + filled, BUFFER - filled);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  require(count > 0, "the program ended early");
  bytes_read += (double)count;
  size_t searched = filled;
  filled += (size_t)count;
  char *line = buffer, *const end = buffer + filled, *feed;
  long answers = 0;
  while ((feed = memchr(buffer + searched, '\n', filled - searched))) {
    answers += is_answer(line, (size_t)(feed - line));
    line = feed + 1;
    searched = (size_t)(line - buffer);
  }
  filled = (size_t)(end - line);
  require(filled < BUFFER, "a line is too long");
  memmove(buffer, line, filled);
  return answers;
}

static void send_whole(const char *bytes, size_t size) {
  while (size > 0) {
    const ssize_t count = write(input, bytes, size);
    require(count > 0, "the program reads no more");
    bytes += count;
    size -= (size_t)count;
  }
}

static int by_size(const void *left, const void *right) {
  const double difference = *(const double *)left - *(const double *)right;
  return difference < 0 ? -1 : difference > 0;
}

static void one_in_flight(long begin, long end, double *latencies) {
  for (long i = begin; i < end; i++) {
    const double begun = now();
    send_whole(lines[i], (size_t)(lines[i + 1] - lines[i]));
    while (!read_answers()) continue;
    if (latencies) latencies[i - begin] = now() - begun;
  }
}

static void block(int is_blocking) {
  require(fcntl(input, F_SETFL, is_blocking ? 0 : O_NONBLOCK) == 0 && fcntl(output, F_SETFL, is_blocking ? 0 : O_NONBLOCK) == 0, "fcntl");
}

static void many_in_flight(long begin, long end, long window) {
  block(0);
  const char *at = lines[begin];
  // How many lines have been begun, of which the last may stand in the pipe in part.
  long begun = begin, answered = begin;
  while (answered < end) {
    while (begun < end && (!window || begun - answered < window) && lines[begun + 1] - at < PIECE) begun++;
    const char *until = lines[begun];
    struct pollfd polled[] = {{.fd = output, .events = POLLIN}, {.fd = at < until ? input : -1, .events = POLLOUT}};
    require(poll(polled, 2, LIMIT_SECONDS * 1000) > 0, "the program does not answer");
    if (polled[1].revents) {
      const ssize_t count = write(input, at, (size_t)(until - at));
      require(count > 0 || errno == EAGAIN, "the program reads no more");
      if (count > 0) at += count;
    }
    if (polled[0].revents) answered += read_answers();
  }
  block(1);
}

static void start(char **command) {
  int from[2], to[2];
  require(pipe2(from, O_CLOEXEC) == 0 && pipe2(to, O_CLOEXEC) == 0, "pipe2");
  input = to[1], output = from[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], 0);
  posix_spawn_file_actions_adddup2(&actions, from[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  send_whole(lines[0], (size_t)(lines[1] - lines[0]));
  require(posix_spawn(&child, command[0], &actions, NULL, command, environ) == 0, "posix_spawn");
  close(to[0]);
  close(from[1]);
}

int main(int count, char **arguments) {
  require(count >= 5, "drive WINDOW WARM FILE COMMAND…");
  const long window = atol(arguments[1]), warm = atol(arguments[2]);
  read_lines(arguments[3]);
  const long first = 1 + warm, measured = line_count - first;
  require(measured >= 0, "the file has too few lines");
  for (long i = 0; i < line_count; i++) ids_sent += id_of(lines[i], (size_t)(lines[i + 1] - lines[i]));
  cpu_set_t all, one;
  require(sched_getaffinity(0, sizeof all, &all) == 0, "sched_getaffinity");
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
    if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
  require(sched_setaffinity(0, sizeof one, &one) == 0, "sched_setaffinity");
  alarm(LIMIT_SECONDS);

  const double begun = now();
  start(arguments + 4);
  while (!read_answers()) continue;
  const double started = now() - begun;
  const long resident = status_kilobytes("VmRSS:");
  double *latencies = calloc((size_t)measured + 1, sizeof *latencies);
  if (window == 1) one_in_flight(1, first, NULL);
  else many_in_flight(1, first, window);
  alarm(LIMIT_SECONDS);
  bytes_read = 0;
  const double time = now(), used = processor_seconds();
  if (window == 1) one_in_flight(first, line_count, latencies);
  else many_in_flight(first, line_count, window);
  const double taken = now() - time, cost = processor_seconds() - used;
  const long peak = status_kilobytes("VmHWM:");
  require(ids_sent == ids_answered, "an answer belongs to no request");
  close(input);
  int status;
  require(waitpid(child, &status, 0) == child && status == 0, "the program did not end well");
  qsort(latencies, (size_t)measured, sizeof *latencies, by_size);
  printf("{\"start\": %.9f, \"resident\": %ld, \"peak\": %ld, \"count\": %ld", started, resident, peak, measured);
  printf(", \"seconds\": %.9f, \"processor\": %.9f, \"bytes\": %.0f", taken, cost, bytes_read);
  if (window == 1 && measured) printf(", \"p50\": %.9f, \"p99\": %.9f", latencies[measured / 2], latencies[measured * 99 / 100]);
  printf("}\n");
  return 0;
}
