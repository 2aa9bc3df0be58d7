import Messages

@_exported public import enum Kernels.ScalarType
public import Kernels

/// An array of numbers with any number of axes: a value, like `Int` or `Array`.
///
/// A tensor is a view of a buffer: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + …, so transposing,
/// slicing and repeating copy nothing. Writing copies first if the buffer is shared.
public struct Tensor: Sendable {
  /// The lengths of the axes.
  public let shape: Shape
  let strides: [Int]
  let offset: Int
  var buffer: Buffer
  /// The origin of the tensor, inside a gradient call; see History.swift.
  let node: Node?

  init(shape: Shape, strides: [Int], offset: Int, buffer: Buffer, node: Node? = nil) {
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.buffer = buffer
    self.node = node
  }

  /// The tensor whose elements are contiguous in `buffer`.
  init(_ shape: Shape, _ buffer: Buffer) {
    self.init(shape: shape, strides: shape.contiguousStrides, offset: 0, buffer: buffer)
  }

  /// The number of elements.
  public var count: Int { shape.count }
  /// The number of axes.
  public var rank: Int { shape.rank }
  /// Whether the elements are `Float` or `Double`.
  public var scalarType: ScalarType { buffer.scalarType }
}

// MARK: - Making tensors

extension Tensor {
  /// A single number.
  public init(_ value: Double, scalarType: ScalarType = .float) {
    self.init([], Buffer(scalarType, count: 1, repeating: value))
  }

  /// A tensor with these elements, in row-major order; a vector if no shape is given.
  public init(_ scalars: [Double], shape: Shape? = nil, scalarType: ScalarType = .float) {
    let shape = shape ?? [scalars.count]
    require(shape.count == scalars.count, "cannot fill \(shape) with \(scalars.count) scalars: it holds \(shape.count)")
    self.init(shape, scalarType == .double ? Buffer(scalars) : Buffer(scalars.map { Float($0) }))
  }

  /// A tensor with these elements, in row-major order; a vector if no shape is given.
  public init(floats scalars: [Float], shape: Shape? = nil) {
    let shape = shape ?? [scalars.count]
    require(shape.count == scalars.count, "cannot fill \(shape) with \(scalars.count) scalars: it holds \(shape.count)")
    self.init(shape, Buffer(scalars))
  }

  /// A matrix with these rows, all of the same length.
  public init(_ rows: [[Double]], scalarType: ScalarType = .float) {
    let columns = rows.first?.count ?? 0
    require(
      rows.allSatisfy { $0.count == columns },
      "cannot make a matrix of rows with lengths \(rows.map(\.count)): all must be the same")
    self.init(rows.flatMap { $0 }, shape: [rows.count, columns], scalarType: scalarType)
  }

  /// A tensor with `value` everywhere.
  public init(repeating value: Double, _ shape: Shape, scalarType: ScalarType = .float) {
    self.init(shape, Buffer(scalarType, count: shape.count, repeating: value))
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: Shape, scalarType: ScalarType = .float) -> Tensor {
    Tensor(repeating: 0, shape, scalarType: scalarType)
  }

  /// A tensor of ones.
  public static func ones(_ shape: Shape, scalarType: ScalarType = .float) -> Tensor {
    Tensor(repeating: 1, shape, scalarType: scalarType)
  }

  /// The number 0 in the scalar type of another tensor.
  static func zero(like x: Tensor) -> Tensor { Tensor(0, scalarType: x.scalarType) }

  /// The number 1 in the scalar type of another tensor.
  static func one(like x: Tensor) -> Tensor { Tensor(1, scalarType: x.scalarType) }

  /// The n×n matrix with ones on the diagonal.
  public static func identity(_ n: Int, scalarType: ScalarType = .float) -> Tensor {
    Tensor.oneHot(Array(0..<n), classes: n, scalarType: scalarType)
  }

  /// A row for each index: 1 at the index, 0 elsewhere. [indices.count × classes]
  public static func oneHot(_ indices: [Int], classes: Int, scalarType: ScalarType = .float) -> Tensor {
    let buffer = Buffer(scalarType, count: indices.count * classes, repeating: 0)
    for (row, index) in indices.enumerated() {
      require(
        index >= 0 && index < classes,
        "cannot encode class \(index) (entry \(row)) among \(classes) classes: they are counted from 0")
      buffer[row * classes + index] = 1
    }
    return Tensor([indices.count, classes], buffer)
  }

  /// `count` equally spaced numbers from `start` to `end`, both included.
  public static func linear(from start: Double, to end: Double, count: Int, scalarType: ScalarType = .float) -> Tensor {
    require(count >= 1, "cannot space \(count) numbers between \(start) and \(end): at least 1 is needed")
    let step = (end - start) / Double(count - 1)
    var numbers = (0..<count).map { start + Double($0) * step }
    (numbers[count - 1], numbers[0]) = (end, start)
    return Tensor(numbers, scalarType: scalarType)
  }

  /// The whole numbers of a range, as a vector.
  public static func range(_ range: Range<Int>, scalarType: ScalarType = .float) -> Tensor {
    Tensor(range.map(Double.init), scalarType: scalarType)
  }
}

// MARK: - Reading tensors

extension Tensor {
  /// The number in a tensor of one element.
  public var item: Double {
    require(count == 1, "cannot read \(shape) as a single number: it has \(count) elements")
    return buffer[offset]
  }

  /// All elements in row-major order, as `Double`.
  public var scalars: [Double] {
    let region = elements
    return region.buffer.doubles(from: region.offset, count: count)
  }

  /// All elements in row-major order, as `Float`.
  public var floats: [Float] {
    let region = elements
    return region.buffer.floats(from: region.offset, count: count)
  }

  /// The elements contiguously: in place if they are already, otherwise as a copy.
  var elements: Region {
    if isContiguous { return Region(buffer, offset: offset) }
    let copy = Buffer(scalarType, count: count)
    gatherStrided(Region(buffer, offset: offset), layout, into: copy)
    return Region(copy)
  }

  var layout: StridedLayout { StridedLayout(extents: shape.lengths, strides: strides) }

  /// Whether the elements are contiguous in memory, last axis fastest.
  var isContiguous: Bool {
    var (axis, step) = (rank, 1)
    while axis > 0 {
      axis -= 1
      if shape.lengths[axis] == 1 { continue }
      if strides[axis] != step { return false }
      step *= shape.lengths[axis]
    }
    return true
  }

  /// The tensor itself if its elements are contiguous, otherwise a copy in its own buffer.
  func contiguous() -> Tensor {
    if isContiguous { return self }
    let region = elements
    return Tensor(
      shape: shape, strides: shape.contiguousStrides, offset: region.offset, buffer: region.buffer, node: node)
  }

  /// Whether two tensors use the same memory.
  public func sharesMemory(with other: Tensor) -> Bool { buffer === other.buffer }

  /// The tensor in another scalar type: `.double` to check, `.float` to train.
  public func converted(to type: ScalarType) -> Tensor {
    if type == scalarType { return self }
    let (from, result) = (scalarType, Buffer(type, count: count))
    convert(elements, into: result, count: count)
    return Tensor(shape, result).recorded([Edge(self) { g in g.converted(to: from) }])
  }
}

extension Tensor: Equatable {
  /// Whether shapes and all elements are equal; NaN equals nothing.
  public static func == (a: Tensor, b: Tensor) -> Bool { a.shape == b.shape && a.scalars == b.scalars }
}
