import Tensors

// The lines of the table for convolutions: sequences and images, every parameter, depthwise and grouped.

extension Operation {
  static let convolutions = [
    Operation("convolution of a sequence", [[2, 2, 4], [1, 2, 2]]) { convolution($0[0], $0[1], padding: 1) },
    Operation("convolution with bias", [[1, 1, 3, 2], [2, 1, 2, 2], [2]]) {
      convolution($0[0], $0[1], bias: $0[2])
    },
    Operation("convolution with stride and padding", [[1, 1, 4, 3], [1, 1, 2, 3]]) {
      convolution($0[0], $0[1], stride: 2, padding: 1)
    },
    Operation("convolution with parameters for each axis", [[1, 1, 4, 5], [1, 1, 2, 2]]) {
      convolution($0[0], $0[1], stride: (1, 2), padding: (0, 1), dilation: (2, 1))
    },
    Operation("transposedConvolution with parameters for each axis", [[1, 1, 2, 2], [1, 2, 2, 1]]) {
      transposedConvolution(
        $0[0], $0[1], stride: (2, 3), padding: (1, 0), outputPadding: (0, 1), dilation: (1, 2))
    },
    Operation("convolution, dilated", [[1, 1, 1, 5], [1, 1, 1, 2]]) { convolution($0[0], $0[1], dilation: 3) },
    Operation("convolution in groups", [[1, 4, 1, 3], [2, 2, 1, 2]]) { convolution($0[0], $0[1], groups: 2) },
    Operation("convolution, depthwise", [[1, 2, 3, 2], [2, 1, 2, 2], [2]]) {
      convolution($0[0], $0[1], bias: $0[2], stride: 2, padding: 1, groups: 2)
    },
    Operation("convolution whose kernel is the image", [[2, 2, 1, 2], [2, 2, 1, 2]]) { convolution($0[0], $0[1]) },
    Operation("transposedConvolution of a sequence", [[2, 2, 3], [2, 1, 2]]) {
      transposedConvolution($0[0], $0[1], stride: 2, padding: 1)
    },
    Operation("transposedConvolution with bias", [[1, 1, 2, 2], [1, 2, 2, 2], [2]]) {
      transposedConvolution($0[0], $0[1], bias: $0[2])
    },
    Operation("transposedConvolution with all parameters", [[1, 2, 2, 3], [2, 1, 2, 2]]) {
      transposedConvolution($0[0], $0[1], stride: 3, padding: 2, outputPadding: 2, dilation: 2)
    },
    Operation("transposedConvolution in groups", [[1, 2, 1, 3], [2, 2, 1, 2]]) {
      transposedConvolution($0[0], $0[1], groups: 2)
    },
    Operation("transposedConvolution, depthwise", [[1, 2, 2, 2], [2, 1, 2, 2], [2]]) {
      transposedConvolution($0[0], $0[1], bias: $0[2], stride: 2, groups: 2)
    },
    Operation("transposedConvolution from single pixels", [[2, 2, 1, 1], [2, 2, 1, 2], [2]]) {
      transposedConvolution($0[0], $0[1], bias: $0[2])
    },
    Operation("convolution of an image with itself", [[2, 2, 2, 2]]) { convolution($0[0], $0[0], padding: 1) },
  ]
}
