import Applications
import Figures
import Tensors

/// Pictures of a cart with a pole, 40 pixels to the metre. § 12.10
struct CartPolePictures {
  private let width = 208, height = 76
  private let scale = 40.0, ground = 66.0

  /// Draws the cart at x, with the pole at the angle θ from the vertical.
  func picture(x: Double, angle θ: Double) -> Pixels {
    let angle = Tensor(θ, scalarType: .double)
    let (middle, top) = (Double(width) / 2 + scale * x, ground - 12)
    let tip = (x: middle + scale * angle.sin().item, y: top - scale * angle.cos().item)
    let values = (0..<width * height).map { place -> Double in
      let (a, b) = (Double(place % width) + 0.5, Double(place / width) + 0.5)
      let body = min(10 - abs(a - middle), 5 - abs(b - (top + 5)))
      let pole = 2 - distance(a, b, from: (middle, top), to: tip)
      let track = abs(b - ground) < 1 ? 0.6 : 0
      return 1 - max(track, covered(body), covered(pole))
    }
    return Pixels(width: width, height: height, channels: 1, values: values)
  }

  /// The share of a pixel inside an edge at this distance.
  private func covered(_ inside: Double) -> Double { max(0, min(1, inside + 0.5)) }

  private func distance(
    _ a: Double, _ b: Double, from p: (x: Double, y: Double), to q: (x: Double, y: Double)
  ) -> Double {
    let (dx, dy) = (q.x - p.x, q.y - p.y)
    let t = max(0, min(1, ((a - p.x) * dx + (b - p.y) * dy) / (dx * dx + dy * dy)))
    let (u, v) = (a - p.x - t * dx, b - p.y - t * dy)
    return (u * u + v * v).squareRoot()
  }
}

/// An episode of an agent from a pole that leans, as an animation of every second push, until it falls.
func episodeFigure(_ agent: DeepQAgent, start: [Double], pushes: Int) -> Animation {
  let (world, pictures) = (CartPole(), CartPolePictures())
  var (s, frames, captions) = (Tensor([start], scalarType: .double), [Pixels](), [String]())
  for push in 0..<pushes {
    if push.isMultiple(of: 2) {
      frames.append(pictures.picture(x: s[0, 0].item, angle: s[0, 2].item))
      captions.append("push \(push)")
    }
    if world.hasFailed(s)[0] { break }
    s = world.pushed(s, agent.greedyActions(s))
  }
  return Animation(
    "A pole that leans by 6°, balanced by the network", frames: frames, captions: captions, milliseconds: 40,
    stillCount: 3)
}
