/// A command as it is typed: words with unusual characters are quoted.
package func typed(_ words: [String]) -> String {
  words.map { word in
    word.wholeMatch(of: /[A-Za-z0-9_.,:=\/+-]+/) != nil ? word : "'" + word.replacing(scalar: "'", with: "'\\''") + "'"
  }.joined(separator: " ")
}
