#include "curl.h"
#include "library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

// The layout of libcurl's CURLMsg, which is part of its ABI.
struct message {
  int kind;
  ncb_curl_easy *easy;
  union {
    void *any;
    int result;
  } data;
};

// The beginning of libcurl's curl_sockaddr, also part of its ABI.
struct ncb_curl_address {
  int family;
  int kind;
  int protocol;
};

// libcurl's curl_tlssessioninfo: which TLS library, and its own object of the connection.
struct tls_session {
  int library;
  void *object;
};

static const int option_write_function = 20011, option_header_function = 20079, option_prereq_function = 20312;
static const int option_open_socket_function = 20163, option_close_socket_function = 20208;
static const int info_response_code = 0x200002, info_tls_ssl_ptr = 0x40002d;

static int (*global_init)(long);
static ncb_curl_easy *(*easy_init)(void);
static void (*easy_reset)(ncb_curl_easy *);
static void (*easy_cleanup)(ncb_curl_easy *);
static int (*easy_setopt)(ncb_curl_easy *, int, ...);
static int (*easy_getinfo)(ncb_curl_easy *, int, ...);
static ncb_curl_list *(*slist_append)(ncb_curl_list *, const char *);
static void (*slist_free_all)(ncb_curl_list *);
static ncb_curl_multi *(*multi_init)(void);
static int (*multi_cleanup)(ncb_curl_multi *);
static int (*multi_setopt)(ncb_curl_multi *, int, ...);
static int (*multi_add_handle)(ncb_curl_multi *, ncb_curl_easy *);
static int (*multi_remove_handle)(ncb_curl_multi *, ncb_curl_easy *);
static int (*multi_perform)(ncb_curl_multi *, int *);
static int (*multi_poll)(ncb_curl_multi *, void *, unsigned int, int, int *);
static int (*multi_wakeup)(ncb_curl_multi *);
static struct message *(*multi_info_read)(ncb_curl_multi *, int *);

// Of the TLS library that libcurl itself uses; null where it is another one.
static int (*openssl_has_pending)(const void *);
static size_t (*gnutls_check_pending)(void *);

#ifdef __APPLE__
static const char *const names[] = {"libcurl.4.dylib"};
#else
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif
static const struct ncb_symbol symbols[] = {
    {"curl_global_init", (void **)&global_init},
    {"curl_easy_init", (void **)&easy_init},
    {"curl_easy_reset", (void **)&easy_reset},
    {"curl_easy_cleanup", (void **)&easy_cleanup},
    {"curl_easy_setopt", (void **)&easy_setopt},
    {"curl_easy_getinfo", (void **)&easy_getinfo},
    {"curl_slist_append", (void **)&slist_append},
    {"curl_slist_free_all", (void **)&slist_free_all},
    {"curl_multi_init", (void **)&multi_init},
    {"curl_multi_cleanup", (void **)&multi_cleanup},
    {"curl_multi_setopt", (void **)&multi_setopt},
    {"curl_multi_add_handle", (void **)&multi_add_handle},
    {"curl_multi_remove_handle", (void **)&multi_remove_handle},
    {"curl_multi_perform", (void **)&multi_perform},
    {"curl_multi_poll", (void **)&multi_poll},
    {"curl_multi_wakeup", (void **)&multi_wakeup},
    {"curl_multi_info_read", (void **)&multi_info_read},
};

// A look-up by libcurl's handle also finds what libcurl is linked with.
static void find_tls_library(void) {
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_NOLOAD);
  if (library == NULL) return;
  *(void **)&openssl_has_pending = dlsym(library, "SSL_has_pending");
  *(void **)&gnutls_check_pending = dlsym(library, "gnutls_record_check_pending");
  dlclose(library);
}

static int works(char *said, size_t size) {
  find_tls_library();
  const long everything = 3;
  const int code = global_init(everything);
  if (code != 0) snprintf(said, size, "it does not start (code %d)", code);
  return code == 0;
}

static struct ncb_library library = {
    names, sizeof names / sizeof *names, symbols, sizeof symbols / sizeof *symbols, works, PTHREAD_MUTEX_INITIALIZER, 0};

const struct ncb_library_problem *ncb_curl_open(void) { return ncb_library_open(&library); }

ncb_curl_easy *ncb_curl_easy_init(void) { return easy_init(); }
void ncb_curl_easy_reset(ncb_curl_easy *easy) { easy_reset(easy); }
void ncb_curl_easy_cleanup(ncb_curl_easy *easy) { easy_cleanup(easy); }
ncb_curl_list *ncb_curl_list_append(ncb_curl_list *list, const char *line) { return slist_append(list, line); }
void ncb_curl_list_free(ncb_curl_list *list) { slist_free_all(list); }

int ncb_curl_set_long(ncb_curl_easy *easy, int option, long value) { return easy_setopt(easy, option, value); }
int ncb_curl_set_offset(ncb_curl_easy *easy, int option, int64_t value) { return easy_setopt(easy, option, value); }
int ncb_curl_set_text(ncb_curl_easy *easy, int option, const char *value) { return easy_setopt(easy, option, value); }
int ncb_curl_set_pointer(ncb_curl_easy *easy, int option, void *value) { return easy_setopt(easy, option, value); }

int ncb_curl_set_callbacks(ncb_curl_easy *easy, ncb_curl_take body, ncb_curl_take header) {
  const int status = easy_setopt(easy, option_write_function, body);
  return status != 0 ? status : easy_setopt(easy, option_header_function, header);
}

int ncb_curl_set_prerequest(ncb_curl_easy *easy, ncb_curl_prerequest callback) {
  return easy_setopt(easy, option_prereq_function, callback);
}

int ncb_curl_set_sockets(ncb_curl_easy *easy, ncb_curl_open_socket open, ncb_curl_close_socket close) {
  const int status = easy_setopt(easy, option_open_socket_function, open);
  return status != 0 ? status : easy_setopt(easy, option_close_socket_function, close);
}

int ncb_curl_make_socket(const ncb_curl_address *address) {
#ifdef SOCK_CLOEXEC
  return socket(address->family, address->kind | SOCK_CLOEXEC, address->protocol);
#else
  const int descriptor = socket(address->family, address->kind, address->protocol);
  if (descriptor >= 0) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
#endif
}

int ncb_curl_has_tls_pending(ncb_curl_easy *easy) {
  const int openssl = 1, gnutls = 2;
  struct tls_session *session = NULL;
  if (easy_getinfo(easy, info_tls_ssl_ptr, &session) != 0 || session == NULL || session->object == NULL) return -1;
  if (session->library == openssl && openssl_has_pending != NULL) return openssl_has_pending(session->object) != 0;
  if (session->library == gnutls && gnutls_check_pending != NULL) return gnutls_check_pending(session->object) != 0;
  return -1;
}

int ncb_curl_response_code(ncb_curl_easy *easy) {
  long code = 0;
  return easy_getinfo(easy, info_response_code, &code) == 0 ? (int)code : 0;
}

ncb_curl_multi *ncb_curl_multi_init(void) { return multi_init(); }
void ncb_curl_multi_cleanup(ncb_curl_multi *multi) { multi_cleanup(multi); }
int ncb_curl_multi_set_long(ncb_curl_multi *multi, int option, long value) { return multi_setopt(multi, option, value); }
int ncb_curl_multi_add(ncb_curl_multi *multi, ncb_curl_easy *easy) { return multi_add_handle(multi, easy); }
int ncb_curl_multi_remove(ncb_curl_multi *multi, ncb_curl_easy *easy) { return multi_remove_handle(multi, easy); }

int ncb_curl_multi_perform(ncb_curl_multi *multi) {
  int running = 0;
  return multi_perform(multi, &running);
}

int ncb_curl_multi_poll(ncb_curl_multi *multi, int milliseconds) {
  int ready = 0;
  return multi_poll(multi, NULL, 0, milliseconds, &ready);
}

int ncb_curl_multi_wakeup(ncb_curl_multi *multi) { return multi_wakeup(multi); }

ncb_curl_easy *ncb_curl_multi_next_done(ncb_curl_multi *multi, int *code) {
  int left = 0;
  const int done = 1;
  for (struct message *message = multi_info_read(multi, &left); message != NULL; message = multi_info_read(multi, &left)) {
    if (message->kind != done) continue;
    *code = message->data.result;
    return message->easy;
  }
  return NULL;
}
