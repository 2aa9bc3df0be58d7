import Synchronization

// Large blocks of memory not in use, kept for the next buffer of the same size. The system clears every page that it
// hands out, which takes as long as many a kernel, and training steps ask for the same sizes again and again.

/// Hands out blocks of memory, and takes them back.
enum Blocks {
  /// Returns a block of at least `bytes` bytes, aligned to cache lines, with undefined contents.
  static func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    if bytes >= smallest, let kept = shelf.withLock({ $0.take(rounded(bytes)) }) { return kept }
    return .allocate(byteCount: bytes < smallest ? bytes : rounded(bytes), alignment: 64)
  }

  /// Takes back a block of `bytes` bytes: keeps it, or returns it to the system.
  static func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    let address = UInt(bitPattern: block)
    if bytes >= smallest, shelf.withLock({ $0.keep(address, rounded(bytes)) }) { return }
    block.deallocate()
  }

  /// The bytes of all large blocks handed out so far.
  static var handedOut: Int { shelf.withLock { $0.handedOut } }

  private static let shelf = Mutex(Shelf())

  /// Smaller blocks are left to the system's allocator, which keeps them itself.
  private static let smallest = 1 << 18

  /// Sizes are rounded up to eighths of a power of two, so that similar ones share blocks.
  private static func rounded(_ bytes: Int) -> Int {
    let step = 1 << max(12, Int.bitWidth - bytes.leadingZeroBitCount - 4)
    return (bytes + step - 1) & -step
  }
}

/// The blocks kept, by size.
private struct Shelf {
  private var blocks: [Int: [UInt]] = [:]
  private var kept = 0
  private(set) var handedOut = 0

  mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
    handedOut += bytes
    guard let address = blocks[bytes]?.popLast() else { return nil }
    kept -= bytes
    return UnsafeMutableRawPointer(bitPattern: address)
  }

  /// Keeps a block unless too many are kept already.
  mutating func keep(_ address: UInt, _ bytes: Int) -> Bool {
    guard kept + bytes <= mostKept else { return false }
    kept += bytes
    blocks[bytes, default: []].append(address)
    return true
  }
}

/// Half of the peak memory of the largest training step in the book.
private let mostKept = 256 << 20
