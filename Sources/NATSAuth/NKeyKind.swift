/// What a key is for; the raw value is the prefix byte.
package enum NKeyKind: UInt8, Sendable, CaseIterable {
  case `operator` = 0x70
  case account = 0x00
  case user = 0xA0
  case server = 0x68
}
