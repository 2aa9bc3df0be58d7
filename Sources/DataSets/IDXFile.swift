// IDX, the format of MNIST and Fashion-MNIST.
//
// Images: the magic number 0x00000803, count, rows, columns, then one byte a pixel. Labels: 0x00000801, count, then one
// byte a label. Numbers have 32 bits, most significant byte first. LeCun, Cortes and Burges (1998).

import Files

/// The readers of IDX files.
public enum IDXFile {
  /// The grey images of one file with the labels of another, pixels scaled from 0…255 to 0…1.
  ///
  /// Throws a `DataError` if either file is not what it should be, or if they hold different numbers of records.
  public static func labeledImages(images: String, labels: String, classes: Int) throws -> LabeledImages {
    try labeledImages(images: DataFile(path: images), labels: DataFile(path: labels), classes: classes)
  }

  /// The images of one file with the labels of another, both read already.
  package static func labeledImages(images: DataFile, labels: DataFile, classes: Int) throws -> LabeledImages {
    let size = try dimensions(of: images, magic: 0x803, "images")
    let count = try dimensions(of: labels, magic: 0x801, "labels")
    if size[0] != count[0] {
      throw DataError(
        attempted: "pair the images of \(images.path) with the labels of \(labels.path)",
        found: "there are \(size[0]) images and \(count[0]) labels",
        advice: "Take both files from the same part, train or t10k, of the same data set")
    }
    return LabeledImages(
      channels: 1, height: size[1], width: size[2], bytes: images.bytes.dropFirst(16),
      labels: try classNumbers(in: labels, classes: classes))
  }

  /// The lengths that the header declares, once they are known to agree with the file's size.
  private static func dimensions(of file: DataFile, magic: Int, _ content: String) throws -> [Int] {
    let header = 4 + 4 * (magic & 0xFF)
    if file.bytes.count >= 4, file.bigEndian(at: 0) != magic {
      if let kind = kind(file.bigEndian(at: 0)) {
        throw file.error(
          "it holds \(kind), and \(content) are unsigned bytes with \(magic & 0xFF) \(magic & 0xFF == 1 ? "axis" : "axes")",
          "Check that images and labels are not exchanged, or write the file anew with unsigned bytes")
      }
      throw file.error(
        "an IDX file of \(content) starts with 0x\(hexadecimal(magic)), this one with "
          + "0x\(hexadecimal(file.bigEndian(at: 0)))",
        "Check that images and labels are not exchanged, or download the file again")
    }
    guard file.bytes.count >= header else {
      throw file.error(
        "a header of \(header) bytes is expected, the file has \(file.bytes.count)",
        "The file is cut short: download it again")
    }
    let lengths = stride(from: 4, to: header, by: 4).map(file.bigEndian(at:))
    try check(lengths, against: file, header: header)
    return lengths
  }

  /// What an IDX file with this magic number holds; nil if it is none of the format's.
  private static func kind(_ magic: Int) -> String? {
    let types = [
      8: "unsigned bytes", 9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers",
      13: "32-bit floating-point numbers",
      14: "64-bit floating-point numbers",
    ]
    let axes = magic & 0xFF
    return types[magic >> 8].map { "\($0) with \(axes) \(axes == 1 ? "axis" : "axes")" }
  }

  /// Compares the size that a header promises with the size of the file, before any memory is asked for.
  private static func check(_ lengths: [Int], against file: DataFile, header: Int) throws {
    let declared = lengths.map(String.init).joined(separator: "×")
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw file.error("its header declares \(declared) bytes: nothing", "Download the file again")
    }
    var expected: Int? = 1
    for length in lengths { expected = expected.flatMap { product($0, length) } }
    let found = file.bytes.count - header
    guard let expected, expected == found else {
      let amount = expected.map(String.init) ?? "more than 2⁶³"
      let truncated = found < expected ?? .max
      throw file.error(
        "its header declares \(declared), so \(amount) bytes are expected after it, and \(found) are found",
        truncated ? "The file is cut short: download it again" : "The file is too long: download it again")
    }
  }

  private static func product(_ a: Int, _ b: Int) -> Int? {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : value
  }

  private static func classNumbers(in file: DataFile, classes: Int) throws -> [Int] {
    let labels = file.bytes.dropFirst(8)
    if let byte = labels.firstIndex(where: { $0 >= classes }) {
      throw file.error(
        "label \(byte - 8) (byte \(byte)) is \(labels[byte]), and labels go from 0 to \(classes - 1)",
        "Download the file again")
    }
    return labels.map(Int.init)
  }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
