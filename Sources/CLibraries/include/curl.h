#ifndef NCB_CURL_H
#define NCB_CURL_H

#include "problem.h"

#include <stddef.h>
#include <stdint.h>

/// libcurl, opened at first use; no header of it is needed to build. Names, numbers and meanings are libcurl's own without the prefix;
/// results are its codes (0 is OK).

/// Those of libcurl's options that are set here.
enum {
  NCB_CURLOPT_WRITEDATA = 10001,
  NCB_CURLOPT_URL = 10002,
  NCB_CURLOPT_PROXY = 10004,
  NCB_CURLOPT_HTTPHEADER = 10023,
  NCB_CURLOPT_HEADERDATA = 10029,
  NCB_CURLOPT_CUSTOMREQUEST = 10036,
  NCB_CURLOPT_CAINFO = 10065,
  NCB_CURLOPT_CAPATH = 10097,
  NCB_CURLOPT_ACCEPT_ENCODING = 10102,
  NCB_CURLOPT_ERRORBUFFER = 10010,
  NCB_CURLOPT_OPENSOCKETDATA = 10164,
  NCB_CURLOPT_COPYPOSTFIELDS = 10165,
  NCB_CURLOPT_CLOSESOCKETDATA = 10209,
  NCB_CURLOPT_PROTOCOLS_STR = 10318,
  NCB_CURLOPT_PREREQDATA = 10313,
  NCB_CURLOPT_POST = 47,
  NCB_CURLOPT_FOLLOWLOCATION = 52,
  NCB_CURLOPT_SSL_VERIFYPEER = 64,
  NCB_CURLOPT_FRESH_CONNECT = 74,
  NCB_CURLOPT_SSL_VERIFYHOST = 81,
  NCB_CURLOPT_HTTP_VERSION = 84,
  NCB_CURLOPT_NOSIGNAL = 99,
  NCB_CURLOPT_PROTOCOLS = 181,
  NCB_CURLOPT_SUPPRESS_CONNECT_HEADERS = 265,
  NCB_CURLOPT_QUICK_EXIT = 322,
  NCB_CURLOPT_POSTFIELDSIZE_LARGE = 30120,
  NCB_CURLMOPT_MAXCONNECTS = 6,
  NCB_CURLMOPT_MAX_HOST_CONNECTIONS = 7,
};

typedef struct ncb_curl_easy ncb_curl_easy;
typedef struct ncb_curl_multi ncb_curl_multi;
typedef struct ncb_curl_list ncb_curl_list;
/// Is given the data with its size, and what WRITEDATA or HEADERDATA names; takes all of it, or ends the transfer by another count.
typedef size_t (*ncb_curl_take)(char *_Nonnull data, size_t size, size_t count, void *_Nonnull user);
/// Is called each time a request is about to go out on a connection; anything but 0 ends the transfer instead.
typedef int (*ncb_curl_prerequest)(void *_Nonnull user, char *_Nullable ip, char *_Nullable local_ip, int port, int local_port);
/// Makes a socket for an address, or closes one; -1, or anything but 0, is a failure. Given what OPENSOCKETDATA or CLOSESOCKETDATA names.
typedef struct ncb_curl_address ncb_curl_address;
typedef int (*ncb_curl_open_socket)(void *_Nonnull user, int purpose, const ncb_curl_address *_Nonnull address);
typedef int (*ncb_curl_close_socket)(void *_Nonnull user, int descriptor);

/// Opens the library, unless it is open; null for success.
const struct ncb_library_problem *_Nullable ncb_curl_open(void);

ncb_curl_easy *_Nullable ncb_curl_easy_init(void);
void ncb_curl_easy_reset(ncb_curl_easy *_Nonnull easy);
void ncb_curl_easy_cleanup(ncb_curl_easy *_Nonnull easy);
/// Null if there is no memory; the list is then what it was.
ncb_curl_list *_Nullable ncb_curl_list_append(ncb_curl_list *_Nullable list, const char *_Nonnull line);
void ncb_curl_list_free(ncb_curl_list *_Nullable list);

// libcurl's setter is variadic and keeps its C type: one wrapper for each type of argument.
int ncb_curl_set_long(ncb_curl_easy *_Nonnull easy, int option, long value);
int ncb_curl_set_offset(ncb_curl_easy *_Nonnull easy, int option, int64_t value);
int ncb_curl_set_text(ncb_curl_easy *_Nonnull easy, int option, const char *_Nullable value);
int ncb_curl_set_pointer(ncb_curl_easy *_Nonnull easy, int option, void *_Nullable value);
/// WRITEFUNCTION, HEADERFUNCTION and, since libcurl 7.80, PREREQFUNCTION.
int ncb_curl_set_callbacks(ncb_curl_easy *_Nonnull easy, ncb_curl_take _Nonnull body, ncb_curl_take _Nonnull header);
int ncb_curl_set_prerequest(ncb_curl_easy *_Nonnull easy, ncb_curl_prerequest _Nonnull callback);
/// OPENSOCKETFUNCTION and CLOSESOCKETFUNCTION.
int ncb_curl_set_sockets(ncb_curl_easy *_Nonnull easy, ncb_curl_open_socket _Nonnull open, ncb_curl_close_socket _Nonnull close);
/// The socket that libcurl would have made, which no child inherits; -1 if the system gives none.
int ncb_curl_make_socket(const ncb_curl_address *_Nonnull address);
/// Whether TLS holds bytes of the transfer's connection that were read from the socket and by nobody else: 1 or 0, or -1 where nobody knows.
/// For a prerequest.
int ncb_curl_has_tls_pending(ncb_curl_easy *_Nonnull easy);
/// The status of the last answer; 0 if there was none.
int ncb_curl_response_code(ncb_curl_easy *_Nonnull easy);

ncb_curl_multi *_Nullable ncb_curl_multi_init(void);
void ncb_curl_multi_cleanup(ncb_curl_multi *_Nonnull multi);
int ncb_curl_multi_set_long(ncb_curl_multi *_Nonnull multi, int option, long value);
int ncb_curl_multi_add(ncb_curl_multi *_Nonnull multi, ncb_curl_easy *_Nonnull easy);
int ncb_curl_multi_remove(ncb_curl_multi *_Nonnull multi, ncb_curl_easy *_Nonnull easy);
int ncb_curl_multi_perform(ncb_curl_multi *_Nonnull multi);
/// Sleeps until something can be done, the time is over or `ncb_curl_multi_wakeup` was called, which may be from any thread.
int ncb_curl_multi_poll(ncb_curl_multi *_Nonnull multi, int milliseconds);
int ncb_curl_multi_wakeup(ncb_curl_multi *_Nonnull multi);
/// The next transfer that has come to its end, with its CURLcode; null if there is none.
ncb_curl_easy *_Nullable ncb_curl_multi_next_done(ncb_curl_multi *_Nonnull multi, int *_Nonnull code);

#endif
