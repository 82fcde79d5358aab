/// The connection that a response came over, for whoever finds that the response is not to be believed.
package struct KeptConnection: Sendable {
  let number: Int
  let inbox: Inbox

  /// No request that is sent from now on goes out on it; those that are on it already still have their responses.
  package func abandon() { _ = inbox.put(.abandon(number)) }
}
