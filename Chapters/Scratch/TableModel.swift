import DataSets
import Figures
import Files
import Foundations
import Messages
import Running
import Tensors
import Training

/// Learns to predict the column `target` of a table from the numbers in its other columns.
func trainOnTable(_ path: String, target: String) throws {
  let random = RandomSource(seed: 1)
  let table = try TableClassification(path: path, target: target, random: random)
  let (train, test) = (table.train, table.test)
  print("\(train.count) training rows, \(test.count) test rows, classes \(table.classNames.joined(separator: ", "))")

  var (model, optimizer) = (MLP([train.inputs.shape[1], 32, table.classNames.count], random: random), Adam())
  let plan = TrainingPlan(epochs: 50, batchSize: 16)
  let history = fit(&model, with: &optimizer, to: train, test: test, plan: plan, random: random)
  print("test accuracy \(decimals(accuracy(model(test.inputs), labels: test.labels), 3))")
  let curves = [Series("loss", history.losses), Series("test accuracy", history["test accuracy"])]
  try save(LineChart("Training on \(path)", x: Axis("epoch"), series: curves), to: "results/table.svg")
  try save(model, with: ["encoding": table.encoding], to: "results/table.safetensors")

  var again = MLP(model.widths, random: random)
  try load(into: &again, from: "results/table.safetensors")
  let encoding = try load(TableEncoding.self, named: "encoding", from: "results/table.safetensors")
  let row = encoding.scales.map(\.mean)  // put your own numbers here, in the order of encoding.columns
  print("loaded again, it predicts \(encoding.classNames[again(encoding([row])).argmax()[0]]) for a row of means")
}
