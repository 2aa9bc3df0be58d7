// The best that the machine can do: the yardstick of the benchmarks.

/// Multiplies and adds in registers alone, `rounds` times in each of `tasks` tasks. Returns the number of
/// floating-point operations, and a number that depends on all of them.
public func multiplyAddInRegisters(tasks: Int, rounds: Int) -> (operations: Double, checksum: Double) {
  let sums = Buffer(.double, count: tasks * 8, repeating: 0)
  parallel(tasks) { task in
    var tile = filledTile(FloatTileVector(repeating: 1))
    let (factor, addend) = (FloatTileVector(repeating: 0.999), FloatTileVector(repeating: Float(task)))
    for _ in 0..<rounds {
      for i in 0..<tile.count { tile[i] = oneMore(factor, addend, tile[i]) }
    }
    var sum: Float = 0
    for i in 0..<tile.count { sum += tile[i].sum() }
    sums.pointer(Double.self)[task * 8] = Double(sum)
  }
  let operations = 2 * Double(tasks * rounds * tileRows * tileVectors * FloatTileVector.scalarCount)
  return (operations, sums.doubles(count: tasks * 8).reduce(0, +))
}

/// Reads all numbers of a buffer of floats once, with all threads, and returns their sum.
public func readOnce(_ buffer: Buffer) -> Double {
  let sums = Buffer(.double, count: (buffer.count + readingGrain - 1) / readingGrain, repeating: 0)
  parallel(sums.count) { task in
    let (first, end) = (task * readingGrain, min(buffer.count, (task + 1) * readingGrain))
    let x = buffer.pointer(Float.self)
    var lanes: InlineArray<4, Float.Lanes> = [.zero, .zero, .zero, .zero]
    var i = first
    while i + 64 <= end {
      for v in 0..<4 { lanes[v] = lanes[v] + Float.Lanes(at: x + i + 16 * v) }
      i += 64
    }
    var sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])).folded { $0 + $1 }
    while i < end {
      sum += x[i]
      i += 1
    }
    sums.pointer(Double.self)[task] = Double(sum)
  }
  return sums.doubles(count: sums.count).reduce(0, +)
}

/// The numbers that a task reads: 256 KB.
private let readingGrain = 1 << 16

/// The next vector of the tile.
///
/// On arm64 the instruction adds to the register that it writes. That must be the tile, or it would be copied. Without
/// an instruction that multiplies and adds, the tile has to be a factor: the product of two constants would be computed
/// once, before the loop.
@inline(__always)
private func oneMore(_ factor: FloatTileVector, _ addend: FloatTileVector, _ sum: FloatTileVector) -> FloatTileVector {
  #if AVX512 || AVX2 || arch(arm64)
    multiplyAdd(factor, addend, sum)
  #else
    multiplyAdd(factor, sum, addend)
  #endif
}
