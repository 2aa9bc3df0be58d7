// § 12.8  Energy and carbon dioxide of a training

import Messages

/// The energy that a training takes, and the carbon dioxide that it emits: energy × intensity. § 12.8
public struct TrainingFootprint: Sendable, Equatable {
  /// The hours of all devices together.
  public let deviceHours: Double
  /// The power of one device in kilowatts.
  public let kilowatts: Double
  /// The power of the whole data centre divided by that of its computers.
  public let overhead: Double
  /// The carbon dioxide for a unit of energy, in kilograms per kilowatt-hour: it depends on the place and on the year.
  public let intensity: Double

  /// The footprint of some hours with devices of the given power.
  public init(deviceHours: Double, kilowatts: Double, overhead: Double = 1, intensity: Double) {
    require(
      deviceHours >= 0 && kilowatts >= 0 && overhead >= 1 && intensity >= 0,
      "cannot measure \(deviceHours) h at \(kilowatts) kW with overhead \(overhead) and \(intensity) kg/kWh: no number "
        + "may be negative, and the overhead is at least 1")
    (self.deviceHours, self.kilowatts) = (deviceHours, kilowatts)
    (self.overhead, self.intensity) = (overhead, intensity)
  }

  /// The footprint of a number of operations on devices that make `speed` of them in a second.
  public init(operations: Double, speed: Double, kilowatts: Double, overhead: Double = 1, intensity: Double) {
    require(speed > 0, "cannot compute at a speed of \(speed) operations per second: it must be > 0")
    self.init(
      deviceHours: operations / speed / 3600, kilowatts: kilowatts, overhead: overhead, intensity: intensity)
  }

  /// The footprint of a number of operations on a device at a fraction of its peak.
  public init(
    operations: Double, on device: Accelerator, utilization: Double = 1, overhead: Double = 1, intensity: Double
  ) {
    self.init(
      deviceHours: device.seconds(operations, utilization: utilization) / 3600, kilowatts: device.watts / 1000,
      overhead: overhead, intensity: intensity)
  }

  /// The energy in kilowatt-hours: hours × power × overhead.
  public var kilowattHours: Double { deviceHours * kilowatts * overhead }
  /// The carbon dioxide in tonnes: energy × intensity. § 12.8
  public var tonnes: Double { kilowattHours * intensity / 1000 }

  /// The same work in a place with another intensity. § 12.8
  public func at(intensity: Double) -> TrainingFootprint {
    TrainingFootprint(deviceHours: deviceHours, kilowatts: kilowatts, overhead: overhead, intensity: intensity)
  }

  /// BERT base, 110 M parameters: 64 V100 that draw 12.04 kW together for 79 hours, overhead 1.58, 0.954 lb/kWh.
  /// Strubell, Ganesh and McCallum (2019). The table of § 12.8 gives this figure to BERT large.
  public static let bertBase = TrainingFootprint(
    deviceHours: 79, kilowatts: 12.04, overhead: 1.58, intensity: 0.954 * kilogramsPerPound)

  /// GPT-3: 3.14·10²³ operations at 24.6 TFLOP/s on V100 of 330 W, overhead 1.1, 0.429 kg/kWh. Patterson et al. (2021)
  public static let gpt3 = TrainingFootprint(
    operations: 3.14e23, speed: 24.6e12, kilowatts: 0.33, overhead: 1.1, intensity: 0.429)

  /// LLaMA 2 70B: 1,720,320 hours of A100 at 400 W, without the overhead, 0.423 kg/kWh. Touvron et al. (2023)
  public static let llama2 = TrainingFootprint(deviceHours: 1_720_320, kilowatts: 0.4, intensity: 0.423)

  /// BLOOM, 176 B parameters: 1,082,990 hours of A100 at 400 W in France, without the overhead, 0.057 kg/kWh.
  /// Luccioni, Viguier and Ligozat (2023)
  public static let bloom = TrainingFootprint(deviceHours: 1_082_990, kilowatts: 0.4, intensity: 0.057)

  /// A pound in kilograms.
  public static let kilogramsPerPound = 0.453_592_37
}
