import NATSAuth

/// A login for one conversation: a fresh user that lives for two minutes and may do nothing but what its permissions say.
struct ShortLivedLogin {
  let token: String
  let key: KeyPair

  /// `expires` is by the server's clock, so two minutes also cover clocks that differ a little.
  init(
    of account: PublicKey, signedBy signer: KeyPair, permissions: UserClaims.Permissions, _ world: World
  ) throws(StoreProblem) {
    guard let random = world.random(32) else { throw .storage(.io, "the system gives no random numbers") }
    let now = world.now() / 1_000_000
    do throws(CryptoError) {
      key = try KeyPair(.user, random: random)
      token = try UserClaims(
        user: key.publicKey, name: "nats-credentials-bridge", issuedAt: now, expires: now + 120, issuerAccount: account,
        permissions: permissions
      ).token(signedBy: signer)
    } catch { throw StoreProblem(error) }
  }
}
