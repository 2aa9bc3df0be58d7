// Sequences of different lengths, step by step: the longest first, so that the running ones are always the first rows.

/// Which sequences of a batch take part in which step of a recurrence.
///
/// The states of all steps are packed contiguously: row starts[s] + i is step s of the i-th longest sequence.
public struct RecurrentSteps: Sendable {
  /// The number of sequences, and of time steps in the batch.
  let batch, time: Int
  /// The sequences, longest first; those of equal length in their original order.
  let order: [Int]
  /// The rank of each sequence: its position in `order`.
  let rank: [Int]
  /// The number of sequences that take part in each step: at least 1, never more than in the step before.
  let active: [Int]
  /// The first packed row of each step, and the number of all rows.
  let starts: [Int]
  /// For each packed row, its element of the batch, n·T + t.
  let places: [Int]
  /// For each element of the batch, its packed row; −1 beyond the end of a sequence.
  let rows: [Int]

  /// Creates the steps of sequences with these lengths, each at most `time`. If `reversed`, each sequence begins at its
  /// own last element.
  public init(lengths: [Int], time: Int, reversed: Bool) {
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var (active, starts, places) = ([Int](), [0], [Int]())
    var (rows, rank) = ([Int](repeating: -1, count: lengths.count * time), lengths)
    for (place, sequence) in order.enumerated() { rank[sequence] = place }
    var running = order.count
    for step in 0..<(lengths.max() ?? 0) {
      while lengths[order[running - 1]] <= step { running -= 1 }
      for n in order[..<running] {
        let place = n * time + (reversed ? lengths[n] - 1 - step : step)
        rows[place] = places.count
        places.append(place)
      }
      active.append(running)
      starts.append(places.count)
    }
    (self.batch, self.time, self.order, self.rank) = (lengths.count, time, order, rank)
    (self.active, self.starts, self.places, self.rows) = (active, starts, places, rows)
  }

  /// The number of steps.
  var count: Int { active.count }
  /// The number of packed rows.
  var total: Int { places.count }

  /// The last packed row of the i-th longest sequence; nil if it is empty.
  func lastRow(_ i: Int) -> Int? {
    let length = active.prefix { $0 > i }.count
    return length == 0 ? nil : starts[length - 1] + i
  }

  /// The rows of a batch [N·T × width], packed.
  func packed(_ x: Region, width: Int) -> Buffer {
    copyRows(of: x, or: x, width, total) { places[$0] }
  }

  /// The batch [N·T × width] of packed rows, zero beyond the end of each sequence.
  func unpacked(_ x: Buffer, width: Int) -> Buffer {
    let zeros = Buffer(x.scalarType, count: width, repeating: 0)
    return copyRows(of: Region(x), or: Region(zeros), width, rows.count) { rows[$0] }
  }

  /// For each packed row, the state before its step: from `states` [N·T × width], or from `initial` (in `order`).
  func before(_ states: Region, initial: Buffer, width: Int) -> Buffer {
    var sources = [Int](repeating: 0, count: total)
    for step in 0..<count {
      for i in 0..<active[step] { sources[starts[step] + i] = step == 0 ? -1 - i : places[starts[step - 1] + i] }
    }
    return copyRows(of: states, or: Region(initial), width, total) { [sources] in sources[$0] }
  }

  /// Copies rows one after another: row `source(i)` of `x` or, if that is negative, row −1 − `source(i)` of `other`.
  private func copyRows(
    of x: Region, or other: Region, _ width: Int, _ count: Int, _ source: @Sendable (Int) -> Int
  ) -> Buffer {
    let result = Buffer(x.buffer.scalarType, count: count * width)
    let size = x.buffer.scalarType.size
    parallelChunks(of: count, atLeast: max(1, (1 << 16) / max(1, width))) { range in
      for i in range {
        let from = source(i)
        let (region, row) = from < 0 ? (other, -1 - from) : (x, from)
        let address = region.buffer.address + (region.offset + row * width) * size
        (result.address + i * width * size).copyMemory(from: address, byteCount: width * size)
      }
    }
    return result
  }
}
