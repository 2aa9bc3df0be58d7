import Figures
import Messages
import Tensors

/// The picture of an image with pixels in [0, 1]. [C×H×W], or [H×W]
public func picture(_ image: Tensor) -> Pixels {
  require(
    2...3 ~= image.rank,
    "cannot make a picture of a tensor \(image.shape): an image [C×H×W] or [H×W] is needed")
  return Pixels(width: image.shape[-1], height: image.shape[-2], planes: image.scalars)
}

/// The pictures of the first `count` images of a batch with pixels in [0, 1]. [N×C×H×W], or square images as rows
/// [N×HW]
public func pictures(_ images: Tensor, _ count: Int = .max) -> [Pixels] {
  (0..<min(count, images.shape[0])).map { images.rank == 2 ? Pixels(square: images[$0].scalars) : picture(images[$0]) }
}
