// Normalization of runs of positions that share one scale and one shift: images, group by group.

extension NormalizationForward {
  func runs(_ f: some LaneActivation) {
    let (length, cover) = (n.positions, Cover<V>(n.positions))
    let (channels, runs, stride) = (n.channelsPerGroup, n.runsPerChannel, n.channels * n.positions)
    for group in range {
      let (place, firstChannel) = n.start(of: group)
      if findsStatistics {
        // The channels of a group are neighbours: together they are one long run.
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
    }
  }
}

extension NormalizationBackward {
  /// With h = g f′(γ x̂ + β): dβ = Σ h and dγ = Σ h x̂ over the channel, and
  /// dx = (γ h − mean(γ h) − x̂ mean(γ h x̂)) / √(σ² + ε) with means over the group.
  func runs(_ f: some LaneActivation) {
    let vectors = (n.positions + V.scalarCount - 1) / V.scalarCount
    let kept = f.isCostly ? n.channelsPerGroup * n.runsPerChannel * vectors : 0
    withUnsafeTemporaryAllocation(of: V.self, capacity: max(1, kept)) { kept in
      guard let kept = kept.baseAddress else { return }
      for group in range {
        let means = sums(f, group, kept)
        differentiate(f, group, means, kept)
      }
    }
  }

  /// Adds Σ h and Σ h x̂ of each channel to dβ and dγ. Comes back with the means of γ h and of γ h x̂ over the group.
  @inline(__always)
  private func sums(
    _ f: some LaneActivation, _ group: Int, _ kept: UnsafeMutablePointer<V>
  ) -> (h: V.Scalar, hx: V.Scalar) {
    let (length, cover) = (n.positions, Cover<V>(n.positions))
    let (channels, runs, stride) = (n.channelsPerGroup, n.runsPerChannel, n.channels * n.positions)
    let (place, firstChannel) = n.start(of: group)
    let center = V(repeating: mean[group])
    let inverse = inverseDeviation(group, x + place, rows: runs, length: channels * length, stride: stride)
    let ahead = runs > 1 ? stride : 0  // the next image: no processor foresees a leap over all other channels
    var means = (h: 0.0, hx: 0.0)
    var next = kept
    for channel in firstChannel..<firstChannel + channels {
      let factor = V(repeating: scale[channel] * inverse)
      let shift = V(repeating: shift[channel])
      var (sum, product) = (V.zero, V.zero)
      for run in 0..<runs {
        let start = place + (channel - firstChannel) * length + run * stride
        var (h, hx) = (V.zero, V.zero)
        for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
          let at = start + cover.start(i)
          prefetch(x + at + ahead)
          prefetch(g + at + ahead)
          let d = V(at: x + at) - center
          let cotangent = V(at: g + at) * f.derivative(at: shift.addingProduct(factor, d))
          if f.isCostly {
            next.pointee = cotangent
            next += 1
          }
          h = h + cover.masked(cotangent, i)
          hx = hx + cover.masked(cotangent * d, i)
        }
        (sum, product) = (sum + h, product + hx)
      }
      let (h, hx) = (sum.folded { $0 + $1 }, product.folded { $0 + $1 } * inverse)
      dShift[channel] += h
      dScale[channel] += hx
      means.h += Double(scale[channel] * h)
      means.hx += Double(scale[channel] * hx)
    }
    let count = Double(n.groupSize)
    return (V.Scalar(means.h / count), V.Scalar(means.hx / count))
  }

  @inline(__always)
  private func differentiate(
    _ f: some LaneActivation, _ group: Int, _ means: (h: V.Scalar, hx: V.Scalar), _ kept: UnsafeMutablePointer<V>
  ) {
    let (length, cover) = (n.positions, Cover<V>(n.positions))
    let (channels, runs, stride) = (n.channelsPerGroup, n.runsPerChannel, n.channels * n.positions)
    let (place, firstChannel) = n.start(of: group)
    let center = V(repeating: mean[group])
    let inverse = inverseDeviation(group, x + place, rows: runs, length: channels * length, stride: stride)
    // dx = factor · h − offset − slope · (unit · (x − μ)), where 1/σ² for a slope might be less than any number
    let unit = inverse * inverse < V.Scalar.leastNormalMagnitude ? inverse : 1
    let (offset, slope) = (V(repeating: means.h * inverse), V(repeating: means.hx * inverse * (inverse / unit)))
    let ahead = runs > 1 ? stride : 0
    var next = kept
    for channel in firstChannel..<firstChannel + channels {
      let factor = V(repeating: scale[channel] * inverse)
      let shift = V(repeating: shift[channel])
      @inline(__always)
      func derivative(_ at: Int) -> V {
        let d = V(at: x + at) - center
        var h = next.pointee
        if f.isCostly {
          next += 1
        } else {
          h = V(at: g + at) * f.derivative(at: shift.addingProduct(factor, d))
        }
        return (factor * h - offset) - slope * (d * unit)
      }
      for run in 0..<runs {
        let start = place + (channel - firstChannel) * length + run * stride
        if length < V.scalarCount {
          derivative(start).store(to: dx + start, atMost: length)
        } else {
          for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
            prefetch(dx + start + i + ahead)
            derivative(start + cover.start(i)).store(to: dx + start + cover.start(i))
          }
        }
      }
    }
  }
}
