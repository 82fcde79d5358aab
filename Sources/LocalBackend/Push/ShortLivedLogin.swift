import NATSAuth
import System

/// A login for one conversation: a fresh user that lives for two minutes, or as long as is said, and may do nothing but what its permissions say. Its seed never
/// leaves this process and is kept nowhere.
struct ShortLivedLogin {
  let token: String
  let key: KeyPair
  private let claims: UserClaims
  private let signer: KeyPair

  /// The same without an end, for a server whose clock is so far ahead that what ends soon has ended there.
  func endless() throws(ServerProblem) -> String {
    var claims = claims
    claims.expires = nil
    do throws(CryptoError) { return try claims.token(signedBy: signer) } catch {
      throw ServerProblem(.store, "a login could not be signed")
    }
  }

  /// `expires` is by the server's clock, so two minutes also cover clocks that differ a little. `revokedUpTo`: the second up to which every
  /// user of the account is revoked.
  init(
    of account: PublicKey, signedBy signer: KeyPair, permissions: UserClaims.Permissions, revokedUpTo: Int64 = 0, seconds: Int64 = 120,
    _ inputs: SystemInputs
  ) throws(StoreProblem) {
    guard let random = inputs.random(32) else { throw .storage(.io, "the system gives no random numbers") }
    let now = inputs.now() / 1_000_000
    do throws(CryptoError) {
      key = try KeyPair(.user, random: random)
      claims = UserClaims(
        user: key.publicKey, name: "nats-credentials-bridge", issuedAt: max(now, revokedUpTo + 1), expires: now + seconds,
        issuerAccount: account,
        permissions: permissions)
      token = try claims.token(signedBy: signer)
      self.signer = signer
    } catch { throw StoreProblem(error) }
  }
}
