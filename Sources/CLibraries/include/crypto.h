#ifndef NCB_CRYPTO_H
#define NCB_CRYPTO_H

#include "problem.h"

#include <stddef.h>
#include <stdint.h>

/// OpenSSL's libcrypto, opened at first use; no header of it is needed to build. Every function gives 1 for success and 0 for failure.

/// Opens the library, unless it is open, and sees whether it has what is used here; null for success.
const struct ncb_library_problem *_Nullable ncb_crypto_open(void);

/// Ed25519 (RFC 8032): 32-byte seed, 32-byte public key, 64-byte signature. A private key is the caller's to free; null if there is none. Its
/// public half is derived when it is made, which costs as much as a signature. Several threads may sign with it at the same time.
void *_Nullable ncb_ed25519_key(const uint8_t *_Nonnull seed);
void ncb_ed25519_free(void *_Nonnull key);
int ncb_ed25519_public(const void *_Nonnull key, uint8_t *_Nonnull public_key);
int ncb_ed25519_sign(void *_Nonnull key, const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull signature);
int ncb_ed25519_verify(const uint8_t *_Nonnull public_key, const uint8_t *_Nonnull message, size_t count, const uint8_t *_Nonnull signature);

/// Digests of 20, 32 and 32 bytes.
int ncb_sha1(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);
int ncb_sha256(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);
int ncb_sha512_256(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);

/// Random bytes from the system, not from the library; needs no open.
int ncb_random(uint8_t *_Nonnull bytes, size_t count);

#endif
