// Models among the results of a run.

import Files
import Tensors

extension Run {
  /// Keeps a model as a file among the results, for `--from` and for the reader's own programs.
  ///
  /// `metadata` holds what is needed to create the model again, such as its sizes and its vocabulary. Throws if the
  /// model cannot be written.
  public func keep<M: Parameterized>(_ model: M, metadata: [String: String] = [:], as name: String) throws {
    _ = keep(try savedBytes(model, metadata: metadata), name, "safetensors")
  }
}
