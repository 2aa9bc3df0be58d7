import CNN
import Checking
import Files
import Foundation
import Foundations
import Regularization
import Tensors
import Testing

/// The records of cnn_weights.py next to the weights.
private struct Reference: Decodable {
  struct Counts: Decodable { let total, phase1, phase2: Int }
  struct Network: Decodable { let evaluation, training, movedMean, movedVariance: [Double] }
  let network: Network
  let counts: Counts
}

/// The weights of a narrow ResNet-18, written by PyTorch.
private let weights = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Golden/cnn_weights.safetensors").standardized.path(percentEncoded: false)

@Suite("§ 4.7 Pretrained weights")
struct PretrainedWeightsTests {
  private let reference: Reference
  private let network: ResNet18
  private let x = (spread([2, 3, 64, 64]) + 0.5).converted(to: .float)

  init() throws {
    reference = try golden("cnn_weights", as: Reference.self)
    network = try ResNet18(loading: weights)
  }

  @Test("Listing 4.7: a ResNet-18 with the weights of PyTorch's file has PyTorch's outputs")
  func logits() {
    expectClose(network(x), Tensor(reference.network.evaluation, shape: [2, 10]), tolerance: 2e-5, scale: 1)
    #expect(network.parameterCount == 11_660 && network.stemKind == .large)
  }

  @Test("§ 4.7: the whole network is the chain of its stages, and a new head changes the last of them only")
  func stages() {
    #expect(network(x, stages: 0..<6) == network(x))
    for (number, maps) in network.stages(x).enumerated() { #expect(network(x, stages: 0..<number + 1) == maps) }
    let renewed = TransferNetwork(network, classes: 4, random: RandomSource(seed: 1))
    #expect(renewed(x, stages: 0..<5) == network.stages(x)[4])
    #expect(renewed(x) == renewed.resNet(x) && renewed(x).shape == [2, 4], "no dropout in evaluation")
    let maps = network.stages(x)[4]
    #expect(Mode.training { renewed(maps, stages: 5..<6) != renewed.resNet(maps, stages: 5..<6) }, "but in training")
    #expect(unlistedParameters(in: renewed) == [])
  }

  @Test(
    "Listing 4.7, in training mode: PyTorch's frozen network normalizes by the batch, and its running statistics move")
  func trainingMode() {
    let model = PartlyFrozen(network, .featureExtractor, frozenMode: .training)
    let logits = Mode.training { model(x) }
    expectClose(logits, Tensor(reference.network.training, shape: [2, 10]), tolerance: 2e-4, scale: 1)
    let moved = gradient(at: model) { $0(x).sum() }.network
    expectClose(moved.stem.normalization.runningMean, Tensor(reference.network.movedMean), tolerance: 1e-5)
    expectClose(
      moved.layer4[1].normalization2.runningVariance, Tensor(reference.network.movedVariance), tolerance: 1e-4)

    let still = PartlyFrozen(network, .featureExtractor)
    expectClose(
      Mode.training { still(x) }, Tensor(reference.network.evaluation, shape: [2, 10]), tolerance: 2e-5, scale: 1)
    let same = gradient(at: still) { $0(x).sum() }.network
    #expect(same.stem.normalization.runningMean == network.stem.normalization.runningMean)
  }

  @Test("Listing 4.7: 11,181,642 parameters, of which 5,130 are trained first and 10,498,570 then")
  func counts() {
    let pretrained = ResNet18(random: RandomSource(seed: 1))
    let network = TransferNetwork(pretrained, classes: 10, random: RandomSource(seed: 1))
    let trained = [TransferStrategy.featureExtractor, .partial(stages: 2), .full].map {
      PartlyFrozen(network, $0).parameterCount
    }
    #expect(trained == [5_130, 10_498_570, 11_181_642])
    #expect(trained == [reference.counts.phase1, reference.counts.phase2, reference.counts.total])
    #expect(network.parameterCount == reference.counts.total)
  }

  @Test("Listing 4.7: a head for other classes replaces the classifier, one for the same number keeps it")
  func head() {
    #expect(network.classifying(10, random: RandomSource(seed: 1)).classifier.weight == network.classifier.weight)
    let other = network.classifying(3, random: RandomSource(seed: 1))
    #expect(
      other.classifier.weight.shape == [3, 16]
        && other.layer4[0].convolution1.weight == network.layer4[0].convolution1.weight)
  }

  @Test(
    "§ 4.7: our names and torchvision's",
    arguments: [
      ("stem.convolution.weight", "conv1.weight"), ("stem.normalization.scale", "bn1.weight"),
      ("stem.normalization.runningVariance", "bn1.running_var"),
      ("layer1.0.convolution2.weight", "layer1.0.conv2.weight"),
      ("layer4.1.normalization2.shift", "layer4.1.bn2.bias"),
      ("layer2.0.shortcut.convolution.weight", "layer2.0.downsample.0.weight"),
      ("layer3.0.shortcut.normalization.runningMean", "layer3.0.downsample.1.running_mean"),
      ("classifier.bias", "fc.bias"),
    ])
  func names(own: String, theirs: String) { #expect(torchvisionName(own) == theirs) }

  @Test("§ 4.7: a file with a missing, superfluous or misshapen tensor is refused with the tensor's name")
  func mistakes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "resnet18.safetensors").path(percentEncoded: false)
    let all = try SafetensorsFile(path: weights).tensors
    func message(_ change: (inout [String: Tensor]) -> Void) throws -> String {
      var tensors = all
      change(&tensors)
      try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: path)
      do { _ = try ResNet18(loading: path) } catch let error as DataError { return "\(error)" }
      return ""
    }
    #expect(try message { _ in } == "", "counts of batches are not needed")
    #expect(try message { $0["layer2.0.downsample.1.bias"] = nil }.contains("layer2.0.downsample.1.bias"))
    #expect(try message { $0["conv1.weight"] = nil }.contains("conv1.weight"))
    #expect(try message { $0["layer1.0.conv1.bias"] = Tensor.zeros([2]) }.contains("layer1.0.conv1.bias"))
    let shape = try message { $0["layer3.0.conv1.weight"] = Tensor.zeros([8, 4, 1, 1]) }
    #expect(
      shape.contains("layer3.0.conv1.weight") && shape.contains("[8×4×3×3]") && shape.contains("[8×4×1×1]"), "\(shape)")
    #expect(try message { $0["fc.weight"] = Tensor.zeros([3]) }.contains("[classes×C]"))
  }
}
