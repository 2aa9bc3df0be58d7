import Figures
import Testing

@Suite("Figures: PNG")
struct FiguresPNGTests {
  @Test("an image embedded in an SVG decodes to its own pixels, grey and in colour", arguments: [1, 3])
  func pixels(channels: Int) throws {
    let bytes = (0..<7 * 5 * channels).map { UInt8(($0 * 37) % 256) }
    let image = Pixels(width: 7, height: 5, channels: channels, values: bytes.map { Double($0) / 255 })
    let drawing = Drawing(ImageGrid("", images: [image]))
    let address = try #require(drawing.all("image").first?.attributes["href"])
    let decoded = try DecodedPNG(href: address)
    #expect(decoded.width == 7 && decoded.height == 5 && decoded.channels == channels)
    #expect(decoded.bytes == bytes)
  }

  @Test("images are tiled row by row, with all their channels", arguments: [1, 3])
  func tiling(channels: Int) {
    let images = (0..<4).map { image in
      Pixels(width: 2, height: 1, channels: channels, values: (0..<2 * channels).map { Double(10 * image + $0) })
    }
    let tiled = Pixels(tiling: images, columns: 2)
    #expect(tiled.width == 4 && tiled.height == 2 && tiled.channels == channels)
    #expect(tiled.values == images.flatMap(\.values))
    let tall = [[0.0, 1], [2, 3]].map { Pixels(width: 1, height: 2, values: $0) }
    #expect(Pixels(tiling: tall, columns: 2).values == [0, 2, 1, 3])
  }

  @Test("the file of a grid has every image enlarged, also beyond the 65,535 bytes of one block")
  func file() throws {
    let images = [0.0, 1, 0.2].map { Pixels(width: 8, height: 8, values: Array(repeating: $0, count: 64)) }
    let decoded = try DecodedPNG(try #require(ImageGrid("", images: images, columns: 3).png))
    #expect(decoded.width * decoded.height > 0 && decoded.channels == 1)
    let zoom = (decoded.width - 16) / 24
    for (index, level) in [UInt8(0), 255, 51].enumerated() {
      let left = 4 + index * (8 * zoom + 4)
      for row in [4, 3 + 8 * zoom] {
        #expect(
          decoded.bytes[row * decoded.width + left..<row * decoded.width + left + 8 * zoom].allSatisfy { $0 == level })
      }
    }
    let many = ImageGrid("", images: Array(repeating: images[1], count: 30), columns: 10)
    let large = try DecodedPNG(try #require(many.png))
    let small = (large.width - 44) / 80
    #expect(large.bytes.count > 65_535 && large.bytes.filter { $0 == 255 }.count == 30 * (8 * small) * (8 * small))
    #expect(ImageGrid("", images: [Pixels]()).png == nil && Gallery.lines.png == nil)
  }

  @Test(
    "all kinds of bytes come back: repeated, rising, random, equal, distinct, and the longest and farthest matches",
    arguments: ["repeated", "rising", "random", "constant", "far", "longest"])
  func kinds(kind: String) throws {
    var state: UInt64 = 7
    func random() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
    let (width, height) = kind == "far" ? (211, 157) : (61, 50)
    let noise = (0..<width * height).map { _ in random() }
    let bytes: [UInt8] =
      switch kind {
      case "repeated": (0..<width * height).map { UInt8($0 % 17) }
      case "rising": (0..<width * height).map { UInt8($0 / width & 255) }
      case "random": noise
      case "constant": Array(repeating: 200, count: width * height)
      case "far": (0..<width * height).map { noise[$0 % 32_555] }
      default: (0..<width * height).map { noise[$0 % 258] }
      }
    let image = Pixels(width: width, height: height, values: bytes.map { Double($0) / 255 })
    let file = try #require(Animation("", frames: [image]).png)
    let decoded = try DecodedPNG(file)
    #expect(decoded.bytes == bytes)
    #expect(
      file.count < (kind == "random" ? 3500 : kind == "far" ? 40_000 : kind == "longest" ? 1200 : 700), "\(file.count)")
  }

  @Test("an animation has every picture in order, numbered frames, the time of each, and endless repetition")
  func animation() throws {
    let file = try #require(Gallery.movie.png)
    let decoded = try DecodedPNG(file)
    #expect(decoded.chunks == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
    #expect(decoded.frames.count == 4 && decoded.repetitions == 0 && decoded.announced == 4)
    for (frame, picture) in zip(decoded.frames, Gallery.dots) {
      #expect(frame == picture.values.map { UInt8(($0 * 255).rounded()) })
    }
    #expect(decoded.delays == Array(repeating: [80, 1000], count: 4))
    #expect(decoded.numbers == Array(0..<7))
  }

  @Test("the strip of an animation shows the first picture, the last and some between, with their captions")
  func strip() {
    let strip = Gallery.movie.strip
    #expect(strip.captions == ["0", "1", "3"] && strip.columns == 3)
    #expect(strip.images.map(\.values) == [0, 1, 3].map { Gallery.dots[$0].values })
    #expect(Drawing(Gallery.movie).all("image").count == 3)
    #expect(Gallery.movie.terminal(columns: 40, color: false) == strip.terminal(columns: 40, color: false))
    #expect(Animation("", frames: Gallery.dots, stillCount: 1).strip.images.map(\.values) == [Gallery.dots[3].values])
    #expect(Animation("", frames: []).png == nil)
  }

  @Test("pictures that differ in size stop with a message")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Animation("film", frames: [Gallery.dots[0], Pixels(width: 1, height: 1, values: [0])])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot animate “film”: its pictures differ"))
  }
}
