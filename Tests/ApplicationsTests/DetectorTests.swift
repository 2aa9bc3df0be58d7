import Applications
import Checking
import DataSets
import Tensors
import Testing
import Training

@Suite("§ 12.1.1  Detectors and their loss")
struct DetectorTests {
  private let truths = DrawnScenes(count: 3, objects: 2...3, from: RandomSource(seed: 2)).truths

  @Test("§ 12.1.1: only the cells that hold an object's centre get a gradient of their box and of their classes")
  func matchedCells() {
    let targets = CellTargets(truths, on: .oneScale)
    let y = RandomSource(seed: 3).normal([48, 9], scalarType: .double)
    let slope = gradient(at: y) { cellVectorLoss($0, targets) }
    for row in 0..<48 {
      let isMatched = targets.rows.contains(row)
      #expect((slope[row].sliced(1..<9, axis: 0).abs().max().item == 0) != isMatched)
      #expect(slope[row, 0].item != 0)  // every cell learns whether it holds an object
    }
    // 2 λ (b − b̂) / N
    let first = targets.rows[0]
    let expected = 2 * 5 * (y[first].sliced(1..<5, axis: 0) - Tensor(targets.boxes[0], scalarType: .double)) / 3
    #expect((slope[first].sliced(1..<5, axis: 0) - expected).abs().max().item < 1e-12)
  }

  @Test("§ 12.1.1: at the other places of a single-shot detector the box gets none, and “no object” is the class")
  func singleShot() {
    let targets = CellTargets(truths, on: .twoScales)
    let y = RandomSource(seed: 4).normal([240, 9], scalarType: .double)
    let slope = gradient(at: y) { singleShotLoss($0, targets) }
    let p = y.sliced(4..<9, axis: 1).softmax(axis: 1)
    for row in 0..<240 {
      let matched = targets.rows.firstIndex(of: row)
      #expect((slope[row].sliced(0..<4, axis: 0).abs().max().item == 0) != (matched != nil))
      let label = matched.map { targets.classes[$0] } ?? 4
      let expected = (p[row] - Tensor.oneHot([label], classes: 5, scalarType: .double)[0]) / 3
      #expect((slope[row].sliced(4..<9, axis: 0) - expected).abs().max().item < 1e-12)
    }
  }

  @Test("§ 12.1.1: the sizes of outputs: 5 + K for each of 16 cells, 4 + C + 1 for each of 80 or 240 places")
  func sizes() {
    let (x, random) = (Tensor.zeros([2, 3, 32, 32]), RandomSource(seed: 5))
    #expect(GridDetector(width: 4, classes: 4, random: random)(x).shape == [32, 9])
    #expect(SingleShotDetector(width: 4, classes: 4, random: random)(x).shape == [160, 9])
    let three = SingleShotDetector(width: 4, classes: 4, layout: .threeRatios, random: random)
    #expect(three(x).shape == [480, 9])
    #expect(SceneFeatures(width: 4, random: random).maps(x).map { $0.shape[2] } == [32, 16, 8, 4])
    #expect(GridDetector(classes: 4, random: random).parameterCount == 61_273)
  }

  @Test("§ 12.1.1: the outputs that encode the truth are decoded to the truth, with p_obj c_k as the score")
  func decoded() {
    let scenes = DrawnScenes(count: 4, from: RandomSource(seed: 6))
    let targets = CellTargets(scenes.truths, on: .oneScale)
    var y = [[Double]](repeating: [-20, 0, 0, 1, 1, 0, 0, 0, 0], count: 64)
    for (row, (box, label)) in zip(targets.rows, zip(targets.boxes, targets.classes)) {
      y[row] = [0] + box + (0..<4).map { $0 == label ? 20 : 0 }  // p_obj = ½
    }
    let told = Told(y: Tensor(y))
    let found = told.detections(in: scenes.images)
    for (detections, truth) in zip(found, scenes.truths) {
      #expect(detections.count == truth.count)
      for one in truth {
        #expect(detections.contains { $0.box == one.box && $0.label == one.label && abs($0.score - 0.5) < 1e-6 })
      }
    }
    #expect(DetectionQuality(found, truths: scenes.truths) == DetectionQuality(of: told, on: scenes))
    #expect(DetectionQuality(of: told, on: scenes).at75 == 1)
  }

  private func isInside(_ place: Int, _ box: BoundingBox) -> Bool {
    let (row, column) = (Double(place / 32), Double(place % 32))
    return row >= box.top && row < box.bottom && column >= box.left && column < box.right
  }

  @Test("§ 12.1.1: a mirrored box is that of the mirrored scene")
  func mirrored() {
    let scenes = DrawnScenes(count: 8, from: RandomSource(seed: 7))
    for (place, objects) in scenes.objects.enumerated() {
      let classes = scenes.subset([place]).pixelClasses
      for truth in objects.map(LabeledBox.init) {
        let box = truth.mirrored.box
        // The object's pixels in the mirrored image, which has column 31 − c in place of c.
        let own = (0..<1_024).filter { classes[$0] == truth.label + 1 && isInside($0, truth.box) }
        let columns = own.map { 31 - $0 % 32 }
        #expect(columns.min().map(Double.init) == box.left && columns.max().map { Double($0 + 1) } == box.right)
        #expect(box.y == truth.box.y && box.height == truth.box.height && truth.mirrored.mirrored == truth)
      }
    }
  }

  @Test("§ 12.1.1: the box of a drawn object holds all its pixels, and they touch each of its sides")
  func tight() {
    let scenes = DrawnScenes(count: 20, objects: 1...1, from: RandomSource(seed: 21))
    for (place, truth) in scenes.truths.enumerated() {
      let classes = scenes.subset([place]).pixelClasses
      let own = classes.indices.filter { classes[$0] != 0 }
      let (rows, columns) = (own.map { Double($0 / 32) }, own.map { Double($0 % 32) })
      let box = truth[0].box
      #expect(rows.min() == box.top && rows.max() == box.bottom - 1)
      #expect(columns.min() == box.left && columns.max() == box.right - 1)
    }
  }

  @Test("§ 12.1.1: a detector trained for a few seconds finds objects that it has not seen; an untrained one does not")
  func learns() {
    let (train, test) = (
      DrawnScenes(count: 400, objects: 1...1, from: RandomSource(seed: 8)),
      DrawnScenes(count: 60, objects: 1...1, from: RandomSource(seed: 9))
    )
    var detector = GridDetector(width: 8, classes: 4, random: RandomSource(seed: 10))
    #expect(DetectionQuality(of: detector, on: test).at50 < 0.05)
    let history = trainDetector(
      &detector, on: train, learningRate: 5e-3, plan: TrainingPlan(epochs: 25, batchSize: 16),
      random: RandomSource(seed: 11))
    let quality = DetectionQuality(of: detector, on: test)
    #expect(quality.at50 > 0.5 && quality.at50 > quality.at75, "\(quality)")
    #expect(history.losses[24] < 0.3 * history.losses[0])
  }

  @Test(
    "§ 12.1.1: with few scenes, a detector that starts from a classifier's features finds more than one from scratch")
  func pretrained() {
    let single = DrawnScenes(count: 300, objects: 1...1, from: RandomSource(seed: 12))
    let (train, test) = (
      DrawnScenes(count: 100, from: RandomSource(seed: 13)), DrawnScenes(count: 80, from: RandomSource(seed: 14))
    )
    var classifier = SceneClassifier(width: 8, classes: 4, random: RandomSource(seed: 15))
    trainClassifier(
      &classifier, on: single, plan: TrainingPlan(epochs: 16, batchSize: 16), random: RandomSource(seed: 16))
    let found = [nil, classifier.features].map { features in
      var detector = GridDetector(width: 8, classes: 4, features: features, random: RandomSource(seed: 17))
      trainDetector(&detector, on: train, plan: TrainingPlan(epochs: 40, batchSize: 16), random: RandomSource(seed: 18))
      return DetectionQuality(of: detector, on: test).at50
    }
    #expect(found[1] > found[0] + 0.05, "\(found)")
  }
}

/// A detector that answers the same outputs to every batch, to test how they are read.
private struct Told: Detector {
  var y: Tensor
  var features = SceneFeatures(width: 1, random: RandomSource(seed: 1))
  let layout = BoxLayout.oneScale
  static var parameters: [PartialKeyPath<Told>] { [\.y] }
  func callAsFunction(_ x: Tensor) -> Tensor { y }
  func loss(_ y: Tensor, _ targets: CellTargets) -> Tensor { cellVectorLoss(y, targets) }
  func predictions(_ y: Tensor) -> (boxes: Tensor, probabilities: Tensor) {
    GridDetector(width: 1, classes: 4, random: RandomSource(seed: 1)).predictions(y)
  }
}
