// § 12.3.2  One place of any axis

import Tensors

extension Tensor {
  /// The part at one position of an axis, which is removed: `fields.at(3, axis: 1)` are all fields at time 3. § 12.3.2
  public func at(_ position: Int, axis: Int) -> Tensor {
    self[position..<position + 1, axis: axis].squeezed(axis: axis)
  }
}
