// The position of the largest or smallest number of a line.

/// Finds the position of the largest (or smallest) number of each line x[o, 0…length−1, i]; among equals, the first.
/// NaN counts as the extreme.
public func indexOfExtreme(
  _ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int
) -> [Int] {
  switch (x.buffer.scalarType, inner) {
  case (.float, 1): indexInRows(r, SIMD16<Float>.self, x, outer, length)
  case (.double, 1): indexInRows(r, SIMD8<Double>.self, x, outer, length)
  case (.float, _): indexOfExtreme(r, x.pointer(Float.self), outer, length, inner)
  case (.double, _): indexOfExtreme(r, x.pointer(Double.self), outer, length, inner)
  }
}

private func indexOfExtreme<T: KernelScalar>(
  _ r: Reduction, _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int
) -> [Int] {
  var result: [Int] = []
  result.reserveCapacity(outer * inner)
  for o in 0..<outer {
    for i in 0..<inner {
      var best = 0
      for k in 1..<max(length, 1) {
        let (held, next) = (x[(o * length + best) * inner + i], x[(o * length + k) * inner + i])
        if !held.isNaN && (next.isNaN || (r == .minimum ? next < held : next > held)) { best = k }
      }
      result.append(best)
    }
  }
  return result
}

/// Contiguous lines: first the extreme of the row, vector by vector, then the first position that holds it.
private func indexInRows<V: KernelLanes>(_ r: Reduction, _: V.Type, _ x: Region, _ rows: Int, _ length: Int) -> [Int] {
  let extremes = Buffer(V.Scalar.scalarType, count: rows)
  reduce(r == .minimum ? .minimum : .maximum, x, outer: rows, length: length, inner: 1, into: extremes)
  let (x, extreme) = (x.pointer(V.Scalar.self), extremes.pointer(V.Scalar.self))
  return [Int](unsafeUninitializedCapacity: rows) { result, count in
    for row in 0..<rows {
      let (x, wanted) = (x + row * length, extreme[row])
      var place = 0
      if wanted == wanted {
        while place < length && x[place] != wanted { place &+= 1 }
      } else {
        while place < length && x[place] == x[place] { place &+= 1 }
      }
      result[row] = place
    }
    count = rows
  }
}
