// § 4.7  Transfer learning with a pretrained model: weights from a file

import Files
import Foundations
import Tensors

extension ResNet where Block == ResidualBlock {
  /// ResNet-18 with the weights of a safetensors file under torchvision's names: `models.resnet18(weights=…)` of
  /// Listing 4.7.
  ///
  /// The width, the number of classes, the blocks in a stage and the size of the stem's filters are those of the file.
  /// Throws a `DataError` that names a tensor that is missing, not needed, or of the wrong shape.
  public init(loading path: String) throws {
    let file = try SafetensorsFile(path: path)
    let (filters, rows) = (try file.tensor("conv1.weight").shape, try file.tensor("fc.weight").shape)
    let blocks = (1...4).map { stage in
      max(1, file.names.count { $0.hasPrefix("layer\(stage).") && $0.hasSuffix(".conv1.weight") })
    }
    guard filters.rank == 4, rows.rank == 2 else {
      throw DataError(
        attempted: "make a residual network from \(path)",
        found: "conv1.weight is \(filters) and fc.weight is \(rows), but [width×3×k×k] and [classes×C] are expected",
        advice: "Save the state_dict of torchvision's resnet18")
    }
    var network = ResNet(
      classes: rows[0], width: filters[0], blocks: blocks, stem: filters[3] == 7 ? .large : .small,
      random: RandomSource(seed: 0))
    try file.load(into: &network, name: torchvisionName, ignoring: { $0.hasSuffix(".num_batches_tracked") })
    self = network
  }
}

extension ResNet {
  /// The network with a classifier for `classes` classes: its own if the number agrees, otherwise a new one.
  public func classifying(_ classes: Int, random: RandomSource) -> ResNet {
    let shape = classifier.weight.shape
    var copy = self
    if shape[0] != classes { copy.classifier = Linear(shape[1], classes, random: random) }
    return copy
  }
}

/// Torchvision's name for a tensor of a residual network: "layer2.0.downsample.1.running_mean" for our
/// "layer2.0.shortcut.normalization.runningMean".
public func torchvisionName(_ ownName: String) -> String {
  let words = [
    ("stem.convolution", "conv1"), ("stem.normalization", "bn1"), ("shortcut.convolution", "downsample.0"),
    ("shortcut.normalization", "downsample.1"), ("convolution", "conv"), ("normalization", "bn"), ("classifier", "fc"),
    ("scale", "weight"), ("shift", "bias"), ("runningMean", "running_mean"), ("runningVariance", "running_var"),
  ]
  return words.reduce(ownName) { name, word in name.replacing(word.0, with: word.1) }
}
