import Dispatch
import Foundation
import Synchronization

// The threads behind `parallel`. Waking a thread takes tens of microseconds, as long as many a kernel. Threads that
// have helped therefore stay awake for a moment: the next kernel of a training step usually starts sooner than that.
// Nobody waits for threads to arrive: the caller does the work, and the threads that are awake help.

/// Tasks to be done, each by the first thread that claims it. A class because several threads look at one.
final class Job: Sendable {
  private let tasks: Int
  private let body: @Sendable (Int) -> Void
  private let next = Atomic(0)

  init(_ tasks: Int, _ body: @escaping @Sendable (Int) -> Void) { (self.tasks, self.body) = (tasks, body) }

  /// Does tasks until none are left.
  func work() {
    while true {
      let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < tasks else { return }
      body(task)
    }
  }
}

/// The threads that help. A class because they share its identity: there is one team in the process.
final class Team: Sendable {
  static let shared = Team()

  /// Whether a job is being done. Another caller then works alone: more threads than cores do not help.
  private let isTaken = Atomic(false)
  /// The job on offer; only the caller and the threads inside may look at it.
  private let offer = Atomic<Unmanaged<Job>?>(nil)
  /// The number of the offer, its free seats, and how many threads are inside: see `Gate`.
  private let gate = Atomic<UInt64>(0)
  /// The number of threads that are awake or being woken.
  private let awake = Atomic(0)

  /// Runs `work`, which does the job on this thread, while up to `helpers` threads help. Returns when all have left.
  func help(_ job: Job, helpers: Int, _ work: () -> Void) {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return work() }
    offer.store(Unmanaged.passUnretained(job), ordering: .relaxed)
    let number = Gate(gate.load(ordering: .relaxed)).number &+ 1
    gate.store(Gate(number: number, seats: min(helpers, Gate.mostSeats), inside: 0).word, ordering: .releasing)
    wake(helpers)
    work()
    gate.bitwiseAnd(~Gate.allSeats, ordering: .relaxed)
    var waits = 0
    while Gate(gate.load(ordering: .acquiring)).inside > 0 { wait(&waits) }
    isTaken.store(false, ordering: .releasing)
  }

  /// Asks for threads until `count` are awake.
  private func wake(_ count: Int) {
    let missing = count - awake.load(ordering: .relaxed)
    guard missing > 0 else { return }
    awake.wrappingAdd(missing, ordering: .relaxed)
    DispatchQueue.global(qos: .userInitiated).async {
      DispatchQueue.concurrentPerform(iterations: missing) { _ in
        ThreadLimit.$current.withValue(1, operation: self.stayAwake)
      }
    }
  }

  /// Helps with one job after another, until none has come for a while.
  private func stayAwake() {
    var (waits, last) = (0, UInt32.max)
    while waits < patience {
      let now = Gate(gate.load(ordering: .relaxed))
      guard now.seats > 0 && now.number != last, enter(now) else {
        relax()
        waits += 1
        continue
      }
      offer.load(ordering: .relaxed)?._withUnsafeGuaranteedRef { $0.work() }
      gate.wrappingSubtract(1, ordering: .releasing)
      (waits, last) = (0, now.number)
    }
    awake.wrappingSubtract(1, ordering: .relaxed)
  }

  /// Takes a seat, unless another thread was faster.
  private func enter(_ seen: Gate) -> Bool {
    let entered = Gate(number: seen.number, seats: seen.seats - 1, inside: seen.inside + 1)
    return gate.compareExchange(expected: seen.word, desired: entered.word, ordering: .acquiring).exchanged
  }

  /// Waits a little, and lets other threads run if that does not help.
  private func wait(_ waits: inout Int) {
    waits += 1
    if waits % 4096 == 0 { sched_yield() } else { relax() }
  }
}

/// The state of the team's gate, in one word so that it changes at once.
private struct Gate {
  var number: UInt32
  var seats: Int
  var inside: Int

  static let mostSeats = 0xFFFF
  static let allSeats: UInt64 = 0xFFFF_0000

  init(number: UInt32, seats: Int, inside: Int) { (self.number, self.seats, self.inside) = (number, seats, inside) }

  init(_ word: UInt64) {
    self.init(number: UInt32(word >> 32), seats: Int(word >> 16 & 0xFFFF), inside: Int(word & 0xFFFF))
  }

  var word: UInt64 { UInt64(number) << 32 | UInt64(seats) << 16 | UInt64(inside) }
}

/// How often a thread without work checks for some before it goes to sleep: about 200 microseconds.
private let patience = 20_000
