// What both loops of a recurrence share: the layout of weights and steps, and the size of a task.

extension Recurrence {
  /// The recurrent weights of each gate: transposed for h Uᵀ, unchanged for δ U.
  func recurrentSources<T>(_ weights: RecurrentWeights, transposed: Bool) -> [PanelSource<T>] {
    (0..<cell.gates).map { gate in
      PanelSource(
        region: Region(weights.recurrent.buffer, offset: weights.recurrent.offset + gate * hidden * hidden),
        count: hidden, stride: transposed ? hidden : 1, depthStride: transposed ? 1 : hidden)
    }
  }

  /// b + d for every gate; for a GRU b + d for r and z, then b for n, then d for n.
  func bias<T: KernelScalar>(_: T.Type, _ weights: RecurrentWeights) -> Buffer {
    let result = Buffer(T.scalarType, count: cell.slopes * hidden)
    let (b, d) = (weights.inputBias.pointer(T.self), weights.recurrentBias.pointer(T.self))
    let sum = result.pointer(T.self)
    let together = (cell == .gru ? 2 : cell.gates) * hidden
    for j in 0..<together { sum[j] = b[j] + d[j] }
    for j in together..<cell.gates * hidden { (sum[j], sum[j + hidden]) = (b[j], d[j]) }
    return result
  }

  /// The position in the trace of a sequence's memory after a step (by its rank); the plain RNN has none.
  @inline(__always)
  func memoryPlace(_ step: Int, _ row: Int) -> Int { cell == .tanh ? 0 : (steps.starts[step] + row) * hidden }

  /// The number of vectors that hold the product of `tileRows` states with a group of columns for every gate.
  func blockCount<V: KernelLanes>(_: V.Type) -> Int where V.Scalar: RowTileScalar {
    cell.gates * tileRows * PackedMatrices<V.Scalar>.groupWidth / V.scalarCount + 1
  }

  /// The number of groups of hidden units that make a task in one step.
  func groupsWorthATask<T: RowTileScalar>(_: T.Type, _ step: Int) -> Int {
    guard step < steps.count else { return 1 }
    let work = steps.active[step] * PackedMatrices<T>.groupWidth * hidden * cell.gates
    return max(1, worthAThread / max(1, work))
  }
}

extension KernelLanes {
  /// Writes the first `count` lanes, or all if there are fewer. The rare case is kept out of the surrounding loops:
  /// inlined, it would make the compiler split their vectors.
  @inline(__always)
  func write(to address: UnsafeMutablePointer<Scalar>, atMost count: Int) {
    if count >= Self.scalarCount { store(to: address) } else { writeFirst(count, to: address) }
  }

  @inline(never)
  private func writeFirst(_ count: Int, to address: UnsafeMutablePointer<Scalar>) {
    for lane in 0..<count { address[lane] = self[lane] }
  }
}
