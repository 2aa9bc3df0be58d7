import Foundation
import Messages
import Tensors

extension Run {
  /// Writes after a prompt as the reader's options ask: lines in a conversation, samples with the reader's settings, or
  /// otherwise five ways to draw from the same random numbers.
  ///
  /// `prompt` and `length` are those for a reader who gives none. Throws the generator's error for a prompt that it
  /// cannot read. Returns the last text, or nil after a conversation.
  public func write(_ generator: TextGenerator, prompt: String, length: Int) throws -> String? {
    let wishes = options.generation
    let prompt = try wishes.promptText() ?? prompt
    _ = try generator.likeliest(prompt, 1, 1)  // refuses an unreadable prompt before anything is written
    if wishes.isInteractive {
      converse(generator, settings: GenerationSettings(wishes), prompt: wishes.prompt == nil ? "" : prompt)
      return nil
    }
    let start = Date()
    var (written, last) = (0, prompt)
    for (place, (name, settings)) in ways(wishes, length: length).enumerated() {
      // Ways to draw are compared on the same random numbers; samples of one way need their own.
      let seed = options.seed &+ (wishes.samples == nil ? 0 : UInt64(place))
      last = prompt
      try generator.proceed(prompt, settings, RandomSource(seed: seed)) { token in
        last += token
        return true
      }
      written += settings.length
      say("── \(name)\n\(displayed(last))\n")
    }
    card("characters written per second", measured: Double(written) / Date().timeIntervalSince(start))
    return last
  }

  /// Five ways to draw, or the reader's own as often as samples are wanted, each with its name.
  private func ways(_ wishes: GenerationOptions, length: Int) -> [(String, GenerationSettings)] {
    let settings = GenerationSettings(wishes, length: length)
    if wishes.temperature != nil || wishes.topK != nil || wishes.topP != nil || wishes.samples != nil {
      return (1...(wishes.samples ?? 1)).map { ("sample \($0)", settings) }
    }
    func at(_ temperature: Double, topP: Double? = nil) -> GenerationSettings {
      var settings = settings
      (settings.temperature, settings.topP) = (temperature, topP)
      return settings
    }
    return [
      ("temperature 0: always the likeliest", at(0)), ("temperature 0.5", at(0.5)), ("temperature 0.8", at(0.8)),
      ("temperature 1", at(1)), ("temperature 1, top-p 0.9", at(1, topP: 0.9)),
    ]
  }
}
