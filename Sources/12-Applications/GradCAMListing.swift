// Listing 12.5.2  Grad-CAM in PyTorch

import CNN
import Foundations
import Messages
import Tensors

/// Grad-CAM of a network that is cut at one of its layers: the class `GradCAM` of Listing 12.5.2, for whole batches.
///
/// PyTorch needs hooks to get at the layer's maps and their gradients, and fails if the next operation overwrites the
/// maps. Here the rest of the network is a function of the maps, so any layer will do.
public struct GradCAM: Sendable {
  /// The maps A of the layer. [N×3×H×W] → [N×C×h×w]
  public let maps: @Sendable (_ x: Tensor) -> Tensor
  /// The rest of the network: the scores y for the maps. [N×C×h×w] → [N×K]
  public let scores: @Sendable (_ A: Tensor) -> Tensor

  /// Grad-CAM at the cut between these two parts of a network.
  public init(maps: @escaping @Sendable (Tensor) -> Tensor, scores: @escaping @Sendable (Tensor) -> Tensor) {
    (self.maps, self.scores) = (maps, scores)
  }

  /// Grad-CAM of a layer, counted from 0, of a network with visible layers.
  public init<N: LayeredNetwork>(_ network: N, layer: Int) {
    self.init(maps: { network.maps($0)[layer] }, scores: { network.scores($0, after: layer) })
  }

  /// Exercise 12.3: grad-CAM of a stage of a residual network: the stem for 0, the stages of blocks for 1 to 4.
  public init<Block>(_ network: ResNet<Block>, stage: Int) {
    require(0...4 ~= stage, "cannot explain stage \(stage) of a residual network: its stages of maps are 0 to 4")
    self.init(
      maps: { x in (0...stage).reduce(x) { network.stage($1, $0) } },
      scores: { A in (stage + 1...5).reduce(A) { network.stage($1, $0) } })
  }

  /// α_k^c = 1/Z Σ_i Σ_j ∂y^c/∂A_ij^k for each image and its class, Z = h w. § 12.5.2. [N×C]
  public func weights(of A: Tensor, classes: [Int]) -> Tensor {
    gradient(at: A) { scores($0).picked(classes).sum() }.mean(axes: [2, 3])
  }

  /// L^c = ReLU(Σ_k α_k^c A^k) for each image and its class. § 12.5.2. [N×3×H×W] → [N×h×w]
  public func map(_ x: Tensor, classes: [Int]) -> Tensor { map(of: maps(x), classes: classes) }

  /// The same from the maps A of the layer. [N×C×h×w] → [N×h×w]
  public func map(of A: Tensor, classes: [Int]) -> Tensor {
    let α = weights(of: A, classes: classes).expanded(axis: 2).expanded(axis: 3)
    return maximum(0, (α * A).sum(axes: [1]))
  }

  /// What the listing should return for a batch: each image's own map of its class, by default the predicted one,
  /// enlarged to the image's size and divided by its own maximum plus 10⁻⁸. [N×3×H×W] → [N×H×W]
  public func callAsFunction(_ x: Tensor, classes: [Int]? = nil) -> Tensor {
    let cam = enlarged(map(x, classes: classes ?? predicted(x)), height: x.shape[2], width: x.shape[3])
    return cam / (cam.max(axes: [1, 2], keepsAxes: true) + 1e-8)
  }

  /// What the listing returns, `class_idx` being one class or nil. [N×3×H×W] → [N×H×W]
  ///
  /// `one_hot[0, class_idx] = 1` marks the predicted classes of all images, but in the row of the first. So the others
  /// get no gradient, and the first gets that of a sum of scores. One maximum divides all maps.
  public func asPrinted(_ x: Tensor, class index: Int? = nil) -> Tensor {
    let A = maps(x)
    let marked = Set(index.map { [$0] } ?? predicted(x)).sorted()
    let slopes = gradient(at: A) { scores($0)[0].gathered(marked).sum() }
    let weights = slopes.mean(axes: [2, 3], keepsAxes: true)
    let cam = enlarged(maximum(0, (weights * A).sum(axes: [1])), height: x.shape[2], width: x.shape[3])
    return cam / (cam.max() + 1e-8)
  }

  /// The classes with the largest scores.
  public func predicted(_ x: Tensor) -> [Int] { scores(maps(x)).argmax() }
}
