#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static void set(int number, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, NULL);
}

void ncb_process_hush(void) {
  // Swift's own crash handler prints what registers point to.
  const int crashes[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE, SIGABRT, SIGQUIT};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) set(crashes[i], SIG_DFL);
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

void ncb_process_forward_signals(int descriptor) {
  forward_to = descriptor;
  set(SIGTERM, forward);
  set(SIGINT, forward);
  set(SIGHUP, forward);
}
