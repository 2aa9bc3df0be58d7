import Backprop
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// A model of digits that was trained by the bound, with its measures on test images.
public struct TrainedOnDigits<M: EvidenceModel & Sendable>: Sendable {
  /// The model after the last epoch.
  public let model: M
  /// The loss of every epoch, with "reconstruction" and "KL" of the training, and "test loss" at its end.
  public let history: History
  /// Both terms on the test images.
  public let measure: EvidenceMeasure
}

/// Trains a model as Listing 9.8 does: Adam on the sum over the pixels, with η = 10⁻³ unless the plan has a rate.
///
/// `images` is the form in which the model reads them: rows, or [N×1×28×28].
public func trainOnDigits<M: EvidenceModel & Sendable>(
  _ model: M, on data: ImageClassification, β: Double = 1, plan: TrainingPlan, random: RandomSource,
  images: (LabeledImages) -> Tensor = { $0.flattened }
) -> TrainedOnDigits<M> {
  var model = model
  let test = images(data.test)
  let history = trainByEvidence(&model, on: images(data.train), plan: plan, random: random, β: { _ in β }) { model, _ in
    ["test loss": EvidenceMeasure(of: model, on: test, random: RandomSource(seed: 9)).loss(β: β)]
  }
  return TrainedOnDigits(
    model: model, history: history, measure: EvidenceMeasure(of: model, on: test, random: RandomSource(seed: 9)))
}

/// A training of Listing 9.8 that keeps a picture of the same samples after every epoch.
public struct PicturedTraining: TrainingState {
  /// The network, which learns.
  public var model: VariationalAutoencoder
  var optimizer = Adam(learningRate: 1e-3)
  /// The decoded samples, in levels of 0 to 255, before the training and after every epoch.
  public var pictures: [[UInt8]] = []
  /// The network, its optimizer and the pictures, which a resumed run needs.
  public static var kept: [PartialKeyPath<PicturedTraining>] { [\.model, \.optimizer, \.pictures] }

  /// A training that has not begun.
  public init(_ model: VariationalAutoencoder) { self.model = model }

  /// Trains on images, and decodes z after every epoch.
  public mutating func train(
    on data: ImageClassification, showing z: Tensor, plan: TrainingPlan, random: RandomSource
  ) -> History {
    pictures = [Self.levels(model, z)]
    let (x, test) = (data.train.flattened, data.test.flattened)
    return Training.train(&self, examples: x.shape[0], plan: plan, random: random) { state, step throws(Breakdown) in
      try step.descendByEvidence(&state.model, with: &state.optimizer, on: x, random: random)
    } evaluate: { state, _ in
      state.pictures.append(Self.levels(state.model, z))
      return ["test loss": EvidenceMeasure(of: state.model, on: test, random: RandomSource(seed: 9)).loss()]
    }
  }

  private static func levels(_ model: VariationalAutoencoder, _ z: Tensor) -> [UInt8] {
    model.decoded(z).scalars.map { UInt8(min(max(($0 * 255).rounded(), 0), 255)) }
  }

  /// The pictures as an animation, with `columns` samples in a row.
  public func animation(_ title: String, columns: Int) -> Animation {
    let sheets = pictures.map { levels in
      stride(from: 0, to: levels.count, by: 784).map { start in
        Pixels(square: levels[start..<start + 784].map { Double($0) / 255 })
      }
    }
    let frames = sheets.map { Pixels(tiling: $0, columns: columns) }
    return Animation(
      title, frames: frames, captions: frames.indices.map { $0 == 0 ? "untrained" : "epoch \($0)" }, milliseconds: 150)
  }
}
