// Sounds among the results of a run.

import Files

extension Run {
  /// Keeps a sound as a WAV file among the results, with 16 bits for each sample.
  public func keep(_ sound: Sound, as name: String) { _ = keep(WAVFile.bytes(of: sound), name, "wav") }
}
