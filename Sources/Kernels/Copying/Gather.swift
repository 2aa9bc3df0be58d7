// Reading and adding rows by index: an array [outer × length × inner], indexed along its middle axis.

/// y[o, j, i] = x[o, indices[j], i]; x is [outer × length × inner], y is [outer × indices.count × inner].
public func gatherRows(_ x: Region, outer: Int, length: Int, inner: Int, indices: [Int], into y: Buffer) {
  let rows = outer * indices.count
  parallelChunks(of: rows, atLeast: max(1, cheapGrain / max(1, inner))) { range in
    switch y.scalarType {
    case .float: gather(SIMD16<Float>.self, x, length, inner, indices, y, range)
    case .double: gather(SIMD8<Double>.self, x, length, inner, indices, y, range)
    }
  }
}

/// y[o, indices[j], i] += x[o, j, i], in the order of j: the transpose of `gatherRows`. y is [outer × length × inner].
///
/// Threads divide y by slices and bands of rows; each searches all indices for those in its band.
public func scatterAddRows(_ x: Region, outer: Int, length: Int, inner: Int, indices: [Int], into y: Buffer) {
  // A band pays for a thread only where reading all indices costs little compared with adding the rows of the band.
  let bands = min(length, mostBands, max(1, indices.count * inner / cheapGrain))
  let grain = max(1, cheapGrain * bands / max(1, indices.count * inner))
  parallelChunks(of: outer * bands, atLeast: grain) { range in
    for number in range {
      let (o, band) = number.quotientAndRemainder(dividingBy: bands)
      let rows = band * length / bands..<(band + 1) * length / bands
      switch y.scalarType {
      case .float: scatter(SIMD16<Float>.self, x, o, length, inner, indices, y, rows)
      case .double: scatter(SIMD8<Double>.self, x, o, length, inner, indices, y, rows)
      }
    }
  }
}

/// The maximum number of bands in a slice: each of them reads all indices.
private let mostBands = 16

/// Writes some rows of y, numbered through all slices.
private func gather<V: KernelLanes>(
  _: V.Type, _ x: Region, _ length: Int, _ inner: Int, _ indices: [Int], _ y: Buffer, _ range: Range<Int>
) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  var (slice, j) = range.lowerBound.quotientAndRemainder(dividingBy: indices.count)
  for row in range {
    (y + row * inner).update(from: x + (slice * length + indices[j]) * inner, count: inner)
    j += 1
    if j == indices.count { (slice, j) = (slice + 1, 0) }
  }
}

/// Adds the rows of x that belong to some rows of slice `o` of y.
private func scatter<V: KernelLanes>(
  _: V.Type, _ x: Region, _ o: Int, _ length: Int, _ inner: Int, _ indices: [Int], _ y: Buffer, _ rows: Range<Int>
) {
  let count = indices.count
  let (x, y) = (x.pointer(V.Scalar.self) + o * count * inner, y.pointer(V.Scalar.self) + o * length * inner)
  let whole = inner & ~(V.scalarCount - 1)
  for j in 0..<count where rows.contains(indices[j]) {
    let (source, target) = (x + j * inner, y + indices[j] * inner)
    for i in stride(from: 0, to: whole, by: V.scalarCount) {
      (V(at: target + i) + V(at: source + i)).store(to: target + i)
    }
    for i in whole..<inner { target[i] += source[i] }
  }
}
