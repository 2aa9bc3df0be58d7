import Backprop
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.10: an autoencoder with a code of one number finds a curve in R¹⁰.
public let section9_10f = Exercise(
  .section, "9.10f", "An autoencoder finds a curve", seconds: 2, quick: 1, full: 10
) { run in
  let (n, noise) = (run.choose(quick: 200, standard: 1_000, full: 4_000), 0.02)
  let curve = CurveInSpace(random: run.random.split())
  let t = run.random.uniform([n], in: 0..<1, scalarType: .double)
  let x = (curve.points(at: t) + noise * run.random.normal([n, 10], scalarType: .double)).converted(to: .float)
  var model = Autoencoder(inputs: 10, hidden: [32, 32], code: 1, random: run.random.split())
  var adam = Adam(learningRate: 3e-3)
  train(
    &model, with: &adam, examples: n, plan: run.plan(quick: 1, standard: 150, full: 300, batchSize: 50),
    random: run.random.split()
  ) { $0.reconstructionError(x.gathered($1)) }
  let (code, length) = (model.encoder(x).reshaped([n]), curve.length(to: t))
  let principal = PrincipalComponents(of: x)
  run.show(curveFigure(model, x, code, length, principal), as: "curve")
  let component = matmul(x - principal.mean, principal.subspace(1)).reshaped([n])
  run.parameters = model.parameterCount
  run.card("rank correlation of code and length", abs(rankCorrelation(code.scalars, length.scalars)))
  run.card(
    "rank correlation of the first principal component", abs(rankCorrelation(component.scalars, length.scalars)))
  run.card("‖x − x̂‖² of the autoencoder", model.reconstructionError(x).item)
  run.card("‖x − x̂‖² of one principal component", principal.smallestError(1))
  run.card("‖noise‖² across the curve", 9 * noise * noise)
}

/// The points in the plane of the largest variances with the decoded curve, and the code by the length.
private func curveFigure(
  _ model: Autoencoder, _ x: Tensor, _ code: Tensor, _ length: Tensor, _ principal: PrincipalComponents
) -> Panels {
  let V = principal.subspace(2)
  func plane(_ y: Tensor) -> (x: [Double], y: [Double]) {
    let p = matmul(y - principal.mean, V)
    return (p.sliced(0..<1, axis: 1).scalars, p.sliced(1..<2, axis: 1).scalars)
  }
  let codes = Tensor.linear(from: code.min().item, to: code.max().item, count: 200).expanded(axis: 1)
  let (points, decoded) = (plane(x), plane(model.decoder(codes)))
  return Panels(
    "A curve in R¹⁰",
    [
      ScatterPlot(
        "In the plane of most variance", x: Axis("first component"), y: Axis("second component"),
        groups: [
          Series("points", x: points.x, points.y, style: .points),
          Series("decoded codes", x: decoded.x, decoded.y, style: .line),
        ]),
      ScatterPlot(
        "The code of each point", x: Axis("length along the curve"), y: Axis("code z"),
        groups: [Series("points", x: length.scalars, code.scalars, style: .points)]),
    ])
}
