import BookText
import Foundation

/// The rules that keep a chapter's guide, exercises, commands and citations consistent.
let guideRules = [
  exercisesAreSolved, itemsAreTold, commandsExist, listingsHaveDigits, itemsHaveDigests, numbersAreTested,
]

private let exercisesAreSolved = ChapterRule(
  "every exercise of the notes is solved: a file, an item, a test that cites it, a heading among the solutions"
) { chapter in
  let guide = try chapter.entry.guide().text
  let (number, tests) = (chapter.entry.number, chapter.entry.tests)
  return (1..<chapter.exercises + 1).flatMap { count in
    let name = "\(number).\(count)"
    let path = "Chapters/\(chapter.entry.folder)/Exercise\(number)_\(count).swift"
    let hasItem = chapter.program.items.contains { $0.kind == .exercise && $0.number == name }
    return broken(
      (hasItem, "no item for Exercise \(name)"),
      (guide.contains("\n## Exercise \(name) ★"), "no heading for Exercise \(name) in SOLUTIONS.md"),
      (tests.contains("@Test(\"Exercise \(name)"), "no test whose name begins with Exercise \(name)"),
      (FileManager.default.fileExists(atPath: Book.root + path), "no file \(path)"))
  }
}

private let itemsAreTold = ChapterRule("every item of the program is in the guide, with its command") { chapter in
  let guide = try chapter.entry.guide().text
  return chapter.program.items.map(\.command).filter { command in
    !guide.contains("swift run \(chapter.program.program) \(command)\n")
  }
}

private let commandsExist = ChapterRule("every command of the program in any guide or the README exists") { chapter in
  let program = chapter.program.program
  return try (Book.guides + [try Book.file("README.md")]).flatMap(\.numbered).compactMap { place, line in
    guard line.hasPrefix("swift run \(program)") else { return nil }
    let words = line.split(separator: "#")[0].split(separator: " ").dropFirst(3).map(String.init)
    let run = try chapter.run(words.filter { !["--data", "DIR"].contains($0) } + ["--help"])
    return run.status == 0 ? nil : "\(place): \(line): \(run.errors)"
  }
}

private let listingsHaveDigits = ChapterRule("every listing has its digits among the chapter's tests") { chapter in
  let listings = chapter.program.items.filter { $0.kind == .listing }.map(\.number)
  let tested = chapter.digits.map(\.listing)
  return broken((tested == listings, "the listings are \(listings), those with digits \(tested)"))
}

private let itemsHaveDigests = ChapterRule("every item has a digest of its results, and nothing else has one") {
  chapter in
  let records = try golden("\(chapter.entry.name.lowercased())_digests", as: [String: [String: String]].self)
  let (items, recorded) = (Set(chapter.program.items.map(\.command)), Set(records.keys))
  return items.subtracting(recorded).map { "no digest of \($0): see Tests/Scripts/digests.py" }.sorted()
    + recorded.subtracting(items).map { "a digest of \($0), which is not an item" }.sorted()
}

private let numbersAreTested = ChapterRule("every number that the chapter's sources cite is cited by one of its tests")
{
  chapter in
  let pattern =
    /§ \d+\.\d+(?:\.\d+)?|\b(?:Definition|Theorem|Proposition|Remark|Example|Listing|Output) \d+\.\d+|\([1-9]\d*\.\d+\)/
  let tested = Set(chapter.entry.tests.matches(of: pattern).map { String($0.output) })
  return Book.swift.filter { $0.path.hasPrefix("Sources/\(chapter.entry.folder)/") }.flatMap { file in
    var (cited, missing): (Set<String>, [String]) = ([], [])
    for (place, line) in file.numbered {
      for number in line.matches(of: pattern).map({ String($0.output) }) where cited.insert(number).inserted {
        if !tested.contains(number) { missing.append("\(place): no test cites \(number)") }
      }
    }
    return missing + broken((!cited.isEmpty || !file.text.hasPrefix("// §"), "\(file.path) cites nothing"))
  }
}
