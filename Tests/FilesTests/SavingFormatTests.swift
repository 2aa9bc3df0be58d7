import Checking
import Files
import Foundation
import Tensors
import Testing

/// A safetensors file with this header and the given number of data bytes.
private func file(_ header: String, data: Int) -> [UInt8] {
  let text = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

/// The description of a tensor in a header.
private func entry(_ type: String, _ shape: String, _ start: Int, _ end: Int) -> String {
  #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(start),\#(end)]}"#
}

@Suite("Saving: the safetensors format")
struct SavingFormatTests {
  @Test("tensors of all kinds come back bit for bit, under any name")
  func roundTrip() throws {
    let random = RandomSource(seed: 1)
    let matrix = random.normal([3, 4], scalarType: .double)
    let tensors: [(name: String, tensor: Tensor)] = [
      ("layers.0.weight", random.normal([5, 3])), ("double", matrix), ("transposed", matrix.transposed),
      ("column", matrix[0..<3].sliced(1..<2, axis: 1)), ("scalar", Tensor(0.1)), ("empty", Tensor.zeros([2, 0, 3])),
      ("special", Tensor([.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude], scalarType: .double)),
      ("größe 重み 🙂", Tensor([1])),
      ("\"\\/\n\t\u{1}\u{7F}", Tensor([2])), ("", Tensor([3])), (String(repeating: "long.", count: 4_000), Tensor([4])),
    ]
    let metadata = ["version": "1", "text": "line\nbreak \"quoted\" \\ é \u{2028}", "": "nothing"]
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/tensors.safetensors"
      try SafetensorsFile.write(tensors, metadata: metadata, to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == metadata)
      #expect(Set(file.names) == Set(tensors.map(\.name)))
      for (name, tensor) in tensors {
        let read = try file.tensor(name)
        #expect(read.littleEndianBytes == tensor.littleEndianBytes, "\(name)")
        #expect(read.shape == tensor.shape && read.scalarType == tensor.scalarType)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["tensors.safetensors"])
    }
  }

  @Test("the bytes are what the format says: length, header, data, wide scalars first, all of it on multiples of eight")
  func bytes() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/a"
      try SafetensorsFile.write(
        [("b", Tensor([1])), ("a", Tensor(2, scalarType: .double))], metadata: ["k": "v"], to: path)
      let header = #"{"__metadata__":{"k":"v"},"a":\#(entry("F64", "[]", 0, 8)),"b":\#(entry("F32", "[1]", 8, 12))}"#
      let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
      let written = try Data(contentsOf: URL(filePath: path))
      #expect(Array(written) == file(padded, data: 0) + [0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0x3F])
    }
  }

  @Test("a file made by the reference implementation opens; scalars of other types are refused only when asked for")
  func golden() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = tests.appending(path: "Golden/saving.safetensors").path(percentEncoded: false)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata["made with"]?.hasPrefix("safetensors 0.") == true)
    #expect(file.names.count == 8 && file.tensors.count == 6)
    #expect(try file.tensor("half") == Tensor([1, 2]))
    #expect(try file.tensor("layers.0.weight") == Tensor([[0, 0.125, 0.25], [0.375, 0.5, 0.625]]))
    #expect(try file.tensor("scalar").item == 1 / 3.0)
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(try file.tensor("größe.重み \"quoted\"\\\n") == Tensor([1.5]))
    let special = try file.tensor("layers.0.bias").scalars
    #expect(special[4].isNaN && special[1].sign == .minus && special.prefix(4) == [.pi, 0, .infinity, -.infinity])
    #expect(special[5] == .leastNonzeroMagnitude)
    #expect(
      dataError { try file.tensor("steps") }.contains("its scalars are I64, but only F16, BF16, F32 and F64"))
    #expect(dataError { try file.tensor("layers.0.weights") }.contains("Did you mean \"layers.0.weight\"?"))
  }

  @Test("a file that is truncated at any byte, or is a byte too long, is refused")
  func truncated() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/whole"
      try SafetensorsFile.write([("weight", Tensor([1, 2])), ("bias", Tensor(3))], metadata: ["k": "v"], to: path)
      let whole = Array(try Data(contentsOf: URL(filePath: path)))
      for length in whole.indices {
        let part = try folder.write(Array(whole[..<length]), "part")
        #expect(dataError { try SafetensorsFile(path: part) }.hasPrefix("cannot read \(part): "), "\(length) bytes")
      }
      let longer = try folder.write(whole + [0], "longer")
      #expect(dataError { try SafetensorsFile(path: longer) }.contains("end at byte 12 of the data, but there are 13"))
    }
  }

  @Test(
    "every kind of damage has its own message",
    arguments: [
      (#"{"a":\#(entry("F32", "[2]", 0, 8))"#, 8, "expected '}', found the end"),
      (#"["a"]"#, 0, "does not begin with a brace"),
      (#"{} x"#, 0, "'x' follows a complete value"),
      (
        #"{"a":\#(entry("F32", "[1]", 0, 4)),"a":\#(entry("F32", "[1]", 4, 8))}"#, 8,
        #"the name "a" appears twice"#
      ),
      (
        #"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4,
        #"the name "dtype" appears twice"#
      ),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "expected exactly dtype, shape and data_offsets"),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4,
        "expected exactly dtype, shape and data_offsets"
      ),
      (#"{"a":7}"#, 0, "expected exactly dtype, shape and data_offsets"),
      (#"{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}"#, 4, "dtype is not a string"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "shape is not a list of whole numbers"),
      (#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, "shape is not a list of whole numbers"),
      (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "shape is not a list of whole numbers"),
      (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, "expected a value, found '0'"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "data_offsets are not two whole numbers"),
      (#"{"a":\#(entry("F32", "[1]", 4, 0))}"#, 4, "the data go from 4 to 0, but there are 4 bytes"),
      (#"{"a":\#(entry("F32", "[2]", 0, 8))}"#, 4, "the data go from 0 to 8, but there are 4 bytes"),
      (#"{"a":\#(entry("F32", "[3]", 0, 8))}"#, 8, "F32 of shape [3] needs 12 bytes, but the data have 8"),
      (#"{"a":\#(entry("I16", "[3]", 0, 8))}"#, 8, "I16 of shape [3] needs 6 bytes, but the data have 8"),
      (#"{"a":\#(entry("F32", "[4611686018427387904]", 0, 8))}"#, 8, "is too large for memory"),
      (#"{"a":\#(entry("F32", "[4294967296,4294967296,0]", 0, 0))}"#, 0, "is too large for memory"),
      (
        #"{"a":\#(entry("F32", "[9223372036854775808]", 0, 8))}"#, 8,
        "the number 9223372036854775808 is more than 2⁶³ − 1"
      ),
      (
        #"{"a":\#(entry("F32", "[1]", 0, 4)),"b":\#(entry("F32", "[1]", 0, 4))}"#, 4,
        "inside those of another tensor, which end at 4"
      ),
      (
        #"{"a":\#(entry("F32", "[2]", 0, 8)),"b":\#(entry("F32", "[1]", 4, 8))}"#, 8,
        "the data begin at 4, inside those of another"
      ),
      (
        #"{"a":\#(entry("F32", "[1]", 0, 4)),"b":\#(entry("F32", "[1]", 8, 12))}"#, 12,
        "the data begin at 8, but the data before end at 4: a gap"
      ),
      (#"{"a":\#(entry("F32", "[1]", 4, 8))}"#, 8, "the data begin at 4, but the data before end at 0: a gap"),
      (#"{"a":\#(entry("F32", "[1]", 0, 4))}"#, 8, "its tensors end at byte 4 of the data, but there are 8"),
      (#"{"__metadata__":[]}"#, 0, "its __metadata__ is not a JSON object"),
      (#"{"__metadata__":{"k":1}}"#, 0, #"its __metadata__ has no string for "k""#),
      ("{\"a\u{1}\":1}", 0, "a string contains the byte 1"),
      (#"{"\x":1}"#, 0, #"\ is followed by 'x'"#),
      (#"{"\u12":1}"#, 0, #"\u needs four hexadecimal digits"#),
      (#"{"\ud800":1}"#, 0, "an escape is half of a surrogate pair"),
      (String(repeating: #"{"a":"#, count: 100), 0, "more than 16 brackets are open"),
      (#"{"a":[0\#(String(repeating: ",0", count: 64))]}"#, 0, "a list has more than 64 values"),
      (
        #"{"\#(String(repeating: "é", count: 5_000))":7}"#, 0,
        "of tensor \"\(String(repeating: "é", count: 100))…\", expected exactly dtype,"
      ),
    ])
  func damaged(header: String, data: Int, message: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(file(header, data: data), "damaged")
      let error = dataError { try SafetensorsFile(path: path) }
      #expect(error.hasPrefix("cannot read \(path): ") && error.contains(message), "\(error)")
    }
  }

  @Test("an impossible header length is refused, and so is a header that is not UTF-8")
  func impossible() throws {
    try TemporaryFolder.temporary { folder in
      let long = try folder.write([255, 255, 255, 255, 255, 255, 255, 255, 123, 125], "long")
      let error = dataError { try SafetensorsFile(path: long) }
      #expect(error.contains("its header should have 18446744073709551615 bytes, but only 2 follow: it is cut short"))
      let odd = try folder.write([5, 0, 0, 0, 0, 0, 0, 0, 123, 34, 255, 34, 125], "odd")
      #expect(dataError { try SafetensorsFile(path: odd) }.contains("the string is not UTF-8"))
      let missing = folder.path + "/missing"
      #expect(dataError { try SafetensorsFile(path: missing) }.contains("there is no such file"))
    }
  }

  @Test("unsupported types of the format and future types are accepted until asked for")
  func otherTypes() throws {
    try TemporaryFolder.temporary { folder in
      let header = #"{"b":\#(entry("F4", "[2,3]", 2, 5)),"a":\#(entry("I16", "[1]", 0, 2))}"#
      let file = try SafetensorsFile(path: try folder.write(file(header, data: 5), "other"))
      #expect(file.names == ["a", "b"] && file.tensors.isEmpty)
      #expect(dataError { try file.tensor("b") }.contains("its scalars are F4"))
    }
  }

  @Test("F16 and BF16 are widened to Float without loss: all 65,536 bit patterns of each")
  func halves() throws {
    try TemporaryFolder.temporary { folder in
      let bytes = (0..<65_536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      let header = #"{"h":\#(entry("F16", "[65536]", 0, 131_072)),"b":\#(entry("BF16", "[65536]", 131_072, 262_144))}"#
      let path = try folder.write(file(header, data: 0) + bytes + bytes, "halves")
      let file = try SafetensorsFile(path: path)
      let (half, brain) = (try file.tensor("h"), try file.tensor("b"))
      #expect(half.scalarType == .float && Set(file.tensors.keys) == ["h", "b"])
      let (h, b) = (half.scalars, brain.scalars)
      for bits in 0..<65_536 {
        #expect(agree(h[bits], value(bits, exponentBits: 5, fractionBits: 10)), "F16 \(bits)")
        #expect(agree(b[bits], value(bits, exponentBits: 8, fractionBits: 7)), "BF16 \(bits)")
      }
    }
  }

  /// A number with these bits, by the definition of IEEE 754.
  private func value(_ bits: Int, exponentBits: Int, fractionBits: Int) -> Double {
    let (sign, scale) = (bits >> 15 == 0 ? 1.0 : -1.0, Double(1 << fractionBits))
    let e = (bits >> fractionBits) & ((1 << exponentBits) - 1)
    let f = Double(bits & ((1 << fractionBits) - 1))
    let bias = (1 << (exponentBits - 1)) - 1
    if e == (1 << exponentBits) - 1 { return f == 0 ? sign * .infinity : .nan }
    return e == 0 ? sign * exp2(Double(1 - bias)) * f / scale : sign * exp2(Double(e - bias)) * (1 + f / scale)
  }

  private func agree(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }

  @Test("escapes are read as in JSON; a single half of a surrogate pair is refused")
  func escapes() throws {
    try TemporaryFolder.temporary { folder in
      let header = #"{ "\u0041\ud83d\ude42\/\b\f\n\r\t\"\\" : \#(entry("F32", "[ ]", 0, 4)) }  "#
      let file = try SafetensorsFile(path: try folder.write(file(header, data: 4), "escapes"))
      #expect(file.names == ["A🙂/\u{8}\u{C}\n\r\t\"\\"])
    }
  }

  @Test("two tensors of one name are not written, nor one with the name of the metadata")
  func sameName() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/twice"
      let twice = [("a", Tensor(1)), ("a", Tensor(2))].map { (name: $0.0, tensor: $0.1) }
      #expect(dataError { try SafetensorsFile.write(twice, to: path) }.contains("two tensors have the same name"))
      #expect(
        dataError { try SafetensorsFile.write([("__metadata__", Tensor(1))], to: path) }.contains(
          "is named __metadata__"))
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
