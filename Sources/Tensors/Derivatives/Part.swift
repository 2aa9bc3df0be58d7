import Kernels

// Parts of tensors, such as slices: the cotangent of a part belongs to its positions in the whole, and is zero
// elsewhere. The cotangents of many parts of one tensor are added into one whole, so a loop over n slices costs n times
// a slice, not n times the whole.

/// The part of a tensor that an operation takes: a linear map, and its transpose.
struct Part: Sendable {
  /// The shape of the whole.
  let shape: Shape
  let places: Places

  enum Places: Sendable {
    case slice(Slice)
    /// Slices of an axis by index, possibly repeated.
    case rows([Int], axis: Int)
  }

  /// The part, taken from a tensor.
  func taken(from whole: Tensor) -> Tensor {
    switch places {
    case .slice(let slice): whole.taking(slice)
    case .rows(let indices, let axis): whole.gathered(indices, axis: axis)
    }
  }

  /// The cotangent of the whole for a cotangent of the part.
  func placed(_ g: Tensor) -> Tensor {
    switch places {
    case .slice(let slice): g.placed(slice, in: shape)
    case .rows(let indices, let axis): g.scatterAdded(indices, axis: axis, length: shape.lengths[axis])
    }
  }

  /// Adds a cotangent of the part to the elements of a cotangent of the whole.
  fileprivate func add(_ g: Tensor, to whole: Buffer) {
    switch places {
    case .slice(let slice):
      if slice.counts.contains(0) { return }
      let strides = shape.contiguousStrides
      let layout = StridedLayout(extents: slice.counts, strides: zip(slice.steps, strides).map { $0 * $1 })
      let start = zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
      scatterStrided(g.elements, layout, into: whole, at: start, adding: true)
    case .rows(let indices, let axis):
      scatterAddRows(
        g.elements, outer: shape.lengths[..<axis].reduce(1, *), length: shape.lengths[axis],
        inner: shape.lengths[(axis + 1)...].reduce(1, *), indices: indices, into: whole)
    }
  }
}

/// The cotangents that reach a node from the operations that use its tensor: those of the whole, and those of parts,
/// which are added when the sum is needed.
struct Cotangent {
  private var whole: Tensor?
  private var parts: [(part: Part, cotangent: Tensor)] = []

  /// Adds a cotangent, after all earlier ones.
  mutating func add(_ cotangent: Tensor) { whole = take().map { $0 + cotangent } ?? cotangent }

  /// Adds the cotangent of a part.
  mutating func add(_ cotangent: Tensor, at part: Part) { parts.append((part, cotangent)) }

  /// The sum in the order of the additions, nil if there were none. It is handed over: the receiver may be the only
  /// owner of its memory.
  mutating func take() -> Tensor? {
    defer { self = Cotangent() }
    guard let (part, first) = parts.first else { return whole }
    if whole == nil && parts.count == 1 { return part.placed(first) }
    if whole == nil { whole = Tensor.zeros(part.shape, scalarType: first.scalarType) }
    whole?.add(parts)
    return whole
  }
}

extension Tensor {
  /// Adds cotangents of parts, in place if the memory is not shared.
  fileprivate mutating func add(_ parts: [(part: Part, cotangent: Tensor)]) {
    let edges = [Edge(self) { g in g }] + parts.map { part, cotangent in Edge(cotangent) { g in part.taken(from: g) } }
    ownMemory()
    for (part, cotangent) in parts { part.add(cotangent, to: buffer) }
    self = stopGradient.recorded(edges)
  }
}
