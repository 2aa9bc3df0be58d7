import Tensors

extension Mistake {
  static let convolutions = [
    Mistake("cannot convolve [2×3×4] and [2×3]: both need three axes (sequences) or four (images)") {
      convolution(.zeros([2, 3, 4]), .zeros([2, 3]))
    },
    Mistake("cannot convolve a float tensor and a double tensor: convert one with converted(to:)") {
      convolution(.zeros([1, 1, 4]), .zeros([1, 1, 2], scalarType: .double))
    },
    Mistake(
      "cannot convolve with stride 0, dilation 1, groups 1, padding 0 "
        + "and output padding 0: the first three must be at least 1, paddings at least 0"
    ) {
      convolution(.zeros([1, 1, 4]), .zeros([1, 1, 2]), stride: 0)
    },
    Mistake("cannot convolve with stride (1, 0), dilation 1, groups 1, padding (0, 1) and output padding 0: ") {
      convolution(.zeros([1, 1, 4, 4]), .zeros([1, 1, 2, 2]), stride: (1, 0), padding: (0, 1))
    },
    Mistake("cannot convolve [1×1×4] and [1×1×0]: the kernel is empty") {
      convolution(.zeros([1, 1, 4]), .zeros([1, 1, 0]))
    },
    Mistake(
      "cannot convolve [1×3×4×4] and [2×3×2×2] in 2 groups: there are 3 channels, but filters of 3 channels need 6"
    ) {
      convolution(.zeros([1, 3, 4, 4]), .zeros([2, 3, 2, 2]), groups: 2)
    },
    Mistake("cannot divide 3 filters into 2 groups of one size") {
      convolution(.zeros([1, 4, 4]), .zeros([3, 2, 2]), groups: 2)
    },
    Mistake("cannot divide 3 channels into 2 groups of one size") {
      transposedConvolution(.zeros([1, 3, 4]), .zeros([3, 2, 2]), groups: 2)
    },
    Mistake("cannot convolve [1×3×2×2] and [2×3×4×4]: the kernel is larger than the padded image") {
      convolution(.zeros([1, 3, 2, 2]), .zeros([2, 3, 4, 4]))
    },
    Mistake("cannot add a bias [3] to 2 filters: one number for each is needed") {
      convolution(.zeros([1, 3, 4]), .zeros([2, 3, 2]), bias: .zeros([3]))
    },
    Mistake(
      "cannot transpose-convolve [1×3×4×4] and [2×3×2×2] in 1 groups: there are 3 channels, but the weight needs 2"
    ) {
      transposedConvolution(.zeros([1, 3, 4, 4]), .zeros([2, 3, 2, 2]))
    },
    Mistake("cannot transpose-convolve [1×1×1] and [1×1×2]: the padding removes the whole result") {
      transposedConvolution(.zeros([1, 1, 1]), .zeros([1, 1, 2]), padding: 1)
    },
    Mistake("cannot add a bias [2] to 3 channels: one number for each is needed") {
      transposedConvolution(.zeros([1, 2, 4]), .zeros([2, 3, 2]), bias: .zeros([2]))
    },
  ]
}
