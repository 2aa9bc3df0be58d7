import BookText

/// `book start DIR`: a copy of the package in which the exercises are the reader's.
public let startCommand = BookCommand(
  "start", "DIR", "copies the book into a folder, with the solutions of all exercises taken out"
) { words, out in
  guard words.count == 1, let path = words.first, !path.hasPrefix("-") else {
    throw UsageError("start needs a new folder: book start DIR")
  }
  let starter = try Starter(of: ReaderExercises())
  try starter.write(into: path)
  let exercises = Set(starter.holes.map(\.exercise)).count
  out("\(path) has \(exercises) exercises with \(starter.holes.count) functions to write.")
  out("cd \(path) && swift run book next")
}

/// `book next`: the next exercise to solve.
public let nextCommand = BookCommand("next", "", "names the next exercise to solve, and where to write") { words, out in
  guard words.isEmpty else { throw UsageError("next takes nothing after it: book next") }
  let assignments = try ReaderExercises()
  for line in assignments.next(after: try Progress.read(in: assignments.root)) { out(line) }
}

/// `book hint 3.2`: the question of an exercise, and what the guide asks.
public let hintCommand = BookCommand("hint", "EXERCISE", "shows the question of an exercise and a question on the way")
{
  words, out in
  let assignments = try ReaderExercises()
  for line in try assignments.hint(try assignments.meant(by: words, command: "hint")) { out(line) }
}

/// `book check 3.2`: the tests of an exercise, and the result among the progress.
public let checkCommand = BookCommand("check", "EXERCISE", "runs the tests of an exercise and keeps the result") {
  words, out in
  let assignments = try ReaderExercises()
  if words == ["--filters"] {  // for Tests/Scripts/starter.py
    for assignment in assignments.withHoles { out("\(assignment.number) \(try assignments.filter(for: assignment))") }
    return
  }
  let assignment = try assignments.meant(by: words, command: "check")
  for line in try assignments.report(assignment, out: out) { out(line) }
}

/// `book progress`: the chapters as bars.
public let progressCommand = BookCommand("progress", "", "shows how many exercises of each chapter are done") {
  words, out in
  guard words.isEmpty else { throw UsageError("progress takes nothing after it: book progress") }
  let assignments = try ReaderExercises()
  for line in try Progress.read(in: assignments.root).lines(assignments) { out(line) }
}

/// `book reset 3.2`: the functions of an exercise are empty again.
public let resetCommand = BookCommand("reset", "EXERCISE", "empties the functions of an exercise; keeps your version") {
  words, out in
  let assignments = try ReaderExercises()
  let assignment = try assignments.meant(by: words, command: "reset")
  let kept = try assignments.reset(assignment)
  if kept.isEmpty { out("Exercise \(assignment.number) has nothing to empty.") }
  for path in kept { out("Your version is in \(path).") }
}

/// `book solution 3.2`: the original code as a difference, and the answer in words.
public let solutionCommand = BookCommand("solution", "EXERCISE", "shows the solution of an exercise, beside your code")
{
  words, out in
  let assignments = try ReaderExercises()
  let assignment = try assignments.meant(by: words, command: "solution")
  out(assignment.title + "\n")
  for line in try assignments.solution(of: assignment) { out(line) }
  for line in try Originals.current(assignments).page(of: assignment.number).drop(while: \.isEmpty) {
    out(String(line))
  }
}

extension ReaderExercises {
  /// The first exercise that is not done: its title, where to write, and the commands.
  public func next(after progress: Progress) -> [String] {
    guard let next = withHoles.first(where: { !progress.isDone($0.number) }) else {
      return ["All \(withHoles.count) exercises are done."]
    }
    let holes = next.holes.map { "  \($0.path):\($0.line)  \($0.name), \($0.number)" }
    return [next.title] + holes + [
      "swift run \(next.item.command)", "swift run book hint \(next.number)", "swift run book check \(next.number)",
    ]
  }

  /// Checks an exercise, and returns what the reader needs to know about the result. Throws a `BookError` if it failed.
  public func report(
    _ assignment: ReaderExercise, run: CommandRunner = runProcess, out: (String) -> Void
  ) throws -> [String] {
    if assignment.holes.isEmpty {
      let reason = paperExercises.first { $0.key == assignment.number }?.value ?? "it has no function to write"
      return ["\(assignment.title): \(reason)", "Compare your answer: swift run book solution \(assignment.number)"]
    }
    if !assignment.holes.allSatisfy(\.isOpen) {
      out("Building, and running the tests of Exercise \(assignment.number). The first build takes minutes …")
    }
    switch try check(assignment, run: run) {
    case .failed(_, let reason):
      throw BookError(
        "Exercise \(assignment.number) is not done\n" + reason.map { "  " + $0 }.joined(separator: "\n"))
    case .passed(let tests):
      let progress = try Progress.read(in: root)
      let done = withHoles.count { progress.isDone($0.number) }
      return ["\(assignment.title): done, \(tests) tests passed. \(done) of \(withHoles.count) exercises are done."]
    }
  }
}
