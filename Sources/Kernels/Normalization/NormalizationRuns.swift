// Normalization of runs of positions that share one scale and one shift: images, group by group.

extension NormalizationForward {
  func runs() {
    let (length, cover, f) = (n.positions, Cover<V>(n.positions), Bend<V>(n.activation))
    let (channels, runs, stride) = (n.channelsPerGroup, n.runsPerChannel, n.channels * n.positions)
    for group in range {
      let (place, firstChannel) = n.start(of: group)
      if findsStatistics {
        // The channels of a group are adjacent: together they are one long run.
        (mean[group], variance[group]) = statistics(
          V.self, x + place, rows: runs, length: channels * length, stride: stride)
      }
      let inverse = inverseDeviation(group, x + place, rows: runs, length: channels * length, stride: stride)
      let center = V(repeating: mean[group])
      let ahead = runs > 1 ? stride : 0
      for channel in 0..<channels {
        let factor = V(repeating: scale[firstChannel + channel] * inverse)
        let shift = V(repeating: shift[firstChannel + channel])
        @inline(__always)
        func value(_ i: Int) -> V { f(shift.addingProduct(factor, V(at: x + i) - center)) }
        for run in 0..<runs {
          let start = place + channel * length + run * stride
          if length < V.scalarCount {
            value(start).store(to: y + start, atMost: length)
          } else {
            for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
              prefetch(y + start + i + ahead)
              value(start + cover.start(i)).store(to: y + start + cover.start(i))
            }
          }
        }
      }
      for run in 0..<(n.activation.isBend ? 0 : runs) {
        n.activation.apply(V.self, to: y + place + run * stride, count: channels * length)
      }
    }
  }
}

/// The runs of one group, and what their derivatives need.
private struct RunsOfGroup<V: KernelLanes> {
  let place, channel, channels, length, runs, stride: Int
  let center: V
  let inverse: V.Scalar
  let f: Bend<V>

  init(_ backward: NormalizationBackward<V>, _ group: Int) {
    let n = backward.n
    (place, channel) = n.start(of: group)
    (channels, length, f) = (n.channelsPerGroup, n.positions, Bend(n.activation))
    (runs, stride) = (n.runsPerChannel, n.channels * n.positions)
    center = V(repeating: backward.mean[group])
    // The channels of a group are adjacent: together they are one long run.
    inverse = backward.inverseDeviation(
      group, backward.x + place, rows: runs, length: channels * length, stride: stride)
  }
}

extension NormalizationBackward {
  /// With h = g f′(γ x̂ + β): dβ = Σ h and dγ = Σ h x̂ over the channel, and
  /// dx = (γ h − mean(γ h) − x̂ mean(γ h x̂)) / √(σ² + ε) with means over the group.
  func runs() {
    let kept = n.activation.isBend ? 0 : n.groupSize / V.scalarCount + 2
    withUnsafeTemporaryAllocation(of: V.self, capacity: max(1, kept)) { kept in
      guard let kept = kept.baseAddress else { return }
      let h = UnsafeMutableRawPointer(kept).assumingMemoryBound(to: V.Scalar.self)
      for group in range {
        let r = RunsOfGroup(self, group)
        if n.activation.isBend {
          differentiate(r, g + r.place, r.stride, sums(r, g + r.place, r.stride))
        } else {
          keepCotangents(r, h)
          differentiate(r, h, r.channels * r.length, sums(r, h, r.channels * r.length))
        }
      }
    }
  }

  /// h, run after run.
  private func keepCotangents(_ r: RunsOfGroup<V>, _ h: UnsafeMutablePointer<V.Scalar>) {
    for run in 0..<r.runs {
      let start = h + run * r.channels * r.length
      for channel in 0..<r.channels {
        let factor = V(repeating: scale[r.channel + channel] * r.inverse)
        let shift = V(repeating: shift[r.channel + channel])
        let (x, z) = (x + r.place + run * r.stride + channel * r.length, start + channel * r.length)
        for i in stride(from: 0, to: r.length, by: V.scalarCount) {  // the next run overwrites the excess
          shift.addingProduct(factor, V(at: x + i) - r.center).store(to: z + i)
        }
      }
      n.activation.pullBack(V.self, g + r.place + run * r.stride, at: start, count: r.channels * r.length)
    }
  }

  /// Adds Σ h and Σ h x̂ of each channel to dβ and dγ. Returns the means of γ h and of γ h x̂ over the group.
  ///
  /// Cotangents start at `g`, with distance `width` between the runs of a channel.
  @inline(__always)
  private func sums(
    _ r: RunsOfGroup<V>, _ g: UnsafePointer<V.Scalar>, _ width: Int
  ) -> (h: V.Scalar, hx: V.Scalar) {
    let (length, cover, x) = (r.length, Cover<V>(r.length), x + r.place)
    // The next image: no processor predicts a jump over all other channels.
    let (ahead, aheadOfG) = r.runs > 1 ? (r.stride, width) : (0, 0)
    var means = (h: 0.0, hx: 0.0)
    for channel in 0..<r.channels {
      let factor = V(repeating: scale[r.channel + channel] * r.inverse)
      let shift = V(repeating: shift[r.channel + channel])
      var (sum, product) = (V.zero, V.zero)
      for run in 0..<r.runs {
        let (x, g) = (x + channel * length + run * r.stride, g + channel * length + run * width)
        var (h, hx) = (V.zero, V.zero)
        for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
          let at = cover.start(i)
          prefetch(x + at + ahead)
          prefetch(g + at + aheadOfG)
          let d = V(at: x + at) - r.center
          let cotangent = V(at: g + at) * r.f.derivative(at: shift.addingProduct(factor, d))
          h = h + cover.masked(cotangent, i)
          hx = hx + cover.masked(cotangent * d, i)
        }
        (sum, product) = (sum + h, product + hx)
      }
      let (h, hx) = (sum.folded { $0 + $1 }, product.folded { $0 + $1 } * r.inverse)
      dShift[r.channel + channel] += h
      dScale[r.channel + channel] += hx
      means.h += Double(scale[r.channel + channel] * h)
      means.hx += Double(scale[r.channel + channel] * hx)
    }
    let count = Double(n.groupSize)
    return (V.Scalar(means.h / count), V.Scalar(means.hx / count))
  }

  @inline(__always)
  private func differentiate(
    _ r: RunsOfGroup<V>, _ g: UnsafePointer<V.Scalar>, _ width: Int, _ means: (h: V.Scalar, hx: V.Scalar)
  ) {
    let (length, cover, inverse) = (r.length, Cover<V>(r.length), r.inverse)
    // dx = factor · h − offset − slope · (unit · (x − μ)); a slope with 1/σ² could underflow
    let unit = inverse * inverse < V.Scalar.leastNormalMagnitude ? inverse : 1
    let (offset, slope) = (V(repeating: means.h * inverse), V(repeating: means.hx * inverse * (inverse / unit)))
    let ahead = r.runs > 1 ? r.stride : 0
    for channel in 0..<r.channels {
      let factor = V(repeating: scale[r.channel + channel] * inverse)
      let shift = V(repeating: shift[r.channel + channel])
      for run in 0..<r.runs {
        let start = r.place + channel * length + run * r.stride
        let (x, g, dx) = (x + start, g + channel * length + run * width, dx + start)
        @inline(__always)
        func derivative(_ at: Int) -> V {
          let d = V(at: x + at) - r.center
          let h = V(at: g + at) * r.f.derivative(at: shift.addingProduct(factor, d))
          return (factor * h - offset) - slope * (d * unit)
        }
        if length < V.scalarCount {
          derivative(0).store(to: dx, atMost: length)
        } else {
          for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
            prefetch(dx + i + ahead)
            derivative(cover.start(i)).store(to: dx + cover.start(i))
          }
        }
      }
    }
  }
}
