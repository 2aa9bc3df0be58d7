import Backprop
import CNN
import Checking
import DataSets
import Tensors
import Testing
import Training

@Suite("§ 4.6 Training on colour images")
struct ImageTrainingTests {
  private let random = RandomSource(seed: 1)

  @Test("Listing 4.6: an image with NaN logits is not taken for class 0")
  func predictionsOfNaN() {
    let predictions = Predictions(logits: Tensor([[.nan, .nan], [1, 0], [1, 0], [0, 1]]), labels: [0, 0, 1, 1])
    #expect(predictions.accuracy == 0.5 && predictions.accuracyByClass == [0.5, 0.5])
    #expect(predictions.confusion == [[1, 0], [1, 1]])
  }

  @Test("Listing 4.6: normalized by its own scale, a set has mean 0 and deviation 1 in each colour")
  func scale() {
    let images = random.uniform([20, 3, 6, 5]) * Tensor([0.2, 0.5, 1], shape: [3, 1, 1])
    let y = ColorScale(of: images).normalized(images)
    #expect(y.mean(axes: [0, 2, 3]).abs().max().item < 1e-5)
    expectClose(y.variance(axes: [0, 2, 3]), .ones([3]), tolerance: 1e-5)
    let grey = ColorScale.cifar10.normalized(Tensor.ones([1, 3, 1, 1]))
    let white: [Double] = [(1 - 0.4914) / 0.2470, (1 - 0.4822) / 0.2435, (1 - 0.4465) / 0.2616]
    expectClose(grey.flattened, Tensor(white), tolerance: 1e-6)
  }

  @Test("§ 4.6: contrast 1 changes nothing, 0 gives the mean grey, and without clipping the mean grey does not change")
  func contrast() {
    let images = 0.3 + 0.4 * random.uniform([2, 3, 4, 4], scalarType: .double)
    let grey = Tensor([0.2989, 0.587, 0.114], shape: [3, 1, 1], scalarType: .double)
    let means = { (x: Tensor) in (x * grey).sum(axes: [1]).mean(axes: [1, 2]) }
    expectClose(contrasted(images, by: [1, 1]), images, tolerance: 1e-15)
    let flat = contrasted(images, by: [0, 1])
    #expect(abs(flat[0].max().item - means(images)[0].item) < 1e-14 && flat[0].variance().item < 1e-28)
    // The weights of the colours add up to 0.9999, so the mean grey moves by a ten-thousandth of the change.
    expectClose(means(contrasted(images, by: [0.8, 1.2])), means(images), tolerance: 1e-4)
  }

  @Test("§ 4.6: brightness and contrast commute as long as nothing is clipped")
  func commute() {
    let images = 0.3 + 0.2 * random.uniform([1, 3, 5, 5], scalarType: .double)
    expectClose(contrasted(1.2 * images, by: [0.9]), 1.2 * contrasted(images, by: [0.9]), tolerance: 1e-14)
  }

  @Test("Listing 4.6: a changed image keeps size and range, is within 4 pixels of the old one, and half are mirrored")
  func augmentation() {
    var changes = ColorAugmentation()
    (changes.brightness, changes.contrast) = (0, 0)
    var image = Tensor.zeros([3, 32, 32])
    image[0, 16, 10] = Tensor(1)
    let images = Tensor.stacked(Array(repeating: image, count: 200), axis: 0)
    let places = changes(images, using: random).sliced(0..<1, axis: 1).flattened(from: 1).argmax()
    #expect(Set(places.map { $0 / 32 }) == Set(12...20))
    let mirrored = places.count { $0 % 32 >= 17 }
    #expect(Set(places.map { $0 % 32 }).isSubset(of: Set(6...14).union(17...25)) && mirrored > 75 && mirrored < 125)
    let jittered = ColorAugmentation()(random.uniform([8, 3, 16, 16]), using: random)
    #expect(jittered.shape == [8, 3, 16, 16] && jittered.min().item >= 0 && jittered.max().item <= 1)
  }

  @Test(
    "Listing 4.6: the learning rate falls along a cosine, epoch by epoch, and the history has the accuracy of the steps"
  )
  func training() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 240, 60)
    let scale = ColorScale(for: data)
    var network = ParametricNetwork(kernel: 3, filters: 8, blocks: 3, random: random)
    var recipe = ImageRecipe()
    recipe.learningRate = 5e-3
    var seen: [Double] = []
    let history = trainOnImages(
      &network, by: recipe, on: data.train, scale: scale, plan: TrainingPlan(epochs: 8, batchSize: 24), random: random
    ) { network, epoch in
      seen.append(epoch.metrics["training accuracy", default: .nan])
      return ["test accuracy": Predictions(of: network, on: data.test, scale: scale).accuracy]
    }
    #expect(history["training accuracy"] == seen && seen.count == 8)
    #expect(history.losses[7] < 0.8 * history.losses[0])
    #expect(history["test accuracy"][7] > 0.2)
    #expect(seen[7] > 0.3)
  }

  @Test("§ 4.6: the training accuracy is counted from zero in every epoch, in the mode of training")
  func counting() {
    let set = LabeledImages(images: random.uniform([24, 3, 8, 8]), labels: (0..<24).map { $0 % 3 })
    var network = ParametricNetwork(kernel: 3, filters: 4, blocks: 2, classes: 3, random: random)
    var recipe = ImageRecipe()
    (recipe.learningRate, recipe.weightDecay, recipe.augmentation) = (0, 0, nil)
    let logits = Mode.training { network(ColorScale.cifar10.normalized(set.images)) }
    let history = trainOnImages(
      &network, by: recipe, on: set, scale: .cifar10, plan: TrainingPlan(epochs: 3, batchSize: 24), random: random)
    let accuracy = Predictions(logits: logits, labels: set.labels).accuracy
    #expect(accuracy > 0 && history["training accuracy"] == [accuracy, accuracy, accuracy])
  }

  @Test("§ 4.6: with the cosine the last epoch moves less than the first, and equal seeds give equal networks")
  func reproduction() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 60, 20)
    func trained(_ seed: UInt64) -> ParametricNetwork {
      let random = RandomSource(seed: seed)
      var network = ParametricNetwork(kernel: 3, filters: 4, blocks: 2, random: random)
      trainOnImages(
        &network, on: data.train, scale: ColorScale(for: data), plan: TrainingPlan(epochs: 2, batchSize: 20),
        random: random)
      return network
    }
    #expect(trained(4).flattened.scalars == trained(4).flattened.scalars)
    #expect(trained(4).flattened.scalars != trained(5).flattened.scalars)
  }

  @Test("§ 4.6: predictions batch by batch are those of the whole set; confusion and accuracies count the same hits")
  func predictions() {
    let set = LabeledImages(images: random.uniform([23, 3, 8, 8]), labels: (0..<23).map { $0 % 3 })
    let network = ParametricNetwork(kernel: 3, filters: 4, blocks: 2, classes: 3, random: random)
    let scale = ColorScale.cifar10
    let whole = Predictions(of: network, on: set, scale: scale, batchSize: 100)
    let parts = Predictions(of: network, on: set, scale: scale, batchSize: 5)
    expectClose(parts.logits, whole.logits, tolerance: 1e-5)
    expectClose(whole.logits, network(scale.normalized(set.images)), tolerance: 1e-5)
    let hits = (0..<3).map { whole.confusion[$0][$0] }.reduce(0, +)
    #expect(whole.accuracy == Double(hits) / 23 && whole.confusion.joined().reduce(0, +) == 23)
    #expect(whole.confusion[1].reduce(0, +) == 8)
    #expect(whole.accuracyByClass[2] == Double(whole.confusion[2][2]) / 7)
  }

  @Test("factors that do not fit the images stop with a message that names both")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = contrasted(Tensor.zeros([2, 3, 4, 4]), by: [1]) }
  }
}
