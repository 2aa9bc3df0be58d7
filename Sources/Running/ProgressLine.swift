import Figures
import Foundation
import Messages
import Synchronization
import Training

/// One line on standard error, rewritten at most ten times a second during training and sampling.
final class ProgressLine: Sendable {
  // A class, because every report rewrites the same line on the screen.
  private let console: Console
  private let isShown: Bool
  private let state = Mutex(State())

  private struct State {
    var start = Date.distantPast
    var first = 1
    var last = 0
    var lastWrite = Date.distantPast
    var isOnScreen = false
    var breakdowns: [String] = []
  }

  init(_ console: Console, isShown: Bool) { (self.console, self.isShown) = (console, isShown) }

  func update(_ label: String, _ progress: TrainingProgress) {
    if progress.breakdown != nil || !progress.loss.isFinite { return warn(label, progress) }
    if !isShown { return }
    if progress.step == progress.steps { return wipe() }
    guard let secondsLeft = dueSecondsLeft(progress.step, of: progress.steps) else { return }
    let losses = progress.players.isEmpty ? [PlayerLoss(name: "loss", loss: progress.loss)] : progress.players
    let shown = losses.map { String(format: "%@ %.4f", $0.name, $0.loss) }.joined(separator: ", ")
    rewrite("\(label): epoch \(progress.epoch)/\(progress.epochs), \(shown)\(secondsLeft)")
  }

  /// Shows that a step of a sampler is done.
  func update(_ label: String, step: Int, of steps: Int) {
    if !isShown { return }
    guard let secondsLeft = dueSecondsLeft(step, of: steps) else { return }
    rewrite("\(label): step \(grouped(step)) of \(grouped(steps))\(secondsLeft)")
  }

  private func rewrite(_ text: String) {
    console.err("\r" + TerminalText.fitted(text, columns: console.columns - 1) + "\u{1B}[K")
  }

  /// The text about the time left, estimated from the steps since the first one; nil if the last line was written too
  /// recently.
  private func dueSecondsLeft(_ step: Int, of steps: Int) -> String? {
    state.withLock { state in
      let now = console.now()
      // The clock starts with the first step, or at the step where a training is resumed.
      if step != state.last + 1 || step == 1 { (state.start, state.first) = (now, step) }
      state.last = step
      if now.timeIntervalSince(state.lastWrite) < 0.1 { return nil }
      (state.lastWrite, state.isOnScreen) = (now, true)
      if step == state.first { return "" }
      let secondsPerStep = now.timeIntervalSince(state.start) / Double(step - state.first)
      return ", \(Int((secondsPerStep * Double(steps - step)).rounded(.up))) s left"
    }
  }

  /// Clears the progress line.
  func wipe() {
    let wasOnScreen = state.withLock { state in
      defer { state.isOnScreen = false }
      return state.isOnScreen
    }
    if wasOnScreen { console.err("\r\u{1B}[K") }
  }

  /// The training runs that broke down, each with the reason.
  var breakdowns: [String] { state.withLock { $0.breakdowns } }

  /// Reports a breakdown. This is a failure, so log files get it too.
  private func warn(_ label: String, _ progress: TrainingProgress) {
    wipe()
    let breakdown =
      progress.breakdown
      ?? Breakdown(step: progress.step, epoch: progress.epoch, loss: progress.loss, cause: .loss(nil))
    state.withLock { $0.breakdowns.append("\(label): \(breakdown)") }
    console.err("\(label): \(breakdown)\n")
  }
}
