import CNN
import Checking
import DataSets
import Foundations
import Running
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.11 Exercise 4.3: what a network sees")
struct GradCAMTests {
  /// The small network of cnn_gradcam.py, and its images.
  private let network: ParametricNetwork = {
    let network = ParametricNetwork(
      kernel: 3, filters: 2, blocks: 2, firstKernel: 5, classes: 3, random: RandomSource(seed: 1))
    return network.converted(to: .double).withParameters(from: 0.5 * spread([network.parameterCount], offset: 10))
  }()
  private let images = spread([4, 3, 8, 8], offset: 5_000)
  private let labels = [2, 0, 1, 1]

  @Test("Exercise 4.3.2: the scores follow from the maps of each layer", arguments: [0, 1])
  func tails(layer: Int) {
    let maps = network.maps(images)
    #expect(maps.map(\.shape) == [[4, 2, 8, 8], [4, 4, 4, 4]])
    expectClose(network.scores(maps[layer], after: layer), network(images), tolerance: 1e-13)
  }

  @Test("Exercise 4.3.2: the same for the six layers of Listing 4.6, and Grad-CAM of the last is PyTorch's")
  func colorNetwork() throws {
    let record = try golden("cnn_gradcam", as: RecordedMaps.self).gradCAM.color
    let single = ColorImageNetwork(random: RandomSource(seed: 1))
    let network = single.withParameters(from: (0.3 * spread([single.parameterCount])).converted(to: .float))
    let x = spread([2, 3, 16, 16], offset: 77).converted(to: .float)
    let logits = network(x)
    #expect(record.count == network.parameterCount)
    let maps = network.maps(x)
    #expect(
      maps.map { $0.shape[1] } == [64, 64, 128, 128, 256, 256] && maps.map { $0.shape[2] } == [16, 16, 8, 8, 4, 4])
    for layer in maps.indices {
      expectClose(network.scores(maps[layer], after: layer), logits, tolerance: 1e-4, scale: 1)
    }
    let map = gradCAM(network, at: x, classes: [7, 8], layer: 5)
    expectClose(map.flattened, Tensor(record.maps[0]), tolerance: 1e-3, scale: 0.01)
  }

  @Test("Exercise 4.3.3: Grad-CAM is that of PyTorch with hooks, in both layers")
  func hooks() throws {
    var network = network
    let record = try golden("cnn_gradcam", as: RecordedMaps.self).gradCAM.parametric
    #expect(record.count == network.parameterCount && record.maps.count == 2)
    network.adoptStatistics(of: gradient(at: network) { $0(images).sum() })
    for (layer, map) in record.maps.enumerated() {
      let ours = gradCAM(network, at: images, classes: labels, layer: layer)
      expectClose(ours.flattened, Tensor(map, scalarType: .double), tolerance: 1e-10, scale: 1e-3)
    }
  }

  @Test("Exercise 4.3.3: a batch gives the maps of its single images")
  func batch() {
    let together = gradCAM(network, at: images, classes: labels, layer: 0)
    for i in 0..<4 {
      let alone = gradCAM(network, at: images[i..<i + 1], classes: [labels[i]], layer: 0)
      expectClose(together[i..<i + 1], alone, tolerance: 1e-12, scale: 1e-6)
    }
  }

  @Test("Exercise 4.3.3: before GAP and one linear layer Grad-CAM is ReLU(CAM) / HW, max pooling or not")
  func cam() {
    let cam = classActivationMaps(network, at: images, classes: labels)
    let map = gradCAM(network, at: images, classes: labels, layer: 1)
    expectClose(map, maximum(0, cam) / 16, tolerance: 1e-12, scale: 1e-6)
    #expect(map.max().item > 0)

    let averaged = network.maps(images)[1].maxPooled2D(window: 2)  // [4×4×2×2]
    let slopes = gradient(at: averaged) { network.head($0).picked(labels).sum() }
    let weights = network.output.weight.gathered(labels) / 4
    expectClose(slopes.mean(axes: [2, 3]), weights, tolerance: 1e-13)
    expectClose(slopes[0, 0, 1, 1], slopes[0, 0, 0, 0], tolerance: 1e-13)
  }

  @Test("Exercise 4.3.3: CAM of maps that are averaged directly adds up to the score without its bias")
  func sum() {
    let maps = network.maps(images)[1]
    let logits = maps.globalAveragePooled2D()
    let cam = classActivationMaps(network, at: images, classes: labels)
    let scores = matmul(logits, network.output.weight.transposed).picked(labels)
    expectClose(cam.mean(axes: [1, 2]), scores, tolerance: 1e-12, scale: 1e-6)
  }

  @Test("Exercise 4.3.3: the map peaks on a planted object at any place", arguments: [(2, 3), (20, 9), (25, 26)])
  func planted(row: Int, column: Int) {
    let x = scene(redAt: (row, column), blueAt: (31 - row, 31 - column))
    let map = enlarged(gradCAM(colors, at: x, classes: [0], layer: 0), height: 32, width: 32)
    let peak = map.flattened.argmax()[0]
    #expect(abs(peak / 32 - row) <= 3 && abs(peak % 32 - column) <= 3)
  }

  @Test(
    "Exercise 4.3.3: the map of another class peaks on that class's object, and an absent class has zeros")
  func discriminates() {
    let x = scene(redAt: (6, 6), blueAt: (25, 25))
    let maps = (0..<3).map { gradCAM(colors, at: x, classes: [$0], layer: 0)[0] }
    #expect(Focus(of: maps[0]).peak == 0 && Focus(of: maps[1]).peak == 3)
    #expect(Focus(of: maps[2]).peak == nil && maps[2].max().item == 0)
    #expect(Focus(of: maps[1]).shares[3] > 0.99)
  }

  /// Dark noise with a red and a blue square of 4×4 pixels in it.
  private func scene(redAt red: (Int, Int), blueAt blue: (Int, Int)) -> Tensor {
    var image = 0.1 * RandomSource(seed: 1).uniform([3, 32, 32])
    for (channel, place) in [(0, red), (2, blue)] {
      for row in max(0, place.0 - 2)..<min(32, place.0 + 2) {
        for column in max(0, place.1 - 2)..<min(32, place.1 + 2) { image[channel, row, column] = Tensor(1) }
      }
    }
    return image.expanded(axis: 0)
  }

  /// A network that sees red, blue and green in three filters, and calls them classes 0, 1 and 2.
  private var colors: ParametricNetwork {
    var network = ParametricNetwork(kernel: 3, filters: 3, blocks: 1, classes: 3, random: RandomSource(seed: 1))
    let mean = Tensor(repeating: 1.0 / 9, [3, 3])
    network.convolutions[0].weight = .zeros([3, 3, 3, 3])
    for (filter, channel) in [0, 2, 1].enumerated() { network.convolutions[0].weight[filter, channel] = mean }
    network.convolutions[0].bias = Tensor(repeating: -0.3, [3])
    network.output.weight = .identity(3)
    return network
  }
}

@Suite("§ 4.11 Exercise 4.3: layers, patches and mosaics")
struct LayeredNetworkTests {
  @Test("Exercise 4.3.1: an image of an edge activates the filter of its direction, and no other")
  func edges() {
    var network = ParametricNetwork(kernel: 3, filters: 2, blocks: 1, classes: 2, random: RandomSource(seed: 1))
    let sobel = Tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    for channel in 0..<3 {
      network.convolutions[0].weight[0, channel] = sobel
      network.convolutions[0].weight[1, channel] = sobel.transposed
    }
    network.convolutions[0].bias = .zeros([2])
    var upright = Tensor.zeros([1, 3, 12, 12])
    upright = Tensor.concatenated([upright, upright + 1], axis: 3)  // [1×3×12×24]
    let inside = network.maps(upright)[0].sliced(1..<11, axis: 2).sliced(1..<23, axis: 3)
    #expect(inside[0, 0].max().item > 10 && inside[0, 1].max().item == 0)
    let place = strongestPlaces(inside.sliced(0..<1, axis: 1).squeezed(axis: 1), count: 1)[0]
    #expect(place.column == 10 || place.column == 11)
  }

  @Test("Exercise 4.3.2: a place of a map depends on the pixels of its window only", arguments: [0, 1, 2])
  func windows(layer: Int) {
    let random = RandomSource(seed: 7)
    let network = ParametricNetwork(kernel: 3, filters: 6, blocks: 3, firstKernel: 5, random: random)
      .converted(to: .double)
    let field = network.field(ofLayer: layer)
    #expect([5, 10, 20][layer] == field.size && 1 << layer == field.jump)
    let (row, column) = ([9, 5, 3][layer], [11, 6, 2][layer])
    let slopes = gradient(at: random.uniform([1, 3, 24, 24], scalarType: .double)) {
      let map = network.maps($0)[layer][0]
      return map.sliced(row..<row + 1, axis: 1).sliced(column..<column + 1, axis: 2).sum()
    }
    let touched = slopes.abs().sum(axes: [0, 1])
    let rows = (0..<24).filter { touched[$0].max().item > 0 }
    let columns = (0..<24).filter { touched.transposed[$0].max().item > 0 }
    #expect(rows.allSatisfy(field.pixels(unit: row).contains))
    #expect(columns.allSatisfy(field.pixels(unit: column).contains))
    if layer == 0 {
      #expect(rows == Array(field.pixels(unit: row)) && columns == Array(field.pixels(unit: column)))
    }
  }

  @Test("Exercise 4.3.2: the windows of Listing 4.6's six convolutions measure 3, 5, 10, 14, 24 and 32 pixels")
  func colorWindows() {
    let network = ColorImageNetwork(random: RandomSource(seed: 1))
    #expect((0..<6).map { network.field(ofLayer: $0).size } == [3, 5, 10, 14, 24, 32])
  }

  @Test("Exercise 4.3.2: the strongest places are in order, one in each image, and their patches show what activates")
  func places() {
    var maps = Tensor.zeros([3, 4, 4])
    maps[0, 1, 2] = Tensor(5)
    maps[1, 3, 0] = Tensor(7)
    maps[1, 0, 0] = Tensor(6)
    let places = strongestPlaces(maps, count: 2)
    #expect(places.map(\.image) == [1, 0] && places.map(\.row) == [3, 1] && places.map(\.column) == [0, 2])
    #expect(places.map(\.value) == [7, 5])
    let image = Tensor.range(0..<64).reshaped([1, 8, 8])
    let field = receptiveField(of: [Window(3, stride: 2, padding: 1)])
    let inside = patch(of: image, at: places[1], field: field)
    #expect(inside.scalars == [11, 12, 13, 19, 20, 21, 27, 28, 29])
    let atBorder = patch(of: image, at: places[0], field: field, outside: -1)
    #expect(atBorder.scalars == [-1, 40, 41, -1, 48, 49, -1, 56, 57])
  }

  @Test(
    "Exercise 4.3.2: η² is 1 for a feature that is the class, 0 for one with the same mean in all, and ½ half way")
  func information() {
    let labels = [0, 0, 1, 1]
    let features = Tensor([[1, 1, 1], [1, -1, 0], [2, 1, 2], [2, -1, 1]], scalarType: .double)
    expectClose(
      classInformation(features, labels: labels), Tensor([1, 0, 0.5], scalarType: .double), tolerance: 1e-14)
  }

  @Test("Exercise 4.3.3: a mosaic has its four images in its quarters, of four classes")
  func mosaics() {
    let set = LabeledImages(
      images: Tensor.range(0..<12).reshaped([12, 1, 1, 1]) * Tensor.ones([1, 1, 2, 2]), labels: (0..<12).map { $0 % 5 })
    let mosaic = Mosaic(from: set, random: RandomSource(seed: 1))
    #expect(mosaic.image.shape == [1, 4, 4] && Set(mosaic.classes).count == 4)
    let corners = [mosaic.image[0, 0, 0], mosaic.image[0, 0, 3], mosaic.image[0, 3, 0], mosaic.image[0, 3, 3]]
    #expect(corners.map { Int($0.item) % 5 } == mosaic.classes)
  }

  @Test("Exercise 4.3.3: the focus is where the map is")
  func focus() {
    let focus = Focus(of: Tensor([[0, 0, 1, 0], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0]]))
    #expect(focus.peak == 2 && focus.shares == [0, 0.25, 0.75, 0])
    let nowhere = Focus(of: .zeros([2, 2]))
    #expect(nowhere.peak == nil && nowhere.shares == [0, 0, 0, 0])
  }

  @Test("Exercise 4.3.3: enlarged maps keep their values at the corners and their mean in the middle")
  func larger() {
    let large = enlarged(Tensor([[0, 1], [2, 3]]).expanded(axis: 0), height: 8, width: 8)
    #expect(large.shape == [1, 8, 8] && large[0, 0, 0].item == 0 && large[0, 7, 7].item == 3)
    #expect(abs(large.mean().item - 1.5) < 1e-6)
  }

  @Test("mosaics, maps and features that do not fit stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = Mosaic(tiles: Array(repeating: Tensor.zeros([3, 4, 4]), count: 4), classes: [1, 2, 3, 1])
    }
    await #expect(processExitsWith: .failure) { _ = Focus(of: .zeros([3, 4])) }
    await #expect(processExitsWith: .failure) { _ = classInformation(.zeros([3, 4]), labels: [0]) }
    await #expect(processExitsWith: .failure) { _ = strongestPlaces(.zeros([3, 4]), count: 1) }
  }
}

@Suite("Exercise 4.3 Filters, maps and Grad-CAM")
struct Exercise4_3Tests {
  @Test(
    "Exercise 4.3: trained filters are not noise, later layers have more class information, and maps find classes")
  func all() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 800, 200)
    let seen = trainForLooking([7], filters: 8, on: data, random: RandomSource(seed: 1)) { _ in
      TrainingPlan(epochs: 4, batchSize: 20)
    }[0]
    #expect(seen.firstKernel == 7 && seen.predictions.accuracy > 0.4)
    let correlations = [seen.start, seen.network].map { neighbourCorrelation($0.convolutions[0].weight) }
    #expect(abs(correlations[0]) < 0.1 && correlations[1] > 0.2)

    let layers = studyLayers(seen.network, on: data.test, scale: seen.scale, batchSize: 64)
    #expect(layers.map(\.shape) == [[8, 32, 32], [16, 16, 16], [32, 8, 8]] && layers.map(\.window) == [7, 12, 22])
    #expect(layers[2].meanInformation > layers[0].meanInformation)
    #expect(Set(layers[2].ranking) == Set(0..<32))
    #expect(layers[0].strongest.allSatisfy { $0.count == 8 && $0[0].value >= $0[7].value })

    let studies = [seen.network, seen.start].map {
      studyMosaics($0, from: data.test, scale: seen.scale, count: 25, random: RandomSource(seed: 2))
    }
    #expect(studies[0].peaks > 0.6 && studies[0].peaks > studies[1].peaks + 0.2)
    #expect(studies[0].share > studies[1].share)
  }

  @Test(
    "Exercise 4.3.1: neighbours correlate fully in a flat filter, not in noise, and negatively in a chessboard"
  )
  func neighbours() {
    let flat = neighbourCorrelation(Tensor.ones([2, 3, 5, 5]))
    let noise = neighbourCorrelation(RandomSource(seed: 1).normal([64, 3, 7, 7]))
    let chess = neighbourCorrelation(Tensor([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]).reshaped([1, 1, 3, 3]))
    #expect(abs(flat - 1) < 1e-6 && abs(noise) < 0.03 && abs(chess + 1) < 1e-6)
  }

  @Test("Exercise 4.3.3: an overlay is the grey image where the map is 0, and red where it is largest")
  func overlays() {
    let image = RandomSource(seed: 3).uniform([3, 8, 8])
    let shown = overlay(image, Tensor([[0, 0], [0, 2]]))
    expectClose(shown[0, 0, 0], image.mean(axes: [0])[0, 0], tolerance: 1e-6)
    expectClose(shown[2, 0, 0], shown[0, 0, 0], tolerance: 1e-6)
    #expect(shown[0, 7, 7].item >= 0.75 && shown[1, 7, 7].item <= 0.25 && shown[2, 7, 7].item <= 0.25)
  }
}

/// What cnn_gradcam.py records.
private struct RecordedMaps: Decodable {
  struct Network: Decodable {
    let count: Int
    let maps: [[Double]]
  }
  struct Networks: Decodable { let parametric, color: Network }
  let gradCAM: Networks
}
