import Foundation
import Synchronization

/// Whether this process was asked to stop, for example with Control-C. The state is global, because signals are sent to
/// the whole process.
package enum Interruption {
  private static let asked = Atomic(false)

  /// Whether the process was asked to stop after it began to listen.
  package static var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// Starts to listen. The first request is only recorded, so that the step can be finished; the second ends the
  /// process at once.
  package static func listen() {
    asked.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.asked.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }

  /// Stops listening: from now on a request ends the process at once.
  package static func stopListening() { signal(SIGINT, SIG_DFL) }
}
