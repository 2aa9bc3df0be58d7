import Testing
import book

@Suite("Words of the pages: names of tests, code and signs of formulas")
struct PageWordsTests {
  @Test("the name of a test has its code and its scripts, and names of programs stay as they are")
  func names() {
    #expect(testName("`patience` < 3") == "<code>patience</code> &lt; 3")
    #expect(testName("q(x_{t−1} | x₀), β̃_t, C_in k²") == "q(x<sub>t−1</sub> | x₀), β̃<sub>t</sub>, C<sub>in</sub> k²")
    #expect(testName("W^Q, 10^−0.076. e^(−N/(N−1)),") == "W<sup>Q</sup>, 10<sup>−0.076</sup>. e<sup>−N/(N−1)</sup>,")
    for name in ["clip_grad_norm_", "weights_init", "2^min(i, 2)", "one ` alone", "x_ = y_", "_x", "x_{t"] {
      #expect(testName(name) == name)
    }
  }

  @Test("an option does not break at its hyphens, wherever it stands")
  func options() throws {
    #expect(
      try words(of: "`run x --data\n-o [--full] -- a-b`")
        == "<code>run x <span class=\"w\">--data</span>\n<span class=\"w\">-o</span> "
        + "[<span class=\"w\">--full</span>] <span class=\"w\">--</span> a-b</code>")
  }

  @Test("a formula's first and last sign have no space of their own beside a space of the text, and else keep it")
  func signs() throws {
    #expect(try words(of: "JSD $=2$ is").contains("<math><mo lspace=\"0\">=</mo><mn>2</mn></math>"))
    #expect(try words(of: "($=2$)").contains("<mo lspace=\"0\">="))
    #expect(try words(of: "JSD$=2$").contains("<math><mo>=</mo>"))
    #expect(try words(of: "`x`$=2$").contains("<math><mo>=</mo>"))
    #expect(try words(of: "$a=b\\to$ 2").contains("<mi>a</mi><mo>=</mo><mi>b</mi><mo rspace=\"0\">→</mo></math>"))
    #expect(try words(of: "$b\\to$`x`").contains("<mo>→</mo></math>"))
  }
}
