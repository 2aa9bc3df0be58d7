import BookText

/// A page of the site.
struct SitePage {
  /// Its place on the site.
  let place: String
  /// Its title, as plain text.
  let title: String
  /// Its contents in HTML.
  let body: String
  /// Its headings, for the list at the side.
  var headings: [(title: String, anchor: String)] = []
  /// The pages before and after it in the book, with their titles.
  var previous, next: (place: String, title: String)?
}

/// What surrounds every page: the head, the search, and the list of chapters.
struct SiteFrame {
  /// The chapters and other pages for the list at the side.
  let contents: [(place: String, title: String)]

  /// The whole page.
  func html(_ page: SitePage) -> String {
    let root = SiteMap.root(of: page.place)
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(page.title)) · Deep Learning in Swift</title>
      <script>\(SiteScript.theme)</script>
      <link rel="stylesheet" href="\(root)style.css">
      <script defer src="\(root)entries.js"></script>
      <script defer src="\(root)site.js"></script>
      </head>
      <body data-root="\(root)">
      <a class="skip" href="#main">To the text</a>
      <header>
      <a href="\(root)index.html">Deep Learning <span>in Swift</span></a>
      <div class="find" role="search">
      <input type="search" aria-label="Search" placeholder="Search: 11.14, softmax (press /)" autocomplete="off">
      <ul></ul></div>
      <button id="theme" type="button" aria-label="Light or dark">◐</button>
      </header>
      <div class="page">
      <nav class="side" aria-label="Contents">\(side(page, root))</nav>
      <main id="main">
      \(page.body)
      \(turns(page, root))
      </main>
      </div>
      </body>
      </html>

      """
  }

  private func side(_ page: SitePage, _ root: String) -> String {
    let folder = page.place.split(separator: "/").dropLast().first
    let items = contents.map { place, title in
      let isHere = place == page.place || (folder != nil && place.split(separator: "/").first == folder)
      let inner = isHere ? headings(page) : ""
      let mark = place == page.place ? " aria-current=\"page\"" : ""
      return "<li><a href=\"\(root)\(place)\"\(mark)>\(escaped(title))</a>\(inner)</li>"
    }
    return "<details open><summary>Contents</summary><ol>\(items.joined(separator: "\n"))</ol></details>"
  }

  private func headings(_ page: SitePage) -> String {
    if page.headings.isEmpty { return "" }
    let items = page.headings.map { "<li><a href=\"#\($0.anchor)\">\(escaped($0.title.plain))</a></li>" }
    return "<ul>\(items.joined())</ul>"
  }

  private func turns(_ page: SitePage, _ root: String) -> String {
    func link(_ target: (place: String, title: String)?, _ arrow: (String, String)) -> String {
      target.map { "<a href=\"\(root)\($0.place)\">\(arrow.0)\(escaped($0.title))\(arrow.1)</a>" } ?? "<span></span>"
    }
    if page.previous == nil && page.next == nil { return "" }
    return
      "<nav class=\"turn\" aria-label=\"Pages\">\(link(page.previous, ("← ", "")))\(link(page.next, ("", " →")))</nav>"
  }
}

extension String {
  /// A heading without the signs of Markdown and LaTeX.
  var plain: String { filter { !"`$*\\{}".contains($0) } }
}
