// The loop of a recurrence forward in time.
//
// The input part of all steps has been computed at once. A step is then one product of the states with the recurrent weights, and
// the gates, which are computed while a block of the product is still in the first-level cache. Threads share the hidden units, so
// that each finds its part of the weights, packed before the first step, in its own second-level cache.

/// The forward loop of one run.
struct RecurrentForward<V: KernelLanes>: Sendable where V.Scalar: RowTileScalar {
  typealias T = V.Scalar
  private let recurrence: Recurrence
  private let weights: PackedMatrices<T>
  /// The biases b + d; for a GRU b + d for r and z, then b and d for n.
  private let bias: Buffer
  private let gates, memory: Buffer
  /// The initial states, and room for those of even and odd steps.
  private let initial, even, odd: Buffer
  private let initialMemory: Buffer
  private let result: Buffer

  init(_ recurrence: Recurrence, _ weights: RecurrentWeights, _ initial: [Region], _ trace: RecurrentTrace) {
    let (h, steps) = (recurrence.hidden, recurrence.steps)
    self.recurrence = recurrence
    self.weights = PackedMatrices(recurrence.recurrentSources(weights, transposed: true), size: h)
    bias = recurrence.bias(T.self, weights)
    (gates, memory) = (trace.gates, trace.memory)
    self.initial = recurrence.inOrder(initial[0])
    initialMemory = initial.count > 1 ? recurrence.inOrder(initial[1]) : self.initial
    even = Buffer(T.scalarType, count: steps.batch * h)
    odd = Buffer(T.scalarType, count: steps.batch * h)
    result =
      steps.total == steps.batch * steps.time
      ? Buffer(T.scalarType, count: recurrence.resultCount)
      : Buffer(T.scalarType, count: recurrence.resultCount, repeating: 0)
  }

  /// Runs all steps, and writes the final states.
  func run() -> Buffer {
    for step in 0..<recurrence.steps.count {
      parallelChunks(of: weights.groups, atLeast: recurrence.groupsWorthATask(T.self, step)) { groups in
        withUnsafeTemporaryAllocation(of: V.self, capacity: recurrence.blockCount(V.self)) { block in
          guard let block = UnsafeMutableRawPointer(block.baseAddress)?.assumingMemoryBound(to: T.self) else { return }
          for group in groups { compute(step, group, block) }
        }
      }
    }
    writeFinalStates()
    return result
  }

  /// One step of one group of hidden units, for a block of sequences after the other.
  private func compute(_ step: Int, _ group: Int, _ block: UnsafeMutablePointer<T>) {
    let (h, steps, width) = (recurrence.hidden, recurrence.steps, PackedMatrices<T>.groupWidth)
    let unit = group * width
    let before = step == 0 ? initial : step % 2 == 0 ? odd : even
    for first in stride(from: 0, to: steps.active[step], by: tileRows) {
      let rows = min(tileRows, steps.active[step] - first)
      let states = before.pointer(T.self, at: first * h)
      for gate in 0..<recurrence.cell.gates {
        weights.multiply(
          states, rows: rows, rowStride: h, matrix: gate, group: group, into: block + gate * tileRows * width)
      }
      for row in first..<first + rows {
        let place = steps.starts[step] + row
        computeCell(
          recurrence.cell, min(width, h - unit),
          ForwardRow<V>(
            gates: gates.pointer(T.self, at: place * recurrence.cell.gates * h + unit), hidden: h,
            product: block + (row - first) * width, productStride: tileRows * width,
            bias: bias.pointer(T.self, at: unit),
            before: before.pointer(T.self, at: row * h + unit),
            state: (step % 2 == 0 ? even : odd).pointer(T.self, at: row * h + unit),
            output: result.pointer(T.self, at: steps.places[place] * h + unit),
            memoryBefore: step == 0
              ? initialMemory.pointer(T.self, at: row * h + unit)
              : memory.pointer(T.self, at: recurrence.memoryPlace(step - 1, row) + unit),
            memory: memory.pointer(T.self, at: recurrence.memoryPlace(step, row) + unit)))
      }
    }
  }

  private func writeFinalStates() {
    let (h, steps) = (recurrence.hidden, recurrence.steps)
    for i in 0..<steps.batch {
      let target = result.pointer(T.self, at: recurrence.finalPlace + steps.order[i] * h)
      let last = steps.lastRow(i)
      target.update(
        from: last.map { result.pointer(T.self, at: steps.places[$0] * h) } ?? initial.pointer(T.self, at: i * h),
        count: h)
      if recurrence.cell == .lstm {
        (target + steps.batch * h).update(
          from: last.map { memory.pointer(T.self, at: $0 * h) } ?? initialMemory.pointer(T.self, at: i * h), count: h)
      }
    }
  }
}

/// One sequence at one step: where its numbers stand, from the first hidden unit of a group on.
struct ForwardRow<V: KernelLanes> {
  typealias Address = UnsafeMutablePointer<V.Scalar>
  /// The input part of the gates, then their values; gate g begins g·hidden further on.
  let gates: Address
  let hidden: Int
  /// The recurrent part, gate g at g·productStride.
  let product: Address
  let productStride: Int
  let bias: Address
  /// h, h' for the next step, and h' in the result.
  let before, state, output: Address
  /// c and c' of an LSTM; q of a GRU.
  let memoryBefore, memory: Address

  /// a of a gate.
  @inline(__always)
  func argument(_ gate: Int, _ j: Int) -> V {
    V(at: gates + gate * hidden + j) + V(at: product + gate * productStride + j) + V(at: bias + gate * hidden + j)
  }

  @inline(__always)
  func store(_ gate: Int, _ j: Int, _ value: V, _ count: Int) {
    value.store(to: gates + gate * hidden + j, atMost: count)
  }
}

/// The cell, for one sequence and `width` hidden units.
private func computeCell<V: KernelLanes>(_ cell: RecurrentCell, _ width: Int, _ row: ForwardRow<V>) {
  for j in stride(from: 0, to: width, by: V.scalarCount) {
    let count = width - j
    let state: V
    switch cell {
    case .tanh:
      state = V.tanh(row.argument(0, j))
      row.store(0, j, state, count)
    case .lstm:
      let (i, f) = (V.sigmoid(row.argument(0, j)), V.sigmoid(row.argument(1, j)))
      let (g, o) = (V.tanh(row.argument(2, j)), V.sigmoid(row.argument(3, j)))
      let c = (i * g).addingProduct(f, V(at: row.memoryBefore + j))
      state = o * V.tanh(c)
      row.store(0, j, i, count)
      row.store(1, j, f, count)
      row.store(2, j, g, count)
      row.store(3, j, o, count)
      c.store(to: row.memory + j, atMost: count)
    case .gru:
      let (r, z) = (V.sigmoid(row.argument(0, j)), V.sigmoid(row.argument(1, j)))
      let q = V(at: row.product + 2 * row.productStride + j) + V(at: row.bias + 3 * row.hidden + j)
      let x = V(at: row.gates + 2 * row.hidden + j) + V(at: row.bias + 2 * row.hidden + j)
      let n = V.tanh(x.addingProduct(r, q))
      state = n.addingProduct(z, V(at: row.before + j) - n)
      row.store(0, j, r, count)
      row.store(1, j, z, count)
      row.store(2, j, n, count)
      q.store(to: row.memory + j, atMost: count)
    }
    state.store(to: row.state + j, atMost: count)
    state.store(to: row.output + j, atMost: count)
  }
}
