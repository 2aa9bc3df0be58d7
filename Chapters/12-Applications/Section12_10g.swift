import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: speech transcribed without an alignment.
public let section12_10g = Exercise(
  .section, "12.10g", "Speech: connectionist temporal classification", seconds: 10, quick: 2
) {
  run in
  run.show(pathTable(), as: "paths")
  let counts = run.choose(quick: (40, 20), standard: (2_000, 400), full: (8_000, 1_000))
  let train = Utterances(SpokenVowels(count: counts.0, from: run.random.split()))
  let spoken = SpokenVowels(count: counts.1, from: run.random.split())
  let held = Utterances(spoken)
  let start = SpeechTranscriber(random: run.random.split())
  let plan = run.plan(quick: 1, standard: 12, full: 30, batchSize: 32)
  let (network, history) = start.trained(on: train, validatedOn: held, by: plan, random: run.random.split())
  run.show(noiseTable(network, count: counts.1, random: run.random.split()), as: "noise")
  run.show(errorFigure(history), as: "errors")
  run.show(transcriptionFigure(network, spoken, held), as: "transcription")
  run.show(alignmentFigure(network, spoken, held), as: "alignment")
  run.parameters = network.parameterCount
  run.card("symbol error", history["symbol error"].last ?? .nan)
}

/// Two frames in which the blank is likelier than the only symbol: the best path is empty, the best text is not.
private func pathTable() -> Table {
  let logits = Tensor([[0.4, 0.6], [0.4, 0.6]], scalarType: .double).log()
  let texts = [[], [0], [0, 0]]
  let names = ["nothing", "a", "aa"]
  let found = prefixSearch(logits, width: 4)
  return Table(
    "Two frames, p(a) = 0.4 and p(blank) = 0.6 in each: the likeliest path is two blanks",
    columns: ["text", "likeliest path", "sum over all paths", "loss, e^(−loss)", "search over prefixes"],
    rows: zip(names, texts).map { name, text -> [Table.Cell] in
      let loss = connectionistLoss(logits.expanded(axis: 0), [text])
      let probability = (-loss).exp().item
      let search = found.first { $0.symbols == text }.map { Tensor($0.logProbability, scalarType: .double).exp().item }
      return [
        .text(name), .text(bestPaths(logits.expanded(axis: 0))[0] == text ? "this" : ""),
        .number(sumOverPaths(logits, text), decimals: 4), .number(probability, decimals: 4),
        .number(search ?? 0, decimals: 4),
      ]
    })
}

/// The errors at several levels of noise, with the likeliest path and with a search.
private func noiseTable(_ network: SpeechTranscriber, count: Int, random: RandomSource) -> Table {
  let rows = [-20.0, -14, -8, -2, 4].map { level -> [Table.Cell] in
    let heard = Utterances(SpokenVowels(count: min(200, count), noise: level...level, from: random))
    let logits = network(heard.features)
    let searched = (0..<heard.count).map { prefixSearch(logits[$0], width: 8)[0].symbols }
    let paths = bestPaths(logits)
    let exact = zip(paths, heard.vowels).count { $0 == $1 }
    return [
      .number(level, decimals: 0), .number(symbolErrorRate(paths, heard.vowels), decimals: 4),
      .number(symbolErrorRate(searched, heard.vowels), decimals: 4),
      .number(Double(exact) / Double(heard.count), decimals: 3),
    ]
  }
  return Table(
    "Symbol error on unseen sounds of unseen speakers; training had noise from −20 to −8 dB",
    columns: ["noise, dB", "likeliest path", "search of width 8", "exact texts"], rows: rows)
}

private func errorFigure(_ history: History) -> LineChart {
  LineChart(
    "Learning to write vowels without knowing when they are said", x: Axis("epoch"),
    y: Axis("symbol error", .logarithmic), series: [Series("held-out sounds", history["symbol error"], style: .both)])
}

/// A spectrogram of four vowels, two of them equal neighbours, and below it the likeliest symbol of each frame.
private func transcriptionFigure(
  _ network: SpeechTranscriber, _ spoken: SpokenVowels, _ held: Utterances
) -> HeatMap {
  let (frame, shown) = (256, 20)  // the network writes a symbol for every 256 samples, 32 ms
  let place = spoken.vowels.indices.first {
    let (vowels, end) = (spoken.vowels[$0], spoken.spans[$0].last?.upperBound ?? 0)
    return vowels.count == 4 && framesNeeded(for: vowels) == 5 && end < shown * frame
  }
  let path = network(held.subset([place ?? 0]).features)[0].argmax().prefix(shown)
  let transform = ShortTimeTransform(length: frame, hop: frame)
  let bands = MelBands(20, to: 4_000, of: transform, rate: SpokenVowels.rate)
  let levels = decibels(bands(transform.power(spoken.sounds[place ?? 0])))[0..<shown].transposed
  let written = Vowel.text(collapsed(Array(path), blank: Vowel.all.count))
  return HeatMap(
    "“\(Vowel.text(spoken.vowels[place ?? 0]))” is said, and “\(written)” is written",
    rows: bands.centres.reversed().map { grouped(Int($0.rounded())) },
    columns: path.map { $0 < Vowel.all.count ? Vowel.all[$0].name : "–" }, rowTitle: "centre of the band, Hz",
    columnTitle: "the likeliest symbol in each frame of 32 ms; a dash is a blank",
    values: (0..<20).reversed().map { levels[$0].scalars }, format: nil, range: -30...0)
}

/// The probabilities of all symbols over time, and when each vowel is said.
private func alignmentFigure(_ network: SpeechTranscriber, _ spoken: SpokenVowels, _ held: Utterances) -> Panels {
  let place = spoken.vowels.firstIndex { $0.count == 5 && Set($0).count == 4 } ?? 0
  let p = network(held.subset([place]).features)[0].softmax()  // [F×(K+1)]
  let times = (0..<p.shape[0]).map { Double($0) * 0.032 + 0.016 }
  let used = Set(spoken.vowels[place]).sorted() + [Vowel.all.count]
  func name(_ symbol: Int) -> String { symbol < Vowel.all.count ? Vowel.all[symbol].name : "blank" }
  let probabilities = used.map { symbol -> Series in
    let values = (0..<p.shape[0]).map { p[$0, symbol].item }
    return Series(name(symbol), x: times, values)
  }
  let said = used.map { symbol -> Series in
    let spans = zip(spoken.spans[place], spoken.vowels[place]).filter { $0.1 == symbol }.map(\.0)
    let ends = spans.flatMap { span in
      [span.lowerBound, span.lowerBound, span.upperBound, span.upperBound].map {
        Double($0) / Double(SpokenVowels.rate)
      }
    }
    return Series(name(symbol), x: ends, spans.flatMap { _ in [0.0, 1, 1, 0] })
  }
  func chart(_ y: String, _ series: [Series]) -> LineChart {
    var chart = LineChart("", x: Axis("seconds", range: 0...1.2), y: Axis(y, range: 0...1), series: series)
    chart.size.height = 240
    return chart
  }
  return Panels(
    "“\(Vowel.text(spoken.vowels[place]))”: a spike for each vowel, and blanks between", columns: 1,
    [chart("said", said), chart("probability", probabilities)])
}
