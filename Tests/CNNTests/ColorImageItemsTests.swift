import CNN
import DataSets
import Tensors
import Testing
import Training
import ch04

@Suite("Listing 4.6 A network for colour images")
struct Listing4_6Tests {
  @Test("Listing 4.6: the run prints the parameters and every epoch, and evaluates all test images at the end")
  func run() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 64, 20)
    var lines: [String] = []
    let result = trainColorImageNetwork(
      on: data, plan: TrainingPlan(epochs: 1, batchSize: 32), random: RandomSource(seed: 1)
    ) { lines.append($0) }
    #expect(lines.count == 2 && lines[0] == "Parameters: 1,181,386")
    #expect(lines[1].hasPrefix("Epoch   1 | Train Loss: "))
    #expect(result.predictions.labels == data.test.labels)
    #expect(result.predictions.accuracy == result.history["test accuracy"][0])
    #expect((0...1).contains(result.trainingAccuracy))
    #expect(result.network.statistics[0].abs().max().item > 0)
  }
}

@Suite("Ablation 4.8 Kernels, filters, depth")
struct Ablation4_8Tests {
  @Test("Listing 4.8: the networks see the same images, and the best test epoch is never below the chosen one")
  func ablation() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 150, 60)
    let configurations = [
      AblatedNetwork(kernel: 3, filters: 4, blocks: 2), AblatedNetwork(kernel: 5, filters: 4, blocks: 2),
    ]
    let result = compareNetworks(configurations, on: data, validation: 50, seeds: [1, 2]) { _ in
      TrainingPlan(epochs: 3, batchSize: 25)
    }
    #expect(result.rows.map(\.count) == [112 + 296 + 24 + 90, 304 + 808 + 24 + 90])
    #expect(result.rows.allSatisfy { $0.runs.count == 2 && $0.runs.allSatisfy { $0.test.count == 3 } })
    #expect(result.rows.allSatisfy { $0.mean(\.optimism) >= 0 } && result.optimism >= 0)
    #expect(result.gains(of: 0) == [0, 0] && result.gains(of: 1).count == 2)
    #expect(result.rows.contains { $0.name == result.best.name })
  }
}
