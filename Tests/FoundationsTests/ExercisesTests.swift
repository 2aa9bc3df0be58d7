import Checking
import DataSets
import Foundations
import Running
import Tensors
import Testing
import Training
import ch01

@Suite("Exercise 1.1 The derivative of the sigmoid")
struct Exercise1_1Tests {
  @Test("Exercise 1.1: σ′ = σ(1 − σ), by finite differences and by automatic differentiation")
  func identity() {
    let check = checkSigmoidDerivative(points: 201)
    #expect(check.distanceFromDifferences < 1e-10)
    let automatic = Activation.sigmoid.derivative(at: check.z)
    #expect((automatic - check.derivative).abs().max().item < 1e-16)
  }

  @Test("Exercise 1.1: the largest value of σ′ is exactly 1/4, at 0")
  func maximum() {
    let check = checkSigmoidDerivative(points: 2001)
    #expect(check.maximum == 0.25)
    #expect(check.argmax == 0)
    #expect(abs(check.derivativeAtTen - 4.5396e-5) < 1e-9)
  }
}

@Suite("Exercise 1.2 Count parameters")
struct Exercise1_2Tests {
  @Test("Exercise 1.2: 690,314 against 2,119,690 parameters, 3.07 times as many and not the same budget")
  func counts() {
    let comparison = compareBudgets()
    #expect(comparison.deep.total == 690_314)
    #expect(comparison.wide.total == 2_119_690)
    #expect(abs(Double(comparison.wide.total) / Double(comparison.deep.total) - 3.07) < 0.005)
  }

  @Test("Exercise 1.2: the formula counts the parameters of two real networks")
  func enumerated() {
    for budget in [compareBudgets().deep, compareBudgets().wide] {
      let model = MLP(budget.widths, random: RandomSource(seed: 1))
      #expect(model.parameterCount == budget.total)
      #expect(budget.layers.reduce(0) { $0 + $1.parameters } == budget.total)
    }
  }

  @Test("Exercise 1.2: a single hidden layer with the budget of the deep network has 667 neurons")
  func equalBudget() {
    let (equal, deep) = (compareBudgets().equalBudget, compareBudgets().deep.total)
    #expect(equal.widths == [1024, 667, 10])
    for width in [666, 668] {
      let other = MLP.parameterCount(widths: [1024, width, 10])
      #expect(abs(other - deep) > abs(equal.total - deep))
    }
  }
}

@Suite("Exercise 1.3 Activations on clothes")
struct Exercise1_3Tests {
  @Test("Exercise 1.3: all three activations learn clothes, from the same start")
  func learn() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).fashionMNIST(drawn: 300, 100)
    let results = compareActivations(on: data, seeds: 1, firstSeed: 1) { _ in TrainingPlan(epochs: 3, batchSize: 50) }
    #expect(results.map(\.activation) == [.relu, .leakyReLU, .gelu])
    for result in results {
      #expect(result.runs[0].history.losses.count == 3)
      #expect(result.accuracy.mean > 0.4, "\(result.activation): chance is 0.1")
    }
  }

  @Test("Exercise 1.3: mean and deviation are taken over the seeds")
  func statistics() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).fashionMNIST(drawn: 60, 50)
    let result = compareActivations([.relu], on: data, seeds: 2, firstSeed: 4) { _ in
      TrainingPlan(epochs: 1, batchSize: 20)
    }[0]
    let (a, b) = (result.runs[0].testAccuracy, result.runs[1].testAccuracy)
    #expect(abs(result.accuracy.mean - (a + b) / 2) < 1e-12)
    #expect(abs(result.accuracy.deviation - abs(a - b) / 2.0.squareRoot()) < 1e-12)
    #expect(result.runs[0].history.losses != result.runs[1].history.losses)
  }
}

@Suite("Exercise 1.4 Depth and width")
struct Exercise1_4Tests {
  @Test("Exercise 1.4: the grid holds one trained network for each depth and width, row by row")
  func grid() {
    let grid = ablateDepthAndWidth(
      on: fewDigits(train: 200, test: 100), depths: [1, 3], widths: [16, 48], seeds: 1, firstSeed: 1
    ) {
      _ in
      TrainingPlan(epochs: 6, batchSize: 32)
    }
    #expect(grid.cells.map(\.depth) == [1, 1, 3, 3])
    #expect(grid.cells.map(\.width) == [16, 48, 16, 48])
    for cell in grid.cells {
      let widths = [784] + Array(repeating: cell.width, count: cell.depth) + [10]
      #expect(cell.parameters == MLP.parameterCount(widths: widths))
    }
    #expect(grid.cells[1].accuracy > 0.5)
    #expect(grid.cells[1].accuracy > grid.cells[2].accuracy, "one wide layer beats three narrow ones after a few steps")
  }

  @Test("Exercise 1.4: the best network is the most accurate, in a tie the smallest")
  func best() {
    func cell(_ width: Int, _ accuracy: Double) -> GridCell {
      GridCell(depth: 1, width: width, parameters: width * 10, accuracy: accuracy)
    }
    let grid = DepthWidthGrid(
      depths: [1], widths: [32, 64, 128], cells: [cell(128, 0.9), cell(64, 0.9), cell(32, 0.8)])
    #expect(grid.best.width == 64)
  }
}
