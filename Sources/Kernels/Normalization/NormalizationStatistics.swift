// Mean and variance in one read of memory.

/// The mean of a set of numbers, and the mean of their squared distances from it; NaN if the set is empty. The set is
/// `rows` runs of `length` adjacent numbers, `stride` apart.
///
/// Numbers are measured from a shift that should be close to the mean: with d = x − shift, μ = shift + mean(d) and
/// σ² = mean(d²) − mean(d)², where nothing cancels while the shift is within a few σ of μ. The first number usually is.
/// If not, the mean found becomes the shift, and the numbers are read again.
func statistics<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, rows: Int, length: Int, stride: Int
) -> (mean: V.Scalar, variance: V.Scalar) {
  let count = Double(rows * length)
  if count == 0 { return (.nan, .nan) }
  var (shift, round) = (x[0], 1)
  while true {
    let sums = sums(V.self, x, rows, length, stride, from: shift)
    let distance = sums.first / count
    let square = sums.second / count - distance * distance
    let (mean, variance) = (Double(shift) + distance, square < 0 ? 0 : square)
    if round == 3 || !(distance * distance > 16 * variance) { return (V.Scalar(mean), V.Scalar(variance)) }
    (shift, round) = (V.Scalar(mean), round + 1)
  }
}

/// Σ d and Σ d² with d = x − shift: for very many numbers, the sums of the two halves, recursively down to `most`, so
/// that errors stay small.
private func sums<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ length: Int, _ stride: Int, from shift: V.Scalar,
  most: Int = mostNumbers
) -> (first: Double, second: Double) {
  let (upper, left) = (rows / 2, length / 2 & ~63)
  if rows * length <= most || rows <= 1 && left == 0 {
    let sums = shortSums(V.self, x, rows, length, stride, from: shift)
    return (Double(sums.first), Double(sums.second))
  }
  let (a, b) =
    rows > 1
    ? (
      sums(V.self, x, upper, length, stride, from: shift, most: fewNumbers),
      sums(V.self, x + upper * stride, rows - upper, length, stride, from: shift, most: fewNumbers)
    )
    : (
      sums(V.self, x, 1, left, stride, from: shift, most: fewNumbers),
      sums(V.self, x + left, 1, length - left, stride, from: shift, most: fewNumbers)
    )
  return (a.first + b.first, a.second + b.second)
}

/// The same sums; every few thousand numbers are summed separately.
private func shortSums<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ length: Int, _ stride: Int, from shift: V.Scalar
) -> (first: V.Scalar, second: V.Scalar) {
  let (width, shift, cover) = (V.scalarCount, V(repeating: shift), Cover<V>(length))
  let whole = length / (4 * width) * (4 * width)
  var (first, second) = (V.zero, V.zero)
  var (d0, d1, d2, d3) = (V.zero, V.zero, V.zero, V.zero)
  var (s0, s1, s2, s3) = (V.zero, V.zero, V.zero, V.zero)
  var pending = 0
  // The next row: no processor predicts a jump over all other channels.
  let ahead = rows > 1 ? stride : 0
  for row in 0..<rows {
    let x = x + row * stride
    var start = 0
    while start < whole {
      let end = min(whole, start + longestSum)
      for i in Swift.stride(from: start, to: end, by: 4 * width) {
        for line in 0..<4 { prefetch(x + i + line * width + ahead) }
        let (a, b) = (V(at: x + i) - shift, V(at: x + i + width) - shift)
        let (c, d) = (V(at: x + i + 2 * width) - shift, V(at: x + i + 3 * width) - shift)
        (d0, d1, d2, d3) = (d0 + a, d1 + b, d2 + c, d3 + d)
        (s0, s1) = (s0.addingProduct(a, a), s1.addingProduct(b, b))
        (s2, s3) = (s2.addingProduct(c, c), s3.addingProduct(d, d))
      }
      pending += end - start
      start = end
      if pending >= longestSum {
        first = first + ((d0 + d1) + (d2 + d3))
        second = second + ((s0 + s1) + (s2 + s3))
        (d0, d1, d2, d3) = (V.zero, V.zero, V.zero, V.zero)
        (s0, s1, s2, s3) = (V.zero, V.zero, V.zero, V.zero)
        pending = 0
      }
    }
    for i in Swift.stride(from: whole, to: length, by: width) {
      let d = cover.masked(V(at: x + cover.start(i)) - shift, i)
      (d0, s0) = (d0 + d, s0.addingProduct(d, d))
    }
  }
  first = first + ((d0 + d1) + (d2 + d3))
  second = second + ((s0 + s1) + (s2 + s3))
  return (first.folded { $0 + $1 }, second.folded { $0 + $1 })
}

private let (longestSum, mostNumbers, fewNumbers) = (4096, 1 << 18, 1 << 12)
