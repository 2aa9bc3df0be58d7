import DataSets
import Figures
import GAN
import Tensors
import Testing
import ch08

@Suite("§ 8.3.1  Pictures of the training")
struct Section8_3_1Tests {
  /// The value of the pixel at a point of the square [−3, 3]².
  private func value(_ picture: Pixels, _ x: Double, _ y: Double) -> Double {
    let (column, row) = (Int((x + 3) / 6 * 150), Int((3 - y) / 6 * 150))
    return picture.values[row * 150 + column]
  }

  @Test("§ 8.3.1: a picture has points in black, modes in grey, and the second coordinate upwards")
  func picture() {
    let picture = pointPicture(Tensor([[1, 0.5], [-1, -2.5], [9, 9]]), .ring())
    #expect(value(picture, 1, 0.5) == 0 && value(picture, -1, -2.5) == 0 && picture.values.count { $0 == 0 } == 2)
    #expect(value(picture, 0, 2.2) == 0.75 && value(picture, 0, 2.4) == 1 && value(picture, 0, 0) == 1)
  }

  @Test("§ 8.3.1: an animation of 40 pictures with 400 points each is smaller than 300 KB and has its strip")
  func animation() throws {
    var snapshots = Snapshots()
    let random = RandomSource(seed: 1)
    for _ in 0..<40 { snapshots.frames.append(random.normal([400, 2])) }  // nothing compresses worse than noise
    let film = trainingFilm("points", of: snapshots, over: .ring(), every: 50)
    let file = try #require(film.png)
    #expect(file.count < 300_000 && film.frames.count == 40)
    #expect(film.strip.captions == ["round 50", "round 400", "round 800", "round 1200", "round 1600", "round 2000"])
  }
}
