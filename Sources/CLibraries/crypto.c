#include "crypto.h"
#include "library.h"

#include <stdio.h>
#include <string.h>
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
static unsigned long (*get_error)(void);
static void (*error_string)(unsigned long, char *, size_t);

static const int ed25519 = 1087;
static int works(char *said, size_t size);

static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.4", "libcrypto.so.1.1"};
static const struct ncb_symbol symbols[] = {
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
    {"ERR_get_error", (void **)&get_error},
    {"ERR_error_string_n", (void **)&error_string},
};
static struct ncb_library library = {
    names, sizeof names / sizeof *names, symbols, sizeof symbols / sizeof *symbols, works, PTHREAD_MUTEX_INITIALIZER, 0};

const struct ncb_library_problem *ncb_crypto_open(void) { return ncb_library_open(&library); }

static int ed25519_public(const EVP_PKEY *key, uint8_t *public_key) {
  size_t count = 32;
  return get_public(key, public_key, &count) == 1 && count == 32;
}

static int ed25519_sign(EVP_PKEY *key, const uint8_t *message, size_t count, uint8_t *signature) {
  size_t length = 64;
  EVP_MD_CTX *context = new_context();
  const int done = context != NULL && sign_init(context, NULL, NULL, NULL, key) == 1 &&
                   sign(context, signature, &length, message, count) == 1 && length == 64;
  free_context(context);
  return done;
}

static int ed25519_verify(const uint8_t *public_key, const uint8_t *message, size_t count, const uint8_t *signature) {
  EVP_PKEY *key = new_public(ed25519, NULL, public_key, 32);
  EVP_MD_CTX *context = new_context();
  const int done = key != NULL && context != NULL && verify_init(context, NULL, NULL, NULL, key) == 1 &&
                   verify(context, signature, 64, message, count) == 1;
  free_context(context);
  free_key(key);
  return done;
}

// A failure leaves its reason in a list of OpenSSL's, for each thread.
static int cleared(int done) {
  if (!done) clear_error();
  return done;
}

void *ncb_ed25519_key(const uint8_t *seed) {
  EVP_PKEY *key = new_private(ed25519, NULL, seed, 32);
  cleared(key != NULL);
  return key;
}

void ncb_ed25519_free(void *key) { free_key(key); }

int ncb_ed25519_public(const void *key, uint8_t *public_key) { return cleared(ed25519_public(key, public_key)); }

int ncb_ed25519_sign(void *key, const uint8_t *message, size_t count, uint8_t *signature) {
  return cleared(ed25519_sign(key, message, count, signature));
}

int ncb_ed25519_verify(const uint8_t *public_key, const uint8_t *message, size_t count, const uint8_t *signature) {
  return cleared(ed25519_verify(public_key, message, count, signature));
}

static int hash(const EVP_MD *(*kind)(void), const uint8_t *message, size_t count, uint8_t *out) {
  unsigned int length = 0;
  return cleared(digest(message, count, out, &length, kind(), NULL) == 1);
}

int ncb_sha1(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha1, message, count, out); }
int ncb_sha256(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha256, message, count, out); }
int ncb_sha512_256(const uint8_t *message, size_t count, uint8_t *out) { return hash(sha512_256, message, count, out); }

// RFC 8032, test 1. Builds and configurations of OpenSSL without Ed25519, or without a digest, have all of the functions.
static int makes_signatures(void) {
  static const uint8_t seed[32] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
                                   0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
  static const uint8_t public_key[32] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
                                         0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  uint8_t made[32], signature[64];
  EVP_PKEY *key = new_private(ed25519, NULL, seed, 32);
  const int done = key != NULL && ed25519_public(key, made) && memcmp(made, public_key, sizeof made) == 0 &&
                   ed25519_sign(key, made, 0, signature) && ed25519_verify(public_key, made, 0, signature);
  free_key(key);
  return done;
}

static int makes_digests(void) {
  const struct {
    const EVP_MD *(*kind)(void);
    unsigned int count;
  } digests[] = {{sha1, 20}, {sha256, 32}, {sha512_256, 32}};
  for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
    unsigned char made[64];
    unsigned int count = 0;
    if (digest("", 0, made, &count, digests[i].kind(), NULL) != 1 || count != digests[i].count) return 0;
  }
  return 1;
}

static int works(char *said, size_t size) {
  clear_error();
  const char *what = !makes_signatures() ? "Ed25519" : !makes_digests() ? "SHA-1, SHA-256 and SHA-512/256" : NULL;
  if (what == NULL) return 1;
  char reason[160] = "no reason";
  const unsigned long error = get_error();
  if (error != 0) error_string(error, reason, sizeof reason);
  clear_error();
  snprintf(said, size, "it has no %s that works (%s)", what, reason);
  return 0;
}

int ncb_random(uint8_t *bytes, size_t count) {
  while (count > 0) {
    const size_t part = count < 256 ? count : 256;
    if (getentropy(bytes, part) != 0) return 0;
    bytes += part;
    count -= part;
  }
  return 1;
}
