import Foundation
import Running
import Tensors
import Testing
import Training

private struct Layer: Module {
  var bias = Tensor([0.5])
  static var parameters: [PartialKeyPath<Layer>] { [\.bias] }
  func callAsFunction(_ x: Tensor) -> Tensor { x + bias }
}

private struct Network: Module {
  var layers = [Layer()]
  static var parameters: [PartialKeyPath<Network>] { [\.layers] }
  func callAsFunction(_ x: Tensor) -> Tensor { layers[0](x) }
}

@Suite("Running: breakdowns")
struct RunningBreakdownTests {
  @Test("a run reports a breakdown on standard error and on its card, under the label of the training")
  func card() throws {
    let (status, screen, folder) = try runBody { run in
      let plan = run.plan(quick: 1, standard: 2, full: 3, batchSize: 4, label: "deep")
      var (network, descent) = (Network(), GradientDescent(learningRate: 1))
      Training.train(&network, with: &descent, examples: 4, plan: plan, random: run.random) { network, _ in
        (network.layers[0].bias * 1e30 * 1e30).sum()
      }
    }
    let line =
      "deep: the loss is inf in step 1 of epoch 1, which began with '*' at layers.0: a lower learning rate may help"
    #expect(status == 0 && screen.err == line + "\n")
    #expect(screen.out.contains("  broke down   \(line)\n"))
    let card = try JSONSerialization.jsonObject(with: Data(try folder.text("exercise-1.1-card.json").utf8))
    #expect((card as? [String: Any])?["breakdowns"] as? [String] == [line])
  }
}
