// Your own experiment. Change a line and run it again: swift run scratch

import Applications
import Attention
import Backprop
import CNN
import DataSets
import Diffusion
import Figures
import Files
import Foundations
import GAN
import Messages
import RNN
import Regularization
import Running
import Tensors
import Theory
import Training
import Transformer
import VAE

@main
struct Scratch {
  /// Trains a small network on the embedded digits.
  static func experiment() throws {
    let random = RandomSource(seed: 1)
    let digits = try ImageClassification.opticalDigits().standardized()
    let (train, test) = (digits.train.rows, digits.test.rows)
    print(digits.provenance)
    var (model, optimizer) = (MLP([784, 64, 10], activation: .relu, random: random), Adam(learningRate: 0.001))
    let plan = TrainingPlan(epochs: 10, batchSize: 32)
    let history = fit(&model, with: &optimizer, to: train, test: test, plan: plan, random: random)
    let chart = LineChart("Training", x: Axis("epoch"), series: [Series("loss", history.losses)])
    print(chart.terminal(columns: 80, color: false))
    print("test accuracy \(decimals(accuracy(model(test.inputs), labels: test.labels), 3))")
  }

  static func main() { start(experiment) }
}
