// The loop of a recurrence backward in time: the slopes δ, the derivatives with respect to the arguments of all gates.
//
// At each step, h receives the gradient of its own output, δ U from the step after it, and what the cell passes on
// directly. The large products with δ (gradients of the input and of the weights) wait until all steps are done.

/// The backward loop of one run.
struct RecurrentBackward<V: KernelLanes>: Sendable where V.Scalar: RowTileScalar {
  typealias T = V.Scalar
  private let recurrence: Recurrence
  private let weights: PackedMatrices<T>
  private let gates, memory: Buffer
  /// The state before each step, packed; the initial c of an LSTM.
  private let before, initialMemory: Buffer
  /// The gradient of the result.
  private let gradient: Region
  private let slopes: Buffer
  /// What each sequence's h (and c) has received so far from later steps.
  private let carry, carryMemory: Buffer

  init(
    _ recurrence: Recurrence, _ weights: RecurrentWeights, _ initial: [Region], _ gradient: Region,
    _ trace: RecurrentTrace, _ before: Buffer
  ) {
    let (h, steps) = (recurrence.hidden, recurrence.steps)
    self.recurrence = recurrence
    self.weights = PackedMatrices(recurrence.recurrentSources(weights, transposed: false), size: h)
    (gates, memory, self.before, self.gradient) = (trace.gates, trace.memory, before, gradient)
    slopes = Buffer(T.scalarType, count: steps.total * recurrence.cell.slopes * h)
    let finalPlace = gradient.offset + recurrence.finalPlace
    carry = recurrence.inOrder(Region(gradient.buffer, offset: finalPlace))
    if recurrence.cell == .lstm {
      carryMemory = recurrence.inOrder(Region(gradient.buffer, offset: finalPlace + steps.batch * h))
      initialMemory = recurrence.inOrder(initial[1])
    } else {
      (carryMemory, initialMemory) = (carry, before)
    }
  }

  /// Computes the slopes of all steps [total × slopes·H] and, if they are wanted, the gradients of the initial states,
  /// longest sequence first.
  func run(toInitial: Bool) -> (slopes: Buffer, initial: [Buffer]) {
    for step in ((toInitial ? -1 : 0)..<recurrence.steps.count).reversed() {
      parallelChunks(of: weights.groups, atLeast: recurrence.groupsWorthATask(T.self, max(step, 0))) { groups in
        withUnsafeTemporaryAllocation(of: V.self, capacity: recurrence.blockCount(V.self)) { block in
          guard let block = UnsafeMutableRawPointer(block.baseAddress)?.assumingMemoryBound(to: T.self) else { return }
          for group in groups { compute(step, group, block) }
        }
      }
    }
    return (slopes, recurrence.cell == .lstm ? [carry, carryMemory] : [carry])
  }

  /// Computes one step for one group of hidden units. Step −1 means the initial state, which receives only the product.
  private func compute(_ step: Int, _ group: Int, _ block: UnsafeMutablePointer<T>) {
    let (h, steps, width) = (recurrence.hidden, recurrence.steps, PackedMatrices<T>.groupWidth)
    let (unit, columns) = (group * width, recurrence.cell.slopes * h)
    let used = min(width, h - unit)
    let later = step + 1 < steps.count ? steps.active[step + 1] : 0
    let active = step < 0 ? later : steps.active[step]
    for first in stride(from: 0, to: active, by: tileRows) {
      let rows = first..<min(first + tileRows, active)
      begin(block, step, rows, unit, used)
      for gate in 0..<(first < later ? recurrence.cell.gates : 0) {
        let place = (steps.starts[step + 1] + first) * columns + recurrence.cell.recurrentSlope(gate) * h
        weights.multiply(
          slopes.pointer(T.self, at: place), rows: min(tileRows, later - first), rowStride: columns, matrix: gate,
          group: group, addingTo: block)
      }
      for row in rows {
        let slope = block + (row - first) * width
        if step < 0 {
          carry.pointer(T.self, at: row * h + unit).update(from: slope, count: used)
        } else {
          computeCell(recurrence.cell, used, backwardRow(step, row, unit, slope))
        }
      }
    }
  }

  /// Fills a block with the terms to which the product is added: the carried gradient and that of the output.
  private func begin(_ block: UnsafeMutablePointer<T>, _ step: Int, _ rows: Range<Int>, _ unit: Int, _ used: Int) {
    let (h, steps) = (recurrence.hidden, recurrence.steps)
    for row in rows {
      let carry = carry.pointer(T.self, at: row * h + unit)
      let target = block + (row - rows.lowerBound) * PackedMatrices<T>.groupWidth
      if step < 0 {
        target.update(from: carry, count: used)
      } else {
        let place = steps.starts[step] + row
        let gradient = gradient.pointer(T.self) + steps.places[place] * h + unit
        for gate in 0..<recurrence.cell.gates {
          prefetchRow(gates.pointer(T.self, at: (place * recurrence.cell.gates + gate) * h + unit))
        }
        prefetchRow(memory.pointer(T.self, at: recurrence.memoryPlace(step, row) + unit))
        prefetchRow(before.pointer(T.self, at: place * h + unit))
        for j in stride(from: 0, to: used, by: V.scalarCount) {
          (V(at: carry + j) + V(at: gradient + j)).store(to: target + j)
        }
      }
    }
  }

  private func prefetchRow(_ x: UnsafePointer<T>) {
    for line in stride(from: 0, to: 128, by: 64) { prefetch(UnsafeRawPointer(x) + line) }
  }

  private func backwardRow(_ step: Int, _ row: Int, _ unit: Int, _ slope: UnsafeMutablePointer<T>) -> BackwardRow<V> {
    let (h, steps) = (recurrence.hidden, recurrence.steps)
    let place = steps.starts[step] + row
    return BackwardRow<V>(
      gates: gates.pointer(T.self, at: place * recurrence.cell.gates * h + unit), hidden: h,
      slope: slope,
      carry: carry.pointer(T.self, at: row * h + unit), carryMemory: carryMemory.pointer(T.self, at: row * h + unit),
      before: before.pointer(T.self, at: place * h + unit),
      memoryBefore: step == 0
        ? initialMemory.pointer(T.self, at: row * h + unit)
        : memory.pointer(T.self, at: recurrence.memoryPlace(step - 1, row) + unit),
      memory: memory.pointer(T.self, at: recurrence.memoryPlace(step, row) + unit),
      slopes: slopes.pointer(T.self, at: place * recurrence.cell.slopes * h + unit))
  }
}

/// One sequence at one step: the addresses of its numbers, starting at the first hidden unit of a group.
private struct BackwardRow<V: KernelLanes> {
  typealias Address = UnsafeMutablePointer<V.Scalar>
  /// The values of the gates; gate g begins at g·hidden.
  let gates: Address
  let hidden: Int
  /// The gradient of h'.
  let slope: Address
  /// Room for what is carried on to h; the gradient of c' from the later steps, and then of c.
  let carry, carryMemory: Address
  /// h; c and c' of an LSTM; q of a GRU.
  let before, memoryBefore, memory: Address
  /// δ, block by block.
  let slopes: Address

  @inline(__always)
  func gate(_ gate: Int, _ j: Int) -> V { V(at: gates + gate * hidden + j) }

  @inline(__always)
  func store(_ block: Int, _ j: Int, _ value: V, _ count: Int) {
    value.write(to: slopes + block * hidden + j, atMost: count)
  }
}

/// The derivative of the cell, for one sequence and `width` hidden units.
private func computeCell<V: KernelLanes>(_ cell: RecurrentCell, _ width: Int, _ row: BackwardRow<V>) {
  for j in stride(from: 0, to: width, by: V.scalarCount) {
    let count = width - j
    let slope = V(at: row.slope + j)
    switch cell {
    case .tanh:
      let h = row.gate(0, j)
      row.store(0, j, slope * (V.one - h * h), count)
      V.zero.write(to: row.carry + j, atMost: count)
    case .lstm:
      let (i, f, g, o) = (row.gate(0, j), row.gate(1, j), row.gate(2, j), row.gate(3, j))
      let t = V.tanh(V(at: row.memory + j))
      let memorySlope = V(at: row.carryMemory + j) + slope * o * (V.one - t * t)
      row.store(0, j, memorySlope * g * i * (V.one - i), count)
      row.store(1, j, memorySlope * V(at: row.memoryBefore + j) * f * (V.one - f), count)
      row.store(2, j, memorySlope * i * (V.one - g * g), count)
      row.store(3, j, slope * t * o * (V.one - o), count)
      (memorySlope * f).write(to: row.carryMemory + j, atMost: count)
      V.zero.write(to: row.carry + j, atMost: count)
    case .gru:
      let (r, z, n) = (row.gate(0, j), row.gate(1, j), row.gate(2, j))
      let inner = slope * (V.one - z) * (V.one - n * n)
      row.store(0, j, inner * V(at: row.memory + j) * r * (V.one - r), count)
      row.store(1, j, slope * (V(at: row.before + j) - n) * z * (V.one - z), count)
      row.store(2, j, inner, count)
      row.store(3, j, inner * r, count)
      (slope * z).write(to: row.carry + j, atMost: count)
    }
  }
}
