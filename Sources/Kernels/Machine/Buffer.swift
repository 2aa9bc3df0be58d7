/// The type of a buffer's scalars, known at run time.
public enum ScalarType: String, Sendable {
  /// 32-bit floating point: the type that networks are trained in.
  case float
  /// 64-bit floating point: the type that derivatives are checked in.
  case double

  /// The bytes of one scalar.
  public var size: Int { self == .float ? 4 : 8 }
}

/// What a kernel needs to know about a scalar: its vector, one 64-byte register wide.
protocol KernelScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  associatedtype Lanes: SIMD & Sendable where Lanes.Scalar == Self
  static var scalarType: ScalarType { get }
}

extension Float: KernelScalar {
  typealias Lanes = SIMD16<Float>
  static var scalarType: ScalarType { .float }
}

extension Double: KernelScalar {
  typealias Lanes = SIMD8<Double>
  static var scalarType: ScalarType { .double }
}

/// The memory behind a tensor: `count` scalars of one type, aligned to 64 bytes and padded to whole vectors.
///
/// A class because it *is* a piece of memory: several tensors may be views of one buffer, which is freed with the last
/// of them. Only the holder of the sole reference may write; all others copy first.
public final class Buffer: @unchecked Sendable {
  /// The type of every scalar.
  public let scalarType: ScalarType
  /// The number of scalars, not counting padding.
  public let count: Int
  let address: UnsafeMutableRawPointer
  private let bytes: Int

  /// Memory for `count` scalars, whose values are undefined until a kernel writes them.
  public init(_ scalarType: ScalarType, count: Int) {
    self.scalarType = scalarType
    self.count = count
    // Whole vectors, and one more that a last load may touch.
    bytes = (count * scalarType.size + 127) & ~63
    address = Blocks.take(bytes)
    let used = (count * scalarType.size) & ~63
    (address + used).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - used)
  }

  /// A buffer that holds `value` everywhere.
  public convenience init(_ scalarType: ScalarType, count: Int, repeating value: Double) {
    self.init(scalarType, count: count)
    switch scalarType {
    case .float: pointer(Float.self).initialize(repeating: Float(value), count: count)
    case .double: pointer(Double.self).initialize(repeating: value, count: count)
    }
  }

  /// A buffer of `.float` with these scalars.
  public convenience init(_ scalars: [Float]) {
    self.init(.float, count: scalars.count)
    _ = UnsafeMutableBufferPointer(start: pointer(Float.self), count: count).initialize(fromContentsOf: scalars)
  }

  /// A buffer of `.double` with these scalars.
  public convenience init(_ scalars: [Double]) {
    self.init(.double, count: scalars.count)
    _ = UnsafeMutableBufferPointer(start: pointer(Double.self), count: count).initialize(fromContentsOf: scalars)
  }

  deinit { Blocks.give(address, bytes) }

  /// The bytes of all buffers of 256 kB or more that this process has allocated: the memory a computation asks for, as
  /// an exact count.
  public static var bytesOfLargeBuffers: Int { Blocks.handedOut }

  /// The scalar at a position, as a `Double`.
  public subscript(index: Int) -> Double {
    get { scalarType == .float ? Double(pointer(Float.self)[index]) : pointer(Double.self)[index] }
    set {
      switch scalarType {
      case .float: pointer(Float.self)[index] = Float(newValue)
      case .double: pointer(Double.self)[index] = newValue
      }
    }
  }

  /// `count` scalars from `offset` on, as `Float`.
  public func floats(from offset: Int = 0, count: Int) -> [Float] {
    switch scalarType {
    case .float: Array(UnsafeBufferPointer(start: pointer(Float.self, at: offset), count: count))
    case .double: UnsafeBufferPointer(start: pointer(Double.self, at: offset), count: count).map { Float($0) }
    }
  }

  /// `count` scalars from `offset` on, as `Double`.
  public func doubles(from offset: Int = 0, count: Int) -> [Double] {
    switch scalarType {
    case .float: UnsafeBufferPointer(start: pointer(Float.self, at: offset), count: count).map { Double($0) }
    case .double: Array(UnsafeBufferPointer(start: pointer(Double.self, at: offset), count: count))
    }
  }

  /// A typed pointer into the memory. `T` must be the buffer's scalar type.
  func pointer<T: KernelScalar>(_: T.Type, at offset: Int = 0) -> UnsafeMutablePointer<T> {
    assert(T.scalarType == scalarType, "a \(scalarType) buffer was read as \(T.scalarType)")
    return address.assumingMemoryBound(to: T.self) + offset
  }
}

/// Where a kernel starts to read: a buffer and the position of its first scalar.
public struct Region: Sendable {
  /// The memory.
  public let buffer: Buffer
  /// The position of the first scalar.
  public let offset: Int

  /// The region of `buffer` that starts at `offset`.
  public init(_ buffer: Buffer, offset: Int = 0) {
    self.buffer = buffer
    self.offset = offset
  }

  func pointer<T: KernelScalar>(_: T.Type) -> UnsafePointer<T> { UnsafePointer(buffer.pointer(T.self, at: offset)) }

  /// Where the region starts, for a function that receives the type separately.
  var bytes: UnsafeRawPointer { UnsafeRawPointer(buffer.address + offset * buffer.scalarType.size) }
}
