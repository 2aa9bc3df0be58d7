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
