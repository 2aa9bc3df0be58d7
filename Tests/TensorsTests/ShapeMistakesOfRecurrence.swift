import Tensors

// Recurrent layers with mismatched arguments.

extension Mistake {
  static let recurrence = [
    Mistake("cannot run a recurrent layer over [2×3]: a batch of sequences [N×T×I] is needed") { run(x: [2, 3]) },
    Mistake("cannot run a recurrent layer with recurrent weights [4]: they must be a matrix") { run(recurrent: [4]) },
    Mistake("cannot run a recurrent layer over [2×3×1] with lengths [3]: each sequence needs one, from 0 to 3") {
      run(lengths: [3])
    },
    Mistake("cannot run a recurrent layer over [2×3×1] with lengths [3, 4]: each sequence needs one, from 0 to 3") {
      run(lengths: [3, 4])
    },
    Mistake("cannot run a recurrent layer over [2×3×1] with input weights of shape [5×1]: it must be [6×1]") {
      run(input: [5, 1])
    },
    Mistake("cannot run a recurrent layer over [2×3×1] with recurrent bias of shape [2]: it must be [6]") {
      run(bias: [2])
    },
    Mistake("cannot run a recurrent layer with a float tensor and a double tensor: convert one with converted(to:)") {
      run(type: .double)
    },
  ]

  private static func run(
    x: Shape = [2, 3, 1], input: Shape = [6, 1], recurrent: Shape = [6, 2], bias: Shape = [6], lengths: [Int]? = nil,
    type: ScalarType = .float
  ) -> Tensor {
    gru(
      .zeros(x), inputWeight: .zeros(input, scalarType: type), recurrentWeight: .zeros(recurrent),
      inputBias: .zeros([6]), recurrentBias: .zeros(bias), lengths: lengths
    ).states
  }
}
