import CNN
import DataSets
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.4 The demonstrations of the section")
struct Section4_4Tests {
  @Test("§ 4.4.1: LeNet-5 learns the embedded digits in two epochs")
  func leNet() throws {
    let digits = try DataLibrary(directory: nil, environment: [:]).mnist()
    let run = trainLeNet(on: digits, plan: TrainingPlan(epochs: 2, batchSize: 32), random: RandomSource(seed: 1))
    #expect(run.network.parameterCount == 61_706)
    #expect(run.testAccuracy > 0.85)
    #expect(run.history.losses[1] < 0.6 * run.history.losses[0])
  }

  @Test("§ 4.4.2: of the networks in its table, § 4.4 gives an error only for AlexNet: 15.3 %")
  func errors() {
    #expect(classicalNetworks.map(\.year) == [1998, 2012, 2014, 2015, 2015])
    #expect(classicalNetworks.compactMap(\.topFiveError) == [15.3])
  }

  @Test("§ 4.4: linear layers hold most parameters up to VGG, and a twelfth or less after a mean of all pixels")
  func linearShare() {
    let shares = classicalNetworks.map { network in
      let linear = network.sketch.layers.filter { $0.name == "linear" }.reduce(0) { $0 + $1.parameters }
      return Double(linear) / Double(network.sketch.parameters)
    }
    #expect(shares.prefix(3).allSatisfy { $0 > 0.89 })
    #expect(shares.suffix(2).allSatisfy { $0 < 1.0 / 12 })
  }

  @Test("(4.9): the figure's stacks: vanishing without identity or normalization, 16 blocks and more")
  func flow() {
    let flow = measureFlow(depths: [4, 16], draws: 1, channels: 4, random: RandomSource(seed: 2))
    #expect(flow.count == 8)
    #expect(flow.allSatisfy { $0.norms.count == $0.depth + 1 && $0.norms[$0.depth] == 1 })
    let first = { (isNormalized: Bool, isResidual: Bool) in
      flow.first { $0.depth == 16 && $0.isNormalized == isNormalized && $0.isResidual == isResidual }?.first ?? .nan
    }
    #expect(first(false, false) < 1e-8)
    #expect((0.5...5).contains(first(false, true)))
    #expect(first(true, false) > first(true, true))
  }

  @Test("Theorem 4.7: (4.8) and (4.9) hold to rounding, not with 1 for I, and F(x) = −x stops the gradient")
  func theorem() {
    let values = checkTheorem(random: RandomSource(seed: 3)).values.map(\.value)
    #expect(values.count == 5)
    #expect(values[0] < 1e-14 && values[1] < 1e-14)
    #expect(values[2] > 0.1 && values[3] > 0.1)
    #expect(values[4] == 0)
  }
}
