// Normalization of the columns of a matrix, one vector of columns at a time: batch normalization of plain features.

extension NormalizationForward {
  func columns() {
    let f = Bend<V>(n.activation)
    for column in range {
      let first = column * V.scalarCount
      let (x, y, count) = (x + first, y + first, n.channels - first)
      if findsStatistics { columnStatistics(x, first, count) }
      let inverse = n.inverseDeviations(V(at: variance + first), count) { lane in
        inverseDeviation(first + lane, x + lane, rows: n.examples, length: 1, stride: n.channels)
      }
      let center = V(at: mean + first)
      let (factor, shift) = (V(at: scale + first) * inverse, V(at: shift + first))
      for row in 0..<n.examples {
        let place = row * n.channels
        f(shift.addingProduct(factor, V(at: x + place) - center)).store(to: y + place, atMost: count)
      }
    }
    if n.activation.isBend { return }
    let columns = n.scalars(of: range, V.self)
    for row in 0..<n.examples {
      n.activation.apply(V.self, to: y + row * n.channels + columns.lowerBound, count: columns.count)
    }
  }

  /// Computes the mean, then the variance, and from it corrects the rounding of the mean: the columns are in a cache.
  @inline(__always)
  private func columnStatistics(_ x: UnsafePointer<V.Scalar>, _ first: Int, _ count: Int) {
    let examples = V(repeating: V.Scalar(n.examples))
    let center = columnSums(n.examples, n.channels, x) { $0 }.sum / examples
    let rest = columnSums(n.examples, n.channels, x) { $0 - center }
    let distance = rest.sum / examples
    (center + distance).store(to: mean + first, atMost: count)
    (rest.squares / examples - distance * distance).store(to: variance + first, atMost: count)
  }
}

/// Σ f(x) and Σ f(x)² for each of a vector of columns; every few thousand rows are summed separately, so that errors
/// stay small.
@inline(__always)
private func columnSums<V: KernelLanes>(
  _ rows: Int, _ stride: Int, _ x: UnsafePointer<V.Scalar>, _ f: (V) -> V
) -> (sum: V, squares: V) {
  var (sum, squares) = (V.zero, V.zero)
  for first in Swift.stride(from: 0, to: rows, by: 1 << 18) {
    var (long, longSquares) = (V.zero, V.zero)
    for start in Swift.stride(from: first, to: min(rows, first + 1 << 18), by: 1 << 12) {
      let part = shortColumnSums(min(1 << 12, rows - start), stride, x + start * stride, f)
      (long, longSquares) = (long + part.sum, longSquares + part.squares)
    }
    (sum, squares) = (sum + long, squares + longSquares)
  }
  return (sum, squares)
}

/// The same sums; every 64 rows are summed separately.
@inline(__always)
private func shortColumnSums<V: KernelLanes>(
  _ rows: Int, _ stride: Int, _ x: UnsafePointer<V.Scalar>, _ f: (V) -> V
) -> (sum: V, squares: V) {
  var (sum, squares) = (V.zero, V.zero)
  for start in Swift.stride(from: 0, to: rows, by: 64) {
    var (partial, partialSquares) = (V.zero, V.zero)
    for row in start..<min(rows, start + 64) {
      let value = f(V(at: x + row * stride))
      (partial, partialSquares) = (partial + value, partialSquares.addingProduct(value, value))
    }
    (sum, squares) = (sum + partial, squares + partialSquares)
  }
  return (sum, squares)
}

extension NormalizationBackward {
  /// As for runs, with each lane a group of its own.
  func columns() {
    let (examples, f) = (V(repeating: V.Scalar(n.examples)), Bend<V>(n.activation))
    let g = n.activation.isBend ? g : columnCotangents()
    for column in range {
      let first = column * V.scalarCount
      let (g, x, dx, count) = (g + first, x + first, dx + first, n.channels - first)
      let (center, inverse) = (V(at: mean + first), columnDeviations(first, count))
      let (factor, shift) = (V(at: scale + first) * inverse, V(at: shift + first))
      var (sum, product) = (V.zero, V.zero)
      for row in 0..<n.examples {
        let place = row * n.channels
        let d = V(at: x + place) - center
        let h = V(at: g + place) * f.derivative(at: shift.addingProduct(factor, d))
        h.store(to: dx + place, atMost: count)
        (sum, product) = (sum + h, product.addingProduct(h, d))
      }
      product = product * inverse
      sum.store(to: dShift + first, atMost: count)
      product.store(to: dScale + first, atMost: count)
      // dx = factor · (h − mean(h) − x̂ mean(h x̂))
      let (offset, slope) = (sum / examples, product * inverse / examples)
      for row in 0..<n.examples {
        let place = row * n.channels
        let h = V(at: dx + place) - offset
        (h.addingProduct(-slope, V(at: x + place) - center) * factor).store(to: dx + place, atMost: count)
      }
    }
  }
  /// h = g f′(γ x̂ + β), stored where dx will be.
  private func columnCotangents() -> UnsafePointer<V.Scalar> {
    for column in range {
      let first = column * V.scalarCount
      let (x, dx, count) = (x + first, dx + first, n.channels - first)
      let center = V(at: mean + first)
      let (factor, shift) = (V(at: scale + first) * columnDeviations(first, count), V(at: shift + first))
      for place in stride(from: 0, to: n.examples * n.channels, by: n.channels) {
        shift.addingProduct(factor, V(at: x + place) - center).store(to: dx + place, atMost: count)
      }
    }
    let columns = n.scalars(of: range, V.self)
    for row in 0..<n.examples {
      let place = row * n.channels + columns.lowerBound
      n.activation.pullBack(V.self, g + place, at: dx + place, count: columns.count)
    }
    return UnsafePointer(dx)
  }

  /// 1 / √(σ² + ε) for a vector of columns, of which the first `count` exist.
  @inline(__always)
  private func columnDeviations(_ first: Int, _ count: Int) -> V {
    n.inverseDeviations(V(at: variance + first), count) { lane in
      inverseDeviation(first + lane, x + first + lane, rows: n.examples, length: 1, stride: n.channels)
    }
  }
}

extension Normalization {
  /// The columns in a range of vectors.
  fileprivate func scalars<V: KernelLanes>(of range: Range<Int>, _: V.Type) -> Range<Int> {
    range.lowerBound * V.scalarCount..<min(channels, range.upperBound * V.scalarCount)
  }
}
