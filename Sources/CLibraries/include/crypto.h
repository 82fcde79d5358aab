#ifndef NCB_CRYPTO_H
#define NCB_CRYPTO_H

#include "problem.h"

#include <stddef.h>
#include <stdint.h>

/// OpenSSL's libcrypto, opened at first use; no header of it is needed to build. Every function gives 1 for success and 0 for failure.

/// Opens the library, unless it is open, and sees whether it has what is used here; null for success.
const struct ncb_library_problem *_Nullable ncb_crypto_open(void);

/// Ed25519 (RFC 8032): 32-byte seed, 32-byte public key, 64-byte signature.
int ncb_ed25519_public(const uint8_t *_Nonnull seed, uint8_t *_Nonnull public_key);
int ncb_ed25519_sign(const uint8_t *_Nonnull seed, const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull signature);
int ncb_ed25519_verify(const uint8_t *_Nonnull public_key, const uint8_t *_Nonnull message, size_t count, const uint8_t *_Nonnull signature);

/// Digests of 20, 32 and 32 bytes.
int ncb_sha1(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);
int ncb_sha256(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);
int ncb_sha512_256(const uint8_t *_Nonnull message, size_t count, uint8_t *_Nonnull digest);

/// Random bytes from the system, not from the library; needs no open.
int ncb_random(uint8_t *_Nonnull bytes, size_t count);

#endif
