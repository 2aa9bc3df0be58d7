import BookText

/// Where each file of the repository is on the site.
struct SiteMap {
  /// The pages: path in the repository, place on the site.
  let places: [String: String]
  /// The guides in reading order, as paths in the repository.
  let guides: [String]
  private let numbers = Set(NotesNumber.all)
  private let folders: [Int: String]

  init() {
    var places = ["README.md": "index.html", "Chapters/README.md": "reading.html"]
    var guides = ["README.md", "Chapters/README.md"]
    for chapter in Book.written {
      for (file, page) in [("README.md", "index.html"), ("SOLUTIONS.md", "solutions.html")] {
        let path = "Chapters/\(chapter.folder)/\(file)"
        places[path] = "\(chapter.folder)/\(page)"
        guides.append(path)
      }
    }
    let others = Book.files("Chapters", "Sources", ending: "md").map(\.path)
    for path in others where places[path] == nil && path != "Chapters/INDEX.md" {
      places[path] = (path.split(separator: "/").last ?? "").lowercased().replacing(".md", with: ".html")
      guides.append(path)
    }
    places["Chapters/INDEX.md"] = "numbers.html"
    for file in Book.swift { places[file.path] = "code/\(file.path).html" }
    for path in ["Package.swift"] + Book.paths("Chapters", "Sources", "Tests")
    where path.hasSuffix(".py") || path == "Package.swift" {
      places[path] = "code/\(path).html"
    }
    (self.places, self.guides) = (places, guides)
    folders = Dictionary(Book.written.map { ($0.number, $0.folder) }) { first, _ in first }
  }

  /// The place of a link's target. The link is relative to a file of the repository; nil if the site has no such page.
  func target(of link: String, from path: String) -> String? {
    let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let anchor = parts.count > 1 ? "#" + parts[1] : ""
    if parts[0].isEmpty { return anchor }
    var folders = path.split(separator: "/").dropLast().map(String.init)
    for part in parts[0].split(separator: "/") where part != "." {
      if part == ".." { _ = folders.popLast() } else { folders.append(String(part)) }
    }
    let file = folders.joined(separator: "/")
    if let place = places[file] { return place + anchor }
    let isFolder = places.keys.contains { $0.hasPrefix(file + "/") }
    return isFolder ? "code/index.html#" + Self.anchor(ofFolder: file) : nil
  }

  /// The place of a number of the notes; nil if the notes or the written chapters do not have it.
  func place(of number: NotesNumber) -> String? {
    let bare = NotesNumber(kind: number.kind, number: String(number.number.prefix { !$0.isLetter }))
    guard let known = [number, bare].first(where: numbers.contains), let folder = folders[known.chapter] else {
      return nil
    }
    return "\(folder)/numbers.html#\(Self.anchor(of: known))"
  }

  /// The anchor of a number on its chapter's page of numbers: theorem-8.4.
  static func anchor(of number: NotesNumber) -> String {
    let kind = number.kind.isEmpty ? "equation" : number.kind == "§" ? "section" : number.kind.lowercased()
    return "\(kind)-\(number.number)"
  }

  /// The anchor of a folder on the page of all files.
  static func anchor(ofFolder folder: String) -> String { folder.replacing("/", with: "-") }

  /// A place on the site, as a link from a page.
  static func link(to target: String, from page: String) -> String {
    target.hasPrefix("#") ? target : root(of: page) + target
  }

  /// The way from a page to the folder of the site: "../" for each folder around the page.
  static func root(of page: String) -> String {
    String(repeating: "../", count: page.split(separator: "/").count - 1)
  }
}
