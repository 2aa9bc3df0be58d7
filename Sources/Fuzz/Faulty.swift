// A reader with every fault that the hunt looks for, to test the hunt itself.

import Files
import Foundation

extension Subject {
  /// The first byte of an input decides what the reader does; each fault occurs about once in sixteen inputs.
  static let faulty = Subject(name: "faulty") { random in
    [(0..<1 + random.integer(below: 64)).map { _ in UInt8(random.integer(below: 16)) }]
  } read: { files in
    let bytes = files[0]
    switch bytes[0] {
    case 0: return Reading(bytes: Int(bytes[bytes.count + bytes.count % 2])) {}  // reads beyond the end
    case 1: while true { Thread.sleep(forTimeInterval: 1) }
    case 2: return Reading(bytes: copies(of: bytes, filling: Worker.allowance + 3 * bytes.count) & 1) {}
    case 3: return Reading(bytes: 0) { throw Nonsense("the sum is \(bytes.reduce(0) { $0 + Int($1) })") }
    case 4: return Reading(bytes: copies(of: bytes, filling: 1 << 40) & 1) {}
    case 5: throw CocoaError(.fileReadUnknown)
    case 6...9: throw DataError(attempted: "read it", found: "byte 0 is \(bytes[0])", advice: "Take another")
    default: return Reading(bytes: bytes.count) {}
    }
  }
}

/// Allocates `count` bytes and returns a number that depends on all of them.
private func copies(of bytes: [UInt8], filling count: Int) -> Int {
  [UInt8](repeating: bytes[0], count: count).reduce(0) { $0 + Int($1) }
}
