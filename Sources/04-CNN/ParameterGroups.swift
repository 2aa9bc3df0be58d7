// § 4.5  A learning rate for each part: Listing 4.7's groups of parameters

import Messages
import Tensors
import Training

/// An optimizer for each group of a model's parameters, such as a smaller learning rate for pretrained layers. § 4.5
///
/// A group is named by key paths to the parts it consists of: `ParameterGroups(of: model, [([\.layer3],
/// Adam(learningRate: 1e-5)), …])`. Parameters in no group do not change.
public struct ParameterGroups<Base: Optimizer>: Optimizer {
  /// The optimizers, one for each group.
  public private(set) var optimizers: [Base]
  /// The groups' initial learning rates.
  public let rates: [Double]
  /// The group of every parameter.
  private let group: [Int?]

  /// Optimizers for these parts of a model; no parameter may be in two groups.
  public init<M: Parameterized>(of model: M, _ groups: [(parts: [PartialKeyPath<M>], optimizer: Base)]) {
    require(!groups.isEmpty, "cannot make an optimizer for no groups of parameters: at least one is needed")
    var group = [Int?](repeating: nil, count: model.parameters.count)
    for (index, parts) in groups.map(\.parts).enumerated() {
      for place in model.places(at: parts).parameters.sorted() {
        require(
          group[place] == nil,
          "cannot put parameter \(place) of \(M.self) into group \(index): it is already in group \(group[place] ?? 0)")
        group[place] = index
      }
    }
    self.group = group
    optimizers = groups.map(\.optimizer)
    rates = optimizers.map(\.learningRate)
  }

  /// Optimizers for groups that a rule assigns: it gets the name and the value of a parameter, and returns the number
  /// of its optimizer, or nil for a parameter that does not change.
  public init<M: Parameterized>(
    of model: M, optimizers: [Base], group rule: (_ name: String, _ parameter: Tensor) -> Int?
  ) {
    let group = zip(model.parameterNames, model.parameters).map(rule)
    require(
      group.allSatisfy { $0.map(optimizers.indices.contains) ?? true },
      "cannot put parameters into groups \(Set(group.compactMap { $0 }).sorted()): there are \(optimizers.count) "
        + "optimizers, numbered from 0")
    (self.group, self.optimizers, rates) = (group, optimizers, optimizers.map(\.learningRate))
  }

  /// The largest of the learning rates; when a schedule changes it, all change in proportion.
  public var learningRate: Double {
    get { optimizers.map(\.learningRate).max() ?? 0 }
    set {
      let largest = rates.max() ?? 0
      for index in optimizers.indices where largest > 0 {
        optimizers[index].learningRate = rates[index] * newValue / largest
      }
    }
  }

  /// Every group's step with its own optimizer.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let gradients = gradient.parameters
    require(
      gradients.count == group.count,
      "cannot move \(gradients.count) parameters in groups made for \(group.count)")
    var (parts, place) = ([[Tensor]](repeating: [], count: optimizers.count), 0)
    let nothing = Tensor(0)
    model.forEachParameter { θ in  // moved out of the model, so that the optimizer can change them in place
      if let index = group[place] {
        parts[index].append(θ)
        θ = nothing
      }
      place += 1
    }
    for index in optimizers.indices {
      let slopes = gradients.indices.filter { group[$0] == index }.map { gradients[$0] }
      optimizers[index].move(&parts[index], along: slopes)
    }
    var moved = parts.map { $0[...] }
    place = 0
    model.forEachParameter { θ in
      if let index = group[place] { θ = moved[index].removeFirst() }
      place += 1
    }
  }
}

extension Parameterized {
  /// The indices of the parameters and of the running statistics at these key paths, in the order of visits.
  func places(at paths: [PartialKeyPath<Self>]) -> (parameters: Set<Int>, statistics: Set<Int>) {
    var (numbered, parameterCount, statisticCount) = (self, 0, 0)
    numbered.forEachParameter { tensor in  // an empty tensor, which no parameter is; its shape is its index
      tensor = Tensor.zeros([parameterCount, 0])
      parameterCount += 1
    }
    numbered.forEachStatistic { tensor in
      tensor = Tensor.zeros([statisticCount, 0, 0])
      statisticCount += 1
    }
    let found = paths.flatMap { path in
      require(
        type(of: path).valueType is any Parameterized.Type, "cannot find parameters at \(path): there are none")
      let part = numbered[keyPath: path] as? any Parameterized  // nil for an absent layer
      return part.map { $0.parameters + $0.statistics } ?? []
    }
    func numbers(rank: Int) -> Set<Int> {
      Set(found.filter { $0.rank == rank && $0.shape[rank - 1] == 0 }.map { $0.shape[0] })
    }
    return (numbers(rank: 2), numbers(rank: 3))
  }
}
