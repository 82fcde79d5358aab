import Testing

@testable import System

@Suite struct DedicatedThreadTests {
  /// The clock counts whole milliseconds, and a pause begins somewhere within one.
  @Test func noPauseIsShorterThanItIsSaid() async {
    let thread = DedicatedThread()
    for _ in 0..<50 {
      let began = ContinuousClock.now
      await thread.sleep(milliseconds: 3)
      #expect(ContinuousClock.now - began >= .milliseconds(3))
    }
  }
}
