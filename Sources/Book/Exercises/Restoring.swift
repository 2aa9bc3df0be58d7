import BookText
import Foundation

extension ReaderExercises {
  /// Empties the functions of an exercise again, in a reader's copy. Returns the paths of the copies that it keeps of
  /// the changed files, one for each; none if all are empty already.
  public func reset(_ assignment: ReaderExercise) throws -> [String] {
    guard try Originals.kept(in: root) != nil else {
      throw BookError("this is the original: reset empties functions of a copy made by book start")
    }
    try requireHoles(of: assignment)
    var kept: [String] = []
    let changed = Dictionary(grouping: assignment.holes.filter { !$0.isOpen }, by: \.path)
    for (path, holes) in changed.sorted(by: { $0.key < $1.key }) {
      let text = try String(contentsOfFile: root + path, encoding: .utf8)
      let place = keepingPlace(for: path)
      try writeWhole(text, to: root + place)
      try writeWhole(Hole.replacing(holes.map { ($0, $0.emptyBody) }, in: text), to: root + path)
      kept.append(place)
    }
    if var progress = try? Progress.read(in: root), progress.checks.removeValue(forKey: assignment.number) != nil {
      try progress.write(in: root)
    }
    return kept
  }

  /// A free name for the reader's version of a file, outside of the sources: results/kept/ElasticNet-1.swift.
  private func keepingPlace(for path: String) -> String {
    let name = (path.split(separator: "/").last ?? "").dropLast(6)
    var number = 1
    while FileManager.default.fileExists(atPath: "\(root)results/kept/\(name)-\(number).swift") { number += 1 }
    return "results/kept/\(name)-\(number).swift"
  }

  /// The original bodies of an exercise, each with its place and as a difference from what the package has now.
  public func solution(of assignment: ReaderExercise) throws -> [String] {
    let originals = try Originals.current(self)
    if try Originals.kept(in: root) != nil { try requireHoles(of: assignment) }
    var open = originals.bodies(of: assignment.number)
    return assignment.holes.flatMap { hole -> [String] in
      guard
        let place = open.firstIndex(where: { $0.belongs(to: hole) && $0.signature == hole.signature })
          ?? open.firstIndex(where: { $0.belongs(to: hole) })
      else { return [] }
      let body = open.remove(at: place).lines
      func shown(_ body: [String]) -> [String] { [hole.signature + " {"] + body.map { hole.unindented($0) } }
      return ["\(hole.path):\(hole.line)  \(hole.number)"] + difference(shown(hole.body), shown(body)) + ["  }", ""]
    }
  }

  /// Throws a `BookError` unless every function of the exercise is still to be found in the copy by its comment.
  private func requireHoles(of assignment: ReaderExercise) throws {
    for body in try Originals.current(self).bodies(of: assignment.number)
    where !assignment.holes.contains(where: body.belongs) {
      throw BookError(
        "cannot find \(body.name) of Exercise \(body.number) in \(body.path): the first paragraph of the comment above "
          + "'\(body.signature)' must end with \"Exercise \(body.number)\"")
    }
  }
}
