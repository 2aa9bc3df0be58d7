// § 5.8  Dropout along a sequence

import Messages
import Tensors

/// Dropout with one mask for all elements of a sequence: a dropped unit is dropped at every step. [N×T×d] → [N×T×d]
///
/// A mask that is drawn anew at every step, as between the layers of `Stacked`, is right between layers. In the
/// recurrent state it would erase memory: a unit would survive T steps only with probability (1 − p)ᵀ. Gal and
/// Ghahramani (2016), "A theoretically grounded application of dropout in recurrent neural networks".
public func sequenceDropout(_ h: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
  require(h.rank == 3, "cannot drop units of sequences in \(h.shape): [N×T×d] is needed")
  return dropout(Tensor.ones([h.shape[0], 1, h.shape[2]], scalarType: h.scalarType), probability: p, using: random) * h
}
