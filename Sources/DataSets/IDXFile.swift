// IDX, the format of MNIST and Fashion-MNIST.
//
// Images: the magic number 0x00000803, count, rows, columns, then one byte per pixel. Labels: 0x00000801, count, then
// one byte per label. Numbers have 32 bits, most significant byte first. LeCun, Cortes and Burges (1998).

import Files

/// The readers of IDX files.
public enum IDXFile {
  /// Reads the grey images of one file and the labels of another, with pixels scaled from 0…255 to 0…1.
  ///
  /// Throws a `DataError` if either file is invalid, or if they have different numbers of records.
  public static func labeledImages(images: String, labels: String, classes: Int) throws -> LabeledImages {
    try labeledImages(images: DataFile(path: images), labels: DataFile(path: labels), classes: classes)
  }

  /// The images of one file with the labels of another, both of which have already been read.
  package static func labeledImages(images: DataFile, labels: DataFile, classes: Int) throws -> LabeledImages {
    let size = try dimensions(of: images, magic: 0x803, "images")
    let count = try dimensions(of: labels, magic: 0x801, "labels")
    if size[0] != count[0] {
      throw DataError(
        attempted: "pair the images of \(images.path) with the labels of \(labels.path)",
        found: "there are \(size[0]) images and \(count[0]) labels",
        advice: "Use both files of the same part, train or t10k, of the same data set")
    }
    return LabeledImages(
      channels: 1, height: size[1], width: size[2], bytes: images.bytes.dropFirst(16),
      labels: try classNumbers(in: labels, classes: classes))
  }

  /// Reads the lengths in the header, and checks that they agree with the file's size.
  private static func dimensions(of file: DataFile, magic: Int, _ content: String) throws -> [Int] {
    let header = 4 + 4 * (magic & 0xFF)
    if file.bytes.count >= 4, file.bigEndian(at: 0) != magic {
      if let kind = kind(file.bigEndian(at: 0)) {
        throw file.error(
          "it has \(kind), but \(content) are unsigned bytes with "
            + "\(magic & 0xFF) \(magic & 0xFF == 1 ? "axis" : "axes")",
          "Check that images and labels are not swapped, or write the file again with unsigned bytes")
      }
      throw file.error(
        "an IDX file of \(content) starts with 0x\(hexadecimal(magic)), but this one with "
          + "0x\(hexadecimal(file.bigEndian(at: 0)))",
        "Check that images and labels are not swapped, or download the file again")
    }
    guard file.bytes.count >= header else {
      throw file.error(
        "expected a header of \(header) bytes, but the file has \(file.bytes.count)",
        "The file is cut short: download it again")
    }
    let lengths = stride(from: 4, to: header, by: 4).map(file.bigEndian(at:))
    try check(lengths, against: file, header: header)
    return lengths
  }

  /// The contents of an IDX file with this magic number; nil if the number is not valid in the format.
  private static func kind(_ magic: Int) -> String? {
    let types = [
      8: "unsigned bytes", 9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers",
      13: "32-bit floating-point numbers",
      14: "64-bit floating-point numbers",
    ]
    let axes = magic & 0xFF
    return types[magic >> 8].map { "\($0) with \(axes) \(axes == 1 ? "axis" : "axes")" }
  }

  /// Compares the size declared in the header with the size of the file, before any memory is allocated.
  private static func check(_ lengths: [Int], against file: DataFile, header: Int) throws {
    let declared = lengths.map(String.init).joined(separator: "×")
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw file.error("its header declares \(declared) bytes, so it is empty", "Download the file again")
    }
    var expected: Int? = 1
    for length in lengths { expected = expected.flatMap { product($0, length) } }
    let found = file.bytes.count - header
    guard let expected, expected == found else {
      let amount = expected.map(String.init) ?? "more than 2⁶³"
      let truncated = found < expected ?? .max
      throw file.error(
        "its header declares \(declared), so \(amount) bytes should follow it, but there are \(found)",
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
        "label \(byte - 8) (byte \(byte)) is \(labels[byte]), but labels go from 0 to \(classes - 1)",
        "Download the file again")
    }
    return labels.map(Int.init)
  }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
