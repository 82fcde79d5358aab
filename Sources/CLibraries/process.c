// For environ.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __APPLE__
#include <crt_externs.h>

int ncb_process_argument_count(void) { return *_NSGetArgc(); }
const char *ncb_process_argument(int index) { return (*_NSGetArgv())[index]; }
#elif defined(__GLIBC__)
static int argument_count;
static char **arguments;

// Before main, and before whatever else the program does there. Swift looks for them where `environ` points, and finds none once a preloaded
// library has set a variable: that moves it. Where one has emptied the environment it points nowhere, which Swift's runtime does not expect.
__attribute__((constructor(101))) static void take_arguments(int count, char **values, char **environment) {
  (void)environment;
  static char *nothing[] = {NULL};
  if (environ == NULL) environ = nothing;
  argument_count = count;
  arguments = values;
}

int ncb_process_argument_count(void) { return argument_count; }
const char *ncb_process_argument(int index) { return arguments[index]; }
#else
#error "musl hands a constructor no arguments: take them from /proc/self/cmdline here"
#endif

const char *ncb_program_name(void) {
#ifdef __APPLE__
  return getprogname();
#else
  return program_invocation_short_name;
#endif
}

static void set(int number, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, NULL);
}

// Whether whoever started the process wants it to live on: nohup does, and a shell without job control for what it puts in the background.
static int is_ignored(int number) {
  struct sigaction action = {0};
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static const int endings[] = {SIGTERM, SIGINT, SIGHUP};

void ncb_process_hush(void) {
  // Swift's own crash handler prints what registers point to.
  const int crashes[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE, SIGABRT};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) set(crashes[i], SIG_DFL);
  if (!is_ignored(SIGQUIT)) set(SIGQUIT, SIG_DFL);
  // A parent that waits for its signals in a thread of its own hands their mask down. Threads made later have this one's.
  sigset_t blocked;
  sigemptyset(&blocked);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) sigaddset(&blocked, endings[i]);
  sigprocmask(SIG_UNBLOCK, &blocked, NULL);
  set(SIGPIPE, SIG_IGN);
  set(SIGXFSZ, SIG_IGN);
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  umask(077);
}

static volatile sig_atomic_t forward_to = -1;

static void forward(int number) {
  const int saved = errno;
  const unsigned char byte = (unsigned char)number;
  // A full pipe is full of wake-ups; the loop looks at every byte, and a lost second signal can be sent again.
  const ssize_t ignored = write(forward_to, &byte, 1);
  (void)ignored;
  errno = saved;
}

void ncb_process_default_signals(void) {
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    if (!is_ignored(endings[i])) set(endings[i], SIG_DFL);
  }
}

void ncb_process_forward_signals(int descriptor) {
  forward_to = descriptor;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    if (!is_ignored(endings[i])) set(endings[i], forward);
  }
}
