import Applications
import DataSets
import Figures
import Tensors

/// The colours of frames, one for each form: orange, white, pink, and lime.
private let frameColors: [[Double]] = [[1, 0.6, 0.1], [1, 1, 1], [1, 0.45, 0.75], [0.7, 1, 0.25]]

/// An image, enlarged so that frames of one dot can be drawn around boxes, each in the colour of its class.
/// [3×32×32]
func framed(_ image: Tensor, _ boxes: [LabeledBox], zoom: Int = 5) -> Pixels {
  let (height, width) = (image.shape[1], image.shape[2])
  let (H, W, numbers) = (height * zoom, width * zoom, image.scalars)
  var values = (0..<H * W * 3).map { (index: Int) -> Double in
    let (dot, plane) = index.quotientAndRemainder(dividingBy: 3)
    let (row, column) = (dot / W / zoom, dot % W / zoom)
    return numbers[(plane * height + row) * width + column]
  }
  for labeled in boxes {
    func dot(_ edge: Double, _ limit: Int) -> Int { min(max(Int((edge * Double(zoom)).rounded()), 0), limit - 1) }
    let box = labeled.box
    let (left, right) = (dot(box.left, W), dot(box.right - 1 / Double(zoom), W))
    let (top, bottom) = (dot(box.top, H), dot(box.bottom - 1 / Double(zoom), H))
    for row in top...max(top, bottom) {
      for column in left...max(left, right) where [top, bottom].contains(row) || [left, right].contains(column) {
        let start = (row * W + column) * 3
        values.replaceSubrange(start..<start + 3, with: frameColors[labeled.label])
      }
    }
  }
  return Pixels(width: W, height: H, channels: 3, values: values)
}

/// Scenes with frames around what was found, and captions with the forms and the scores.
func detectionGrid(_ title: String, _ scenes: DrawnScenes, _ detections: [[Detection]], least: Double = 0.25) -> Panels
{
  let shown = detections.prefix(scenes.count).map { $0.filter { $0.score >= least } }
  let captions = shown.map { list in
    list.map { "\(DrawnObject.formNames[$0.label]) \(Int(($0.score * 100).rounded()))%" }.joined(separator: ", ")
  }
  let images = shown.enumerated().map { scene, list in
    framed(scenes.images[scene], list.map { LabeledBox($0.box, label: $0.label) })
  }
  return Panels(title, columns: 1, [ImageGrid("", images: images, columns: 4, captions: captions)])
}
