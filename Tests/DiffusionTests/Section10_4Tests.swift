import DataSets
import Diffusion
import Figures
import Tensors
import Testing
import ch10

@Suite("§ 10.4  Both processes, seen")
struct Section10_4Tests {
  private static let processes: BothProcesses? = (try? LabeledImages.opticalDigits().prefix(300)).map {
    BothProcesses(2 * $0.images - 1, showing: 8, random: RandomSource(seed: 1))
  }

  @Test("Figure 10.1: the forward process ends in noise of mean 0 and variance 1, the reverse one begins with it")
  func forward() throws {
    let processes = try #require(Self.processes)
    #expect(processes.forward.count == 1_001 && processes.reverse.count == 1_001)
    let noise = processes.forward[1_000]
    #expect(processes.reverse[1_000] == noise && abs(noise.mean().item) < 0.15 && abs(noise.variance().item - 1) < 0.2)
    // Neighbouring steps are similar, and x_t forgets x₀ as √ᾱ_t says.
    let (x0, x100) = (processes.forward[0], processes.forward[100])
    let share = (x0 * x100).sum().item / x0.squared().sum().item
    #expect(abs(share - NoiseSchedule.linear().ᾱ[100].squareRoot()) < 0.05)
  }

  @Test("§ 10.4: the exact reverse process of a set of digits ends at digits of the set, but not where it came from")
  func reverse() throws {
    let processes = try #require(Self.processes)
    #expect(processes.largestDistance < 1e-3 && processes.changedShare > 0.5)
  }

  @Test("§ 10.4: the animation goes to noise and back in at most 300 KB, and the strip has both ways")
  func figures() throws {
    let processes = try #require(Self.processes)
    let film = processes.animation
    #expect(film.frames.count == film.captions.count && film.frames[0].width == 4 * 8 * 6)
    #expect((film.png ?? []).count < 300_000 && film.png != nil)
    #expect(film.captions[0] == "q: t = 0" && film.captions[15] == "q: t = 1000" && film.captions.last == "p: t = 0")
    let small = Pixels(width: 2, height: 1, values: [0, 1])
    #expect(enlarged(small, by: 2).values == [0, 0, 1, 1, 0, 0, 1, 1])
    #expect(processes.strip.figures.count == 1 && processes.strip.size.width <= 720)
  }

  @Test("Figure 10.2: the diagram has a block for every block of Listing 10.8a, with its maps")
  func diagram() {
    let text = uNetDiagram(side: 28, UNetSizes()).terminal(columns: 80, color: false)
    let maps = ["32 × 28 × 28", "64 × 14 × 14", "128 × 7 × 7", "64 × 14 × 14 ", "32 × 28 × 28 "]
    #expect(maps.allSatisfy(text.contains) && text.split(separator: "\n").count == 8)
    #expect(chainDiagrams().figures.count == 2)
  }
}
