import Attention
import RNN
import Running
import Tensors
import Transformer

// § 7.7: a published GPT-2

/// Writes with the GPT-2 in a folder, or next to a file.
func writePublished(_ run: Run, _ path: String) throws {
  run.say("reading \(path)")
  let published = try PublishedGPT(path: path)
  run.parameters = published.model.parameterCount
  run.card("model", path)
  run.card("tokens", Double(published.encoding.count))
  _ = try run.write(
    generator(published), prompt: "The meaning of life is", length: run.choose(quick: 5, standard: 40, full: 200))
}

/// A published model as the console knows it.
public func generator(_ published: PublishedGPT) -> TextGenerator {
  TextGenerator { text, settings, random, emit in
    let sampling = Sampling(temperature: settings.temperature, topK: settings.topK, topP: settings.topP)
    published.proceed(text, length: settings.length, sampling: sampling, using: random, emit: emit)
  } likeliest: { text, count, temperature in
    published.likeliest(after: text, count, temperature: temperature)
  }
}
