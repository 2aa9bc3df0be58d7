import BookText
import Checking
import Foundation
import Testing
import book

@Suite("book site: the book as pages")
struct SiteTests {
  /// All pages of the site, by place.
  private static let pages = Result {
    var pages: [String: String] = [:]
    try Site().files { place, text in pages[place] = text }
    return pages
  }

  @Test("every formula of the guides has a form in MathML, and every guide its page")
  func formulas() throws {
    let pages = try Self.pages.get()
    for chapter in Book.written {
      #expect(pages["\(chapter.folder)/index.html"]?.contains("<math>") ?? false, "\(chapter)")
      #expect(pages["\(chapter.folder)/solutions.html"] != nil && pages["\(chapter.folder)/numbers.html"] != nil)
    }
    let isMarkLoose = pages.values.contains { $0.contains("</math>, ") || $0.contains("</math>. ") }
    #expect(!isMarkLoose, "a comma or full stop may not begin a line")
    #expect(pages.values.reduce(0) { $0 + $1.split(separator: "<math").count - 1 } > 2_000)
  }

  @Test("every link of the site leads to a page and an anchor that are there, and nothing is fetched from a network")
  func links() throws {
    let pages = try Self.pages.get()
    #expect(deadLinks(in: pages) == [])
    let fetching = pages.filter { place, text in
      let head = text.prefix(2_000)
      return place.hasSuffix(".html") && ["src=\"http", "stylesheet\" href=\"http"].contains(where: head.contains)
    }
    #expect(fetching.keys.sorted() == [])
  }

  @Test("the list at the side leads to the start, to every chapter, to all other guides, to the numbers and the files")
  func contents() throws {
    let pages = try Self.pages.get()
    let list = try #require(pages["index.html"]?.firstMatch(of: /<nav class="side".*?<\/nav>/.dotMatchesNewlines()))
    let listed = list.output.matches(of: /<li><a href="([^"#]+)"/).map { String($0.1) }
    let chapters = Book.written.map { "\($0.folder)/index.html" }
    #expect(listed.starts(with: ["index.html"] + chapters) && listed.suffix(2) == ["numbers.html", "code/index.html"])
    let others = pages.keys.filter { $0.hasSuffix(".html") && !$0.contains("/") }
    #expect(Set(others).isSuperset(of: ["errata.html", "notation.html"]))
    #expect(others.filter { !listed.contains($0) } == [])
  }

  @Test("a link to a page or an anchor that is not there is found")
  func dead() {
    let pages = [
      "index.html": "<a href=\"a/x.html#here\">x</a><a href=\"a/y.html\">y</a><a href=\"https://example.org\">z</a>",
      "a/x.html": "<p id=\"there\"><a href=\"../index.html\">back</a><a href=\"#there\">up</a>",
    ]
    #expect(deadLinks(in: pages) == ["index.html: a/x.html#here", "index.html: a/y.html"])
  }

  @Test("a number in a guide leads to its code and its tests, and each of those back to the number")
  func bothWays() throws {
    let pages = try Self.pages.get()
    let guide = try #require(pages["03-Regularization/index.html"])
    let isLinked = guide.contains("(<a class=\"n\" href=\"../03-Regularization/numbers.html#equation-3.1\">3.1</a>)")
    #expect(isLinked)
    let numbers = try #require(pages["03-Regularization/numbers.html"])
    let row = try #require(numbers.split(separator: "<tr id=\"").first { $0.hasPrefix("equation-3.13\"") })
    let code = try #require(row.firstMatch(of: /href="\.\.\/(code\/Sources\/03-[^#"]+)#(L\d+)"/))
    let test = try #require(row.firstMatch(of: /href="\.\.\/(code\/Tests\/Reg[^#"]+)#(L\d+)"/))
    for (page, line) in [(code.1, code.2), (test.1, test.2)] {
      let lines = try #require(pages[String(page)]).split(separator: "<span id=\"")
      let cited = try #require(lines.first { $0.hasPrefix("\(line)\"") })
      let isLinked = cited.contains("03-Regularization/numbers.html#equation-3.13\">3.13</a>")
      #expect(isLinked, "\(page)")
    }
    let namesCode = guide.contains("Lasso.swift.html#L") && guide.contains("<code>BiasVariance</code></a>")
    #expect(namesCode)
  }

  @Test("a formula stays on the line of the signs that touch it, an option on one line, and an address is a link")
  func unbroken() throws {
    let pages = try Self.pages.get()
    for (place, text) in [
      ("errata.html", "for every <span class=\"w\"><math><mi>p</mi></math>.</span> With dropout"),
      ("index.html", "or <code><span class=\"w\">--full</span></code>"),
      ("01-Foundations/numbers.html", "<code>swift test <span class=\"w\">--filter</span> "),
      ("08-GAN/solutions.html", "JSD <span class=\"w\"><math><mo lspace=\"0\">=</mo><mi>log</mi>"),
      ("optical-digits.html", "centred in 28\u{A0}×\u{A0}28,"),
      ("optical-digits.html", "<a href=\"https://doi.org/10.24432/C50P49\">https://doi.org/10.24432/C50P49</a>."),
    ] {
      let isThere = pages[place]?.contains(text) ?? false
      #expect(isThere, "\(place): \(text)")
    }
  }

  @Test("in a table, cells of sentences keep their width on a narrow screen, and short links do not")
  func widths() throws {
    let page = try #require(try Self.pages.get()["07-Transformer/index.html"])
    let cell = try #require(page.firstMatch(of: /<td([^>]*)><a href="[^"]*">7\.1<\/a>/))
    #expect(cell.1 == "" && page.contains("<td class=\"l\">"))
  }

  @Test("figures stand inside the pages, and their colours have partners in the dark theme")
  func figures() throws {
    let pages = try Self.pages.get()
    let start = "<figure><div class=\"wide\" tabindex=\"0\"><svg "
    let figures = (pages["11-Theory/index.html"] ?? "").split(separator: start)
    #expect(figures.count > 21)
    let theme = try Book.file("Sources/Figures/Theme.swift").text
    for (light, dark) in [("1f2328", "e6edf3"), ("0072b2", "4fa8e8"), ("8c8a1f", "cbc95c")] {
      let isMapped = (pages["style.css"] ?? "").contains("[fill=\"#\(light)\"]{fill:#\(dark)}")
      #expect(isMapped)
      #expect(theme.contains("0x\(light.uppercased())") && theme.contains("0x\(dark.uppercased())"))
    }
    let isBackground = (pages["style.css"] ?? "").contains("svg :not(text)[fill=\"#ffffff\"]{fill:#0d1117}")
    #expect(isBackground)
    let colors = theme.matches(of: /0x([0-9A-F]{6})/).map { $0.1.lowercased() }
    let known = pages["style.css"] ?? ""
    #expect(colors.filter { !known.contains($0) && !["ffffff", "0d1117", "000000"].contains($0) } == [])
  }

  @Test("the search knows numbers, headings, commands and declarations")
  func search() throws {
    let entries = try #require(try Self.pages.get()["entries.js"])
    #expect(
      entries.split(separator: "\n").contains {
        $0.hasPrefix("[\"(3.13)\",\"03-Regularization/numbers.html#equation-3.13\",\"number of the notes\"]")
      })
    #expect(
      entries.split(separator: "\n").contains {
        $0.hasPrefix("[\"softThreshold\",\"code/Sources/03-Regularization/Lasso.swift.html#L")
      })
    #expect(entries.split(separator: "\n").contains { $0.hasPrefix("[\"ch03 listing 3.10: ") })
  }

  @Test("a site is written as a whole, over an earlier site only, and never over a reader's files")
  func written() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/site"
    func write(_ files: [String: String], into path: String) throws -> Int {
      try writeSite(into: path) { write in
        for (place, text) in files.sorted(by: { $0.key < $1.key }) { try write(place, text) }
      }
    }
    let first = ["entries.js": "", "index.html": "one", "a/b/page.html": "two"]
    #expect(try write(first, into: path) == 3)
    #expect(try String(contentsOfFile: path + "/a/b/page.html", encoding: .utf8) == "two")
    #expect(try write(["entries.js": "", "index.html": "new"], into: path) == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["entries.js", "index.html"])
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try writeSite(into: path) { write in
        try write("index.html", "half")
        throw Stop()
      }
    }
    #expect(try String(contentsOfFile: path + "/index.html", encoding: .utf8) == "new")
    let own = folder.path + "/own"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: own + "/notes.txt"))
    #expect(throws: BookError.self) { try write(first, into: own) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: own) == ["notes.txt"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["own", "site"])
  }
}
