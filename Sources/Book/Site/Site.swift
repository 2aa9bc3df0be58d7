import BookText
import Foundation

/// The whole book as pages that open from the disk.
public struct Site {
  private let map = SiteMap()
  private let index: NumberIndex
  private let citations: Citations
  private let frame: SiteFrame
  /// The places of public types and functions of the sources, by name: that of the chapter given first.
  private let declarations: [String: [(path: String, line: Int)]]

  /// The site of this repository.
  public init() throws {
    citations = try Citations()
    index = NumberIndex(citations)
    var declarations: [String: [(path: String, line: Int)]] = [:]
    for file in Book.swift where file.path.hasPrefix("Sources/") {
      for (name, line) in Self.declarations(in: file) { declarations[name, default: []].append((file.path, line)) }
    }
    self.declarations = declarations
    let chapters = Book.written.map { ("\($0.folder)/index.html", "\($0.number). \($0.name)") }
    let map = self.map
    let others = map.guides.filter { !$0.contains("/SOLUTIONS") && !$0.contains(/^Chapters\/\d/) }.dropFirst().map {
      path in
      (map.places[path] ?? "", Self.title(of: path))
    }
    frame = SiteFrame(
      contents: [("index.html", "Start")] + chapters + others + [
        ("numbers.html", "Numbers of the notes"), ("code/index.html", "All files"),
      ])
  }

  private static func title(of path: String) -> String {
    let line = (try? Book.file(path))?.lines.first { $0.hasPrefix("# ") } ?? ""
    return String(line.dropFirst(2)).plain
  }

  /// Passes every file of the site to `write`, with its place: pages, style sheet and scripts. Throws a `FormulaError`
  /// that names the guide and the line of the first formula that has no form in MathML.
  public func files(_ write: (_ place: String, _ text: String) throws -> Void) throws {
    try write("style.css", SiteStyle.text)
    try write("site.js", SiteScript.text)
    try write("entries.js", entries())
    for (place, path) in map.guides.enumerated() {
      var page = try guide(path)
      if place > 0 { page.previous = neighbour(map.guides[place - 1]) }
      if place + 1 < map.guides.count { page.next = neighbour(map.guides[place + 1]) }
      try write(page.place, frame.html(page))
    }
    for chapter in Book.written {
      let page = numbers(of: chapter)
      try write(page.place, frame.html(page))
    }
    try write("numbers.html", frame.html(allNumbers()))
    for path in map.places.keys.sorted() where map.places[path]?.hasPrefix("code/") ?? false {
      let page = try code(path)
      try write(page.place, frame.html(page))
    }
    try write("code/index.html", frame.html(allFiles()))
  }

  private func neighbour(_ path: String) -> (place: String, title: String) {
    (map.places[path] ?? "", Self.title(of: path))
  }

  // MARK: - Guides

  private func inline(on page: String, of path: String) -> Inline {
    Inline(
      address: { link in
        if link.contains("://") { return link }
        return map.target(of: link, from: path).map { SiteMap.link(to: $0, from: page) }
      },
      number: { number in map.place(of: number).map { SiteMap.link(to: $0, from: page) } },
      declaration: { name in
        let places = declarations[name] ?? []
        let chapter = path.split(separator: "/").dropFirst().first ?? ""
        guard let found = places.first(where: { $0.path.contains("/\(chapter)/") }) ?? places.first else { return nil }
        return map.places[found.path].map { SiteMap.link(to: "\($0)#L\(found.line)", from: page) }
      })
  }

  private func guide(_ path: String) throws -> SitePage {
    let page = map.places[path] ?? ""
    let inline = inline(on: page, of: path)
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let markdown = Markdown(
      inline: inline,
      figure: { name, alt in Self.figure((folder.isEmpty ? "" : folder + "/") + name, alt: alt) },
      code: { code, language in
        guard language == "swift" else { return "<pre tabindex=\"0\"><code>\(escaped(code))</code></pre>" }
        let lines = Highlighting(words: { inline.linked($0) }).lines(of: code)
        return "<pre tabindex=\"0\"><code>\(lines.joined(separator: "\n"))</code></pre>"
      })
    do {
      let (body, headings) = try markdown.html(try Book.file(path).text)
      return SitePage(place: page, title: Self.title(of: path), body: body, headings: headings)
    } catch let error as FormulaError {
      throw FormulaError(description: "\(path), \(error)")
    }
  }

  /// A figure inside the page: a drawing, which shrinks to half its width at most, so that its words can be read, or
  /// pixels as data.
  private static func figure(_ path: String, alt: String) -> String? {
    if path.hasSuffix(".svg") {
      guard let text = (try? Book.file(path))?.text else { return nil }
      let width = text.firstMatch(of: /<svg [^>]*?width="(\d+)/).flatMap { Int($0.1) } ?? 0
      return text.replacing("<svg ", with: "<svg style=\"min-width:\(width / 2)px\" ", maxReplacements: 1)
    }
    guard let data = try? Data(contentsOf: URL(filePath: Book.root + path)) else { return nil }
    return "<img alt=\"\(escaped(alt.plain))\" src=\"data:image/png;base64,\(data.base64EncodedString())\">"
  }

  // MARK: - Code

  private static let top = "The top level"

  private func code(_ path: String) throws -> SitePage {
    let (page, file) = (map.places[path] ?? "", try Book.file(path))
    let inline = inline(on: page, of: path)
    let lines =
      path.hasSuffix(".swift")
      ? Highlighting(words: { inline.linked($0) }).lines(of: file.text) : file.lines.map { escaped($0) }
    let numbered = lines.enumerated().map { place, line in
      "<span id=\"L\(place + 1)\"><a href=\"#L\(place + 1)\">\(place + 1)</a>\(line)</span>"
    }
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let all = SiteMap.root(of: page) + "code/index.html#" + SiteMap.anchor(ofFolder: folder)
    // A long name breaks between its words, if it must.
    let name = escaped(file.name).replacing(/[a-z](?=[A-Z])|[A-Za-z0-9](?=\.)/) { "\($0.output)<wbr>" }
    return SitePage(
      place: page, title: file.name,
      body:
        "<h1>\(name)</h1>\n<p><a href=\"\(all)\">\(folder.isEmpty ? Self.top : folder)</a></p>\n"
        + "<pre class=\"source\" tabindex=\"0\"><code>\(numbered.joined())</code></pre>"
    )
  }

  private func allFiles() -> SitePage {
    let folders = Dictionary(grouping: map.places.filter { $0.value.hasPrefix("code/") }.map(\.key)) { path in
      path.split(separator: "/").dropLast().joined(separator: "/")
    }
    let parts = folders.keys.sorted().map { folder in
      let links = (folders[folder] ?? []).sorted().map { path in
        "<a href=\"\(path).html\">\(path.split(separator: "/").last ?? "")</a>"
      }
      let title = folder.isEmpty ? Self.top : folder
      return "<h2 id=\"\(SiteMap.anchor(ofFolder: folder))\">\(title)</h2>\n<p>\(links.joined(separator: ", "))</p>"
    }
    return SitePage(
      place: "code/index.html", title: "All files", body: "<h1>All files</h1>\n" + parts.joined(separator: "\n"))
  }

  // MARK: - Numbers of the notes

  private func numbers(of chapter: Book.Chapter) -> SitePage {
    let page = "\(chapter.folder)/numbers.html"
    func place(_ citation: Citation, _ name: String) -> String {
      let file = map.places[citation.path] ?? ""
      return "<a href=\"\(SiteMap.root(of: page))\(file)#L\(citation.line)\">\(name)</a>"
    }
    func list(_ items: [String]) -> String { items.joined(separator: "<br>") }
    let rows = NotesNumber.all.filter { $0.chapter == chapter.number }.map { number in
      let guide = index.guide(number).flatMap { heading in
        map.target(of: heading.link, from: "README.md").map {
          "<a href=\"\(SiteMap.root(of: page))\($0)\">\(escaped(heading.title.plain))</a>"
        }
      }
      let cells = [
        "\(number)", guide ?? "", list(index.sources(number).map { place($0, escaped($0.name)) }),
        list(index.tests(number).map { place($0, testName($0.name)) }),
        list(index.commands(number).map { "<code>\(Inline.unbrokenOptions($0))</code>" }),
      ]
      return "<tr id=\"\(SiteMap.anchor(of: number))\">" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    let head = ["number", "guide", "code", "tests", "command"].map { "<th>\($0)</th>" }.joined()
    let title = "Chapter \(chapter.number). \(chapter.name): numbers of the notes"
    return SitePage(
      place: page, title: title,
      body:
        "<h1>\(title)</h1>\n<div class=\"wide numbers\" tabindex=\"0\"><table><thead><tr>\(head)</tr></thead><tbody>\n"
        + rows.joined(separator: "\n") + "\n</tbody></table></div>"
    )
  }

  private func allNumbers() -> SitePage {
    let items = Book.written.map { chapter in
      let links = NotesNumber.all.filter { $0.chapter == chapter.number }.map { number in
        "<a class=\"n w\" href=\"\(chapter.folder)/numbers.html#\(SiteMap.anchor(of: number))\">\(number)</a>"
      }
      return "<h2>Chapter \(chapter.number). \(chapter.name)</h2>\n<p>\(links.joined(separator: " · "))</p>"
    }
    return SitePage(
      place: "numbers.html", title: "Numbers of the notes",
      body:
        "<h1>Numbers of the notes</h1>\n"
        + "<p>Each leads to its code, its tests, its command and its part of the guide.</p>\n"
        + items.joined(separator: "\n"))
  }

  // MARK: - The search

  /// What the search finds: numbers of the notes, guides and their parts, items, types and functions.
  private func entries() -> String {
    var rows: [(title: String, place: String, about: String)] = []
    for number in NotesNumber.all {
      if let place = map.place(of: number) { rows.append(("\(number)", place, "number of the notes")) }
    }
    for path in map.guides {
      guard let file = try? Book.file(path), let place = map.places[path] else { continue }
      rows.append((Self.title(of: path), place, place))
      for heading in Heading.all(of: file) {
        rows.append((heading.title.plain, place + "#" + Heading.anchor(heading.title), Self.title(of: path)))
      }
    }
    rows += frame.contents.suffix(2).map { ($0.title, $0.place, $0.place) }
    for item in citations.items {
      if let place = map.places[item.path] { rows.append(("\(item.command): \(item.title)", place, "program")) }
    }
    for name in declarations.keys.sorted() {
      for (path, line) in declarations[name] ?? [] {
        if let place = map.places[path] { rows.append((name, "\(place)#L\(line)", path)) }
      }
    }
    let lines = rows.map { "[\(quoted($0.title)),\(quoted($0.place)),\(quoted($0.about))]" }
    return "const entries=[\n\(lines.joined(separator: ",\n"))\n];\n"
  }

  /// The public types and functions of a file.
  private static func declarations(in file: Book.File) -> [(name: String, line: Int)] {
    let kinds: Set<Substring> = ["func", "struct", "class", "enum", "protocol"]
    return file.lines.enumerated().compactMap { number, line in
      guard line.contains("public "), !line.contains("//") else { return nil }
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(where: kinds.contains), place + 1 < words.count, words[0] != "case" else {
        return nil
      }
      let name = words[place + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      return name.isEmpty ? nil : (String(name), number + 1)
    }
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
