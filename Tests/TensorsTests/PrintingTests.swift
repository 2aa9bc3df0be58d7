import Tensors
import Testing

@Suite("Printing")
struct PrintingTests {
  @Test("a single number prints as itself")
  func numbers() {
    #expect("\(Tensor(3))" == "3" && "\(Tensor(-0.25))" == "-0.2500" && "\(Tensor(.nan))" == "nan")
  }

  @Test("whole numbers are printed without decimals, in aligned columns, followed by the shape")
  func wholeNumbers() {
    #expect("\(Tensor([1, 2, 3]))" == "[1, 2, 3]  [3]")
    #expect(
      "\(Tensor([[1, -20], [300, 4]]))" == """
        [[  1, -20],
         [300,   4]]  [2×2]
        """)
  }

  @Test("other numbers have four decimals, or powers of ten where these would hide them")
  func decimals() {
    #expect("\(Tensor([0.5, -1.25], scalarType: .double))" == "[ 0.5000, -1.2500]  [2] double")
    #expect("\(Tensor([1e-9, 2.5]))" == "[1.0000e-09, 2.5000e+00]  [2]")
    #expect("\(Tensor([0.5, 3e7]))" == "[5.0000e-01, 3.0000e+07]  [2]")
  }

  @Test("infinities and NaN print as inf, -inf and nan")
  func specials() {
    #expect("\(Tensor([1, .infinity, -.infinity, .nan]))" == "[   1,  inf, -inf,  nan]  [4]")
    #expect("\(Tensor([0.5, .nan]))" == "[0.5000,    nan]  [2]")
  }

  @Test("long axes show three places at each end")
  func longAxes() {
    #expect("\(Tensor.range(0..<8))" == "[0, 1, 2, 3, 4, 5, 6, 7]  [8]")
    #expect("\(Tensor.range(0..<100))" == "[ 0,  1,  2, …, 97, 98, 99]  [100]")
    #expect(
      "\(Tensor.range(0..<20).reshaped([10, 2]))" == """
        [[ 0,  1],
         [ 2,  3],
         [ 4,  5],
         …,
         [14, 15],
         [16, 17],
         [18, 19]]  [10×2]
        """)
  }

  @Test("the matrices of a tensor with three axes are separated by an empty line")
  func threeAxes() {
    #expect(
      "\(Tensor.range(0..<8).reshaped([2, 2, 2]))" == """
        [[[0, 1],
          [2, 3]],

         [[4, 5],
          [6, 7]]]  [2×2×2]
        """)
  }

  @Test("tensors without elements show their shape, and views their elements")
  func emptyAndViews() {
    #expect("\(Tensor.zeros([0]))" == "[]  [0]")
    #expect("\(Tensor.zeros([2, 0]))" == "[[],\n []]  [2×0]")
    #expect("\(Tensor([[1, 2], [3, 4]]).transposed)" == "[[1, 3],\n [2, 4]]  [2×2]")
    #expect("\(Shape([]))" == "[]" && "\(Shape([2, 3]))" == "[2×3]")
  }

  @Test("a tensor can be printed while it is differentiated")
  func recorded() {
    var text = ""
    _ = gradient(at: Tensor([1, 2])) { x in
      text = "\(x * 2)"
      return x.sum()
    }
    #expect(text == "[2, 4]  [2]")
  }
}
