// Normalization of rows in which every element has its own scale and shift: layer normalization, and group
// normalization of plain features. Only the identity is applied in registers: few layers of this form have another
// activation function.

extension NormalizationForward {
  func rows() {
    let (length, cover) = (n.groupSize, Cover<V>(n.groupSize))
    for group in range {
      let (place, channel) = n.start(of: group)
      let (x, y, scale, shift) = (x + place, y + place, scale + channel, shift + channel)
      if findsStatistics {
        (mean[group], variance[group]) = statistics(V.self, x, rows: 1, length: length, stride: 0)
      }
      let inverse = V(repeating: inverseDeviation(group, x, rows: 1, length: length, stride: 0))
      let center = V(repeating: mean[group])
      @inline(__always)
      func value(_ i: Int) -> V {
        let normalized = (V(at: x + i) - center) * inverse
        return V(at: shift + i).addingProduct(V(at: scale + i), normalized)
      }
      if length < V.scalarCount {
        value(0).store(to: y, atMost: length)
      } else {
        for i in stride(from: 0, to: length, by: V.scalarCount) { value(cover.start(i)).store(to: y + cover.start(i)) }
      }
      if n.activation != .identity { n.activation.apply(V.self, to: y, count: length) }
    }
  }
}

extension NormalizationBackward {
  /// As for runs, with γ and the sums dβ and dγ element by element.
  func rows() {
    let (length, cover) = (n.groupSize, Cover<V>(n.groupSize))
    let vectors = (length + V.scalarCount - 1) / V.scalarCount
    withUnsafeTemporaryAllocation(of: V.self, capacity: max(1, 2 * vectors)) { kept in
      guard let kept = kept.baseAddress else { return }
      for group in range { row(group, length, cover, kept, kept + vectors) }
    }
  }

  /// One row; `kept` holds γ h, `cotangents` h = g f′.
  @inline(__always)
  private func row(
    _ group: Int, _ length: Int, _ cover: Cover<V>, _ kept: UnsafeMutablePointer<V>,
    _ cotangents: UnsafeMutablePointer<V>
  ) {
    let (place, channel) = n.start(of: group)
    let (x, dx, scale, shift) = (x + place, dx + place, scale + channel, shift + channel)
    let (dScale, dShift) = (dScale + channel, dShift + channel)
    let inverse = V(repeating: inverseDeviation(group, x, rows: 1, length: length, stride: 0))
    let center = V(repeating: mean[group])
    var g = g + place
    if n.activation != .identity {
      let z = UnsafeMutableRawPointer(cotangents).assumingMemoryBound(to: V.Scalar.self)
      for i in stride(from: 0, to: length, by: V.scalarCount) {
        V(at: shift + i).addingProduct(V(at: scale + i), (V(at: x + i) - center) * inverse).store(to: z + i)
      }
      n.activation.pullBack(V.self, g, at: z, count: length)
      g = UnsafePointer(z)
    }
    var (sum, product, next) = (V.zero, V.zero, kept)
    for i in stride(from: 0, to: length, by: V.scalarCount) {
      let at = cover.start(i)
      let (normalized, scale) = ((V(at: x + at) - center) * inverse, V(at: scale + at))
      let h = V(at: g + at)
      let (new, newProduct) = (cover.masked(h, i), cover.masked(h * normalized, i))
      (V(at: dShift + at) + new).store(to: dShift + at)  // lanes beyond the row add 0
      (V(at: dScale + at) + newProduct).store(to: dScale + at)
      next.pointee = h * scale
      next += 1
      sum = sum + cover.masked(h * scale, i)
      product = product + cover.masked(h * normalized * scale, i)
    }
    let count = V.Scalar(length)
    let (h, hx) = (V(repeating: sum.folded { $0 + $1 } / count), V(repeating: product.folded { $0 + $1 } / count))
    @inline(__always)
    func derivative(_ at: Int, _ scaled: V) -> V {
      let normalized = (V(at: x + at) - center) * inverse
      return (scaled - h - hx * normalized) * inverse
    }
    if length < V.scalarCount { return derivative(0, kept[0]).store(to: dx, atMost: length) }
    next = kept
    for i in stride(from: 0, to: length, by: V.scalarCount) {
      derivative(cover.start(i), next.pointee).store(to: dx + cover.start(i))
      next += 1
    }
  }
}
