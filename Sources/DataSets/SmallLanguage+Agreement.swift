// Sentences in which the verb agrees with a noun that may be far away.

extension SmallLanguage {
  /// Sentences such as "the dogs that the old farmer sees sleep quietly.\n": the verb agrees in number with its
  /// subject, even across a relative clause with a noun in the other number.
  ///
  /// Every third sentence has such a clause, half of them with a subject of its own, and half with an object. Each
  /// adjective, noun, verb and adverb is as likely as the others of its kind.
  public static let agreement: SmallLanguage = {
    let numbers = [0, 1]  // singular and plural; a state that depends on the subject's number has one number for each
    let (start, subject, noun, after, clause) = (0, 1, 2, 3, 5)
    let (agent, agentNoun, agentVerb, patient, patientNoun) = (7, 9, 11, 15, 17)
    let (main, tail) = (19, 21)
    var states = [[Choice]](repeating: [], count: 22)
    states[start] = [Choice(1, "the ", to: subject)]
    states[subject] = alike(0.25, adjectives) { _ in noun } + alike(0.75, bothNumbers) { after + $0 % 2 }
    states[noun] = alike(1, bothNumbers) { after + $0 % 2 }
    for n in numbers {
      states[after + n] =
        alike(2.0 / 3, verbs.map { inflected($0, n) }) { _ in tail } + [Choice(1.0 / 3, "that ", to: clause + n)]
      // "that sees the king" has an object, "that the king sees" a subject of its own.
      states[clause + n] =
        alike(0.5, transitive.map { inflected($0, n) + " the " }) { _ in patient + n }
        + [Choice(0.5, "the ", to: agent + n)]
      states[agent + n] =
        alike(0.25, adjectives) { _ in agentNoun + n } + alike(0.75, bothNumbers) { agentVerb + 2 * n + $0 % 2 }
      states[agentNoun + n] = alike(1, bothNumbers) { agentVerb + 2 * n + $0 % 2 }
      for own in numbers {
        states[agentVerb + 2 * n + own] = alike(1, transitive.map { inflected($0, own) + " " }) { _ in main + n }
      }
      states[patient + n] =
        alike(0.25, adjectives) { _ in patientNoun + n } + alike(0.75, bothNumbers) { _ in main + n }
      states[patientNoun + n] = alike(1, bothNumbers) { _ in main + n }
      states[main + n] = alike(1, verbs.map { inflected($0, n) }) { _ in tail }
    }
    states[tail] = [Choice(0.75, ".\n", to: end)] + alike(0.25, adverbs.map { " \($0).\n" }) { _ in end }
    return SmallLanguage(states: states)
  }()

  private static let adjectives = ["old ", "small ", "brave ", "young "]
  private static let verbs = ["sleep", "run", "sing", "wait", "dance", "laugh"]
  private static let transitive = ["see", "follow", "help", "know"]
  private static let adverbs = ["quietly", "often", "slowly", "today"]
  /// Every noun in the singular and in the plural: at even and at odd places.
  private static let bothNumbers = ["dog", "farmer", "girl", "robot", "teacher", "tiger", "king", "pilot"]
    .flatMap { [$0 + " ", $0 + "s "] }

  /// A verb that agrees with a subject in the singular, 0, or the plural, 1.
  private static func inflected(_ verb: String, _ number: Int) -> String { number == 0 ? verb + "s" : verb }

  /// Choices that share a probability equally; `next` gets the place of a text among them.
  private static func alike(_ total: Double, _ texts: [String], to next: (Int) -> Int) -> [Choice] {
    texts.enumerated().map { Choice(total / Double(texts.count), $1, to: next($0)) }
  }
}
