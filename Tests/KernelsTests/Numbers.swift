import Kernels

/// Numbers that look random and are the same in every run (Steele, Lea and Flood, 2014).
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The next number in [−1, 1).
  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1
  }

  /// The next `count` numbers in [−1, 1), rounded to the scalar type.
  mutating func array(_ count: Int, _ type: ScalarType = .double) -> [Double] {
    (0..<count).map { _ in
      let x = next()
      return type == .float ? Double(Float(x)) : x
    }
  }
}

extension Buffer {
  /// A buffer of either type with these scalars.
  convenience init(_ scalars: [Double], _ type: ScalarType) {
    switch type {
    case .float: self.init(scalars.map { Float($0) })
    case .double: self.init(scalars)
    }
  }

  /// All scalars.
  var values: [Double] { doubles(count: count) }
}

extension ScalarType {
  /// The distance between 1 and the next number.
  var epsilon: Double { self == .float ? Double(Float.ulpOfOne) : Double.ulpOfOne }
}

/// Whether two arrays agree within a relative error, absolute for numbers below 1; NaN equals NaN.
func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { a, b in
      a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * max(1, abs(a), abs(b))
    }
}

/// Lengths at which loops fail: zero, one, primes, one less and one more than a vector, several vectors.
let awkwardLengths = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 67, 257]

/// ⟨a, b⟩
func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
