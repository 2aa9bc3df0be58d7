// A program for you to change: it learns to classify the rows of a table. All files in this folder belong to it.

import DataSets
import Files
import Foundation
import Foundations
import Messages
import Tensors
import Training

@main
struct Own {
  static func main() {
    do { try run(Array(CommandLine.arguments.dropFirst())) } catch {
      FileHandle.standardError.write(Data("own: \(error)\n".utf8))
      exit(1)
    }
  }

  /// Trains on the table in the first argument to predict the column in the second.
  static func run(_ arguments: [String]) throws {
    guard arguments.count == 2 else {
      throw DataError(
        attempted: "train", found: "\(arguments.count) arguments",
        advice: "Name a table and a column: own table.csv kind")
    }
    let examples = try Examples(path: arguments[0], target: arguments[1])
    let random = RandomSource(seed: 1)
    let order = random.permutation(examples.labels.count)
    let (train, test) = examples.parts(order)
    let counts = "\(train.labels.count) training rows, \(test.labels.count) test rows"
    print("\(counts), kinds \(examples.kinds.joined(separator: ", "))")

    var (model, optimizer) = (MLP([examples.columns.count, 32, examples.kinds.count], random: random), Adam())
    var plan = TrainingPlan(epochs: 50, batchSize: 16)
    plan.report = { if $0.step == $0.steps { print("loss \(decimals($0.loss, 4)) in epoch \($0.epoch)") } }
    Training.train(&model, with: &optimizer, examples: train.labels.count, plan: plan, random: random) { model, batch in
      model(train.x.gathered(batch)).crossEntropy(labels: batch.map { train.labels[$0] })
    }
    print("test accuracy \(decimals(accuracy(model(test.x), labels: test.labels), 3))")

    let file = "own.safetensors"
    try save(model, metadata: ["columns": examples.columns.joined(separator: ",")], to: file)
    var again = MLP(model.widths, random: random)
    try load(into: &again, from: file)
    print("\(file) has the model, which predicts \(examples.kinds[again(test.x).argmax()[0]]) for the first test row")
  }
}

/// The rows of a table as examples: one column names a kind, the others have numbers.
struct Examples {
  /// The names of the columns with numbers, and of the kinds.
  let columns, kinds: [String]
  /// The numbers, row by row, and the kind of every row, counted from 0.
  let rows: [[Double]], labels: [Int]

  /// Reads a file with a header; a `DataError` names file, line and column of an error.
  init(path: String, target: String) throws {
    let table = try CSVTable(path: path, hasHeader: true)
    let place = try table.column(target)
    let others = (0..<table.columnCount).filter { $0 != place }
    let names = (0..<table.rowCount).map { table[$0, place] }
    let kinds = Set(names).sorted()
    (columns, self.kinds) = (others.map { table.header[$0] }, kinds)
    guard kinds.count >= 2, table.rowCount >= 10, !others.isEmpty else {
      throw DataError(
        attempted: "train on \(path)",
        found: "\(table.rowCount) rows of \(kinds.count) kinds, \(others.count) other columns",
        advice: "Take a table with at least 10 rows, 2 kinds and another column")
    }
    rows = try (0..<table.rowCount).map { row in try others.map { try table.number(row, $0) } }
    labels = names.map { kinds.firstIndex(of: $0) ?? 0 }
  }

  /// Four fifths of the rows for training and the rest for testing, in this order, with every column standardized to
  /// mean 0 and variance 1 over the training rows.
  func parts(_ order: [Int]) -> (train: (x: Tensor, labels: [Int]), test: (x: Tensor, labels: [Int])) {
    let x = Tensor(order.map { rows[$0] })  // [N×D]
    let count = order.count * 4 / 5
    let known = x[0..<count]
    let mean = known.mean(axes: [0])
    let scale = maximum(1e-9, known.variance(axes: [0]).squareRoot())
    let (standard, all) = ((x - mean) / scale, order.map { labels[$0] })
    return ((standard[0..<count], Array(all[..<count])), (standard[count..<order.count], Array(all[count...])))
  }
}
