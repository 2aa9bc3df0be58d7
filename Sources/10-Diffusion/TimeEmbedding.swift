// § 10.5.1  The embedding of time

import Messages
import Tensors
import Transformer

/// The time embedding of Listing 10.8a: d/2 sines, then d/2 cosines, of t · 10000^(−i/(d/2 − 1)) for i = 0, …, d/2 − 1.
///
/// t: N numbers → [N×d]
public func timeEmbedding(_ t: [Double], dimension d: Int, scalarType: ScalarType = .float) -> Tensor {
  require(
    d >= 4 && d.isMultiple(of: 2),
    "cannot embed time in \(d) numbers: an even number from 4 on is needed, for sines and cosines of at least two "
      + "frequencies")
  let i = Tensor((0..<d / 2).map(Double.init), scalarType: .double)
  let frequencies = Tensor(10_000, scalarType: .double).power(-i / Double(d / 2 - 1))
  let angles = Tensor(t, shape: [t.count, 1], scalarType: .double) * frequencies
  return Tensor.concatenated([angles.sin(), angles.cos()], axis: 1).converted(to: scalarType)
}

/// The time embedding by the formula: PE(t, 2i) = sin(t/10000^(2i/d)), PE(t, 2i + 1) = cos(t/10000^(2i/d)). (10.19)
///
/// These are the positions of chapter 7. The listing has another order, and its frequencies end at 1/10,000, not at
/// 10000^(2/d)/10,000; a network can learn from either form. t: N steps from 0 on → [N×d]
public func interleavedTimeEmbedding(_ t: [Int], dimension d: Int, scalarType: ScalarType = .float) -> Tensor {
  require(
    !t.isEmpty && t.allSatisfy { $0 >= 0 },
    "cannot embed the steps \(t.prefix(5)): at least one step is needed, and each must be 0 or more")
  return sinusoidalPositions((t.max() ?? 0) + 1, d, scalarType: scalarType).gathered(t)
}
