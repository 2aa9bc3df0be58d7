import BookText

/// The rules for galleries of mistakes.
let galleryRules = [mistakesShow, codeStandsInSources, mistakesAreCaught, mistakesAreOnShow, guideShowsGallery]

private let mistakesShow = ChapterRule("every mistake shows on one input and hides on the other") { chapter in
  chapter.exhibits.flatMap { exhibit in
    broken(
      (exhibit.shows.distance > 1e-3, "\(exhibit.mistake): does not show"),
      (exhibit.hides.distance < 1e-6, "\(exhibit.mistake): does not hide"))
  }
}

/// Whether a file contains mistakes for a gallery.
private func isMistakes(_ file: Book.File) -> Bool { file.path.contains(/^Sources\/.*\/Mistakes\.swift/) }

private let codeStandsInSources = ChapterRule(
  "every line of code on show is in the sources, the wrong one among the mistakes and the right one elsewhere"
) { chapter in
  if chapter.exhibits.isEmpty { return [] }
  let mistakes = Book.swift.filter(isMistakes).map(\.text).joined()
  let others = Book.swift.filter { !isMistakes($0) }.map(\.text).joined()
  return chapter.exhibits.flatMap { exhibit in
    let isUsed = others.replacing("\"\(exhibit.right)\"", with: "").contains(exhibit.right)
    return broken(
      (mistakes.contains(exhibit.wrong), "\(exhibit.mistake): no mistake contains \(exhibit.wrong)"),
      (isUsed, "\(exhibit.mistake): no source contains \(exhibit.right)"))
  }
}

private let mistakesAreCaught = ChapterRule("every mistake on show names an existing test that catches it") { chapter in
  let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }.map(\.text).joined()
  return chapter.exhibits.map(\.test).filter { !tests.contains("\"\($0)") }
}

private let mistakesAreOnShow = ChapterRule("every mistake of the chapter's sources is on show") { chapter in
  let galleries = Book.swift.filter { $0.path.hasPrefix("Chapters/\(chapter.entry.folder)/Gallery") }
    .map(\.text).joined()
  return Book.swift.filter { isMistakes($0) && $0.path.hasPrefix("Sources/\(chapter.entry.folder)/") }.flatMap { file in
    file.text.matches(of: /public static func (\w+)/).map { String($0.1) }
      .filter { !galleries.contains("Mistake.\($0)") }
  }
}

private let guideShowsGallery = ChapterRule("the guide shows what the gallery's command prints") { chapter in
  let galleries = chapter.program.items.filter { $0.kind == .gallery }
  guard let item = galleries.first else {
    return broken((chapter.exhibits.isEmpty, "there are exhibits but no gallery in the program"))
  }
  let run = try chapter.run(["gallery", item.number])
  let guide = try chapter.entry.guide().text
  let lines = run.printed.split(separator: "\n").dropFirst(2).prefix { !$0.hasPrefix("── gallery") }
  return broken((run.status == 0, run.errors), (!chapter.exhibits.isEmpty, "the gallery has no exhibits"))
    + lines.filter { !guide.contains("\n\($0)\n") }.map { "the guide does not show: \($0)" }
}
