/// The links of a site that lead nowhere: pages or anchors that are not there. Links to a network are not followed.
///
/// Takes the pages by place and returns the dead links, each as "page: link".
public func deadLinks(in pages: [String: String]) -> [String] {
  var anchors: [String: Set<String>] = [:]
  for (place, text) in pages where place.hasSuffix(".html") { anchors[place] = values(of: "id", in: text) }
  var dead: [String] = []
  for (place, text) in pages where place.hasSuffix(".html") {
    for link in values(of: "href", in: text).union(values(of: "src", in: text)) {
      if link.hasPrefix("https://") || link.hasPrefix("http://") || link.hasPrefix("data:") { continue }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let target = parts[0].isEmpty ? place : resolved(parts[0], from: place)
      let isThere = pages[target] != nil && (parts.count < 2 || anchors[target]?.contains(parts[1]) ?? true)
      if !isThere { dead.append("\(place): \(link)") }
    }
  }
  return dead.sorted()
}

/// The values of an attribute in a page, once each.
private func values(of name: String, in text: String) -> Set<String> {
  let (bytes, mark) = (Array(text.utf8), Array(" \(name)=\"".utf8))
  var (found, place): (Set<String>, Int) = ([], 0)
  while place + mark.count < bytes.count {
    guard bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) else {
      place += 1
      continue
    }
    let start = place + mark.count
    place = start
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += 1 }
    found.insert(String(decoding: bytes[start..<place], as: UTF8.self))
  }
  return found
}

/// The place of a relative link's target.
private func resolved(_ link: String, from page: String) -> String {
  var folders = page.split(separator: "/").dropLast().map(String.init)
  for part in link.split(separator: "/") {
    if part == ".." { _ = folders.popLast() } else { folders.append(String(part)) }
  }
  return folders.joined(separator: "/")
}
