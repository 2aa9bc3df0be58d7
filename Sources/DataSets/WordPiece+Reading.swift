// § 7.6  Published vocabularies of word pieces

import Files
import Messages

extension WordPiece {
  /// The tokenizer in a folder, or in a file of it: tokenizer.json, or else vocab.txt with one piece a line.
  ///
  /// How a text is cleaned stands in tokenizer.json; next to vocab.txt, in tokenizer_config.json, or else it is that of
  /// "uncased" models. Throws a `DataError` if there is no such file, if it is damaged, or if it is another tokenizer.
  public init(path: String) throws {
    guard case .folder = SystemPath.kind(path) else {
      try self.init(file: path)
      return
    }
    let names = ["tokenizer.json", "vocab.txt"].map { SystemPath.trimmed(path) + "/" + $0 }
    guard let found = names.first(where: SystemPath.exists) else {
      throw DataError(
        attempted: "find BERT's tokenizer in \(path)", found: "there is neither tokenizer.json nor vocab.txt",
        advice: "Copy one of them there: it is published with the weights")
    }
    try self.init(file: found)
  }

  private init(file path: String) throws {
    let file = try DataFile(path: path)
    if path.hasSuffix(".json") {
      try self.init(tokenizer: JSONText(file), file)
      return
    }
    let folder = SystemPath.place(of: path).folder + "/tokenizer_config.json"
    let options = SystemPath.exists(folder) ? try JSONText(DataFile(path: folder)) : nil
    var lines = try file.text().unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0.last == "\r" ? $0.dropLast() : $0)
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    let cleaning = Cleaning(
      options, lowercases: "do_lower_case", stripsAccents: "strip_accents",
      separatesIdeographs: "tokenize_chinese_chars")
    try self.init(pieces: lines, cleaning: cleaning, source: path)
  }

  /// The tokenizer of a tokenizer.json.
  private init(tokenizer json: JSONText, _ file: DataFile) throws {
    let advice = "Take the tokenizer.json of a BERT-like model, whose model is WordPiece"
    guard let model = json["model"], let members = model["vocab"]?.members else {
      throw file.error("it has no model with a vocab", advice)
    }
    if let type = model["type"]?.string, type != "WordPiece" {
      throw file.error("its model is \(type.excerpt), not WordPiece", advice)
    }
    if let type = json["normalizer"]?["type"]?.string, type != "BertNormalizer" {
      throw file.error("its texts are cleaned by \(type.excerpt), not by BertNormalizer", advice)
    }
    guard model["continuing_subword_prefix"]?.string ?? "##" == "##" else {
      throw file.error("its pieces inside of words do not begin with ##", advice)
    }
    var pieces = [String?](repeating: nil, count: members.count)
    for member in members {
      guard let number = member.value.integer, pieces.indices.contains(number), pieces[number] == nil else {
        throw file.error(
          "the piece \"\(member.name.excerpt)\" has no number of its own below \(members.count)", advice)
      }
      pieces[number] = member.name
    }
    let cleaning = Cleaning(
      json["normalizer"], lowercases: "lowercase", stripsAccents: "strip_accents",
      separatesIdeographs: "handle_chinese_chars")
    try self.init(pieces: pieces.compactMap { $0 }, cleaning: cleaning, source: file.path)
  }
}

extension WordPiece.Cleaning {
  /// The options of these names; accents are removed with lower case unless the options say something else.
  fileprivate init(
    _ options: JSONText?, lowercases lower: String, stripsAccents accents: String, separatesIdeographs chinese: String
  ) {
    self.init()
    lowercases = options?[lower]?.flag ?? true
    stripsAccents = options?[accents]?.flag ?? lowercases
    separatesIdeographs = options?[chinese]?.flag ?? true
  }
}
