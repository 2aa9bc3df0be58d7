import Checking
import Foundation
import Tensors

/// What transformer_weights.py has recorded.
struct RecordedWeights: Decodable {
  struct Numbers: Decodable {
    let shape: [Int], values: [Double]
    /// The recorded numbers.
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }
  struct Cleaning: Decodable {
    let lowercases, stripsAccents, separatesIdeographs: Bool
    let numbers: [[Int]]
  }
  struct Pieces: Decodable {
    let pieces, sentences: [String]
    let cases: [Cleaning]
    let firsts, seconds: [String]
    let pairs, types, cut: [[Int]]
  }
  let models: [String: [String: Numbers]]
  let wordPiece: Pieces
}

/// The path of a file next to the golden scripts.
func goldenFile(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/\(name)").standardized
    .path(percentEncoded: false)
}
