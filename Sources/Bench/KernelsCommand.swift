extension Bench { static func printKernels() {} }
