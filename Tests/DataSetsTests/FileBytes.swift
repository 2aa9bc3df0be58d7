// The bytes of small data files.

import Checking

/// An IDX file: the magic number, the lengths of the axes, the bytes.
func idx(_ magic: UInt32, _ lengths: [UInt32], _ bytes: [UInt8]) -> [UInt8] {
  ([magic] + lengths).flatMap { number in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } } + bytes
}

/// An IDX file of `count` images of 2×3 pixels with the values 0, 1, 2, …
func idxImages(_ count: Int) -> [UInt8] {
  idx(0x803, [UInt32(count), 2, 3], (0..<count * 6).map { UInt8(truncatingIfNeeded: $0) })
}

/// An IDX file with these labels.
func idxLabels(_ labels: [UInt8]) -> [UInt8] { idx(0x801, [UInt32(labels.count)], labels) }

/// A record of CIFAR-10: its label, then all of red, of green and of blue in one value each.
func cifarRecord(_ label: UInt8, _ red: UInt8, _ green: UInt8, _ blue: UInt8) -> [UInt8] {
  [label] + [red, green, blue].flatMap { [UInt8](repeating: $0, count: 1024) }
}

/// Writes the four files of a small IDX set; `shift` is added to every training label.
func writeIDX(_ folder: TemporaryFolder, _ place: String, dotted: Bool = false, shift: UInt8 = 0) throws {
  let kind = { (name: String) in dotted ? name + ".idx" : name + "-idx" }
  try folder.write(idxImages(3), place + kind("train-images") + "3-ubyte")
  try folder.write(idxLabels([5 + shift, 0 + shift, 4 + shift]), place + kind("train-labels") + "1-ubyte")
  try folder.write(idxImages(2), place + kind("t10k-images") + "3-ubyte")
  try folder.write(idxLabels([7, 2]), place + kind("t10k-labels") + "1-ubyte")
}
