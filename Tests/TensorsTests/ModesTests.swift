import Tensors
import Testing

/// A layer with an output that shows its mode: w² in training, w³ otherwise.
private struct Telling: Module {
  var weight = Tensor(2)
  static var parameters: [PartialKeyPath<Telling>] { [\.weight] }
  func callAsFunction(_ x: Tensor) -> Tensor {
    x * (Mode.current == .training ? weight * weight : weight * weight * weight)
  }
}

/// The mode in which each way to differentiate runs a function, as the function records it.
private func modes<P: Parameterized>(at point: P, _ mode: Mode?, loss: @escaping (P) -> Tensor) -> [Mode] {
  var noted: [Mode] = []
  func f(_ point: P) -> Tensor {
    noted.append(Mode.current)
    return loss(point)
  }
  _ = gradient(at: point, mode: mode, of: f)
  _ = valueWithGradient(at: point, mode: mode, of: f)
  _ = valueWithPullback(at: point, mode: mode, of: f).pullback(Tensor(1))
  _ = hessianVectorProduct(at: point, along: point, mode: mode, of: f)
  _ = perExampleGradients(at: point, count: 1, mode: mode) { point, _ in f(point) }
  _ = nonFiniteOrigin(at: point, mode: mode, of: f)
  return noted
}

/// The same for the ways that take a tensor.
private func modesOfMatrices(_ mode: Mode?, _ model: Telling) -> [Mode] {
  var noted: [Mode] = []
  func f(_ x: Tensor) -> Tensor {
    noted.append(Mode.current)
    return model(x)
  }
  _ = jacobian(at: Tensor(3), mode: mode, of: f)
  _ = hessian(at: Tensor(3), mode: mode, of: f)
  return noted
}

@Suite("Modes")
struct ModesTests {
  private let model = Telling()

  @Test("every way to differentiate a model, an array of models or an optional one runs it in training mode")
  func models() {
    let loss = { (model: Telling) in model(Tensor(1)) }
    #expect(modes(at: model, nil, loss: loss) == Array(repeating: .training, count: 6))
    #expect(modes(at: [model], nil) { loss($0[0]) } == Array(repeating: .training, count: 6))
    #expect(modes(at: [[model]], nil) { loss($0[0][0]) } == Array(repeating: .training, count: 6))
    #expect(modes(at: Optional(model), nil) { loss($0 ?? Telling()) } == Array(repeating: .training, count: 6))
  }

  @Test("every way to differentiate with respect to tensors leaves the mode unchanged")
  func tensors() {
    let x = Tensor(3)
    #expect(modes(at: x, nil) { model($0) } == Array(repeating: .evaluation, count: 6))
    #expect(modesOfMatrices(nil, model) == [.evaluation, .evaluation])
    #expect(modes(at: [x], nil) { model($0[0]) } == Array(repeating: .evaluation, count: 6))
    Mode.training {
      #expect(modes(at: x, nil) { model($0) } == Array(repeating: .training, count: 6))
      #expect(modesOfMatrices(nil, model) == [.training, .training])
    }
    #expect(gradient(at: model) { layer in gradient(at: x) { layer($0) } }.weight.item == 4)  // d w² / dw
  }

  @Test("every way to differentiate can run in another mode", arguments: [Mode.training, .evaluation])
  func told(mode: Mode) {
    #expect(modes(at: model, mode) { $0(Tensor(1)) } == Array(repeating: mode, count: 6))
    #expect(modes(at: Tensor(3), mode) { model($0) } == Array(repeating: mode, count: 6))
    #expect(modesOfMatrices(mode, model) == [mode, mode])
  }
}
