// Scans along the middle axis of an array [outer × length × inner]: each result continues the one before it.

/// Computes y[o, k, i] = x[o, 0, i] ∘ … ∘ x[o, k, i], with ∘ any of the reductions, in double precision, then rounded.
public func scan(_ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int, into y: Buffer) {
  switch y.scalarType {
  case .float: scan(r, x.pointer(Float.self), outer, length, inner, y.pointer(Float.self))
  case .double: scan(r, x.pointer(Double.self), outer, length, inner, y.pointer(Double.self))
  }
}

/// Computes y[o, k, i] = x[o, k, i] + f[o, k, i] · y[o, k − 1, i], where y[o, 0, i] = x[o, 0, i], in double precision,
/// then rounded.
public func scanLinearly(_ x: Region, factors f: Region, outer: Int, length: Int, inner: Int, into y: Buffer) {
  switch y.scalarType {
  case .float:
    scanLinearly(x.pointer(Float.self), f.pointer(Float.self), outer, length, inner, y.pointer(Float.self))
  case .double:
    scanLinearly(x.pointer(Double.self), f.pointer(Double.self), outer, length, inner, y.pointer(Double.self))
  }
}

private func scan<T: KernelScalar>(
  _ r: Reduction, _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for i in 0..<inner {
      var total = r.neutral
      for k in 0..<length {
        let place = (o * length + k) * inner + i
        total = r(total, Double(x[place]))
        y[place] = T(total)
      }
    }
  }
}

private func scanLinearly<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ f: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for i in 0..<inner {
      var total = 0.0
      for k in 0..<length {
        let place = (o * length + k) * inner + i
        total = k == 0 ? Double(x[place]) : Double(x[place]) + Double(f[place]) * total
        y[place] = T(total)
      }
    }
  }
}
