import Figures
import Messages
import Running
import Tensors
import Theory

/// Listing 11.10: the data and their split, equal to scikit-learn's.
public let listing11_10a = Exercise(.listing, "11.10a", "The data of the double descent experiment", seconds: 1) {
  run in
  let data = ClassificationData()
  let (train, test) = data.split()
  func row(_ name: String, _ part: ClassificationData) -> [Table.Cell] {
    [
      .text(name), .text("\(part.examples.shape)"), .integer(part.labels.count { $0 == 1 }),
      .text(part.labels.prefix(12).map(String.init).joined(separator: " ")),
      .text(part.examples[0].scalars.prefix(4).map { decimals($0, 6) }.joined(separator: "  ")),
    ]
  }
  run.show(
    Table(
      "Listing 11.10: make_classification(200, 20, 10 informative), train_test_split(0.3), both with 42",
      columns: ["", "shape", "ones", "first labels", "first numbers of the first example"],
      rows: [row("all", data), row("X_train", train), row("X_test", test)]), as: "data")
  run.show(principalFigure(train), as: "data")
  run.card("training examples", Double(train.labels.count))
  run.card("test examples", Double(test.labels.count))
}

/// The training examples along their two directions of largest variance.
private func principalFigure(_ data: ClassificationData) -> ScatterPlot {
  let centered = data.examples - data.examples.mean(axes: [0])
  let (_, _, V) = LinearAlgebra.svd(centered)
  let places = matmul(centered, V[0..<2, axis: 1])
  let points = data.labels.indices.map { (x: places[$0, 0].item, y: places[$0, 1].item) }
  return ScatterPlot(
    "Listing 11.10: 140 training examples of 20 numbers, two principal components", x: Axis("first component"),
    y: Axis("second component"), points: points, classes: data.labels, names: ["class 0", "class 1"])
}
