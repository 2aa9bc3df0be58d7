// Reading and adding rows by their index: [outer × length × inner] seen along its middle axis.

/// y[o, j, i] = x[o, indices[j], i]; x is [outer × length × inner], y is [outer × indices.count × inner].
public func gatherRows(_ x: Region, outer: Int, length: Int, inner: Int, indices: [Int], into y: Buffer) {
  switch y.scalarType {
  case .float: gather(x.pointer(Float.self), outer, length, inner, indices, y.pointer(Float.self))
  case .double: gather(x.pointer(Double.self), outer, length, inner, indices, y.pointer(Double.self))
  }
}

/// y[o, indices[j], i] += x[o, j, i], in the order of j: the transpose of `gatherRows`. y is [outer × length × inner].
public func scatterAddRows(_ x: Region, outer: Int, length: Int, inner: Int, indices: [Int], into y: Buffer) {
  switch y.scalarType {
  case .float: scatter(x.pointer(Float.self), outer, length, inner, indices, y.pointer(Float.self))
  case .double: scatter(x.pointer(Double.self), outer, length, inner, indices, y.pointer(Double.self))
  }
}

private func gather<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ indices: [Int], _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for (j, index) in indices.enumerated() {
      let (source, target) = (x + (o * length + index) * inner, y + (o * indices.count + j) * inner)
      target.update(from: source, count: inner)
    }
  }
}

private func scatter<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ indices: [Int], _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for (j, index) in indices.enumerated() {
      let (source, target) = (x + (o * indices.count + j) * inner, y + (o * length + index) * inner)
      for i in 0..<inner { target[i] += source[i] }
    }
  }
}
