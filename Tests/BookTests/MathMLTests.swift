import Testing
import book

@Suite("Formulas in LaTeX as MathML")
struct MathMLTests {
  private func inner(_ formula: String) throws -> String {
    let text = try mathML(formula)
    #expect(text.hasPrefix("<math>") && text.hasSuffix("</math>"))
    return String(text.dropFirst(6).dropLast(7))
  }

  @Test("letters, numbers, operators and scripts")
  func atoms() throws {
    #expect(try inner("x_i^2") == "<msubsup><mi>x</mi><mrow><mi>i</mi></mrow><mrow><mn>2</mn></mrow></msubsup>")
    #expect(try inner("a-1{,}299") == "<mi>a</mi><mo>−</mo><mn>1,299</mn>")
    #expect(try inner("3.14") == "<mn>3.14</mn>" && inner("1,299") == "<mn>1,299</mn>")
    #expect(try inner("(1,2)").contains("<mn>1</mn><mo>,</mo><mn>2</mn>"))
    #expect(try inner("10^12") == "<msup><mn>10</mn><mrow><mn>1</mn></mrow></msup><mn>2</mn>")
    #expect(try inner("\\sigma'") == "<mrow><mi>σ</mi><mo lspace=\"0\" rspace=\"0\">′</mo></mrow>")
    #expect(try inner("w'_i").hasPrefix("<msub><mrow><mi>w</mi><mo") && inner("f''").contains(">′′</mo>"))
    #expect(try inner("a<b") == "<mi>a</mi><mo>&lt;</mo><mi>b</mi>")
  }

  @Test("fractions and roots take groups or single digits")
  func fractions() throws {
    let half = "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"
    #expect(try inner("\\frac12") == half && inner("\\frac{1}{2}") == half)
    #expect(try inner("\\tfrac12") == "<mstyle displaystyle=\"false\">\(half)</mstyle>")
    #expect(try inner("\\sqrt{x}") == "<msqrt><mi>x</mi></msqrt>")
    #expect(try inner("\\sqrt[3]{x}") == "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>")
  }

  @Test("alphabets become letters of their own, accents stand above, and words stay upright")
  func alphabets() throws {
    #expect(try inner("\\mathbb{E}") == "<mi>𝔼</mi>" && inner("\\mathbb R") == "<mi>ℝ</mi>")
    #expect(try inner("\\mathcal L") == "<mi>ℒ</mi>" && inner("\\mathcal{N}") == "<mi>𝒩</mi>")
    #expect(try inner("\\mathbf{x}") == "<mi>𝐱</mi>" && inner("\\boldsymbol\\varepsilon") == "<mi>𝜺</mi>")
    #expect(try inner("\\bar\\alpha") == "<mover accent=\"true\"><mrow><mi>α</mi></mrow><mo>¯</mo></mover>")
    #expect(try inner("\\mathrm{softmax}") == "<mi>softmax</mi>" && inner("\\text{if }") == "<mtext>if </mtext>")
  }

  @Test("limits stand below large operators, and scripts behind others")
  func limits() throws {
    #expect(try inner("\\sum_i") == "<munder><mo movablelimits=\"true\">∑</mo><mrow><mi>i</mi></mrow></munder>")
    // In a line of text the condition moves beside the word.
    #expect(try inner("\\min_x").hasPrefix(#"<munder><mo movablelimits="true" lspace="0" rspace="0">min</mo>"#))
    #expect(try inner("\\int_0") == "<msub><mo>∫</mo><mrow><mn>0</mn></mrow></msub>")
    #expect(try inner("\\underbrace{x}_{y}").hasPrefix("<munder><munder>"))
  }

  @Test("a sign with one operand stands close to it, a function's name apart from its argument, and bars have no space")
  func spaces() throws {
    let (unary, binary) = ("<mo form=\"prefix\">−</mo>", "<mo>−</mo>")
    for formula in ["x=-1", "[-1,0)", "(0,-1)", "\\to-\\infty", "x\\in\\{-1"] {
      #expect(try inner(formula).contains(unary), "\(formula)")
    }
    for formula in ["a-b", "x^*-y", "x^\\ast-y", "(a)-b", "x_i-1"] {
      #expect(try inner(formula).contains(binary), "\(formula)")
    }
    let bare = "<mo lspace=\"0\" rspace=\"0\">"
    #expect(try inner("\\ll") == bare + "≪</mo>" && inner("x^*").contains(bare + "∗") && !inner("x*y").contains(bare))
    #expect(try inner("=\\pm1").contains("<mo form=\"prefix\">±</mo>"))
    let space = "<mspace width=\"0.17em\"/>"
    #expect(try inner("n\\log n") == "<mi>n</mi>\(space)<mi>log</mi>\(space)<mi>n</mi>")
    #expect(try inner("\\arg\\min_xf") == "<mi>arg</mi>\(space)" + inner("\\min_x") + "\(space)<mi>f</mi>")
    #expect(try inner("\\operatorname{diag}p") == "<mi>diag</mi>\(space)<mi>p</mi>")
    #expect(try !inner("\\lambda_{\\max}").contains(space) && !inner("\\log(x)").contains(space))
    #expect(try inner("|x|").split(separator: "lspace=\"0\" rspace=\"0\">|").count == 3)
  }

  @Test("brackets grow, and matrices have rows and columns")
  func brackets() throws {
    #expect(
      try inner("\\left(x\\right]") == "<mrow><mo stretchy=\"true\">(</mo><mi>x</mi><mo stretchy=\"true\">]</mo></mrow>"
    )
    #expect(try inner("\\Big|") == "<mo stretchy=\"true\" minsize=\"1.6em\" maxsize=\"1.6em\">|</mo>")
    let matrix = try inner("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}")
    #expect(matrix.split(separator: "<mtr>").count == 3 && matrix.split(separator: "<mtd>").count == 5)
    let aligned = try inner("\\begin{aligned}a&:=b\\\\&=c\\end{aligned}")
    #expect(aligned.contains("text-align:right;padding-right:0\"><mi>a</mi>") && aligned.contains("<mo>:=</mo>"))
    #expect(aligned.contains("text-align:left;padding-left:0\"><mo>:=</mo>"))
  }

  @Test(
    "what has no form is named",
    arguments: [
      ("\\foo", "\\foo is unknown"), ("\\textbf{x}", "\\textbf is unknown"),
      ("\\frac1", "an argument is missing at the end"), ("{x", "a brace is not closed"),
      ("\\left(x", "\\left without \\right"), ("x}", "a brace or \\right without its beginning"),
      ("\\begin{array}x\\end{array}", "\\begin{array} is unknown"),
    ])
  func errors(formula: String, message: String) {
    #expect(throws: FormulaError(description: message)) { try mathML(formula) }
  }
}
