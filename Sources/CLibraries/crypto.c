#include "crypto.h"
#include "library.h"

#include <pthread.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

// Our own prototypes of what is used; the structures stay opaque.
typedef struct evp_pkey EVP_PKEY;
typedef struct evp_md_ctx EVP_MD_CTX;
typedef struct evp_md EVP_MD;

static EVP_PKEY *(*new_private)(int, void *, const unsigned char *, size_t);
static EVP_PKEY *(*new_public)(int, void *, const unsigned char *, size_t);
static int (*get_public)(const EVP_PKEY *, unsigned char *, size_t *);
static void (*free_key)(EVP_PKEY *);
static EVP_MD_CTX *(*new_context)(void);
static void (*free_context)(EVP_MD_CTX *);
static int (*sign_init)(EVP_MD_CTX *, void **, const EVP_MD *, void *, EVP_PKEY *);
static int (*sign)(EVP_MD_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);
static int (*verify_init)(EVP_MD_CTX *, void **, const EVP_MD *, void *, EVP_PKEY *);
static int (*verify)(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);
static int (*digest)(const void *, size_t, unsigned char *, unsigned int *, const EVP_MD *, void *);
static const EVP_MD *(*sha1)(void);
static const EVP_MD *(*sha256)(void);
static const EVP_MD *(*sha512_256)(void);
static void (*clear_error)(void);

static const int ed25519 = 1087;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_open;
static char message_of_failure[256];

static void open_library(void) {
  const char *const names[] = {"libcrypto.so.3", "libcrypto.so.4", "libcrypto.so.1.1"};
  const struct ncb_symbol symbols[] = {
      {"EVP_PKEY_new_raw_private_key", (void **)&new_private},
      {"EVP_PKEY_new_raw_public_key", (void **)&new_public},
      {"EVP_PKEY_get_raw_public_key", (void **)&get_public},
      {"EVP_PKEY_free", (void **)&free_key},
      {"EVP_MD_CTX_new", (void **)&new_context},
      {"EVP_MD_CTX_free", (void **)&free_context},
      {"EVP_DigestSignInit", (void **)&sign_init},
      {"EVP_DigestSign", (void **)&sign},
      {"EVP_DigestVerifyInit", (void **)&verify_init},
      {"EVP_DigestVerify", (void **)&verify},
      {"EVP_Digest", (void **)&digest},
      {"EVP_sha1", (void **)&sha1},
      {"EVP_sha256", (void **)&sha256},
      {"EVP_sha512_256", (void **)&sha512_256},
      {"ERR_clear_error", (void **)&clear_error},
  };
  is_open = ncb_library_open(
      names, sizeof names / sizeof *names, symbols, sizeof symbols / sizeof *symbols, message_of_failure, sizeof message_of_failure);
}

int ncb_crypto_open(const char **error) {
  pthread_once(&once, open_library);
  *error = is_open ? NULL : message_of_failure;
  return is_open;
}

int ncb_ed25519_public(const uint8_t *seed, uint8_t *public_key) {
  size_t count = 32;
  EVP_PKEY *key = new_private(ed25519, NULL, seed, 32);
  const int done = key != NULL && get_public(key, public_key, &count) == 1 && count == 32;
  free_key(key);
  if (!done) clear_error();
  return done;
}

int ncb_ed25519_sign(const uint8_t *seed, const uint8_t *message, size_t count, uint8_t *signature) {
  size_t length = 64;
  EVP_PKEY *key = new_private(ed25519, NULL, seed, 32);
  EVP_MD_CTX *context = new_context();
  const int done = key != NULL && context != NULL && sign_init(context, NULL, NULL, NULL, key) == 1 &&
                   sign(context, signature, &length, message, count) == 1 && length == 64;
  free_context(context);
  free_key(key);
  if (!done) clear_error();
  return done;
}

int ncb_ed25519_verify(const uint8_t *public_key, const uint8_t *message, size_t count, const uint8_t *signature) {
  EVP_PKEY *key = new_public(ed25519, NULL, public_key, 32);
  EVP_MD_CTX *context = new_context();
  const int done = key != NULL && context != NULL && verify_init(context, NULL, NULL, NULL, key) == 1 &&
                   verify(context, signature, 64, message, count) == 1;
  free_context(context);
  free_key(key);
  if (!done) clear_error();
  return done;
}

static int hash(const EVP_MD *(*kind)(void), const uint8_t *message, size_t count, uint8_t *out) {
  unsigned int length = 0;
  const int done = digest(message, count, out, &length, kind(), NULL) == 1;
  if (!done) clear_error();
  return done;
}

int ncb_sha1(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha1, message, count, out); }
int ncb_sha256(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha256, message, count, out); }
int ncb_sha512_256(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha512_256, message, count, out); }

int ncb_random(uint8_t *bytes, size_t count) {
  while (count > 0) {
    const size_t part = count < 256 ? count : 256;
    if (getentropy(bytes, part) != 0) return 0;
    bytes += part;
    count -= part;
  }
  return 1;
}
