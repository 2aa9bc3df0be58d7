import Applications
import CNN
import Checking
import Tensors
import Testing

@Suite("§ 12.1  Networks and losses beside PyTorch")
struct SeeingReferenceTests {
  @Test(
    "§ 12.1, § 12.1.1, § 12.1.2, § 12.1.3: detectors, segmenting networks, losses, upsampling, decoder are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement("applications_seeing", networks + functions, type)
  }

  private let networks: [PassCase] = [
    .layer { SceneFeatures(width: 2, random: $0) },
    .layer { SceneClassifier(width: 2, classes: 3, random: $0) },
    .layer { GridDetector(width: 2, classes: 3, random: $0) },
    .layer { SingleShotDetector(width: 2, classes: 3, random: $0) },
    .layer("three ratios, evaluation") {
      SingleShotDetector(width: 2, classes: 3, layout: .threeRatios, random: $0)
    },
    .layer { SegmentationUNet(width: 2, classes: 3, random: $0) },
    .layer("without skips") { SegmentationUNet(width: 2, classes: 3, hasSkips: false, random: $0) },
    .layer { WindowNetwork(width: 3, classes: 4, random: $0) },
    .layer { PyramidNetwork(width: 3, squares: [2, 4], classes: 4, random: $0) },
    .layer { RestorationNetwork(width: 4, depth: 3, random: $0) },
    .layer { MapDecoder(latent: 4, factor: 4, width: 5, random: $0) },
  ]

  private let functions: [PassCase] = [
    PassCase("cellVectorLoss") { inputs, _ in cellVectorLoss(inputs[0], targets(.oneScale)) },
    PassCase("singleShotLoss") { inputs, _ in singleShotLoss(inputs[0], targets(.oneScale)) },
    PassCase("pixelCrossEntropy") { pixelCrossEntropy($0[0], classes: $1[0]) },
    PassCase("pixelCrossEntropy, one class ignored") { pixelCrossEntropy($0[0], classes: $1[0], ignoring: 2) },
    PassCase("bilinearlyUpsampled, edges") { inputs, _ in bilinearlyUpsampled(inputs[0], height: 7, width: 12) },
    PassCase("bilinearlyUpsampled, corners") { inputs, _ in
      bilinearlyUpsampled(inputs[0], height: 7, width: 12, aligning: .corners)
    },
  ]
}

/// The truth of the losses in the script, as boxes in two images of 16 cells: in the cells 5 and 6 + 16, 11 + 16.
private func targets(_ layout: BoxLayout) -> CellTargets {
  let known: [(image: Int, index: Int, code: [Double], label: Int)] = [
    (0, 5, [0.25, 0.5, 1.5, 1.25], 2), (1, 6, [0.75, 0.125, 1, 1.875], 0), (1, 11, [0.5, 0.5, 1.25, 1.25], 1),
  ]
  let truths = (0..<2).map { image in
    known.filter { $0.image == image }.map {
      LabeledBox(layout.decoded($0.code, at: layout.places[$0.index]), label: $0.label)
    }
  }
  return CellTargets(truths, on: layout)
}
