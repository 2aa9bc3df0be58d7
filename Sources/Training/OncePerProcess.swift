import Synchronization

/// Values that a process computes at most once for each key, such as models that judge others.
///
/// A class, because all who ask share it.
public final class OncePerProcess<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Mutex<[Key: Value]>([:])

  /// No values yet.
  public init() {}

  /// The value of the key, which `make` computes at the first call. Other calls wait until it is there; `make` must not
  /// call this itself.
  public func value(for key: Key, make: () -> Value) -> Value {
    values.withLock { values in
      if let value = values[key] { return value }
      let value = make()
      values[key] = value
      return value
    }
  }
}
