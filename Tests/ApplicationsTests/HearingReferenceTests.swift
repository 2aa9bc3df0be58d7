import Applications
import Checking
import DataSets
import Tensors
import Testing

/// Models under their own names, as functions of one tensor.
private enum Recorded {
  /// The loss of three captions.
  struct Captioner: Module {
    var model: Applications.Captioner
    static var parameters: [PartialKeyPath<Captioner>] { [\.model] }
    func callAsFunction(_ images: Tensor) -> Tensor {
      model.loss(images, [[0, 6, 12], [3, 3, 9], [15, 1, 2]])
    }
  }

  /// The logits after start, ⟨speech⟩, a task and three symbols.
  struct SpeechTransformer: Module {
    var model: Applications.SpeechTransformer
    static var parameters: [PartialKeyPath<SpeechTransformer>] { [\.model] }
    func callAsFunction(_ x: Tensor) -> Tensor {
      let read = [model.start, model.speech, model.token(of: .translate), 0, 2, 1]
      return model.logits(x, Tokens([read, read]))
    }
  }

  /// The similarities of images with three texts.
  struct ImageTextModel: Module {
    var model: Applications.ImageTextModel
    static var parameters: [PartialKeyPath<ImageTextModel>] { [\.model] }
    func callAsFunction(_ images: Tensor) -> Tensor {
      model.similarities(images, Tokens([[2, 0, 1, 4], [1, 0, 4], [3, 2, 1, 0, 4]], padding: 4))
    }
  }
}

@Suite("§ 12.10  Speech, captions, image and text beside PyTorch")
struct HearingReferenceTests {
  @Test("§ 12.10: outputs and gradients are PyTorch's", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "applications_hearing",
      [
        PassCase("connectionistLoss") { t, texts in connectionistLoss(t[0], texts) },
        PassCase("connectionistLoss, of each, several lengths") { t, n in
          -connectionistLogProbabilities(t[0], Array(n[0..<4]), lengths: n[4])
        },
        PassCase("imageTextLoss") { t, _ in imageTextLoss(t[0]) },
        PassCase("unitVectors") { t, _ in unitVectors(t[0]) },
        .layer { SequenceConvolution(3, 4, kernel: 5, stride: 2, padding: 2, random: $0) },
        .layer { SpeechTranscriber(bands: 4, symbols: 3, width: 6, random: $0) },
        .layer {
          Recorded.SpeechTransformer(
            model: SpeechTransformer(bands: 4, symbols: 3, width: 8, heads: 2, blocks: 1, random: $0))
        },
        .layer { Recorded.Captioner(model: Captioner(channels: 6, hidden: 5, random: $0)) },
        .layer("mean of the grid") {
          Recorded.Captioner(model: Captioner(hasAttention: false, channels: 6, hidden: 5, random: $0))
        },
        .layer {
          Recorded.ImageTextModel(model: ImageTextModel(symbols: 5, context: 5, width: 4, random: $0))
        },
      ], type)
  }
}
