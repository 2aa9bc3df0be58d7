// § 4.10  EfficientNet: compound scaling

import Messages
import Tensors

/// How a network grows in depth, width and resolution at once: d = α^φ, w = β^φ, r = γ^φ with α β² γ² ≈ 2. (4.11)
///
/// Tan and Le (2019), "EfficientNet". The multiplications of a convolution grow with its input and output channels and
/// with both sides of the image. Those of the network grow with d w² r² = (α β² γ²)^φ, about 2^φ.
public struct CompoundScaling: Sendable {
  /// The factors of depth, width and resolution for φ = 1.
  public let α, β, γ: Double

  /// The scaling by these factors; those of EfficientNet where none are given.
  public init(depth α: Double = 1.2, width β: Double = 1.1, resolution γ: Double = 1.15) {
    require(α >= 1 && β >= 1 && γ >= 1, "cannot grow by factors \(α), \(β), \(γ): they must be at least 1")
    (self.α, self.β, self.γ) = (α, β, γ)
  }

  /// The factor of the number of layers: d = α^φ. (4.11)
  public func depth(_ φ: Double) -> Double { power(α, φ) }
  /// The factor of the number of channels: w = β^φ. (4.11)
  public func width(_ φ: Double) -> Double { power(β, φ) }
  /// The factor of the image's sides: r = γ^φ. (4.11)
  public func resolution(_ φ: Double) -> Double { power(γ, φ) }

  /// The factor by which one step of φ multiplies the cost: α β² γ², which is 1.920 for EfficientNet's factors. (4.11)
  public var costFactor: Double { α * β * β * γ * γ }
}

/// x^y for a positive x.
private func power(_ x: Double, _ y: Double) -> Double { Tensor(x, scalarType: .double).power(y).item }

/// The plan of an EfficientNet: stages of inverted residual blocks. § 4.10
public struct EfficientNetPlan: Sendable {
  /// Blocks of one kind; the first may have a stride.
  public struct Stage: Sendable {
    /// The size of the depthwise filters, the factor of the channels within a block, the channels after it.
    public var kernel, expansion, channels: Int
    /// The stride of the first block, and the number of blocks.
    public var stride, blocks: Int

    /// A stage of such blocks.
    public init(kernel: Int, expansion: Int, channels: Int, stride: Int, blocks: Int) {
      (self.kernel, self.expansion, self.channels) = (kernel, expansion, channels)
      (self.stride, self.blocks) = (stride, blocks)
    }
  }

  /// The filters of the first convolution, 3 × 3, and its stride.
  public var stem: (channels: Int, stride: Int)
  /// The stages.
  public var stages: [Stage]
  /// The side of the square images, and the number of classes.
  public var resolution, classes: Int

  /// The filters of the last convolution, 1 × 1: four times the channels of the last stage.
  public var headChannels: Int { 4 * (stages.last?.channels ?? stem.channels) }

  /// The plan of a network.
  public init(stem: (channels: Int, stride: Int), stages: [Stage], resolution: Int, classes: Int) {
    (self.stem, self.stages, self.resolution, self.classes) = (stem, stages, resolution, classes)
  }

  /// EfficientNet-B0, for images of 224 × 224. Tan and Le (2019), table 1
  public static var b0: EfficientNetPlan {
    let rows = [
      (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 2, 3), (5, 6, 112, 1, 3), (5, 6, 192, 2, 4),
      (3, 6, 320, 1, 1),
    ]
    let stages = rows.map { Stage(kernel: $0.0, expansion: $0.1, channels: $0.2, stride: $0.3, blocks: $0.4) }
    return EfficientNetPlan(stem: (32, 2), stages: stages, resolution: 224, classes: 1_000)
  }

  /// A small relative for images of 32 × 32 and ten classes.
  public static var small: EfficientNetPlan {
    let rows = [(3, 1, 16, 1, 1), (3, 4, 24, 2, 2), (5, 4, 40, 2, 2), (3, 4, 64, 1, 1)]
    let stages = rows.map { Stage(kernel: $0.0, expansion: $0.1, channels: $0.2, stride: $0.3, blocks: $0.4) }
    return EfficientNetPlan(stem: (16, 1), stages: stages, resolution: 32, classes: 10)
  }

  /// The network grown in depth, width and resolution; blocks are rounded up, channels to multiples of 8.
  ///
  /// Channels are rounded to the nearest multiple, or to the next if that would lose more than a tenth of them.
  public func scaled(depth d: Double, width w: Double, resolution r: Double) -> EfficientNetPlan {
    let rounding = 1e-9  // 1.2 × 5 blocks are 6, whatever the last digit is
    func channels(_ c: Int) -> Int {
      let (wanted, nearest) = (w * Double(c), max(8, (Int(w * Double(c)) + 4) / 8 * 8))
      return Double(nearest) < 0.9 * wanted ? nearest + 8 : nearest
    }
    var plan = self
    plan.stem.channels = channels(stem.channels)
    for place in stages.indices {
      plan.stages[place].channels = channels(stages[place].channels)
      plan.stages[place].blocks = Int((d * Double(stages[place].blocks) - rounding).rounded(.up))
    }
    plan.resolution = Int((r * Double(resolution)).rounded())
    return plan
  }

  /// The network of (4.11) for φ.
  public func scaled(by scaling: CompoundScaling, _ φ: Double) -> EfficientNetPlan {
    scaled(depth: scaling.depth(φ), width: scaling.width(φ), resolution: scaling.resolution(φ))
  }
}
