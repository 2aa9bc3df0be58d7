import Applications
import CNN
import Checking
import DataSets
import Tensors
import Testing

@Suite("§ 12.1  What does not fit stops with a sentence")
struct SeeingRefusalTests {
  @Test("§ 12.1.1: grids that do not fill the image, images that do not fit the grid, truths of other images")
  func detection() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = CellGrid(cell: 5) },
      "cannot cut 32×32 pixels into cells of 5×5")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = BoxLayout([CellGrid(cell: 4, limit: 12)])
      }, "the last one without a limit")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let detector = GridDetector(width: 2, classes: 4, random: RandomSource(seed: 1))
        _ = detector.detections(in: .zeros([1, 3, 40, 40]))
      }, "[N×3×32×32] is needed")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = PrecisionCurve(of: [[]], truths: [], label: 0)
      }, "cannot compare detections in 1 images with the truth of 0")
  }

  @Test("§ 12.1.2: sides that cannot be halved or averaged, and classes of other pixels")
  func segmentation() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = SegmentationUNet(width: 2, classes: 3, random: RandomSource(seed: 1))(.zeros([1, 3, 32, 20]))
      }, "sides that 8 divides")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = PyramidNetwork(width: 2, classes: 3, random: RandomSource(seed: 1))(.zeros([1, 3, 24, 32]))
      }, "sides that all of them divide")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = pixelCrossEntropy(.zeros([1, 3, 2, 2]), classes: [0, 1])
      }, "with 2 pixels")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = TransposedConvolution.bilinear(channels: 1, factor: 3)
      }, "an even factor is needed")
  }

  @Test("§ 12.1, § 12.1.3: images without colour, and sides that cannot be cut")
  func others() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ImageDamage.grey(.zeros([1, 1, 8, 8]))
      }, "colour images [N×3×H×W] are needed")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ImageDamage.compressed(step: 0.1)(.zeros([1, 3, 12, 8]))
      }, "multiples of 8 are needed")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = LatentSaving(side: 40, factor: 4)
      }, "both must be multiples of 4")
  }
}
