import DataSets
import Tensors
import Testing

@Suite("Data: drawn scenes")
struct DataScenesTests {
  private let scenes = DrawnScenes(count: 60, from: RandomSource(seed: 3))

  @Test("the pixels of every form touch all four sides of its box, for all sides from 4 to 16, and none lies outside")
  func boxes() {
    for form in DrawnObject.formNames.indices {
      for width in 4...16 {
        for height in 4...16 where max(width, height) <= 2 * min(width, height) {
          let object = DrawnObject(form: form, colour: 0, left: 7, top: 9, width: width, height: height)
          let covered = (0..<1_024).filter { object.covers(row: $0 / 32, column: $0 % 32) }
          let (rows, columns) = (covered.map { $0 / 32 }, covered.map { $0 % 32 })
          #expect(rows.min() == 9 && rows.max() == 8 + height && columns.min() == 7 && columns.max() == 6 + width)
        }
      }
    }
  }

  @Test("a scene has one to three objects of 8 to 16 pixels, all inside it, and no two of them touch")
  func arranged() {
    #expect(Set(scenes.objects.map(\.count)) == [1, 2, 3])
    for objects in scenes.objects {
      for (place, object) in objects.enumerated() {
        #expect(8...16 ~= object.width && 8...16 ~= object.height)
        #expect(object.left >= 0 && object.top >= 0 && object.right <= 32 && object.bottom <= 32)
        #expect(!objects[..<place].contains { $0.touches(object) })
      }
    }
    let all = scenes.objects.flatMap { $0 }
    #expect(Set(all.map(\.form)) == [0, 1, 2, 3] && Set(all.map(\.colour)) == [0, 1, 2, 3, 4, 5])
  }

  @Test("a pixel has the class of the object that covers it, and 0 on the ground")
  func classes() {
    let classes = scenes.pixelClasses
    #expect(classes.count == 60 * 1_024)
    for (scene, objects) in scenes.objects.enumerated() {
      for place in 0..<1_024 {
        let owner = objects.first { $0.covers(row: place / 32, column: place % 32) }
        #expect(classes[scene * 1_024 + place] == (owner.map { 1 + $0.form } ?? 0))
      }
    }
    let ground = Double(classes.count { $0 == 0 }) / Double(classes.count)
    #expect(0.7..<0.9 ~= ground)
  }

  @Test("objects have their colours: on average, each one's largest planes are those of its name")
  func colours() {
    let strong: [Set<Int>] = [[0], [1], [2], [0, 1], [0, 2], [1, 2]]
    for (scene, objects) in scenes.objects.enumerated() {
      for object in objects {
        let inside = scenes.images[scene].sliced(object.top..<object.bottom, axis: 1)
          .sliced(object.left..<object.right, axis: 2).flattened(from: 1)
        let places = (0..<object.width * object.height).filter {
          object.covers(row: object.top + $0 / object.width, column: object.left + $0 % object.width)
        }
        let means = inside.gathered(places, axis: 1).mean(axes: [1]).scalars
        let strongest = Set((0..<3).sorted { means[$0] > means[$1] }.prefix(strong[object.colour].count))
        #expect(strongest == strong[object.colour])
      }
    }
  }

  @Test("the same seed draws the same scenes; a later object hides an earlier one; parts keep their objects")
  func repeated() {
    let again = DrawnScenes(count: 60, from: RandomSource(seed: 3))
    #expect(again.images == scenes.images && again.objects == scenes.objects)
    #expect(scenes.images.shape == [60, 3, 32, 32] && scenes.images.min().item >= 0 && scenes.images.max().item <= 1)
    let below = DrawnObject(form: 1, colour: 0, left: 4, top: 4, width: 12, height: 12)
    let above = DrawnObject(form: 1, colour: 2, left: 8, top: 8, width: 12, height: 12)
    let pair = DrawnScenes([[below, above]], from: RandomSource(seed: 1))
    #expect(pair.owners(inScene: 0)[10 * 32 + 10] == 1 && pair.owners(inScene: 0)[5 * 32 + 5] == 0)
    let two = scenes.subset([7, 2])
    #expect(two.objects == [scenes.objects[7], scenes.objects[2]] && two.images[1] == scenes.images[2])
    #expect(scenes.prefix(5).count == 5 && scenes.prefix(99).count == 60)
  }

  @Test("a form that does not exist, a box too narrow for its form, and an empty scene stop with what is possible")
  func refused() async {
    let form = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DrawnObject(form: 4, colour: 0, left: 0, top: 0, width: 8, height: 8)
    }
    #expect(message(form).contains("there are 4 forms and 6 colours"))
    let box = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DrawnObject(form: 0, colour: 0, left: 0, top: 0, width: 4, height: 9)
    }
    #expect(message(box).contains("cannot draw an object of 4×9 pixels"))
    let scene = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DrawnScenes(count: 1, objects: 0...4, from: RandomSource(seed: 1))
    }
    #expect(message(scene).contains("1 to 3 have room without touching"))
  }
}
