import Figures
import Foundation
import Kernels

/// The measured limits of the machine.
enum Peak {
  /// GFLOP/s of multiply-adds in registers, with all threads.
  static func multiplyAdds() -> Double {
    let (tasks, rounds) = (64, 20_000)
    var operations = 0.0
    let milliseconds = Stopwatch.milliseconds(seconds: 0.3) {
      operations = multiplyAddInRegisters(tasks: tasks, rounds: rounds).operations
    }
    return operations / milliseconds * 1e-6
  }

  /// GB/s of adding two arrays too large for any cache, which reads two and writes one.
  static func memory() -> Double {
    let count = 16 << 20
    let x = MatrixRegion(Region(Buffer(.float, count: count, repeating: 1)), rowStride: 0, columnStride: 1)
    let y = Buffer(.float, count: count, repeating: 0)
    let milliseconds = Stopwatch.milliseconds(seconds: 0.5) {
      combine(.add, x, x, into: y, rows: 1, columns: count)
    }
    return 12 * Double(count) / milliseconds * 1e-6
  }

  /// GB/s of reading numbers that fill no cache, once and in the order of memory.
  static func reading() -> Double {
    let numbers = Buffer(.float, count: 64 << 20, repeating: 1)
    return 4 * Double(numbers.count) / Stopwatch.milliseconds(seconds: 0.3) { _ = readOnce(numbers) } * 1e-6
  }
}

extension Bench {
  /// Prints the limits of the machine, with one thread and with all.
  static func printPeak() {
    let counts = ThreadLimit.current == 1 ? [1] : [1, ThreadLimit.current]
    let rows = counts.map { count in
      ThreadLimit.$current.withValue(count) {
        [
          .integer(count), .number(Peak.multiplyAdds(), decimals: 0), .number(Peak.memory(), decimals: 1),
          .number(Peak.reading(), decimals: 1),
        ]
          as [Table.Cell]
      }
    }
    let columns = ["threads", "GFLOP/s", "GB/s", "GB/s read"]
    print(Table("The limits of the machine", columns: columns, rows: rows).text, terminator: "")
  }
}
