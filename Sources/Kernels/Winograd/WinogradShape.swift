// The tiles of a convolution. With a stride of s, the padded source is split into s × s phases, in which the numbers
// that a result sees are adjacent: they are s² times as many channels with a kernel of a smaller size. The transposed
// convolution splits the padded result in the same way into s × s grids, which are s² times as many filters: result h
// of an axis, with padding p, is number u of grid e if h + p = s u + e, and sees the source at u, u − 1, …, u − r + 1.

/// One axis of a convolution by tiles.
struct WinogradAxis: Sendable {
  /// The lengths of the source and the result.
  let source, result: Int
  /// Element i of phase e is element phases · i + e − padding of the source.
  let phases, padding: Int
  /// Element i of grid e is element grids · i + e − skipped of the result.
  let grids, skipped: Int
  /// The number of tiles.
  let tiles: Int

  /// The axis of y from x or, if it is transposed, of x from y; nil if the tiles do not suit it.
  init?<Tiles: WinogradTiles>(_: Tiles.Type, _ axis: ConvolutionAxis, isTransposed: Bool) {
    let stride = axis.stride
    guard stride <= 2 && axis.kernel == stride * Tiles.r && axis.dilation == 1 && axis.padding < axis.kernel
    else { return nil }
    if isTransposed {
      (source, result, phases, grids) = (axis.output, axis.input, 1, stride)
      padding = Tiles.r - 1 - axis.padding / stride
      skipped = axis.padding % stride
    } else {
      (source, result, phases, grids) = (axis.input, axis.output, stride, 1)
      (padding, skipped) = (axis.padding, 0)
    }
    tiles = (result + skipped + grids * Tiles.m - 1) / (grids * Tiles.m)
  }
}

/// How the results of a convolution are divided into tiles.
struct WinogradShape<Tiles: WinogradTiles>: Sendable {
  let images, channels, filters: Int
  let rows, columns: WinogradAxis

  /// y from x or, if it is transposed, x from y; nil if tiles do not pay.
  init?(_ shape: ConvolutionShape, isTransposed: Bool = false) {
    guard shape.groups == 1, shape.rows.stride == shape.columns.stride,
      let rows = WinogradAxis(Tiles.self, shape.rows, isTransposed: isTransposed),
      let columns = WinogradAxis(Tiles.self, shape.columns, isTransposed: isTransposed)
    else { return nil }
    (images, self.rows, self.columns) = (shape.images, rows, columns)
    (channels, filters) = isTransposed ? (shape.filters, shape.channels) : (shape.channels, shape.filters)
    let tiles = images * rows.tiles * columns.tiles
    guard min(channels, filters) >= fewestPlanes && tiles >= Tiles.fewest && isWorthIt else { return nil }
  }

  /// The number of channels with all phases, and of filters with all grids.
  var sources: Int { channels * rows.phases * columns.phases }
  var results: Int { filters * rows.grids * columns.grids }

  /// The room reserved for the tiles in a row: whole vectors, or a smaller power of two.
  var pitch: Int {
    let (width, lanes) = (columns.tiles, FloatTileVector.scalarCount)
    if width >= lanes { return (width + lanes - 1) / lanes * lanes }
    var part = 1
    while part < width { part *= 2 }
    return part
  }
  /// The number of rows of tiles in all images.
  var bands: Int { images * rows.tiles }

  /// Whether enough multiplications are saved: n² per tile instead of r² per existing result, in each phase and grid.
  private var isWorthIt: Bool {
    let grids = rows.grids * columns.grids
    return grids * Tiles.places * rows.tiles * pitch * 4 <= Tiles.r * Tiles.r * rows.result * columns.result * 3
  }
}

/// With fewer channels or filters, the sums around the products cost more than they save.
private let fewestPlanes = 32
