// The loop of a recurrence forward in time.
//
// The input part of all steps has already been computed, at once. A step is then one product of the states with the
// recurrent weights, and the gates, which are computed while a block of the product is still in the first-level cache.
// Threads divide the hidden units, so that each finds its part of the weights, packed before the first step, in its own
// second-level cache.
//
// Measured on two bidirectional LSTM layers of 256 (64 sequences of 5 to 49 steps, forward and backward, one thread):
// 72 % of the time is spent in tiles, at about 130 GFLOP/s, and a tenth in the cells. The forward tiles became a
// quarter faster when each block began with a copy of the terms to which the product is added: the numbers of a step
// are far apart, and many loads at once wait for memory only once.

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

  /// Computes one step of one group of hidden units, one block of sequences after another.
  private func compute(_ step: Int, _ group: Int, _ block: UnsafeMutablePointer<T>) {
    let (h, steps, width) = (recurrence.hidden, recurrence.steps, PackedMatrices<T>.groupWidth)
    let unit = group * width
    let before = step == 0 ? initial : step % 2 == 0 ? odd : even
    for first in stride(from: 0, to: steps.active[step], by: tileRows) {
      let rows = min(tileRows, steps.active[step] - first)
      let used = min(width, h - unit)
      begin(block, steps.starts[step] + first, rows, unit, used)
      for gate in 0..<recurrence.cell.gates {
        weights.multiply(
          before.pointer(T.self, at: first * h), rows: rows, rowStride: h, matrix: gate, group: group,
          addingTo: block + gate * tileRows * width)
      }
      for row in first..<first + rows {
        let place = steps.starts[step] + row
        computeCell(
          recurrence.cell, used,
          ForwardRow<V>(
            arguments: block + (row - first) * width, distance: tileRows * width,
            gates: gates.pointer(T.self, at: place * recurrence.cell.gates * h + unit), hidden: h,
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

  /// Fills a block with the terms to which the product is added: W x + b + d, but d alone for the n of a GRU.
  private func begin(_ block: UnsafeMutablePointer<T>, _ place: Int, _ rows: Int, _ unit: Int, _ used: Int) {
    let (h, width) = (recurrence.hidden, PackedMatrices<T>.groupWidth)
    for gate in 0..<recurrence.cell.gates {
      let slope = recurrence.cell.recurrentSlope(gate)
      let bias = bias.pointer(T.self, at: slope * h + unit)
      for row in 0..<rows {
        let input = gates.pointer(T.self, at: ((place + row) * recurrence.cell.gates + gate) * h + unit)
        let target = block + (gate * tileRows + row) * width
        for j in stride(from: 0, to: used, by: V.scalarCount) {
          (slope == gate ? V(at: input + j) + V(at: bias + j) : V(at: bias + j)).store(to: target + j)
        }
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

/// One sequence at one step: the addresses of its numbers, starting at the first hidden unit of a group.
private struct ForwardRow<V: KernelLanes> {
  typealias Address = UnsafeMutablePointer<V.Scalar>
  /// a of the gates, gate g at g·distance; for the n of a GRU only q.
  let arguments: Address
  let distance: Int
  /// Room for the values of the gates, gate g at g·hidden. For the n of a GRU, its input part W x.
  let gates: Address
  let hidden: Int
  let bias: Address
  /// h, h' for the next step, and h' in the result.
  let before, state, output: Address
  /// c and c' of an LSTM; q of a GRU.
  let memoryBefore, memory: Address

  /// a of a gate.
  @inline(__always)
  func argument(_ gate: Int, _ j: Int) -> V { V(at: arguments + gate * distance + j) }

  /// Computes the values σ(a) of a gate. Never inlined: two cells need it, and it takes long to compile.
  @inline(never)
  func sigmoid(_ gate: Int, _ width: Int) {
    for j in stride(from: 0, to: width, by: V.scalarCount) { store(gate, j, V.sigmoid(argument(gate, j)), width) }
  }

  /// Computes the values tanh a of a gate.
  @inline(never)
  func tanh(_ gate: Int, _ width: Int) {
    for j in stride(from: 0, to: width, by: V.scalarCount) { store(gate, j, V.tanh(argument(gate, j)), width) }
  }

  /// The value of a gate.
  @inline(__always)
  func gate(_ gate: Int, _ j: Int) -> V { V(at: gates + gate * hidden + j) }

  @inline(__always)
  func store(_ gate: Int, _ j: Int, _ value: V, _ width: Int) {
    value.write(to: gates + gate * hidden + j, atMost: width - j)
  }

  /// Writes h'.
  @inline(__always)
  func store(_ newState: V, _ j: Int, _ width: Int) {
    newState.write(to: state + j, atMost: width - j)
    newState.write(to: output + j, atMost: width - j)
  }
}

/// The cell, for one sequence and `width` hidden units. Each loop computes one function: with several in one loop, the
/// compiler splits vectors into scalars.
private func computeCell<V: KernelLanes>(_ cell: RecurrentCell, _ width: Int, _ row: ForwardRow<V>) {
  let lanes = stride(from: 0, to: width, by: V.scalarCount)
  switch cell {
  case .tanh:
    row.tanh(0, width)
    for j in lanes { row.store(row.gate(0, j), j, width) }
  case .lstm:
    row.sigmoid(0, width)
    row.sigmoid(1, width)
    row.tanh(2, width)
    row.sigmoid(3, width)
    for j in lanes {
      let c = (row.gate(0, j) * row.gate(2, j)).addingProduct(row.gate(1, j), V(at: row.memoryBefore + j))
      c.write(to: row.memory + j, atMost: width - j)
      row.store(row.gate(3, j) * V.tanh(c), j, width)
    }
  case .gru:
    row.sigmoid(0, width)
    row.sigmoid(1, width)
    for j in lanes {
      let (x, q) = (row.gate(2, j) + V(at: row.bias + 2 * row.hidden + j), row.argument(2, j))
      let n = V.tanh(x.addingProduct(row.gate(0, j), q))
      q.write(to: row.memory + j, atMost: width - j)
      row.store(2, j, n, width)
      row.store(n.addingProduct(row.gate(1, j), V(at: row.before + j) - n), j, width)
    }
  }
}
