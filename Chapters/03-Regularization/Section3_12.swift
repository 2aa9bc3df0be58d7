import DataSets
import Running

/// § 3.12: stochastic depth, label smoothing and R-Drop; and, beyond the notes, adversarial inputs.
public let section3_12 = Exercise(
  .section, "3.12", "Stochastic depth, smoothing, R-Drop, robustness", seconds: 5, quick: 2, full: 90,
  needs: { DataNeeds(train: $0.choose(quick: 200, standard: 500, full: 1_400)) }
) { run in
  try showStochasticDepth(run)
  try showModernLosses(run)
  try showRobustness(run)
}
