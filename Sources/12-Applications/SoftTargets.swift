// § 12.8  Distillation: a small network learns a large one's outputs

import Messages
import Tensors

/// T² KL(softmax(v/T) ‖ softmax(z/T)), the mean over the examples: z are the student's logits and v the teacher's.
/// [N×K], [N×K] → []. § 12.8
///
/// No derivative with respect to the teacher is taken. The derivative with respect to z is T (softmax(z/T) −
/// softmax(v/T))/N; for large T it tends to (z − v)/(K N) when both have mean 0, which does not depend on T: hence the
/// factor T². Hinton, Vinyals and Dean (2015)
public func softTargetLoss(student z: Tensor, teacher v: Tensor, temperature T: Double) -> Tensor {
  require(
    z.rank == 2 && z.shape == v.shape && T > 0,
    "cannot compare a student's logits \(z.shape) with a teacher's \(v.shape) at temperature \(T): two matrices of one "
      + "shape and a temperature above 0 are needed")
  let q = (v.stopGradient / T).logSoftmax()
  let p = (z / T).logSoftmax()
  return T * T * (q.exp() * (q - p)).sum() / Double(z.shape[0])
}
