// Average pooling and its transpose.

/// y[o] = the mean of window o, where padding counts as zeros.
public func poolAverage(_ x: Region, _ shape: PoolingShape, into y: Buffer) {
  forEachPlane(of: shape) { plane in
    switch y.scalarType {
    case .float: average(Float.self, x, shape, y, plane)
    case .double: average(Double.self, x, shape, y, plane)
    }
  }
}

/// dx = zeros, to which y[o] / places is added at every place of window o: the transpose of `poolAverage`.
public func spreadOverWindows(_ y: Region, _ shape: PoolingShape, into dx: Buffer) {
  forEachPlane(of: shape) { plane in
    switch dx.scalarType {
    case .float: spread(Float.self, y, shape, dx, plane)
    case .double: spread(Double.self, y, shape, dx, plane)
    }
  }
}

/// Row by row of windows, place by place along the whole row.
private func average<T: KernelScalar>(
  _: T.Type, _ x: Region, _ shape: PoolingShape, _ y: Buffer, _ plane: Int
) {
  let (rows, columns) = (shape.rows, shape.columns)
  let (x, y) = (x.pointer(T.self) + plane * shape.inputsPerPlane, y.pointer(T.self, at: plane * shape.outputsPerPlane))
  let scale = 1 / T(shape.places)
  for i in 0..<rows.count {
    let y = y + i * columns.count
    if rows.isPairs && columns.isPairs {
      let upper = x + 2 * i * columns.length
      let lower = upper + columns.length
      for j in 0..<columns.count {
        y[j] = ((upper[2 &* j] + upper[2 &* j &+ 1]) + (lower[2 &* j] + lower[2 &* j &+ 1])) * scale
      }
      continue
    }
    y.update(repeating: 0, count: columns.count)
    for a in rows.places(of: i) {
      let row = x + (rows.start(of: i) + a) * columns.length - columns.padding
      for b in 0..<columns.window {
        let windows = columns.windows(withPlace: b)
        switch columns.stride {  // with a constant, the loop is made of vectors
        case 1: for j in windows { y[j] += row[j &+ b] }
        case 2: for j in windows { y[j] += row[2 &* j &+ b] }
        default: for j in windows { y[j] += row[columns.stride &* j &+ b] }
        }
      }
    }
    for j in 0..<columns.count { y[j] *= scale }
  }
}

private func spread<T: KernelScalar>(
  _: T.Type, _ y: Region, _ shape: PoolingShape, _ dx: Buffer, _ plane: Int
) {
  let (rows, columns) = (shape.rows, shape.columns)
  let (y, dx) = (
    y.pointer(T.self) + plane * shape.outputsPerPlane, dx.pointer(T.self, at: plane * shape.inputsPerPlane)
  )
  let scale = 1 / T(shape.places)
  if rows.isPairs && columns.isPairs { return spreadOverFour(y, scale, shape, dx) }
  dx.update(repeating: 0, count: shape.inputsPerPlane)
  for i in 0..<rows.count {
    let y = y + i * columns.count
    for a in rows.places(of: i) {
      let row = dx + (rows.start(of: i) + a) * columns.length - columns.padding
      for b in 0..<columns.window {
        for j in columns.windows(withPlace: b) { row[columns.stride &* j &+ b] += y[j] * scale }
      }
    }
  }
}

/// Windows of two by two numbers that lie side by side: all of the plane is written once.
@inline(__always)
private func spreadOverFour<T: KernelScalar>(
  _ y: UnsafePointer<T>, _ scale: T, _ shape: PoolingShape, _ dx: UnsafeMutablePointer<T>
) {
  let (count, length) = (shape.columns.count, shape.columns.length)
  for i in 0..<shape.rows.count {
    let (y, upper) = (y + i * count, dx + 2 * i * length)
    for j in 0..<count {
      let share = y[j] * scale
      upper[2 &* j] = share
      upper[2 &* j &+ 1] = share
    }
    if length % 2 == 1 { upper[length - 1] = 0 }
    (upper + length).update(from: upper, count: length)
  }
  shape.clearRest(dx)
}
