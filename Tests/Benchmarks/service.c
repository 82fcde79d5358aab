// A service that costs next to nothing: it answers reads of credentials as Scaleway's API does, over HTTP/1.1 with kept connections, on one
// thread. There are as many rows as the first argument says in fr-par, and as the second says in nl-ams. It prints its port, and ends when
// its stdin does. A third argument names a file with a key and its certificates: then it speaks TLS, by the system's libssl. It is no test of
// its clients: it looks at nothing but the path, page and page_size.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REGIONS = 2, CONNECTIONS = 1024, INPUT_SIZE = 16 << 10, OUTPUT_SIZE = 256 << 10, HEAD_SIZE = 1 << 10, LONGEST_PAGE = 100 };

// All rows of a region are equally long, so that a page is one piece of memory. After each stands a comma.
static struct region {
  const char *name;
  long count;
  char *rows;
} regions[REGIONS] = {{.name = "fr-par"}, {.name = "nl-ams"}};
static size_t row_size;

// What came of a request that is not whole yet, by the connection's descriptor.
static struct connection {
  void *tls;
  size_t filled;
  char input[INPUT_SIZE + 1];
} connections[CONNECTIONS];

// The head is as long as it turns out and stands right before the body, so that one send takes both.
static char output[HEAD_SIZE + OUTPUT_SIZE];
static char *const body = output + HEAD_SIZE;
static size_t body_size;

static void require(int condition, const char *what) {
  if (condition) return;
  perror(what);
  exit(1);
}

// Of libssl, whose headers need not be here. Its sockets block, so that each call does the whole of what it is for.
static void *tls;
static void *(*SSL_new)(void *);
static int (*SSL_set_fd)(void *, int), (*SSL_accept)(void *), (*SSL_read)(void *, void *, int), (*SSL_write)(void *, const void *, int);
static int (*SSL_pending)(const void *);
static void (*SSL_free)(void *);

static void *find(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) fprintf(stderr, "libssl has no %s\n", name), exit(1);
  return found;
}

static void open_tls(const char *file) {
  void *library = dlopen("libssl.so.3", RTLD_NOW);
  if (!library) fprintf(stderr, "%s\n", dlerror()), exit(1);
#define FIND(name) name = (typeof(name))find(library, #name)
  FIND(SSL_new), FIND(SSL_set_fd), FIND(SSL_accept), FIND(SSL_read), FIND(SSL_write), FIND(SSL_pending), FIND(SSL_free);
  const void *(*TLS_server_method)(void);
  void *(*SSL_CTX_new)(const void *);
  int (*SSL_CTX_use_certificate_chain_file)(void *, const char *), (*SSL_CTX_use_PrivateKey_file)(void *, const char *, int);
  FIND(TLS_server_method), FIND(SSL_CTX_new), FIND(SSL_CTX_use_certificate_chain_file), FIND(SSL_CTX_use_PrivateKey_file);
  const int pem = 1;
  tls = SSL_CTX_new(TLS_server_method());
  require(tls && SSL_CTX_use_certificate_chain_file(tls, file) == 1 && SSL_CTX_use_PrivateKey_file(tls, file, pem) == 1, file);
}

// 0 where the client is gone, or speaks no TLS.
static int begin_tls(int socket) {
  void *const session = SSL_new(tls);
  require(session && SSL_set_fd(session, socket) == 1, "TLS");
  connections[socket].tls = session;
  return SSL_accept(session) == 1;
}

static ssize_t receive(int socket, char *bytes, size_t count) {
  void *const session = connections[socket].tls;
  return session ? SSL_read(session, bytes, (int)count) : recv(socket, bytes, count, 0);
}

static ssize_t give(int socket, const char *bytes, size_t count) {
  void *const session = connections[socket].tls;
  return session ? SSL_write(session, bytes, (int)count) : send(socket, bytes, count, MSG_NOSIGNAL);
}

static void leave(int socket) {
  if (connections[socket].tls) SSL_free(connections[socket].tls);
  connections[socket].tls = NULL;
  close(socket);
}

static void make_rows(struct region *region) {
  static const char format[] =
      "{\"id\":\"%08x-0d5a-4c7e-9b21-%012ld\",\"name\":\"mnq-eager-turing-%06ld\","
      "\"nats_account_id\":\"AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S\",\"region\":\"%s\","
      "\"checksum\":\"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12\",\"created_at\":\"2026-03-04T05:06:07.%06ldZ\","
      "\"updated_at\":\"2026-03-04T05:06:07.%06ldZ\",\"credentials\":null},";
  row_size = (size_t)snprintf(NULL, 0, format, 0U, 0L, 0L, region->name, 0L, 0L);
  region->rows = malloc((size_t)region->count * row_size + 1);
  require(region->rows != NULL, "malloc");
  for (long i = 0; i < region->count; i++) {
    // Ids differ from their first digit on, as random ones do.
    const unsigned scattered = (unsigned)(i + 1) * 2654435761U;
    sprintf(region->rows + (size_t)i * row_size, format, scattered, i, i, region->name, i, i);
  }
}

static void put(const char *bytes, size_t count) {
  memcpy(body + body_size, bytes, count);
  body_size += count;
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...) {
  va_list values;
  va_start(values, format);
  body_size += (size_t)vsnprintf(body + body_size, OUTPUT_SIZE - body_size, format, values);
  va_end(values);
}

// A number of the query; `name` has its ? or & and its =.
static long number(const char *target, const char *name, long otherwise) {
  const char *found = strstr(target, name);
  const long value = found ? atol(found + strlen(name)) : otherwise;
  return value > 0 ? value : otherwise;
}

static void put_page(const struct region *region, const char *target) {
  long size = number(target, "page_size=", 20);
  if (size > LONGEST_PAGE) size = LONGEST_PAGE;
  const long page = number(target, "?page=", number(target, "&page=", 1)), begin = (page - 1) * size;
  const long count = begin >= region->count ? 0 : region->count - begin < size ? region->count - begin : size;
  print("{\"total_count\":%ld,\"nats_credentials\":[", region->count);
  if (count > 0) put(region->rows + (size_t)begin * row_size, (size_t)count * row_size - 1);
  put("]}", 2);
}

// Writes the body; gives the status.
static int carry_out(const char *request) {
  static const char before[] = "GET /mnq/v1beta1/regions/", resource[] = "/nats-credentials";
  if (strncmp(request, before, sizeof before - 1) == 0) {
    const char *name = request + sizeof before - 1;
    for (struct region *region = regions; region < regions + REGIONS; region++) {
      const size_t length = strlen(region->name);
      if (strncmp(name, region->name, length) != 0 || strncmp(name + length, resource, sizeof resource - 1) != 0) continue;
      const char *rest = name + length + sizeof resource - 1;
      if (*rest == '/') put(region->rows, row_size - 1);
      else put_page(region, rest);
      return 200;
    }
  }
  print("{\"message\":\"resource is not found\",\"type\":\"not_found\"}");
  return 404;
}

static int answer(int socket, const char *request) {
  body_size = 0;
  const int status = carry_out(request);
  char head[HEAD_SIZE];
  const int length = snprintf(
      head, sizeof head,
      "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\nContent-Type: application/json\r\nDate: Wed, 04 Mar 2026 05:06:07 GMT\r\n"
      "Server: Scaleway API Gateway (fr-par-3;edge02)\r\nX-Request-Id: 8f7a1a52-6b1e-4b0e-8d57-1f0a3c5b7d9e\r\n\r\n",
      status, status == 200 ? "OK" : "Not Found", body_size);
  char *start = memcpy(body - length, head, (size_t)length), *const end = body + body_size;
  while (start < end) {
    const ssize_t count = give(socket, start, (size_t)(end - start));
    if (count <= 0) return 0;
    start += count;
  }
  return 1;
}

// The length of the whole request that `input` begins with; 0 while it is not whole. Bodies, also of a GET, are read and left.
static size_t request_size(const char *input, size_t filled) {
  static const char length[] = "\r\nContent-Length:";
  const char *end = memmem(input, filled, "\r\n\r\n", 4);
  if (!end) return 0;
  size_t size = (size_t)(end - input) + 4;
  const char *found = strcasestr(input, length);
  if (found && found < end) size += strtoul(found + sizeof length - 1, NULL, 10);
  return size <= filled ? size : 0;
}

static int serve_some(int socket) {
  struct connection *connection = connections + socket;
  const ssize_t count = receive(socket, connection->input + connection->filled, INPUT_SIZE - connection->filled);
  if (count <= 0) return 0;
  connection->filled += (size_t)count;
  char *input = connection->input;
  size_t left = connection->filled, size;
  input[left] = 0;
  while ((size = request_size(input, left)) > 0) {
    if (!answer(socket, input)) return 0;
    input += size;
    left -= size;
  }
  memmove(connection->input, input, left);
  connection->filled = left;
  return left < INPUT_SIZE;
}

// What TLS has read already makes no descriptor ready.
static int serve(int socket) {
  struct connection *connection = connections + socket;
  if (tls && !connection->tls) return begin_tls(socket);
  do {
    if (!serve_some(socket)) return 0;
  } while (connection->tls && SSL_pending(connection->tls) > 0);
  return 1;
}

static void watch(int poller, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  require(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

int main(int count, char **arguments) {
  if (count != 1 + REGIONS && count != 2 + REGIONS) return 2;
  signal(SIGPIPE, SIG_IGN);
  if (count == 2 + REGIONS) open_tls(arguments[1 + REGIONS]);
  for (int i = 0; i < REGIONS; i++) {
    regions[i].count = atol(arguments[1 + i]);
    if (regions[i].count < 1) return 2;
    make_rows(regions + i);
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0), poller = epoll_create1(0), yes = 1;
  require(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 128) == 0, "listen");
  require(getsockname(listener, (struct sockaddr *)&address, &size) == 0, "getsockname");
  watch(poller, listener);
  watch(poller, 0);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[64];
    const int ready = epoll_wait(poller, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      const int descriptor = events[i].data.fd;
      if (descriptor == 0) return 0;
      if (descriptor != listener) {
        if (!serve(descriptor)) leave(descriptor);
        continue;
      }
      const int socket = accept(listener, NULL, NULL);
      if (socket < 0) continue;
      require(socket < CONNECTIONS, "too many connections");
      connections[socket].filled = 0;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      watch(poller, socket);
    }
  }
}
