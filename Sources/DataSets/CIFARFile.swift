// The binary version of CIFAR-10.
//
// The file has records of 3,073 bytes and no header. A record is a label, then 1,024 red, 1,024 green and 1,024 blue
// bytes; each plane is 32×32, row by row. Krizhevsky (2009).

import Files

/// The readers of CIFAR-10's binary files.
public enum CIFARFile {
  static let recordLength = 1 + 3 * 32 * 32

  /// Reads the records of several batch files in order, with pixels scaled from 0…255 to 0…1.
  ///
  /// Throws a `DataError` if a file does not consist of complete records, or if a label is not one of the ten classes.
  public static func labeledImages(paths: [String]) throws -> LabeledImages {
    try labeledImages(files: paths.map { try DataFile(path: $0) })
  }

  /// The records of several batch files that have already been read.
  package static func labeledImages(files: [DataFile]) throws -> LabeledImages {
    var bytes: [UInt8] = []
    var labels: [Int] = []
    for file in files {
      labels += try classNumbers(in: file)
      for start in stride(from: 0, to: file.bytes.count, by: recordLength) {
        bytes += file.bytes[start + 1..<start + recordLength]
      }
    }
    return LabeledImages(channels: 3, height: 32, width: 32, bytes: bytes[...], labels: labels)
  }

  /// Reads the ten names in `batches.meta.txt`, one per line.
  public static func classNames(path: String) throws -> [String] { try classNames(file: DataFile(path: path)) }

  /// The ten names in a file that has already been read.
  static func classNames(file: DataFile) throws -> [String] {
    let names = try file.text().split(whereSeparator: \.isNewline).map(String.init)
    guard names.count == 10 else {
      throw file.error("expected 10 class names, one per line, found \(names.count)", "Download it again")
    }
    return names
  }

  private static func classNumbers(in file: DataFile) throws -> [Int] {
    let (records, rest) = file.bytes.count.quotientAndRemainder(dividingBy: recordLength)
    guard rest == 0 else {
      if file.bytes.count.isMultiple(of: recordLength + 1) {
        throw file.error(
          "its \(file.bytes.count) bytes are records of \(recordLength + 1) bytes, as in CIFAR-100, but CIFAR-10 has "
            + "\(recordLength)", "Use the binary version of CIFAR-10")
      }
      throw file.error(
        "expected records of \(recordLength) bytes, but its \(file.bytes.count) bytes are \(records) of them and "
          + "\(rest) more", "The file is cut short, or not the binary version of CIFAR-10: download it again")
    }
    return try (0..<records).map { record in
      let label = Int(file.bytes[record * recordLength])
      guard label < 10 else {
        throw file.error(
          "the label of record \(record) (byte \(record * recordLength)) is \(label), but labels go from 0 to 9",
          "Use the binary version of CIFAR-10, not of CIFAR-100, or download it again")
      }
      return label
    }
  }
}
