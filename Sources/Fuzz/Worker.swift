// The reading process. An input may kill it; its supervisor counts its lines and so knows which one.

import Foundation

#if os(Linux)
  // Glibc's module lacks malloc.h. Returns the free memory at the heap's end to the system, except for `kept` bytes.
  @_silgen_name("malloc_trim") private func trimHeap(_ kept: Int) -> Int32
#endif

/// Reads one input after the other and writes a line about each.
package struct Worker {
  let subject: Subject
  let seed: UInt32
  private var shelf = (0..<4).map { _ in
    var place: [UInt8] = []
    place.reserveCapacity(2 * Damage.longest)
    return place
  }

  /// Reading may take the subject's share of input and result, plus this: 64 KiB.
  package static let allowance = 64 << 10
  /// The bytes that stay free at the heap's end between two inputs, so that most need none from the system.
  private static let kept = 8 << 10
  /// The bytes that reading may take without moving the heap's end, which moves by pages: all of it counts as taken.
  private static let unseen = kept + Int(getpagesize())
  /// The memory limit of a worker.
  private static let most = 1 << 30

  init(_ subject: Subject, seed: UInt32) { (self.subject, self.seed) = (subject, seed) }

  /// Settings of `malloc` that make the heap's end a measure of memory: everything comes from the heap, and a reader
  /// returns nothing to the system.
  static let environment = [
    "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "\(1 << 40)", "MALLOC_TOP_PAD_": "0", "MALLOC_ARENA_MAX": "1",
    "SWIFT_BACKTRACE": "enable=no",
  ]

  /// Reads the inputs with the given numbers.
  mutating func run(_ numbers: Range<UInt32>) throws {
    Self.limitMemory()
    for number in numbers {
      let line = Array(try verdict(on: number).line.utf8)
      guard write(STDOUT_FILENO, line, line.count) == line.count else { throw CocoaError(.fileWriteUnknown) }
    }
  }

  private static func limitMemory() {
    var (memory, files) = (rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t(most)), rlimit(rlim_cur: 0, rlim_max: 0))
    #if os(Linux)
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &memory)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &files)
    #else
      setrlimit(RLIMIT_DATA, &memory)
      setrlimit(RLIMIT_CORE, &files)
    #endif
  }

  private mutating func verdict(on number: UInt32) throws -> Verdict {
    let input = shelved(try subject.input(seed: seed, number: number))
    let verdict = measured(input)
    // The system may allocate memory when something happens for the first time, so an excess must show twice.
    return verdict.kind == .greedy ? measured(input) : verdict
  }

  /// The input, copied to memory allocated earlier, so that making it leaves no hole below the heap's end.
  private mutating func shelved(_ input: Input) -> Input {
    guard input.count <= shelf.count else { return input }
    for (place, part) in input.enumerated() {
      shelf[place].removeAll(keepingCapacity: true)
      shelf[place] += part
    }
    return Array(shelf.prefix(input.count))
  }

  private func measured(_ input: Input) -> Verdict {
    let size = input.reduce(0) { $0 + $1.count }
    let start = Self.trimmedHeapEnd()
    let result = Result { try subject.read(input) }
    let memory = Self.measuresMemory ? Self.heapEnd() - start + Self.unseen : 0
    let held = ((try? result.get())?.bytes ?? 0) + size
    if memory > subject.share * held + Self.allowance {
      return Verdict(.greedy, memory: memory, size: held, "reading took \(memory) bytes; input and result have \(held)")
    }
    func verdict(_ kind: Verdict.Kind, _ text: String) -> Verdict { Verdict(kind, memory: memory, size: held, text) }
    do {
      try result.get().check()
      return verdict(.accepted, "")
    } catch let nonsense as Nonsense {
      return verdict(.nonsense, nonsense.found)
    } catch {
      if case .failure = result, let reason = Verdict.reason(error) { return verdict(.refused, reason) }
      return verdict(.nonsense, "unexpected error: \(error)")
    }
  }

  private static func trimmedHeapEnd() -> Int {
    #if os(Linux)
      _ = trimHeap(kept)
    #endif
    return heapEnd()
  }

  /// Whether the system reports the heap's end. Linux does; elsewhere no input is called greedy. macOS also ignores the
  /// memory limit of a worker.
  package static var measuresMemory: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }

  /// The address of the heap's end.
  private static func heapEnd() -> Int {
    #if os(Linux)
      return Int(bitPattern: sbrk(0))
    #else
      return 0
    #endif
  }
}
