import BookText
import Foundation

/// `book site DIR`: the whole book as pages for a browser, without a server or a network.
public let siteCommand = BookCommand(
  "site", "DIR", "writes the whole book as pages that a browser opens from the disk"
) { words, out in
  guard words.count == 1, let path = words.first else { throw UsageError("site needs a folder: book site DIR") }
  out("Writing the site into \(path): about ten seconds …")
  let count = try writeSite(into: path, files: Site().files)
  out("\(count) files. Open \(path)/index.html")
}

/// Writes the files of a site into a new folder, or over an earlier site, and returns their number. They are first
/// written next to it, so that the folder never holds half a site. Throws a `BookError` if the folder has other files.
///
/// `files` passes each file's place and text to its argument.
public func writeSite(
  into path: String, files: ((_ place: String, _ text: String) throws -> Void) throws -> Void
) throws
  -> Int
{
  let (manager, target) = (FileManager.default, URL(filePath: path))
  let isThere = manager.fileExists(atPath: path)
  let isSite = manager.fileExists(atPath: target.appending(path: "entries.js").path(percentEncoded: false))
  if isThere && !isSite {
    let others = try manager.contentsOfDirectory(atPath: path)
    guard others.isEmpty else {
      throw BookError("cannot write the site into \(path): the folder has other files. Name a new folder")
    }
  }
  let parent = target.standardizedFileURL.deletingLastPathComponent()
  let draft = parent.appending(path: ".site-\(ProcessInfo.processInfo.processIdentifier)")
  defer { try? manager.removeItem(at: draft) }
  var count = 0
  try files { place, text in
    let file = draft.appending(path: place)
    try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    count += 1
  }
  if isThere { try manager.removeItem(at: target) }
  try manager.moveItem(at: draft, to: target)
  return count
}
