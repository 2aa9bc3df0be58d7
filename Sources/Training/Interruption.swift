import Foundation
import Synchronization

/// Whether somebody has asked this process to stop, as Control-C does. It belongs to the process, as signals do.
package enum Interruption {
  private static let asked = Atomic(false)

  /// Whether the process was asked to stop since it began to listen.
  package static var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// Listens from now on: the first request is taken down, so that a step can be finished; the second ends the process at once.
  package static func listen() {
    asked.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.asked.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }

  /// Listens no longer: a request ends the process at once.
  package static func stopListening() { signal(SIGINT, SIG_DFL) }
}
