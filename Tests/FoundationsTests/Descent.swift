import Tensors

/// The model after `steps` steps of Adam along the gradient of a loss.
func descended<M: Module>(_ model: M, steps: Int, learningRate: Double, _ loss: (M) -> Tensor) -> M {
  var model = model
  var (m, v) = (model.parameters.map { 0 * $0 }, model.parameters.map { 0 * $0 })
  for step in 1...steps {
    var gradients = gradient(at: model, of: loss).parameters[...]
    var position = 0
    model.forEachParameter { θ in
      θ.updateByAdam(
        gradients.removeFirst(), m: &m[position], v: &v[position], beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
        learningRate: learningRate, correction1: 1 - power(0.9, step), correction2: 1 - power(0.999, step))
      position += 1
    }
  }
  return model
}

private func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { y, _ in y * x } }
