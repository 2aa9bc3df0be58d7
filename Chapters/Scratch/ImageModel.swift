import CNN
import DataSets
import Figures
import Files
import Foundations
import Messages
import Running
import Tensors
import Training

/// Two convolutions, the mean of every map, and a linear layer: a model for grey images of any size.
struct ImageModel: Module {
  var convolutions: [Convolution], output: Linear
  static var parameters: [PartialKeyPath<ImageModel>] { [\.convolutions, \.output] }
  func callAsFunction(_ x: Tensor) -> Tensor { output(convolutions.reduce(x) { relu($1($0)) }.globalAveragePooled2D()) }
}

/// Learns the classes of the images in a folder, in MNIST's format.
func trainOnImages(_ folder: String) throws {
  let (data, random) = (try DataLibrary(directory: folder).mnist(), RandomSource(seed: 1))
  print(data.provenance)
  let (train, test) = (data.standardized().train.examples, data.standardized().test.examples)
  let convolutions = [(1, 16), (16, 32)].map { Convolution($0, $1, kernel: 5, stride: 2, padding: 2, random: random) }
  var (model, optimizer) = (ImageModel(convolutions: convolutions, output: Linear(32, 10, random: random)), Adam())
  let plan = TrainingPlan(steps: 240, examples: train.count, batchSize: 16)
  fit(&model, with: &optimizer, to: train, plan: plan, random: random)

  try save(model, to: "results/images.safetensors")
  try load(into: &model, from: "results/images.safetensors")  // in another program: into a new ImageModel
  let predictions = Predictions(logits: model(test.inputs), labels: test.labels)
  print("test accuracy \(decimals(predictions.accuracy, 3))")
  let names = predictions.classes.map { data.classNames[$0] }
  try save(ImageGrid("Predictions", images: pictures(data.test.images, 20), captions: names), to: "results/images.svg")
}
